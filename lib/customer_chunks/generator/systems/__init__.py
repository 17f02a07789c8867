"""The company's systems, one module each: what they export, and how they write it."""
