"""Silver -> gold: one module per table, pure."""
