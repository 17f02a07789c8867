"""The only table I/O."""
