"""Closed lists of values, as values.yml holds them: countries, currencies, codes that are no products."""

from __future__ import annotations

from customer_chunks.sources.draft.vocabulary import read_table

_TABLE = {name: str(text) for name, text in read_table("values.yml").items()}


def _codes(name: str) -> frozenset[str]:
    return frozenset(_TABLE[name].split())


def _phrases(name: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in _TABLE[name].split(","))


ISO2, ISO3, CURRENCIES = _codes("iso2"), _codes("iso3"), _codes("currencies")
COUNTRIES = frozenset(_phrases("countries"))
CHARGE_CODES, ADJUSTMENT_CODES = _codes("charge_codes"), _codes("adjustment_codes")
CHARGE_WORDS, ADJUSTMENT_WORDS = _phrases("charge_words"), _phrases("adjustment_words")
COUNTRY_CURRENCY = dict(pair.split("=", 1) for pair in _phrases("country_currency"))
COUNTRY_ZONE = dict(pair.split("=", 1) for pair in _phrases("country_zone"))
CURRENCY_ZONE = dict(pair.split("=", 1) for pair in _phrases("currency_zone"))
BOOLEANS = tuple(frozenset(pair.split()) for pair in _phrases("booleans"))
GENDERS = _codes("genders")
