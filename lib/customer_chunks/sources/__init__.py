"""How outside files are found, inspected and read."""
