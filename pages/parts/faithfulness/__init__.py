"""What the page about trust alone uses."""
