"""Names of people, streets, towns and things, from words.yml, as Spark columns and Python tuples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml


@dataclass(frozen=True)
class City:
    """A town with a shop: name, region and the first digits of its postal codes."""

    name: str
    region: str
    postal: str


@dataclass(frozen=True)
class CountryWords:
    """What people and places are called in one country; a first name is followed by its nicknames."""

    female: tuple[tuple[str, ...], ...]
    male: tuple[tuple[str, ...], ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[City, ...]
    mail_hosts: tuple[str, ...]
    dial: str


@dataclass(frozen=True)
class Words:
    """All words."""

    countries: dict[str, CountryWords]
    brands: tuple[str, ...]
    grades: tuple[str, ...]
    nouns: dict[str, tuple[str, ...]]
    devices: tuple[str, ...]


@lru_cache(maxsize=1)
def words() -> Words:
    """Return the words of words.yml."""
    text = files("customer_chunks.generator").joinpath("words.yml").read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    return Words(
        countries={code: _country(part) for code, part in raw["countries"].items()},
        brands=tuple(raw["brands"]),
        grades=tuple(raw["grades"]),
        nouns={name: tuple(nouns.split()) for name, nouns in raw["nouns"].items()},
        devices=tuple(raw["devices"]),
    )


def _country(raw: dict[str, str]) -> CountryWords:
    return CountryWords(
        female=_names(raw["female"]),
        male=_names(raw["male"]),
        family=tuple(raw["family"].split()),
        streets=tuple(s.strip() for s in raw["streets"].split(",")),
        cities=tuple(City(*(p.strip() for p in c.split("/"))) for c in raw["cities"].split(",")),
        mail_hosts=tuple(raw["mail_hosts"].split()),
        dial=raw["dial"],
    )


def _names(text: str) -> tuple[tuple[str, ...], ...]:
    """Return ``Katharina/Kathi/Kati Anna`` as ((Katharina, Kathi, Kati), (Anna,))."""
    return tuple(tuple(name.split("/")) for name in text.split())
