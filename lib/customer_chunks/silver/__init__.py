"""Bronze -> silver: one module per table, pure."""
