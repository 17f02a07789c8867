"""What the report says of churn and high value, by hand: true also where the model is no better."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from customer_chunks.serving.report.chances import chances_pages
from customer_chunks.serving.report.collect_chances import groups_of, most_frequent, raising_reasons
from customer_chunks.serving.report.data import Chances, Learnt
from customer_chunks.serving.report.learnt import figures, learnt_page
from tests.unit.serving.test_report import page_of, report_data

BANDS = ["band_0", "band_1", "band_2", "band_3", "band_4"]
COLUMNS = ["segment", "customers", "probability", *BANDS, "likeliest", "explained", "reason"]
METRICS = {
    "holdout_auc": 0.8921, "holdout_baseline_auc": 0.8704, "holdout_brier": 0.0445,
    "holdout_baseline_brier": 0.0469, "holdout_foretold": 0.056, "holdout_observed": 0.059,
}  # fmt: skip
BINS = [{"foretold": 0.1, "observed": 0.15, "rows": 60}, {"foretold": 0.5, "observed": 0.4, "rows": 40}]
HOLDOUT = {"method": "boosted", "foretold_from": "2017-10-03", "days": 90, "rows": 100, "reliability": BINS}
GONE = ("Gone <b>", 10, 0.8, 0, 0, 2, 3, 5, 4, 4, "last purchase")
LOYAL = ("Loyal", 30, 0.2, 20, 5, 5, 0, 0, 0, 0, None)
REASONS = [
    ("last purchase", "days ago", 62.0, 4),
    ("spent in a purchase", "in the reporting currency", 12_345.0, 2),
    ("returns", None, None, 1),
]


def some_chances(**changes: object) -> Chances:
    chances = Chances(
        model="churn",
        version=3,
        horizon_days=90,
        learner="forest",
        compared=3,
        baseline="last purchase",
        metrics=METRICS,
        holdout=HOLDOUT,
        groups=pd.DataFrame([GONE, LOYAL], columns=COLUMNS),
        reasons=pd.DataFrame(REASONS, columns=["label", "unit", "typical", "customers"]),
    )
    return replace(chances, **changes)  # type: ignore[arg-type]  # the tests name real fields


def learnt(*chances: Chances) -> Learnt:
    return Learnt(pd.DataFrame(), pd.DataFrame(), [], [], None, [], 0.0, 0, 0, {}, list(chances))


def said(chances: Chances) -> str:
    (page,) = chances_pages(report_data(learnt=learnt(chances)))
    return " ".join(page.text)


def test_model_its_hold_out_and_its_means_are_told() -> None:
    assert said(some_chances()) == (
        "Foretold is how likely it is that a customer buys nothing within 90 days from D on, by a random "
        "forest (version 3): of 3 methods compared the one of the least log loss in cross-validation. "
        "Tried on 100 customers and the 90 days from 3 Oct 2017 on, by boosted trees that had learnt from "
        "earlier days alone: it ranked customers better than the naive guess by “last purchase” alone (AUC "
        "0.892 against 0.870; 0.5 is chance, 1 perfect), and its probabilities were better than that guess's "
        "(Brier score 0.0445 against 0.0469; 0 is perfect). On average a probability of 5.6% was foretold, "
        "and it came for 5.9%."
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"holdout_auc": 0.8703}, "it ranked customers no better than the naive guess"),
        ({"holdout_auc": 0.86}, "it ranked customers worse than the naive guess"),
        ({"holdout_brier": 0.04691}, "its probabilities were no better than that guess's"),
        ({"holdout_brier": 0.05}, "its probabilities were worse than that guess's"),
    ],
)
def test_model_that_is_no_better_than_the_guess_is_told_so(changed: dict[str, float], words: str) -> None:
    assert words in said(some_chances(metrics=METRICS | changed))


def test_version_of_earlier_days_has_no_picture_of_its_hold_out() -> None:
    old = some_chances(holdout={})
    assert "Tried on the newest days whose outcome has come" in said(old)
    assert [name for name, _ in figures(learnt(old), "churn", "EUR")] == ["churn-segments"]


def test_without_a_hold_out_the_command_that_tells_why_is_named() -> None:
    assert said(some_chances(metrics={}, holdout={})).endswith(
        "It was tried on no hold-out; `chunks models show churn` tells why."
    )


def test_only_method_is_not_told_as_the_best_of_many() -> None:
    assert "(version 3): the only method that was tried." in said(some_chances(compared=1))


def test_pictures_are_those_of_the_model_asked_for() -> None:
    both = learnt(some_chances(), some_chances(model="high_value"))
    for model in ("churn", "high_value"):
        assert [name for name, _ in figures(both, model, "EUR")] == [
            f"{model}-calibration", f"{model}-segments",
        ]  # fmt: skip
    assert list(figures(both, "segments", "EUR")) == []


def test_page_has_segments_reasons_and_all_numbers(tmp_path: Path) -> None:
    page = page_of(tmp_path, learnt=learnt(some_chances(), some_chances(model="high_value")))
    assert "What is likely to come" in page.words
    assert "Churn and High value" in page.words  # the link to it
    assert "Segments and values, as learnt" not in page.words
    assert "Churn: What makes it likely, for the likeliest tenth (4 customers)" in page.words
    assert "last purchase, typically 62 days ago: 4 customers" in page.words
    assert "spent in a purchase, typically EUR 12.3 k: 2 customers" in page.words
    assert "returns: 1 customer" in page.words
    assert "<b>" not in page.html.partition("What is likely to come")[2].partition("<svg")[0]
    last = len(page.words) - page.words[::-1].index("All customers") - 1
    # (10 x 0.8 + 30 x 0.2) / 40, and the sums of the bands
    told = ["All customers", "–", "4", "40", "35.0%", "20", "5", "7", "3", "5"]
    assert page.words[last : last + 10] == told


def test_nothing_foretold_has_no_part_of_the_page() -> None:
    data = report_data(learnt=learnt())
    assert (chances_pages(data), learnt_page(data)) == ([], None)
    assert chances_pages(report_data()) == []


def test_few_reasons_kept_are_told() -> None:
    groups = pd.DataFrame([(*GONE[:9], 3, None)], columns=COLUMNS)
    (page,) = chances_pages(report_data(learnt=learnt(some_chances(groups=groups))))
    assert page.why_title.endswith("(4 customers; reasons are kept of 3)")


SCORES = "segment_number int, probability double, rank bigint, reasons array<string>"
LAST = "last purchase: %d days ago (raises it)"
SPENT = "spent in all: 5 in the reporting currency (lowers it)"


def test_segments_are_counted_by_band_with_what_raises_it(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [
            (1, 0.75, 1, [LAST % 9, SPENT]),
            (1, 0.1, 2, ["returns: unknown (raises it)", LAST % 7]),
            (2, 0.0999, 3, [SPENT]),
            (None, 1.0, 4, None),
        ],
        SCORES,
    )
    names = spark.createDataFrame([(1, "One"), (2, "Two")], "segment_number int, segment string")
    first = F.col("rank") <= 3
    found = groups_of(rows, raising_reasons(rows.where(first)), names, first)
    told = [
        (None if row.segment is None else row.segment, row.customers, round(row.probability, 4),
         [getattr(row, band) for band in BANDS], row.likeliest, row.explained, row.reason)
        for row in found.astype(object).where(found.notna(), None).itertuples()
    ]  # fmt: skip
    assert told == [
        (None, 1, 1.0, [0, 0, 0, 0, 1], 0, 0, None),
        ("One", 2, 0.425, [0, 1, 0, 0, 1], 2, 2, "last purchase"),
        ("Two", 1, 0.0999, [1, 0, 0, 0, 0], 1, 1, None),
    ]


def test_five_reasons_that_raise_it_for_most_are_kept(spark: SparkSession) -> None:
    known = [(1, 0.9, n, [LAST % n, f"other {n % 6}: 1  (raises it)", SPENT]) for n in range(1, 13)]
    few = [(2, 0.8, 20, [f"seldom: {n} days (raises it)"]) for n in range(9)]
    found = most_frequent(raising_reasons(spark.createDataFrame(known + few, SCORES)))
    assert list(found["label"]) == ["last purchase", "seldom", "other 0", "other 1", "other 2"]
    assert list(found["customers"]) == [12, 9, 2, 2, 2]
    assert found["typical"][0] == 6
    assert found["typical"][1:].isna().all()  # of fewer than ten customers a typical value is not told
    assert found["unit"][0] == "days ago"
