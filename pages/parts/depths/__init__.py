"""What the page about depths alone uses."""
