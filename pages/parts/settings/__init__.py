"""What the page that searches for the best settings alone uses."""
