"""Sentences of the pages, progress of long work, and buttons that request it."""
