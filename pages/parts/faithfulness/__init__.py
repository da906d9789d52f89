"""What the page "How far to trust" alone uses."""
