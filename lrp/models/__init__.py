"""Trained networks: architectures, weights and their files, and how pictures are prepared for them."""
