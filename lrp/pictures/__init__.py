"""Fetching and decoding of untrusted pictures: from public addresses only, in a bounded process of their own."""
