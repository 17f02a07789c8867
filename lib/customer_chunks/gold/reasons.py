"""Why a model says so: features with their values and effects -> sentences, and sentences -> their parts."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from customer_chunks.gold.temporal_features import FEATURES

_SENTENCE = r"^(.+?): (unknown|(-?[0-9,.]+) (.*)) \((raises|lowers) it\)$"


def in_words(reasons: Column) -> Column:
    """Return reasons (feature, value, effect) as sentences: ``last purchase: 45 days ago (raises it)``."""
    labels = F.create_map(*[F.lit(word) for name, f in FEATURES.items() for word in (name, f.label)])
    units = F.create_map(*[F.lit(word) for name, f in FEATURES.items() for word in (name, f.unit)])

    def sentence(reason: Column) -> Column:
        name, value = reason["feature"], F.round(reason["value"], 2)
        is_whole = value == F.round(value)
        number = F.when(is_whole, F.format_number(value, 0)).otherwise(F.format_number(value, 2))
        told = F.concat(number, F.lit(" "), F.coalesce(units[name], F.lit("")))
        way = F.when(reason["effect"] > 0, F.lit(" (raises it)")).otherwise(F.lit(" (lowers it)"))
        label = F.coalesce(labels[name], name)
        return F.concat(label, F.lit(": "), F.coalesce(told, F.lit("unknown")), way)

    return F.transform(reasons, sentence)


def in_parts(reason: Column) -> Column:
    """Return a sentence of ``in_words`` in parts: label, value (null: unknown), unit and ``is_raising``.

    All of them are null where it is no such sentence.
    """
    number = F.replace(_part(reason, 3), F.lit(","), F.lit(""))
    return F.struct(
        _part(reason, 1).alias("label"),
        number.cast("double").alias("value"),
        _part(reason, 4).alias("unit"),
        (_part(reason, 5) == "raises").alias("is_raising"),
    )


def _part(reason: Column, place: int) -> Column:
    found = F.regexp_extract(reason, _SENTENCE, place)
    return F.when(found != "", found)
