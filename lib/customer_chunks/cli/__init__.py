"""The command line ``chunks``: words of a shell in, tables and sentences out."""

from __future__ import annotations

from customer_chunks.cli.app import main

__all__ = ["main"]
