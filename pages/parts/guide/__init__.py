"""What the guide alone uses."""
