"""The part ``table_rules`` of the settings: defaults, values, and what cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from customer_chunks.config.settings import read_settings
from customer_chunks.config.table_rules import TableRuleSettings
from customer_chunks.errors import ConfigError


def read(tmp_path: Path, text: str) -> TableRuleSettings:
    path = tmp_path / "settings.yml"
    path.write_text(f"table_rules: {text}\n", encoding="utf-8")
    return read_settings(path).table_rules


def test_what_is_left_out_has_the_default(tmp_path: Path) -> None:
    assert read(tmp_path, "{}") == TableRuleSettings()
    assert read(tmp_path, "{shift_factor: 4, freshness_days: 2}") == TableRuleSettings(
        shift_factor=4.0, freshness_days=2
    )


def test_shares_and_levels_go_by_table_and_name(tmp_path: Path) -> None:
    text = "{completeness: {silver.customers.email: 0.5}, level: {silver.orders.rows.grown: error}}"
    found = read(tmp_path, text)
    assert found.completeness == (("silver.customers.email", 0.5),)
    assert found.level == (("silver.orders.rows.grown", "error"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{shift_factor: 0.5}", "'shift_factor' must be at least 1, got 0.5"),
        ("{reference_share: 1.5}", "'reference_share' must be at most 1, got 1.5"),
        ("{shrink_factor: much}", "'shrink_factor' must be a number, got 'much'"),
        ("{growth_factor: nan}", "'growth_factor' must be"),
        ("{freshness: 3}", "unknown key 'freshness'. Did you mean 'freshness_days'?"),
        ("{completeness: {silver.customers.mail: 1}}", "Did you mean 'silver.customers.email'?"),
        ("{level: {silver.orders.rows.grow: off}}", "Did you mean 'silver.orders.rows.grown'?"),
        ("{level: {silver.orders.rows.grown: loud}}", "cannot be 'loud'"),
    ],
)
def test_what_cannot_be_meant_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert told in str(caught.value)
