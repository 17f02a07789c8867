"""gold.customer_profiles -> a version of the segmentation -> gold.segments, their profiles and flows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.features import Feature
from customer_chunks.config.model_settings import SegmentSettings
from customer_chunks.contracts.gold_models import TRAIT
from customer_chunks.contracts.table import ROW_HASH
from customer_chunks.errors import ModelError
from customer_chunks.flow.registry import TABLE, Fitted, Version, champion, registered
from customer_chunks.flow.step import Built, Now
from customer_chunks.gold.segment_flows import segment_flows
from customer_chunks.gold.segment_profiles import segment_profiles
from customer_chunks.gold.segments import segments
from customer_chunks.models.describing import Trait, described
from customer_chunks.models.naming import named
from customer_chunks.models.segmentation import Segmentation
from customer_chunks.models.segmentation_model import SegmentationModel

NAME = "segments"
_ASSIGNED, _FLOWS, _PROFILES = "gold.segments", "gold.segment_flows", "gold.segment_profiles"
_LEVELS = 8


def fit_segments(frames: Mapping[str, DataFrame], now: Now) -> Built:
    """Look for segments anew; those that are the old ones keep numbers and names."""
    asked, versions = _asked(now), now.table(TABLE)
    population = _population(frames["customer_profiles"], asked)
    before = champion(versions, NAME, [SegmentationModel])
    model = Segmentation(
        declared=asked.features, seed=asked.seed, sets=dict(asked.feature_sets), methods=asked.methods,
        fewest=asked.clusters[0], most=asked.clusters[1], smallest=asked.smallest, largest=asked.largest,
        stability=asked.stability, currency=now.settings.reporting_currency or "",
        previous=None if before is None else before.model, idCol="customer_id",
    ).fit(population)  # fmt: skip
    return Built({TABLE: registered(versions, NAME, _fitted(model, before, population), now)})


def fill_segments(frames: Mapping[str, DataFrame], now: Now) -> Built:
    """Place every customer with the champion, and count who moved.

    Raises:
        ModelError: the features are measured in other units than when the champion was fitted.
    """
    version = champion(frames["models"], NAME, [SegmentationModel])
    before, told = now.table(_ASSIGNED), now.table(_FLOWS)
    if version is None:
        return Built({_FLOWS: told.drop(ROW_HASH), _ASSIGNED: before.limit(0).drop(ROW_HASH)})
    population = _population(frames["customer_profiles"], _asked(now))
    moved = _other_units(version.model, population)
    if moved:
        raise ModelError(
            f"Segments are not computed: {'; '.join(moved)}.",
            "Mend the source; where it is right, `chunks run --full 'ops.models[segments]'` fits anew and "
            "`chunks models promote segments` takes the new fit.",
        )
    placed = segments(population, before, version.model, as_of=now.day, version=version.number).persist()
    profiles = frames["customer_profiles"]
    flows = segment_flows(placed, before, profiles, told, as_of=now.day, version=version.number)
    return Built({_FLOWS: flows, _ASSIGNED: placed}, scratch=[placed])


def fill_profiles(frames: Mapping[str, DataFrame], now: Now) -> Built:
    """Describe the segments as they are as of D."""
    version = champion(frames["models"], NAME, [SegmentationModel])
    if version is None:
        return Built({_PROFILES: now.table(_PROFILES).limit(0).drop(ROW_HASH)})
    assigned, profiles = frames["segments"], frames["customer_profiles"]
    rows = profiles.join(assigned.select("customer_id", "segment_number"), on="customer_id", how="inner")
    told = described(rows, version.model.features, "segment_number")
    features = {f.name: f for f in version.model.features.declared}
    names = {s.number: s.name for s in version.model.segments}
    words = named(told, features, currency=now.settings.reporting_currency or "", kept=names)
    lines = [
        (d.segment, w.description, [_trait(t, features[t.feature]) for t in _told(d.traits)])
        for d, w in zip(told, words, strict=True)
    ]
    traits = assigned.sparkSession.createDataFrame(
        lines, f"segment_number int, description string, traits array<{TRAIT}>"
    )
    return Built(
        {_PROFILES: segment_profiles(assigned, profiles, traits, as_of=now.day, version=version.number)}
    )


def _told(traits: Sequence[Trait]) -> list[Trait]:
    """Return all numbers, and the strongest values of categories, the strongest first."""
    levels = [t for t in traits if t.level][:_LEVELS]
    return [t for t in traits if not t.level or t in levels]


def _trait(trait: Trait, feature: Feature) -> tuple[Any, ...]:
    """Return a trait as TRAIT has it."""
    of = (trait.feature, feature.called, trait.level, feature.unit)
    return (*of, trait.inside, trait.outside, trait.effect)


def _asked(now: Now) -> SegmentSettings:
    return now.settings.models.segments or SegmentSettings()


def _population(profiles: DataFrame, asked: SegmentSettings) -> DataFrame:
    return profiles.where(F.expr(asked.population)).drop(ROW_HASH, "as_of")


def _fitted(
    model: SegmentationModel, before: Version[SegmentationModel] | None, population: DataFrame
) -> Fitted:
    best = model.chosen_candidate
    metrics = {
        name: float(value)
        for name, value in asdict(best).items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    against = [] if before is None else _other_units(before.model, population)
    if best.against:
        against.append(f"No candidate keeps the limits; the best: {best.against}.")
    dropped = [f"Feature '{name}' is left out: {why}." for name, why in model.features.dropped.items()]
    return Fitted(
        model, {**metrics, "customers": float(model.features.count)}, [*model.why, *dropped], against
    )


def _other_units(model: SegmentationModel, population: DataFrame) -> list[str]:
    return [
        f"feature '{name}' was typically {was:,.6g} in the fit and is {now:,.6g} (other units?)"
        for name, (was, now) in model.features.in_other_units(population).items()
    ]
