"""Columns of customers -> an array of features on comparable scales, learnt once and kept with the model.

Enters: a frame and what to compare by. Leaves: a model that adds the array, that knows which number of it
means what, and that can tell whether a later frame measures in other units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pyspark.ml import Estimator, Model
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.features import CATEGORY, NUMBER, Feature
from customer_chunks.errors import ModelError
from customer_chunks.models.feature_learning import learnt_levels, learnt_numbers
from customer_chunks.models.feature_parts import Level, Number, held, scaled, typical_of, with_values
from customer_chunks.models.params import param, text
from customer_chunks.models.saved import Saved

_OTHER_UNIT = 8.0
_FEW = 50


class Features(Estimator["FeaturesModel"], Saved):
    """Learns fills, bounds and scales from all rows, in two passes."""

    featuresCol = param("featuresCol", "the array that is added", text)

    def __init__(
        self, *, declared: Sequence[Feature | Mapping[str, Any]], featuresCol: str = "features"
    ) -> None:
        super().__init__()
        self.declared = tuple(f if isinstance(f, Feature) else Feature(**f) for f in declared)
        self._set(featuresCol=featuresCol)

    def learnt(self) -> dict[str, Any]:
        """Return what is declared."""
        return {"declared": [asdict(f) for f in self.declared]}

    def _fit(self, dataset: DataFrame) -> FeaturesModel:
        """Learn.

        Raises:
            ModelError: a feature cannot be computed from these columns, or none of them tells rows apart.
        """
        numbers = [f for f in self.declared if f.kind == NUMBER]
        rows = with_values(dataset, self.declared).persist()
        try:
            count = rows.count()
            if not count:
                raise ModelError("There is no customer to learn from.", "Bring customers with purchases.")
            found, dropped = learnt_numbers(rows, numbers, count)
            levels = [learnt_levels(rows, f, count) for f in self.declared if f.kind == CATEGORY]
        finally:
            rows.unpersist()
        for feature, (_, why) in zip([f for f in self.declared if f.kind == CATEGORY], levels, strict=True):
            if why:
                dropped[feature.name] = why
        kept = [level for told, _ in levels for level in told]
        parts: list[Number | Level] = [*found, *kept]
        if not any(part.weight > 0 for part in parts):
            said = "; ".join(f"{name}: {why}" for name, why in dropped.items())
            raise ModelError(f"No feature tells the customers apart. {said}", "Declare other features.")
        return FeaturesModel(
            declared=[asdict(f) for f in self.declared], numbers=[asdict(n) for n in found],
            levels=[asdict(level) for level in kept], dropped=dropped, count=count,
            featuresCol=self.getOrDefault(self.featuresCol),
        )  # fmt: skip


class FeaturesModel(Model, Saved):
    """Adds an array of those numbers that have a weight; what has none is told by ``values`` alone.

    Attributes:
        numbers, levels: What was learnt, also of features without weight.
        dropped: Features that tell nobody apart, and why.
        count: Rows of the fit.
    """

    featuresCol = param("featuresCol", "the array that is added", text)

    def __init__(
        self, *, declared: Sequence[Mapping[str, Any]], numbers: Sequence[Mapping[str, Any]],
        levels: Sequence[Mapping[str, Any]], dropped: Mapping[str, str], count: int,
        featuresCol: str = "features",
    ) -> None:  # fmt: skip
        super().__init__()
        self.declared = tuple(Feature(**f) for f in declared)
        self.numbers = tuple(Number(**n) for n in numbers)
        self.levels = tuple(Level(**level) for level in levels)
        self.dropped, self.count = dict(dropped), count
        self._set(featuresCol=featuresCol)

    def learnt(self) -> dict[str, Any]:
        """Return all of it."""
        return {
            "declared": [asdict(f) for f in self.declared],
            "numbers": [asdict(n) for n in self.numbers],
            "levels": [asdict(level) for level in self.levels],
            "dropped": self.dropped,
            "count": self.count,
        }

    @property
    def weighed(self) -> tuple[Number | Level, ...]:
        """Return what the array holds, in its order."""
        parts: list[Number | Level] = [*self.numbers, *self.levels]
        return tuple(part for part in parts if part.weight > 0)

    @property
    def names(self) -> list[str]:
        """Return what each number of the array is: a feature, or one value of it."""
        return [p.name if isinstance(p, Number) else f"{p.name}={p.value}" for p in self.weighed]

    def feature(self, name: str) -> Feature:
        """Return a declared feature."""
        return next(f for f in self.declared if f.name == name)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        rows = with_values(dataset, self.declared)
        parts = [scaled(part) * F.lit(part.weight) for part in self.weighed]
        helpers = [held(f.name) for f in self.declared]
        return rows.withColumn(self.getOrDefault(self.featuresCol), F.array(*parts)).drop(*helpers)

    def in_other_units(self, dataset: DataFrame) -> dict[str, tuple[float, float]]:
        """Return features whose typical value is eight times what it was, or an eighth: what it was and is.

        Cents for euros, percent for shares: what a company does within a month moves no median so far. Days
        are left out, as they grow with a young company. Too few rows tell nothing.
        """
        seen = [n for n in self.numbers if n.typical is not None and self.feature(n.name).unit != "days"]
        rows = with_values(dataset, [self.feature(n.name) for n in seen])
        asked = [F.count("*").alias("_rows")]
        for n in seen:
            asked.append(typical_of(F.col(held(n.name))).alias(n.name))
            asked.append(F.count_if(F.col(held(n.name)) != 0).alias(f"_{n.name}"))
        told = rows.agg(*asked).collect()[0]
        found = {}
        for n in seen:
            now = told[n.name]
            if now is not None and n.typical and told[f"_{n.name}"] >= _FEW:
                ratio = now / n.typical
                if not 1 / _OTHER_UNIT < ratio < _OTHER_UNIT:
                    found[n.name] = (n.typical, float(now))
        return found
