"""The parts of conf/settings.yml about models: what is asked for, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from customer_chunks.config.features import DEFAULT_FEATURES
from customer_chunks.config.model_settings import ModelSettings, SegmentSettings, ValueSettings, cluster_range
from customer_chunks.config.settings import Settings, read_settings
from customer_chunks.errors import ConfigError

GIVEN = "scored: [{table: a, model: m, source: gold.rfm_scores, columns: {a: b}, outputs: {s: int}}]"


def read(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "settings.yml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_what_is_not_named_is_not_computed_and_what_is_has_the_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, "reporting_time_zone: UTC").models == ModelSettings()
    told = read(tmp_path, "segments: {}\ncustomer_values:\n").models
    assert told == ModelSettings(SegmentSettings(), ValueSettings())


def test_feature_takes_what_it_does_not_say_from_the_default_of_its_name(tmp_path: Path) -> None:
    text = """
segments:
  clusters: 4
  features:
    - {name: recency_days, weight: 2}
    - {name: online, value: "channel_mix['web']", unit: share, missing: 0.5, high: online}
  feature_sets: {web: [online]}
"""
    asked = read(tmp_path, text).models.segments
    assert asked is not None
    recency, online = asked.features
    default = next(f for f in DEFAULT_FEATURES if f.name == "recency_days")
    assert (recency.weight, recency.high, recency.log) == (2, default.high, default.log)
    assert (online.sql, online.missing, online.called) == ("channel_mix['web']", 0.5, "online")
    assert (asked.clusters, asked.feature_sets) == ((4, 4), (("web", ("online",)),))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("6", (6, 6)), ("3-8", (3, 8)), (" 3 - 8 ", (3, 8)), ("2-200", (2, 200)), ("8-3", None), ("1", None),
        ("1-3", None), ("3-", None), ("-3", None), ("²", None), ("3.5", None), ("", None),
    ],
)  # fmt: skip
def test_range_of_clusters(written: str, told: tuple[int, int] | None) -> None:
    assert cluster_range(written) == told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("segments: {methods: [kmean]}", "no method 'kmean'"),
        ("segments: {clusters: 1-3}", "between 2 and 50"),
        ("segments: {clusters: some}", "a number or a range"),
        ("segments: {clusters: 3-}", "a number or a range"),
        ("segments: {clusters: 3-²}", "a number or a range"),
        ("segments: {clusters: 3-51}", "between 2 and 50"),
        ("segments: {features: [{name: a}, {name: a}]}", "feature 'a' comes twice"),
        ("segments: {features: [{name: A b}]}", "'A b' is no name"),
        ("segments: {features: [{name: a, weight: 0}]}", "No feature has a weight"),
        ("segments: {features: [{name: a, missing: lots}]}", "'missing' cannot be 'lots'"),
        ("segments: {feature_sets: {one: [nothing]}}", "no feature with a weight called nothing"),
        ("segments: {refits: weekly}", "unknown key 'refits'"),
        ("customer_values: {margin: 2}", "at most 1"),
        ("churn: {method: trees}", "'method' cannot be 'trees'"),
        ("churn: {share: 0.2}", "unknown key 'share'"),
        ("scored: [{table: a, model: m, source: gold.nothing}]", "no table 'gold.nothing'"),
        (GIVEN.replace("table: a", "table: segments"), "is there already"),
        (GIVEN.replace("s: int", "s: map"), "cannot be 'map'"),
        (GIVEN.replace("s: int", "as_of: int"), "cannot be called 'as_of'"),
        (GIVEN.replace("gold.rfm_scores,", "gold.rfm_scores, key: [who],"), "no column 'who'"),
        ("scored: [{table: a, model: m, source: gold.rfm_scores, outputs: {s: int}}]", "say what goes in"),
        ("mlflow: {url: x}", "unknown key 'url'"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(tmp_path, text)
