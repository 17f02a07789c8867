"""A job's arguments, the lines that it logs and its exit code; no Spark is started."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from customer_chunks.config.targets import Target
from customer_chunks.errors import ConfigError, SourceError
from customer_chunks.flow import job
from customer_chunks.flow.job import job_args, run_job
from customer_chunks.flow.outcome import Outcome, Report, Wish

TARGETS = """\
default: here
targets:
  here: {warehouse: tables}
  lake: {catalog: main, schema_prefix: chunks_}
"""


class Flow:
    """Takes the place of the flow: keeps what it was asked, and ends as told."""

    def __init__(self, *outcomes: Outcome, error: Exception | None = None) -> None:
        self.outcomes, self.error = outcomes, error
        self.asked: dict[str, Any] = {}

    def __call__(self, sources: Path, target: Target, **asked: Any) -> Report:
        self.asked = {"sources": sources, "target": target, **asked}
        if self.error is not None:
            raise self.error
        for outcome in self.outcomes:
            asked["listener"](outcome.step, None)
            asked["listener"](outcome.step, outcome)
        return Report(asked["run_id"], self.outcomes, None)


def asked_of(patch: pytest.MonkeyPatch, *arguments: str, until: str | None = None) -> dict[str, Any]:
    """Return what a job with these arguments asks of the flow."""
    flow = Flow()
    patch.setattr(job, "run_flow", flow)
    assert run_job(job_args(["--sources", "shop.yml", *arguments]), until=until) == 0
    return flow.asked


def ended(patch: pytest.MonkeyPatch, flow: Flow) -> int:
    patch.setattr(job, "run_flow", flow)
    return run_job(job_args(["--sources", "shop.yml", "--warehouse", "w"]))


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the logged lines without what differs from run to run."""
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len({line.pop("run_id") for line in lines}) <= 1
    return [{k: v for k, v in line.items() if k != "at"} for line in lines]


@pytest.mark.parametrize(
    ("arguments", "wish"),
    [
        ((), Wish(until="silver")),
        (("--until", "gold.rfm_scores"), Wish(until="gold.rfm_scores")),
        (("--as-of", "2024-12-31"), Wish(as_of=date(2024, 12, 31), until="silver")),
        (("--full",), Wish(until="silver", is_full=True)),
        (("--full", "silver.orders"), Wish(until="silver", full=frozenset({"silver.orders"}), is_full=True)),
        (("--accept", " a  sale\n"), Wish(until="silver", accept="a sale")),
        (("--accept", " "), Wish(until="silver")),
    ],
)
def test_arguments_become_a_wish(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], wish: Wish
) -> None:
    asked = asked_of(monkeypatch, "--warehouse", "w", *arguments, until="silver")
    assert asked["wish"] == wish
    assert (asked["sources"], asked["settings"]) == (Path("shop.yml"), None)


def test_tables_lie_in_a_folder_at_an_address_or_where_a_target_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "targets.yml").write_text(TARGETS, encoding="utf-8")
    targets = ("--targets", str(tmp_path / "targets.yml"))
    folder = asked_of(monkeypatch, "--warehouse", str(tmp_path))["target"]
    assert (folder.folder, folder.warehouse) == (tmp_path, str(tmp_path))
    address = asked_of(monkeypatch, "--warehouse", "s3a://lake/shop")["target"]
    assert (address.folder, address.warehouse) == (None, "s3a://lake/shop")
    lake = asked_of(monkeypatch, "--target", "lake", *targets)["target"]
    assert (lake.catalog, lake.schema_prefix, lake.warehouse) == ("main", "chunks_", None)


@pytest.mark.parametrize(
    "arguments", [(), ("--warehouse", "w", "--target", "lake"), ("--as-of", "2024-31-12")]
)
def test_arguments_that_make_no_sense_are_wrong_usage(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        job_args(["--sources", "shop.yml", *arguments])
    assert caught.value.code == 2


def test_every_step_is_logged_when_it_starts_and_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = Outcome("silver.orders[shop]", "silver.orders", "done", "5 inserted", 1.234, remarks=("look",))
    assert ended(monkeypatch, Flow(done)) == 0
    step = {"step": "silver.orders[shop]"}
    assert logged(capsys) == [
        {"level": "info", **step, "state": "started"},
        {"level": "info", **step, "state": "done", "seconds": 1.23, "detail": "5 inserted"},
        {"level": "warning", **step, "message": "look"},
    ]


def test_first_error_of_a_run_decides_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = [SourceError("a.csv: is empty.", "Export it."), ConfigError("No source.", "Add one.")]
    failed = [Outcome("s", "t", "failed", str(e), error=e) for e in errors]
    assert ended(monkeypatch, Flow(*failed)) == errors[0].exit_code != errors[1].exit_code
    told = logged(capsys)
    assert [line["level"] for line in told].count("error") == 4  # each where it happened and at the end
    assert [line["message"] for line in told[-2:]] == ["a.csv: is empty. Export it.", "No source. Add one."]


def test_error_before_any_step_is_logged_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = ConfigError("shop.yml: 'feeds' is missing.", "Add it.")
    assert ended(monkeypatch, Flow(error=error)) == error.exit_code
    assert logged(capsys) == [{"level": "error", "message": "shop.yml: 'feeds' is missing. Add it."}]


def test_mistake_of_our_own_is_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        ended(monkeypatch, Flow(error=ZeroDivisionError()))
