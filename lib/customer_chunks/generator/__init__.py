"""A simulated company; its place is kept."""
