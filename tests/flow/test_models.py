"""Segments and lifetime values in the flow: fitted once a month, filled by every run, names that hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from customer_chunks.cli.app import app
from customer_chunks.config.model_settings import (
    ModelSettings,
    PropensitySettings,
    SegmentSettings,
    ValueSettings,
)
from customer_chunks.config.settings import Settings
from customer_chunks.errors import ConfigError, ModelError
from customer_chunks.flow.fits import customer_values, propensities
from customer_chunks.flow.outcome import Report
from customer_chunks.flow.registry import promote
from customer_chunks.models.saved import from_document
from customer_chunks.models.segmentation_model import SegmentationModel
from customer_chunks.serving.report.collect_learnt import collect_learnt
from customer_chunks.serving.report.learnt import figures
from tests.flow.company import SALES, Company

SEGMENTS = SegmentSettings(methods=("kmeans",), clusters=(2, 4))
ASKED = Settings(models=ModelSettings(SEGMENTS, ValueSettings(holdout_days=30)))
START = date(2024, 1, 1)
REPLACING = SALES.replace("sales*.csv", 'sales*.csv"\n    changed_files: "replace')


def history(scale: float = 1.0) -> list[str]:
    """Return lines of 40 who often buy little, 30 who buy much now and then, 20 who are long gone."""
    lines = []
    for n in range(40):
        lines += [a_line(f"often{n}", 6 * k + n % 6, (10 + n % 3) * scale) for k in range(25)]
    for n in range(30):
        lines += [a_line(f"much{n}", 45 * k + n, (400 + n) * scale) for k in range(3)]
    for n in range(20):
        lines += [a_line(f"gone{n}", n % 10 + 3 * k, (60 + n) * scale) for k in range(1 + n % 2)]
    return lines


def a_line(customer: str, day: int, price: float) -> str:
    at = START + timedelta(days=day)
    return f"{customer}-{day},{at}T10:00:00,{customer},apple,1,{price:.2f},DE"


@pytest.fixture
def company(companies: Callable[..., Company]) -> Company:
    return companies("learning", ASKED).maps(SALES).brings("sales1.csv", *history())


def by_customer(company: Company, *columns: str) -> dict[str, Any]:
    return {row[0]: row[1:] for row in company.rows("gold.segments", "customer_id", *columns)}


def done(report: Report) -> set[str]:
    return {o.step for o in report.outcomes if o.state == "done"}


def versions(company: Company) -> list[tuple[str, int, str | None]]:
    return company.rows("ops.models", "model", "version", "alias")


@pytest.mark.slow
def test_planted_groups_get_names_values_and_a_place_of_their_own(company: Company) -> None:
    report = company.run()
    segments = by_customer(company, "segment", "segment_number", "previous_segment", "as_of")
    assert len(segments) == 90
    for group, count in (("often", 40), ("much", 30), ("gone", 20)):
        assert len({told[0] for name, told in segments.items() if name.startswith(group)}) == 1, count
    assert {told[0] for told in segments.values()} == {
        told[0] for told in (segments["often0"], segments["much0"], segments["gone0"])
    }
    assert {told[2:] for told in segments.values()} == {(None, report.as_of)}
    profiles = {
        row[0]: row[1:]
        for row in company.rows("gold.segment_profiles", "segment", "customers", "description")
    }
    assert {name: told[0] for name, told in profiles.items()} == {
        segments["often0"][0]: 40, segments["much0"][0]: 30, segments["gone0"][0]: 20,
    }  # fmt: skip
    assert "frequent" in segments["often0"][0].lower()
    assert "big-basket" in segments["much0"][0].lower()
    assert "lapsed" in segments["gone0"][0].lower()
    assert profiles[segments["often0"][0]][1].startswith("40 customers, 44.4% of all.")
    flows = company.rows("gold.segment_flows", "from_segment", "to_segment", "customers")
    assert {(f, c) for f, _, c in flows} == {("new", 40), ("new", 30), ("new", 20)}

    values = {
        row[0]: row[1:]
        for row in company.rows(
            "gold.customer_values", "customer_id", "repeats", "probability_alive", "lifetime_value"
        )
    }
    assert len(values) == 90
    assert values["often0"][0] == 24
    assert values["often0"][1] > 0.8 > values["gone1"][1]
    assert values["often0"][2] > values["gone1"][2]
    assert versions(company) == [("customer_values", 1, "champion"), ("segments", 1, "champion")]
    assert company.run().is_idle


@pytest.mark.slow
def test_fit_or_promotion_of_one_model_moves_its_own_table_alone(company: Company) -> None:
    company.run()
    valued = company.run(full=["ops.models[customer_values]"])
    assert versions(company) == [
        ("customer_values", 1, None), ("customer_values", 2, "champion"), ("segments", 1, "champion"),
    ]  # fmt: skip
    assert done(valued) == {"ops.models[customer_values]", "gold.customer_values"}
    assert promote(company.warehouse, "customer_values", 1) == 1
    assert done(company.run()) == {"gold.customer_values"}
    assert set(company.rows("gold.customer_values", "model_version")) == {1}
    assert company.run().is_idle


@pytest.mark.slow
def test_next_day_is_placed_without_a_fit_and_next_month_keeps_names(company: Company) -> None:
    company.run()
    first = by_customer(company, "segment_number", "segment")
    company.brings("sales2.csv", a_line("often0", 150, 11.0), a_line("late", 150, 12.0))
    report = company.run()
    assert {o.step: o.state for o in report.outcomes if o.step.startswith("ops.models")} == {
        "ops.models[customer_values]": "idle",
        "ops.models[segments]": "idle",
    }
    second = by_customer(company, "segment_number", "segment", "previous_segment_number", "segment_since")
    assert {c: told[:2] for c, told in second.items() if c in first} == first
    assert second["late"][2] is None
    assert second["often1"][2] == second["often1"][0]
    assert second["often1"][3] == report.as_of - timedelta(days=1)

    company.brings("sales3.csv", *[a_line(f"often{n}", 182 + n % 6, 12.0) for n in range(38)])
    third_run = company.run()
    assert versions(company) == [
        ("customer_values", 1, None), ("customer_values", 2, "champion"),
        ("segments", 1, None), ("segments", 2, "champion"),
    ]  # fmt: skip
    third = by_customer(company, "segment_number", "segment")
    assert third["often5"] == first["often5"]
    assert third["much5"] == first["much5"]
    flows = company.rows("gold.segment_flows", "as_of", "customers")
    assert sum(n for day, n in flows if day == third_run.as_of) == 91
    assert len({day for day, _ in flows}) == 3


@pytest.mark.slow
def test_second_run_of_a_day_keeps_what_was_before_the_first(company: Company) -> None:
    company.run()
    company.brings("sales2.csv", a_line("often0", 150, 11.0))
    company.run()
    before = by_customer(company, "previous_segment", "previous_as_of", "segment_since")
    flows = company.rows("gold.segment_flows", "as_of", "from_segment", "to_segment", "customers")
    company.brings("sales3.csv", a_line("often1", 149, 11.0))
    company.run()
    assert by_customer(company, "previous_segment", "previous_as_of", "segment_since") == before
    assert company.rows("gold.segment_flows", "as_of", "from_segment", "to_segment", "customers") == flows


@pytest.mark.slow
def test_who_left_is_counted_as_gone(company: Company) -> None:
    company.run()
    told = by_customer(company, "segment")
    lines = [line for line in history() if not line.startswith("much3-")]
    company.maps(
        SALES.replace('    path: "sales*.csv"', '    path: "sales*.csv"\n    changed_files: replace')
    )
    company.brings("sales1.csv", *lines, a_line("often0", 151, 11.0))
    report = company.run()
    gone = [
        row for row in company.rows("gold.segment_flows", "as_of", "from_segment", "to_segment", "customers")
        if row[0] == report.as_of and row[2] == "gone"
    ]  # fmt: skip
    assert gone == [(report.as_of, told["much3"][0], "gone", 1)]


@pytest.mark.slow
def test_too_few_customers_let_the_fit_wait_and_the_run_go_on(companies: Callable[..., Company]) -> None:
    small = (
        companies("small", ASKED)
        .maps(SALES)
        .brings("sales1.csv", a_line("only", 0, 5.0), a_line("two", 9, 7.0))
    )
    report = small.run()
    states = {o.step: o.state for o in report.outcomes}
    assert states["ops.models[segments]"] == states["ops.models[customer_values]"] == "held"
    assert any("ops.models[segments] waits: " in said for said in report.remarks)
    assert small.rows("gold.segments") == small.rows("gold.customer_values") == []
    assert small.rows("gold.rfm_scores", "customer_id") == ["only", "two"]


@pytest.mark.slow
def test_amounts_in_cents_stop_the_segments_until_a_fit_is_promoted(company: Company) -> None:
    company.run()
    before = company.rows("gold.segments")
    company.maps(
        SALES.replace('    path: "sales*.csv"', '    path: "sales*.csv"\n    changed_files: replace')
    )
    company.brings("sales1.csv", *history(scale=100), a_line("often0", 150, 1100.0))
    company.settings = Settings(
        models=ASKED.models, table_rules=ASKED.table_rules.__class__(is_enabled=False)
    )
    report = company.tries()
    assert [type(e) for e in report.errors] == [ModelError]
    assert "average_order_value" in str(report.errors[0])
    assert "other units?" in str(report.errors[0])
    assert company.rows("gold.segments") == before

    company.tries(full=["ops.models[segments]"])
    assert versions(company)[-2:] == [("segments", 1, "champion"), ("segments", 2, "challenger")]
    assert promote(company.warehouse, "segments", None) == 2
    company.run()
    assert versions(company)[-2:] == [("segments", 1, None), ("segments", 2, "champion")]
    assert by_customer(company, "model_version")["often0"] == (2,)


@pytest.mark.slow
def test_promoting_what_is_not_there_is_refused(company: Company) -> None:
    company.run()
    with pytest.raises(ConfigError, match="no challenger"):
        promote(company.warehouse, "segments", None)
    with pytest.raises(ConfigError, match="no version 9"):
        promote(company.warehouse, "segments", 9)


@pytest.mark.slow
def test_document_of_a_version_tells_what_it_was_learnt_from(company: Company) -> None:
    company.run()
    told = {m: (json.loads(d), i, w) for m, d, i, w in _registered(company)}
    document, inputs, why = told["segments"]
    assert document["class"] == "SegmentationModel"
    sample = document["learnt"]["sample"]
    assert (len(sample["rows"]), len(sample["clusters"]), sample["customers"]) == (90, 90, 90)
    assert "often" not in json.dumps(sample)
    learnt = {name: value for name, value in document["learnt"].items() if name != "sample"}
    earlier = from_document({**document, "learnt": learnt}, [SegmentationModel])
    assert (earlier.sample, len(earlier.segments)) == (None, 3)
    assert inputs.keys() == {"gold.customer_profiles"}
    assert why[0].startswith("3 candidates were compared")


def _registered(company: Company) -> list[Any]:
    rows = company.warehouse.read("ops.models").select("model", "document", "inputs", "notes").collect()
    return [tuple(row) for row in rows]


@pytest.mark.slow
def test_commands_and_report_tell_what_was_learnt(company: Company, tmp_path: Path) -> None:
    company.run()
    place = ["--warehouse", str(company.folder / "warehouse")]

    def typed(*words: str) -> str:
        result = CliRunner().invoke(app, [*words, *place])
        assert result.exit_code == 0, result.output
        return result.output

    listed = json.loads(typed("models", "list", "--json"))
    assert [(v["model"], v["version"], v["alias"]) for v in listed] == [
        ("customer_values", 1, "champion"), ("segments", 1, "champion"),
    ]  # fmt: skip
    shown = typed("models", "show", "segments")
    assert "Chosen: 3 clusters by kmeans" in shown
    assert "40 customers, 44.4% of all." in " ".join(shown.split())
    assert json.loads(typed("models", "show", "segments", "--json"))["document"]["learnt"]["taken"] == 1
    assert "segments 1 is champion." in typed("models", "promote", "segments", "--version", "1")
    refused = CliRunner().invoke(app, ["models", "show", "segment", *place])
    assert (refused.exit_code, "Did you mean 'segments'?" in refused.output) == (3, True)

    page = tmp_path / "report.html"
    typed("report", "--out", str(page))
    told = page.read_text(encoding="utf-8")
    segment = company.rows("gold.segment_profiles", "segment")[0]
    assert f"<h3>{segment}</h3>" in told
    assert "Why these segments" in told
    assert "Customers by segment, on two principal components (all 90)" in told
    assert "How true values came in the hold-out of 30 days" in told
    assert "keeps no" not in told
    assert "together are worth" in told
    assert "<image" not in told


FORETOLD = PropensitySettings(horizon_days=20, history_days=60, method="logistic", explained=5)


def regular() -> list[str]:
    """Return lines of 80 who come every week, half of whom stop on a day of their own."""
    lines = []
    for n in range(80):
        stops = 210 if n % 2 else 60 + 3 * n // 2
        lines += [a_line(f"c{n}", day, 20.0 + n % 7) for day in range(n % 7, min(stops, 210), 7)]
    return lines


@pytest.mark.slow
def test_fit_that_foretells_clearly_worse_waits_and_says_why(
    companies: Callable[..., Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(models=ModelSettings(customer_values=ValueSettings(holdout_days=30), churn=FORETOLD))
    company = companies("worse", settings).maps(SALES).brings("sales1.csv", *regular())
    company.run()
    assert versions(company) == [("churn", 1, "champion"), ("customer_values", 1, "champion")]
    values, chances = customer_values.held_out, propensities.temporal_holdout

    def far_off(*args: Any) -> dict[str, Any]:
        of, told = "root_mean_squared_error", values(*args)
        return told | {"amounts": told["amounts"] | {of: 9 + 9 * told["naive_amounts"][of]}}

    def astray(*args: Any) -> dict[str, Any]:
        told = chances(*args)
        return told | {"model": told["model"] | {"log_loss": 9 + 9 * told["baseline"]["log_loss"]}}

    monkeypatch.setattr(customer_values, "held_out", far_off)
    monkeypatch.setattr(propensities, "temporal_holdout", astray)
    company.run(full=["ops.models[customer_values]", "ops.models[churn]"])
    assert versions(company) == [
        ("churn", 1, "champion"), ("churn", 2, "challenger"),
        ("customer_values", 1, "champion"), ("customer_values", 2, "challenger"),
    ]  # fmt: skip
    waiting = company.warehouse.read("ops.models").where("version = 2").orderBy("model").collect()
    assert "The hold-out's log loss is" in waiting[0]["notes"][-1]
    assert "The hold-out's root mean squared error of amounts is" in waiting[1]["notes"][-1]
    assert company.run().is_idle


@pytest.mark.slow
def test_who_stopped_is_likeliest_to_buy_no_more_and_is_told_why(
    companies: Callable[..., Company], tmp_path: Path
) -> None:
    settings = Settings(models=ModelSettings(churn=FORETOLD))
    company = companies("leaving", settings).maps(SALES).brings("sales1.csv", *regular())
    company.run()
    columns = ("customer_id", "probability", "rank", "reasons", "segment_number", "rank_in_segment")
    scores = {row[0]: row[1:] for row in company.rows("gold.churn_scores", *columns)}
    assert sorted(told[1] for told in scores.values()) == list(range(1, 81))
    first = sorted(scores, key=lambda c: scores[c][1])[:30]
    assert all(int(c[1:]) % 2 == 0 for c in first)
    assert scores[first[0]][0] > 0.8
    assert {c for c, told in scores.items() if told[2] is not None} == set(first[:5])
    assert all("(raises it)" in told for told in scores[first[0]][2][:1])
    assert {told[3:] for told in scores.values()} == {(None, None)}
    metrics = company.warehouse.read("ops.models").select("metrics").collect()[0]["metrics"]
    assert metrics["logistic_auc"] > 0.9
    assert 0 < metrics["holdout_observed"] < 1
    assert company.run().is_idle

    # A horizon that history is too short for: what scores is still the model of the other.
    company.settings = Settings(models=ModelSettings(churn=replace(FORETOLD, horizon_days=200)))
    assert {o.step: o.state for o in company.run().outcomes if o.table == "ops.models"} == {
        "ops.models[churn]": "held"
    }
    assert set(company.rows("gold.churn_scores", "horizon_days")) == {20}

    learnt = collect_learnt(company.warehouse)
    assert learnt is not None
    (chances,) = learnt.chances
    assert (chances.learner, chances.compared, chances.horizon_days) == ("logistic", 1, 20)
    assert chances.holdout["rows"] == sum(told["rows"] for told in chances.holdout["reliability"]) <= 80
    assert len(chances.holdout["reliability"]) <= 20
    assert list(chances.groups[["customers", "likeliest", "explained"]].iloc[0]) == [80, 8, 5]
    assert [name for name, _ in figures(learnt, "churn", "EUR")] == ["churn-calibration", "churn-segments"]
    page = tmp_path / "report.html"
    words = ["report", "--out", str(page), "--warehouse", str(company.folder / "warehouse")]
    assert CliRunner().invoke(app, words).exit_code == 0
    drawn = page.read_text(encoding="utf-8")
    assert "it ranked customers" in drawn
    assert "for the likeliest tenth (8 customers; reasons are kept of 5)" in drawn
    assert not [c for c in scores if f">{c}<" in drawn]


@pytest.mark.slow
def test_too_short_a_history_lets_churn_wait(companies: Callable[..., Company]) -> None:
    settings = Settings(models=ModelSettings(churn=PropensitySettings()))
    company = (
        companies("young", settings)
        .maps(SALES)
        .brings("sales1.csv", *[a_line("a", d, 5.0) for d in range(9)])
    )
    report = company.run()
    assert {o.state for o in report.outcomes if o.step == "ops.models[churn]"} == {"held"}
    assert any("there are no 90 days to learn from" in said for said in report.remarks)
