"""What the page about epsilon alone uses."""
