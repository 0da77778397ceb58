"""Frozen results, one noun a file."""
