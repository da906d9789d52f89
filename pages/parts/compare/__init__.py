"""What the comparison alone uses."""
