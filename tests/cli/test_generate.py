"""``chunks generate`` in the terminal: what it refuses, before Java starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import chunks


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--customers", 5, "--days", 60), "--customers must be from 100 to 40,000,000, got 5."),
        (("--customers", 500, "--days", 5), "--days must be from 30 to 1,460, got 5."),
        (("--customers", 500, "--days", 60, "--daily", 61), "--daily must be from 1 to 60, got 61."),
        (("--customers", 500, "--days", 60, "--seed", -1), "--seed must be from 0"),
        (("--customers", 500, "--days", 60, "--until", "2999-01-01"), "is in the future"),
    ],
)
def test_numbers_that_make_no_company_are_refused(
    options: tuple[object, ...], said: str, tmp_path: Path
) -> None:
    result = chunks("generate", *options, "--out", tmp_path / "company")
    assert result.exit_code == 3
    assert said in result.stderr
    assert not (tmp_path / "company").exists()


def test_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    result = chunks("generate", "--customers", 200, "--days", 60, "--out", tmp_path)
    assert result.exit_code == 7
    assert "exists and is not empty" in result.stderr
    assert (tmp_path / "mine.txt").read_text() == "mine"
