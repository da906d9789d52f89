"""The command line: `python -m lrp`."""

from lrp.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
