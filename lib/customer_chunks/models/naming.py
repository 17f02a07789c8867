"""Names and descriptions that people understand, from what sets segments apart.

A name is made of the adjectives of the strongest traits; no two segments have the same ones, in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from customer_chunks.config.features import Feature
from customer_chunks.models.describing import Described, Trait

_MEDIUM, _LARGE = 0.5, 0.8
"""Effects so large are called medium and large (Cohen, 1988)."""
_TOLD = 4
_TRIED = 5
_NOUN = "customers"
_ORDINARY = "Ordinary customers"
_MEDIANS = "typically {}, the others {}"
_UNKNOWN = "unknown"
_SHARE = Feature("share", unit="share")
_PERCENT, _LARGE_NUMBER = 0.01, 100


@dataclass(frozen=True)
class Named:
    """One segment in words: a name of a few, a description of a few sentences."""

    segment: int
    name: str
    description: str


def named(
    segments: Sequence[Described], features: Mapping[str, Feature], *, currency: str = "",
    kept: Mapping[int, str] | None = None,
) -> list[Named]:  # fmt: skip
    """Name and describe segments.

    Args:
        segments: All of them.
        features: The declared features by name.
        currency: Written behind amounts of money.
        kept: Names that segments have already, by number: they stay.
    """
    held = dict(kept or {})
    taken = {_words(name) for name in held.values()}
    found = []
    for segment in sorted(segments, key=lambda s: -s.customers):
        name = held.get(segment.segment) or _free_name(segment, features, taken)
        taken.add(_words(name))
        found.append(Named(segment.segment, name, _description(segment, features, currency)))
    return sorted(found, key=lambda n: n.segment)


def _free_name(segment: Described, features: Mapping[str, Feature], taken: set[frozenset[str]]) -> str:
    """Return a name of two words, else three, else one: the strongest that nobody has."""
    strong = _strong(segment, features)
    for count in (2, 3, 1) if strong else ():
        for traits in combinations(strong[:_TRIED], min(count, len(strong))):
            name = _joined(traits, features)
            if _words(name) not in taken:
                return name
    name, number = _joined(strong[:2], features), 1
    while _words(name) in taken:
        number += 1
        name = f"{_joined(strong[:2], features)} {number}"
    return name


def _words(name: str) -> frozenset[str]:
    """Return what a name says, in no order."""
    kinds = name.casefold().replace("(", ",").replace(")", "").replace(";", ",")
    return frozenset(word.strip().removesuffix(_NOUN).strip() for word in kinds.split(","))


def _strong(segment: Described, features: Mapping[str, Feature]) -> list[Trait]:
    """Return the traits that are worth a word: large ones first, one for each feature."""
    found: dict[str, Trait] = {}
    for trait in segment.traits:
        if abs(trait.effect) < _MEDIUM or trait.feature in found:
            continue
        if trait.level and (trait.effect < _LARGE or trait.level == _UNKNOWN):
            continue  # what only few have, or what nobody knows, makes no name
        feature = features[trait.feature]
        if not trait.level and not (_adjective(trait, feature) and _is_borne_out(trait, feature)):
            continue
        found[trait.feature] = trait
    return list(found.values())


def _joined(traits: Sequence[Trait], features: Mapping[str, Feature]) -> str:
    if not traits:
        return _ORDINARY
    adjectives = [_adjective(t, features[t.feature]) for t in traits if not t.level]
    kinds = [f"{features[t.feature].called} {t.level}" for t in traits if t.level]
    words = ", ".join(adjectives) + " " if adjectives else ""
    name = f"{words}{_NOUN}" + (f" ({'; '.join(kinds)})" if kinds else "")
    return name[0].upper() + name[1:]


def _adjective(trait: Trait, feature: Feature) -> str:
    if feature.high or feature.low:
        return feature.high if trait.effect > 0 else feature.low
    return f"{'high' if trait.effect > 0 else 'low'}-{feature.called.replace(' ', '-')}"


def _description(segment: Described, features: Mapping[str, Feature], currency: str) -> str:
    told = [f"{segment.customers:,} customers, {segment.share:.1%} of all."]
    large = [t for t in segment.traits if abs(t.effect) >= _MEDIUM]
    strong = [t for t in large if _is_telling(t, features[t.feature])][:_TOLD]
    for trait in strong:
        feature = features[trait.feature]
        if trait.level:
            told.append(
                f"{_capital(feature.called)} {trait.level}: {trait.inside:.0%} of them, "
                f"{trait.outside or 0:.0%} of the others."
            )
        else:
            told.append(f"{_capital(feature.called)}: {_apart(trait, feature, currency)}.")
    if not strong:
        told.append("Nothing sets them far apart from the others.")
    return " ".join(told)


def _apart(trait: Trait, feature: Feature, currency: str) -> str:
    """Tell what members and others have, as far as it bears the effect out, else what most of them have."""
    medians = [in_units(value, feature, currency) for value in (trait.inside, trait.outside)]
    return _borne_out(trait, feature, currency) or _MEDIANS.format(*medians)


def _borne_out(trait: Trait, feature: Feature, currency: str = "") -> str:
    """Return the first of what members and others have that looks, as it is written, as the effect says.

    The effect is of means. Medians are of customers as most are, but those of what few have are zero on both
    sides, and may lie the other way round: then the shares of who has any are told, else the means.
    """
    medians = (trait.inside, trait.outside, feature, _MEDIANS)
    some = (trait.any_inside, trait.any_outside, _SHARE, "{} have some, of the others {}")
    means = (trait.mean_inside, trait.mean_outside, feature, "{} on average, the others {}")
    for inside, outside, unit, said in (medians, some, means):
        if inside is None or outside is None or (inside - outside) * trait.effect <= 0:
            continue
        written = [in_units(value, unit, currency) for value in (inside, outside)]
        if written[0] != written[1]:
            return said.format(*written)
    return ""


def _is_telling(trait: Trait, feature: Feature) -> bool:
    return trait.inside is not None and trait.level != _UNKNOWN and _is_borne_out(trait, feature)


def _is_borne_out(trait: Trait, feature: Feature) -> bool:
    """Return whether what members and others have differs as the effect says, by any of what is told.

    The effect counts what stands for missing values. Where that alone makes it, those who have a value may
    differ the other way round, and a name would say the opposite of its description.
    """
    told = [
        (trait.inside, trait.outside), (trait.any_inside, trait.any_outside),
        (trait.mean_inside, trait.mean_outside),
    ]  # fmt: skip
    ways = [(one - other) * trait.effect for one, other in told if one is not None and other is not None]
    return bool(trait.level) or not ways or min(ways) >= 0 or bool(_borne_out(trait, feature))


def in_units(value: float | None, feature: Feature, currency: str = "") -> str:
    """Return a number as people write it, in the feature's unit."""
    if value is None:
        return "unknown"
    if feature.unit == "share":
        return f"{value:.0%}" if value == 0 or abs(value) >= _PERCENT else f"{value:.1%}"
    is_large = abs(value) >= _LARGE_NUMBER
    if feature.unit == "money":
        return f"{value:,.{0 if is_large else 2}f} {currency}".strip()
    return f"{value:,.{0 if is_large or float(value).is_integer() else 1}f}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
