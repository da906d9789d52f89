"""Jobs over many pictures: explained in batches, written to one store, and continued where they stopped."""
