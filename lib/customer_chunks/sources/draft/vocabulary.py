"""Header words of many languages -> concepts such as ORDER, ID or UNIT, as vocabulary.yml lists them."""

from __future__ import annotations

from importlib import resources

import yaml


def read_table(name: str) -> dict[str, object]:
    """Return a YAML file of this package; every scalar stays text."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - text, lists and dicts only
    return dict(found)


_TABLE = {concept: tuple(str(words).split()) for concept, words in read_table("vocabulary.yml").items()}
STOP = frozenset(_TABLE["nothing"])
CONCEPTS = {concept: words for concept, words in _TABLE.items() if concept != "nothing"}
