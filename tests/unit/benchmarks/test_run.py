"""Rounds, comparisons and exit codes of `benchmarks/run.py`, what a run is measured by, and Delta logs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import run, watch
from benchmarks.customer_chunks import arrive
from benchmarks.days import Day, largest
from benchmarks.logs import files_on_disk, live_files, tables, versions
from benchmarks.watch import Measured, run_one


def measured(contender: str, stage: str, number: int = 1, seconds: float = 1.0) -> Measured:
    return Measured(contender, stage, number, seconds, 1, 1, None, None)


def differing(orders: int = 0) -> dict[str, dict[str, int]]:
    return {"polars": {"orders": orders}, "customer_chunks": {"orders": 0}}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, str]]:
    """Put what takes long aside; return what is run, as it is."""
    seen: list[tuple[str, str]] = []

    def one(name: str, data: Path, folder: Path, stage: str, number: int) -> Measured:
        seen.append((stage, name))
        return measured(name, stage, number)

    monkeypatch.setattr(run, "run_one", one)
    monkeypatch.setattr(run, "data_of", lambda args: run.Files(tmp_path, {"history": 5, "day": 2}))
    monkeypatch.setattr(run, "compared", lambda outputs: differing())
    monkeypatch.setattr(run, "_draw", lambda *_: None)
    words = ["--only", "duckdb", "polars", "customer_chunks", "--rounds", "2", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["run.py", *words])
    return seen


def test_each_round_runs_all_stages_and_begins_with_another(ran: list[tuple[str, str]]) -> None:
    assert run.main() == 0
    first, second = ("duckdb", "polars", "customer_chunks"), ("polars", "customer_chunks", "duckdb")
    assert ran == [
        *(("full", name) for name in first),
        *(("day", name) for name in first),
        ("idle", "customer_chunks"),
        *(("full", name) for name in second),
        *(("day", name) for name in second),
        ("idle", "customer_chunks"),
    ]


def test_an_answer_that_differs_once_is_told_for_its_stage_and_ends_with_1(
    ran: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    counts = iter([0, 0, 3, 0])  # the full load of the second round
    monkeypatch.setattr(run, "compared", lambda outputs: differing(next(counts)))
    assert run.main() == 1
    page = (tmp_path / "results.md").read_text(encoding="utf-8").splitlines()
    (full,) = [line for line in page if line.startswith("| full | polars")]
    (day,) = [line for line in page if line.startswith("| day | polars")]
    assert full.endswith("| no: {'orders': 3} |")
    assert day.endswith("| yes |")


def test_a_commit_of_an_idle_run_ends_with_1(
    ran: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    several = iter([{"gold/kpi_daily": 3}, {"gold/kpi_daily": 4}] * 2)
    monkeypatch.setattr(run, "versions", lambda warehouse: next(several))
    assert run.main() == 1
    assert "no: commits {'gold/kpi_daily': 2}" in (tmp_path / "results.md").read_text(encoding="utf-8")


def test_the_middle_run_of_each_contender_and_stage_is_shown() -> None:
    runs = [measured("duckdb", "full", n, seconds) for n, seconds in enumerate((3.0, 1.0, 2.0), start=1)]
    runs += [measured("polars", "day", 1, 5.0), measured("polars", "full", 1, 4.0)]
    assert [(m.stage, m.contender, m.seconds) for m in run.middle(runs)] == [
        ("full", "duckdb", 2.0),
        ("full", "polars", 4.0),
        ("day", "polars", 5.0),
    ]


def _script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    (tmp_path / "one.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(watch, "HERE", tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    return out


def test_what_a_run_leaves_and_tells_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
import sys, pathlib
out = pathlib.Path(sys.argv[2])
for place in ("table", "arrived/lines"):
    (out / place).mkdir(parents=True)
    (out / place / "part").write_bytes(bytes(100_000))
print("the flow took 1.25 s")
"""
    one = run_one("one", tmp_path, _script(tmp_path, monkeypatch, text), "full", 2)
    said = len("the flow took 1.25 s\n")
    assert (one.contender, one.stage, one.round, one.flow_seconds) == ("one", "full", 2, 1.25)
    assert one.left_bytes == 100_000 + said


def test_a_contender_that_fails_stops_with_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = _script(tmp_path, monkeypatch, "import sys; sys.exit('no disk left')")
    with pytest.raises(SystemExit, match="one failed in stage day:\nno disk left"):
        run_one("one", tmp_path, out, "day")


def test_logs_tell_versions_and_the_files_of_the_newest(tmp_path: Path) -> None:
    log = tmp_path / "gold" / "kpi_daily" / "_delta_log"
    log.mkdir(parents=True)
    commits = [
        [{"add": {"path": "a.parquet", "size": 10}}, {"add": {"path": "b%20c.parquet", "size": 20}}],
        # rows marked as deleted: the same file comes with its marks, and then goes as it was
        [{"add": {"path": "a.parquet", "size": 10}}, {"remove": {"path": "a.parquet"}}],
        [{"remove": {"path": "b%20c.parquet"}}],
    ]
    for number, actions in enumerate(commits):
        (log / f"{number:020d}.json").write_text("\n".join(map(json.dumps, actions)), encoding="utf-8")
    (log / f"{2:020d}.checkpoint.parquet").write_bytes(b"12345")
    (log.parent / "a.parquet").write_bytes(bytes(10))
    (log.parent / "b c.parquet").write_bytes(bytes(20))
    assert versions(tmp_path) == {"gold/kpi_daily": 2}
    assert [name for name, _ in tables(tmp_path)] == ["gold/kpi_daily"]
    assert live_files(log.parent) == {"a.parquet": 10}
    assert len(files_on_disk(log.parent)) == 3 + 1 + 2


def test_files_arrive_stage_by_stage_and_anew_all_at_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for part in ("history", "days/001", "days/002"):
        (data / part).mkdir(parents=True)
        (data / part / "part.csv").write_text(part, encoding="utf-8")
    (data / "products.csv").write_text("", encoding="utf-8")

    def arrived(out: str) -> list[str]:
        return [
            f.read_text(encoding="utf-8") for f in sorted((tmp_path / out / "arrived" / "lines").iterdir())
        ]

    arrive(data, tmp_path / "daily", "full")
    assert arrived("daily") == ["history"]
    arrive(data, tmp_path / "daily", "idle")
    assert arrived("daily") == ["history"]
    for stage in ("days/001", "days/002"):
        arrive(data, tmp_path / "daily", stage)
    arrive(data, tmp_path / "anew", "anew")
    # in the order of their names, in which a later file's line counts
    assert arrived("daily") == arrived("anew") == ["history", "days/001", "days/002"]


def test_the_tables_of_most_files_on_any_day_are_shown() -> None:
    counts = [{"a": 1, "b": 9}, {"a": 5, "b": 1, "c": 2, "d": 3, "e": 4, "f": 6}]
    days = [Day(number, 1.0, 0.0, files, 1.0, 1, 1.0) for number, files in enumerate(counts, start=1)]
    assert largest(days) == ["b", "f", "a", "e", "d"]
