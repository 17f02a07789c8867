"""Customer Chunks: a company's customer data from raw files to trusted gold tables."""

__version__ = "0.1.0"
