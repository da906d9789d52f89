"""Tests of the process in which untrusted files are opened."""
