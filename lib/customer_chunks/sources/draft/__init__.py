"""Draft mappings of unknown exports."""

from __future__ import annotations

from customer_chunks.sources.draft.build import draft_mapping
from customer_chunks.sources.draft.model import Draft, Guess

__all__ = ["Draft", "Guess", "draft_mapping"]
