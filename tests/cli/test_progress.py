"""What a run tells into a log while its steps work."""

from __future__ import annotations

import time

import pytest

from customer_chunks.cli.progress import StepProgress
from customer_chunks.flow.outcome import Outcome


def heard(capsys: pytest.CaptureFixture[str], word: str) -> str:
    """Return what was told until a word came up, or within ten seconds."""
    told = ""
    for _ in range(1000):
        told += capsys.readouterr().err
        if word in told:
            break
        time.sleep(0.01)
    return told


def test_long_step_is_told_of_while_it_works_and_no_more_once_it_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with StepProgress(silence=0.01) as progress:
        progress("silver.orders[shop]", None)
        assert "… at work: silver.orders[shop] (0 s)" in heard(capsys, "at work")
        progress("silver.orders[shop]", Outcome("silver.orders[shop]", "silver.orders", "done", "5 inserted"))
        assert "✓ silver.orders[shop]" in heard(capsys, "✓")
        time.sleep(0.05)  # several silences
        assert "at work" not in capsys.readouterr().err


def test_short_run_is_told_by_what_ended(capsys: pytest.CaptureFixture[str]) -> None:
    with StepProgress() as progress:
        progress("gold.rfm_scores", None)
        progress("gold.rfm_scores", Outcome("gold.rfm_scores", "gold.rfm_scores", "idle", ""))
    assert capsys.readouterr().err == "· 1 step had nothing to do\n"
