"""Erasure and access control; their place is kept."""
