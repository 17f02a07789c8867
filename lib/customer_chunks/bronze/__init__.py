"""Received rows as they came; the tables are made by flow.ingest from the mappings."""
