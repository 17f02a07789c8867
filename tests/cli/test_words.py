"""What needs no Spark: help, versions, usage, places; and that Java is not started for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup

import customer_chunks
from customer_chunks.cli.app import main
from customer_chunks.cli.run import told
from customer_chunks.config.mapping import read_mapping
from customer_chunks.config.settings import Settings, read_settings
from customer_chunks.config.targets import read_target
from customer_chunks.errors import LeaseError
from customer_chunks.flow import session
from customer_chunks.flow.outcome import Outcome, Report
from customer_chunks.flow.trial import Tried
from customer_chunks.flow.tried_purchases import Purchases
from customer_chunks.storage.lease import leased
from tests.cli.conftest import chunks, write_shop

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "run", "plan", "sql", "export", "accounts", "report", "doctor", "tables list", "tables show",
    "tables history", "source init", "source check", "quarantine list", "quarantine show",
    "segment try", "value try",
)  # fmt: skip


def test_help_names_every_command_and_every_exit_code() -> None:
    said = chunks("--help").output
    assert all(command.split()[0] in said for command in COMMANDS)
    assert "130 interrupted" in " ".join(said.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_examples_that_name_it(command: str) -> None:
    result = chunks(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"    chunks {command}" in result.output.split("Examples:")[1]


def test_help_and_wrong_usage_start_neither_spark_nor_pandas() -> None:
    code = "import sys; from customer_chunks.cli import main\ntry:\n main()\nexcept SystemExit: pass\n"
    code += "print([m for m in ('pyspark', 'pandas', 'pyarrow', 'matplotlib') if m in sys.modules])"
    for words in (["--help"], ["run", "--help"], ["run", "--nonsense"], ["source", "check", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "[]"


def test_options_of_a_trial_of_values_reach_it_and_an_idle_horizon_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    @contextmanager
    def values_of(_spark: None, _path: Path, columns: Purchases, **others: Any) -> Iterator[Tried]:
        asked.append((columns, others["params"]["horizon_days"]))
        yield Tried(None, {}, [], {"values": []})  # type: ignore[arg-type]

    monkeypatch.setattr(session, "build_session", lambda: None)
    monkeypatch.setattr("customer_chunks.flow.tried_values.values_of", values_of)
    typed = "value try --data x.csv --customer a --date b --amount c --json --decimal , --date-format d/M/y"
    assert "counts for nothing" not in chunks(*typed.split()).output
    said = chunks(*typed.split(), "--holdout-from", "2024-01-01", "--horizon", "30")
    assert json.loads(said.output)["notes"] == [
        "--horizon 30 counts for nothing: the hold-out's days are foretold."
    ]
    assert asked == [(Purchases("a", "b", "c", ("d/M/y",), ","), days) for days in (365, 30)]


@pytest.mark.parametrize(
    ("typed", "notes"),
    [
        ("--method dbscan --k 4 --eps 2", ["--k counts for nothing: dbscan does not use it."]),
        ("--method dbscan --eps auto --min-points 4 --seed 3", []),
        ("--method ward --k 2-9 --eps 2", ["--eps counts for nothing: ward does not use it."]),
    ],
)
def test_options_of_another_method_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, typed: str, notes: list[str]
) -> None:
    @contextmanager
    def segments_of(*_: Any) -> Iterator[Tried]:
        yield Tried(None, {}, [], {})  # type: ignore[arg-type]

    monkeypatch.setattr(session, "build_session", lambda: None)
    monkeypatch.setattr("customer_chunks.flow.tried_segments.segments_of", segments_of)
    monkeypatch.setattr("customer_chunks.serving.export.export_frame", lambda *_: 1)
    words = [
        "segment",
        "try",
        "--data",
        "x.csv",
        "--columns",
        "a",
        "--out",
        str(tmp_path / "o.csv"),
        "--json",
    ]
    assert json.loads(chunks(*words, *typed.split()).output)["notes"] == notes


def test_version() -> None:
    assert chunks("--version").output == f"customer-chunks {customer_chunks.__version__}\n"


def test_unknown_command_and_option_are_wrong_usage() -> None:
    assert chunks("rnu").exit_code == 2
    told = chunks("run", "--as-of", "2024-13-01")
    assert told.exit_code == 2
    assert "'2024-13-01' is no day; write it as 2024-12-31." in told.output


def test_conf_settings_say_the_defaults() -> None:
    assert read_settings(ROOT / "conf" / "settings.yml") == Settings()


def test_conf_targets_have_a_default_beside_conf() -> None:
    assert read_target(ROOT / "conf" / "targets.yml").warehouse == str(ROOT / "warehouse")


def test_tables_without_full_are_a_question(tmp_path: Path) -> None:
    result = chunks("run", "gold.rfm_scores", "--sources", write_shop(tmp_path), "-w", tmp_path / "w")
    assert result.exit_code == 3
    assert "`--full gold.rfm_scores` computes it anew" in result.stderr
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("words", [("--full", "gold.rfm_score"), ("--until", "gold.rfm_score")])
def test_unknown_table_is_answered_by_the_nearest_one(tmp_path: Path, words: tuple[str, str]) -> None:
    result = chunks("run", *words, "--sources", write_shop(tmp_path), "-w", tmp_path / "w")
    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        "Error: No step writes 'gold.rfm_score'.",
        "What to do: Did you mean 'gold.rfm_scores'?",
    ]


def test_a_file_in_place_of_the_warehouse_is_told(tmp_path: Path) -> None:
    place = tmp_path / "w"
    place.write_text("", encoding="utf-8")
    for path in (place, place / "below"):
        result = chunks("run", "--sources", write_shop(tmp_path), "--warehouse", path)
        assert result.exit_code == 7
        assert result.stderr.startswith(f"Error: {place}: is a file")


def test_a_warehouse_that_is_not_there_is_told_before_spark_starts(tmp_path: Path) -> None:
    result = chunks("sql", "select 1", "--warehouse", tmp_path / "none")
    assert result.exit_code == 7
    assert "there is no warehouse" in result.stderr


def test_warehouse_and_target_exclude_each_other(tmp_path: Path) -> None:
    assert chunks("plan", "--warehouse", tmp_path, "--target", "dev").exit_code == 3


def test_no_sources_at_all_points_to_source_init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = chunks("run")
    assert result.exit_code == 3
    assert "`chunks source init PATH` drafts one" in result.stderr


def test_typo_in_the_mapping_is_answered_by_the_nearest_key(tmp_path: Path) -> None:
    path = write_shop(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("quantity:", "quantitty:"), encoding="utf-8")
    result = chunks("source", "check", path)
    assert result.exit_code == 3
    assert "unknown field 'quantitty' of order_lines" in result.stderr
    assert "Did you mean 'quantity'?" in result.stderr


def test_source_init_drafts_and_never_overwrites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")  # of a narrow terminal
    write_shop(tmp_path)
    out = tmp_path / "draft.yml"
    result = chunks("source", "init", tmp_path / "sales.csv", "--out", out, "--name", "till")
    assert result.exit_code == 0, result.output
    written = out.read_text(encoding="utf-8")
    assert "source: till" in written
    assert "Invoice" in result.stdout
    assert "order_lines.order_id" in result.stdout
    again = chunks("source", "init", tmp_path / "sales.csv", "--out", out)
    assert again.exit_code == 7
    assert out.read_text(encoding="utf-8") == written


def test_source_init_without_out_prints_a_mapping_that_can_be_saved(tmp_path: Path) -> None:
    write_shop(tmp_path)
    saved = tmp_path / "saved.yml"
    saved.write_text(
        chunks("source", "init", tmp_path / "sales.csv", "--name", "till").stdout, encoding="utf-8"
    )
    assert read_mapping(saved).feeds[0].entity("order_lines") is not None


def test_source_init_as_json_tells_each_guess(tmp_path: Path) -> None:
    write_shop(tmp_path)
    result = chunks("source", "init", tmp_path / "sales.csv", "--json")
    said = json.loads(result.stdout)
    taken = {g["column"]: g["field"] for g in said["columns"]}
    assert (taken["Invoice"], taken["Qty"], taken["Price"]) == ("order_id", "quantity", "unit_price")
    assert all(0 <= g["confidence"] <= 1 for g in said["columns"])


def test_source_init_of_nothing_is_one_sentence(tmp_path: Path) -> None:
    result = chunks("source", "init", tmp_path / "none.csv")
    assert result.exit_code == 4
    assert "there is no such file or folder" in result.stderr


def test_doctor_finds_all_that_a_run_needs(tmp_path: Path) -> None:
    result = chunks("doctor", "--warehouse", tmp_path, "--json")
    said = json.loads(result.stdout)
    assert result.exit_code == 0
    assert said["is_fit"]
    assert {"Java", "pyspark", "write permission"} <= {f["name"] for f in said["findings"]}


def test_doctor_without_java_has_exit_code_9(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", os.devnull)
    result = chunks("doctor", "--warehouse", tmp_path)
    assert result.exit_code == 9
    assert "MISSING" in result.stdout


class NoTables:
    """A warehouse in which nothing lies."""

    def exists(self, _table: str) -> bool:
        return False


def test_what_is_worth_a_look_is_told_with_and_without_json(capsys: pytest.CaptureFixture[str]) -> None:
    remark = "sales2.csv: has no 'note'; null in its rows."
    done = Outcome("bronze.shop_sales", "bronze.shop_sales", "done", "1 file, 2 rows", remarks=(remark,))
    report = Report("run-1", (done,), None)
    for json_wanted in (False, True):
        told(report, "w", NoTables(), json=json_wanted)  # type: ignore[arg-type] # only asked for a table
    printed, as_json = capsys.readouterr().out.split("{", maxsplit=1)
    assert f"Note: {remark}" in printed
    assert json.loads("{" + as_json)["remarks"] == [remark]


def test_run_is_refused_before_spark_starts_where_another_holds_the_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def starts(*_: object, **__: object) -> None:
        raise AssertionError("Spark was started.")

    monkeypatch.setattr(session, "build_session", starts)
    mapping, warehouse = write_shop(tmp_path), tmp_path / "warehouse"
    with leased(warehouse, "theirs"):
        result = chunks("run", "--sources", mapping, "--warehouse", warehouse)
    assert result.exit_code == LeaseError.exit_code
    assert "run theirs (process" in result.stderr


@pytest.mark.parametrize(("state", "is_named"), [("done", True), ("failed", False)])
def test_next_command_names_a_table_that_this_run_built(
    capsys: pytest.CaptureFixture[str], state: str, is_named: bool
) -> None:
    report = Report("r1", (Outcome("silver.orders[shop]", "silver.orders", state, ""),), None)
    told(report, "warehouse", NoTables(), json=False)  # type: ignore[arg-type] # only asked for a table
    printed = capsys.readouterr().out
    assert "gold.rfm_scores" not in printed
    assert ("select * from silver.orders limit 10" in printed) is is_named
    assert "chunks report --warehouse warehouse" in printed


def test_sigterm_ends_a_command_with_a_word_and_its_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(TyperGroup, "invoke", stopped)
    monkeypatch.setattr(sys, "argv", ["chunks", "doctor"])
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 143
    assert "What was committed stays; run again to go on." in capsys.readouterr().err
