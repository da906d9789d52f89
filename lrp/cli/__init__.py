"""The command line: `python -m lrp`."""
