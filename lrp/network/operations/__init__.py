"""What each operation of torch becomes: one file a family, and why some are refused."""
