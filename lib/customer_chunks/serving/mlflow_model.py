"""A version of a model as MLflow loads it: its JSON document and this module, nothing pickled.

MLflow calls ``_load_pyfunc`` with the place of the document, on any machine where the package is installed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import SparkSession

from customer_chunks.errors import ModelError
from customer_chunks.models.lifetime_value import UNKNOWN, LifetimeValueModel
from customer_chunks.models.propensity_model import PropensityModel
from customer_chunks.models.saved import from_document
from customer_chunks.models.segmentation_model import SegmentationModel

KINDS = (SegmentationModel, LifetimeValueModel, PropensityModel)
NEEDED = ("repeats", "last_days", "age_days")
"""What lifetime values cannot do without, in days: a 0 in the place of one is another customer's history."""
HISTORY = (*NEEDED, "spend")
"""What lifetime values are computed from; the last is the mean amount of a repeat day, and may be unknown."""
_REMEDY = "Name the columns as the model's signature does."


class Scorer:
    """Scores frames of pandas: one row in, one row out, in the same order."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.model: Any = from_document(document, KINDS)

    def predict(self, rows: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return what the model adds; of a customer without a history nothing is known.

        Args:
            rows: For segments the columns of gold.customer_profiles that the features need; for values those
                of ``HISTORY``; for churn and high value the features by name.
            params: There are none.

        Raises:
            ModelError: a column of ``NEEDED`` is not there, or no feature at all is.
        """
        if isinstance(self.model, PropensityModel):
            return self._likely(rows)
        if isinstance(self.model, LifetimeValueModel):
            return self._worth(rows)
        return self._placed(rows)

    def _likely(self, rows: pd.DataFrame) -> pd.DataFrame:
        names = self.model.getOrDefault("featureNames")
        if not set(names) & set(rows.columns):
            raise ModelError(f"None of the model's features is given: {', '.join(names)}.", _REMEDY)
        numbers = rows.reindex(columns=names).to_numpy(dtype=np.float64)  # what is left out is unknown
        return pd.DataFrame({"probability": self.model.probabilities(numbers)}, index=rows.index)

    def _worth(self, rows: pd.DataFrame) -> pd.DataFrame:
        missing = [name for name in NEEDED if name not in rows.columns]
        if missing:
            raise ModelError(f"Lifetime values need {missing[0]}, which is not given.", _REMEDY)
        history = rows.reindex(columns=list(HISTORY)).to_numpy(dtype=np.float64)
        is_known = np.isfinite(history[:, : len(NEEDED)]).all(axis=1)
        told = self.model.scores(np.where(np.isfinite(history), history, UNKNOWN))
        names = {
            "alive": "probability_alive", "purchases": "expected_purchases", "spend": "expected_spend",
            "value": "lifetime_value",
        }  # fmt: skip
        values = {to: np.where(is_known, told[name], np.nan) for name, to in names.items()}
        return pd.DataFrame(values, index=rows.index)

    def _placed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Score by Spark, as features may be any SQL: a session of this machine where there is none."""
        spark = SparkSession.getActiveSession() or SparkSession.builder.master("local[*]").getOrCreate()
        given = spark.createDataFrame(rows.assign(_row=np.arange(len(rows))))
        columns = ("segment_number", "segment", "distance", "margin", "is_at_border", "is_far_off")
        told = self.model.transform(given).select("_row", *columns).toPandas()  # as many as were given
        ordered: pd.DataFrame = told.sort_values("_row").drop(columns="_row")
        return ordered.set_index(rows.index)


def _load_pyfunc(path: str) -> Scorer:
    """Return the model of a document; the name is MLflow's."""
    return Scorer(json.loads(Path(path).read_text(encoding="utf-8")))
