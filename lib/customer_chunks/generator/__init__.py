"""A simulated company: its people, what drives them, its systems, their dirty files, and the truth beside.

``company`` (the parameters) -> ``simulate`` (people and orders, as numbers) -> ``systems`` (files) and
``truth``; ``generate`` puts them together.
"""

from __future__ import annotations

from customer_chunks.generator.company import Company, Dirt
from customer_chunks.generator.generate import Generated, generate

__all__ = ["Company", "Dirt", "Generated", "generate"]
