"""Column -> Column: parsing of outside text, and the mapping compiler."""
