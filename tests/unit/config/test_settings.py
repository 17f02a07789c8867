"""conf/settings.yml and conf/targets.yml: values, defaults and the sentence for every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from customer_chunks.config.settings import DEFAULT_SEGMENTS, SegmentRule, Settings, read_settings
from customer_chunks.config.targets import Target, folder_target, read_target
from customer_chunks.errors import ConfigError


def settings_of(folder: Path, text: str) -> Settings:
    path = folder / "settings.yml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_without_a_file_the_defaults_hold() -> None:
    settings = read_settings(None)
    assert (settings.reporting_time_zone, settings.reporting_currency) == ("UTC", None)
    assert (settings.rfm.window_days, settings.rfm.net_of_returns) == (None, True)
    assert settings.rfm.exact_up_to == 2_000_000
    assert settings.rfm.cut_points == ()
    assert {"High-Value Loyal Customers", "At-Risk Customers"} <= {s.name for s in DEFAULT_SEGMENTS}


def test_everything_that_a_company_may_choose_is_read(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        "reporting_time_zone: Asia/Tokyo\nreporting_currency: JPY\nrfm:\n  window_days: 365\n"
        "  net_of_returns: no\n  exact_up_to: 10\n  cut_points: {frequency: [1, 2, 3, 4.5]}\n"
        "  segments:\n    - {name: Best, r: 4-5, m: 5}\n    - {name: Rest}\n",
    )
    assert (settings.reporting_time_zone, settings.reporting_currency) == ("Asia/Tokyo", "JPY")
    assert (settings.rfm.window_days, settings.rfm.net_of_returns, settings.rfm.exact_up_to) == (
        365,
        False,
        10,
    )
    assert settings.rfm.cut_points == (("frequency", (1.0, 2.0, 3.0, 4.5)),)
    assert settings.rfm.segments == (
        SegmentRule("Best", r=(4, 5), f=(1, 5), m=(5, 5)),
        SegmentRule("Rest", r=(1, 5), f=(1, 5), m=(1, 5)),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "reporting_timezone: UTC\n",
            r"unknown key 'reporting_timezone'\. Did you mean 'reporting_time_zone'\?",
        ),
        ("reporting_time_zone: Mars\n", r"reporting_time_zone 'Mars' is unknown\. Use an IANA name"),
        ("reporting_currency: eur\n", r"reporting_currency 'eur' is no ISO 4217 code\. Use three capitals"),
        ("rfm: {window_days: 0}\n", r"'window_days' must be at least 1, got 0"),
        ("rfm: {window: 3}\n", r"unknown key 'window'\. Did you mean 'window_days'\?"),
        (
            "rfm: {cut_points: {recencydays: [1, 2, 3, 4]}}\n",
            r"unknown key 'recencydays'\. Did you mean 'recency_days'\?",
        ),
        ("rfm: {cut_points: {frequency: [1, 2, 3]}}\n", r"must hold four numbers in rising order, got 3"),
        ("rfm: {cut_points: {frequency: [1, 3, 2, 4]}}\n", r"must hold four numbers in rising order"),
        ("rfm: {cut_points: {frequency: [a, b, c, d]}}\n", r"'frequency' must hold numbers\. Give four"),
        ("rfm: {segments: [{r: 5}]}\n", r"'name' is missing\. Add it"),
        ("rfm: {segments: [{name: A, r: 6}]}\n", r"'r' must be a score or a range from 1 to 5, got '6'"),
        (
            "rfm: {segments: [{name: A, f: 4-2}]}\n",
            r"'f' runs backwards: '4-2'\. Write the lower score first",
        ),
        ("rfm: {segments: [{name: A, x: 1}]}\n", r"unknown key 'x'"),
        ("rfm: {segments: A}\n", r"'segments' must be a list of mappings, got a single value"),
    ],
)
def test_setting_that_cannot_be_meant_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        settings_of(tmp_path, text)


TARGETS = """\
default: dev
targets:
  dev: {warehouse: build/tables}
  cloud: {warehouse: "s3://bucket/tables"}
  prod: {catalog: main, schema_prefix: chunks_}
  both: {catalog: main, warehouse: x}
  none: {}
"""


def target_of(folder: Path, name: str | None, text: str = TARGETS) -> Target:
    path = folder / "conf" / "targets.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return read_target(path, name)


def test_default_target_lies_beside_conf(tmp_path: Path) -> None:
    target = target_of(tmp_path, None)
    assert target == Target("dev", str(tmp_path / "build" / "tables"))
    assert target.folder == tmp_path / "build" / "tables"
    assert target.label == str(tmp_path / "build" / "tables")


def test_remote_warehouse_stays_as_written_and_is_no_folder(tmp_path: Path) -> None:
    target = target_of(tmp_path, "cloud")
    assert (target.warehouse, target.folder) == ("s3://bucket/tables", None)


def test_catalog_target_is_named_by_catalog_and_prefix(tmp_path: Path) -> None:
    target = target_of(tmp_path, "prod")
    assert (target.catalog, target.schema_prefix, target.warehouse) == ("main", "chunks_", None)
    assert target.label == "main.chunks_*"
    assert target.folder is None


def test_file_address_is_a_folder() -> None:
    assert Target("x", "file:///data/tables").folder == Path("/data/tables")


def test_folder_target_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert folder_target(Path("tables")).warehouse == str(tmp_path / "tables")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("prd", TARGETS, r"there is no target 'prd'\. Did you mean 'prod'\?"),
        ("both", TARGETS, r"needs either `warehouse:` or `catalog:`"),
        ("none", TARGETS, r"needs either `warehouse:` or `catalog:`"),
        (
            None,
            "targets: {dev: {warehouse: x}}\n",
            r"no target is named and there is no `default:`\. Give --target",
        ),
        ("dev", "default: dev\n", r"'targets' is missing"),
        ("dev", "targets: {dev: {warehose: x}}\n", r"unknown key 'warehose'\. Did you mean 'warehouse'\?"),
    ],
)
def test_target_that_cannot_be_meant_is_one_sentence(
    tmp_path: Path, name: str | None, text: str, sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        target_of(tmp_path, name, text)
