"""What the page "Camera" alone uses."""
