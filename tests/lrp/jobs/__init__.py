"""Tests of jobs over many pictures."""
