"""What the page about layers alone uses."""
