"""``chunks source check``: right about a good export, one sentence about a bad one, nothing written."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.cli.conftest import SALES, answer, chunks, write_shop

pytestmark = pytest.mark.usefixtures("spark")


def test_check_says_what_a_run_would_do(tmp_path: Path) -> None:
    mapping = write_shop(tmp_path)
    before = sorted(tmp_path.iterdir())
    said = answer("source", "check", mapping)
    sales, customers = said["feeds"]
    assert (sales["feed"], sales["rows"], sales["unmapped"]) == ("sales", 8, ["Note"])
    (account,) = sales["accounts"]
    assert (account["accepted"], account["duplicate"], account["excluded"], account["quarantined"]) == (
        4,
        1,
        1,
        2,
    )
    assert account["quarantined_by"] == {"ordered_at.unparsable": 1, "quantity.unparsable": 1}
    assert customers["unmapped"] == ["City"]
    assert said["orders"]["orders"] == 3
    assert said["orders"]["guests"] == 1
    assert (said["orders"]["first_on"], said["orders"]["last_on"]) == ("2024-01-05", "2024-01-07")
    assert said["orders"]["currencies"] == {"EUR": 3}
    assert sorted(tmp_path.iterdir()) == before


def test_check_shows_mapped_rows_and_masks_people(tmp_path: Path) -> None:
    mapping = write_shop(tmp_path)
    said = answer("source", "check", mapping, "--rows", "2")
    lines, people = said["feeds"][0]["samples"][0]["rows"], said["feeds"][1]["samples"][0]["rows"]
    assert [(r["order_id"], r["ordered_at"], r["quantity"]) for r in lines] == [
        ("A1", "2024-01-05T00:00:00Z", 2),
        ("A1", "2024-01-05T00:00:00Z", 1),
    ]
    assert {r["email"] for r in people} == {"•••"}
    printed = chunks("source", "check", mapping).output
    assert "example.org" not in printed
    assert "8 read = 4 kept + 0 superseded + 1 duplicate + 1 excluded + 2 quarantined" in printed


def test_check_shows_people_where_asked(tmp_path: Path) -> None:
    seen = answer("source", "check", write_shop(tmp_path), "--with-pii", "--rows", "1")["feeds"][1]
    assert [r["email"] for r in seen["samples"][0]["rows"]] == ["ann@example.org"]


def test_check_takes_paths_from_another_folder(tmp_path: Path) -> None:
    mapping = write_shop(tmp_path / "exports")
    moved = tmp_path / "shop.yml"
    mapping.rename(moved)
    assert chunks("source", "check", moved).exit_code == 4
    assert answer("source", "check", moved, "--sources-root", tmp_path / "exports")["feeds"][0]["rows"] == 8


def test_two_customers_in_one_order_are_told(tmp_path: Path) -> None:
    mapping = write_shop(tmp_path)
    (tmp_path / "sales.csv").write_text(SALES + "A2,2024-01-06,C1,S2,Cup,1,4.00,Spain,\n", encoding="utf-8")
    account = answer("source", "check", mapping)["feeds"][0]["accounts"][0]
    assert account["quarantined_by"]["customer_id.conflict"] == 2


def test_mapping_of_a_column_that_is_not_there(tmp_path: Path) -> None:
    mapping = write_shop(tmp_path)
    mapping.write_text(
        mapping.read_text(encoding="utf-8").replace("quantity: Qty", "quantity: Qtty"), encoding="utf-8"
    )
    result = chunks("source", "check", mapping)
    assert result.exit_code == 3
    assert "has no column 'Qtty'" in result.stderr
    assert "Did you mean 'Qty'?" in result.stderr


def test_header_only_is_no_error(tmp_path: Path) -> None:
    mapping = write_shop(tmp_path)
    (tmp_path / "sales.csv").write_text(SALES.splitlines()[0] + "\n", encoding="utf-8")
    said = answer("source", "check", mapping)
    assert said["feeds"][0]["rows"] == 0
    assert "holds a header and no rows" in said["feeds"][0]["notes"][0]
    assert "None" not in chunks("source", "check", mapping).output


HEADER, ROW = SALES.splitlines()[:2]
BAD = {
    "empty": (b"", "is empty"),
    "wrong encoding": (f"{HEADER}\n{ROW}Caf\xe9\n".encode("latin-1"), "is not utf-8"),
    "null byte": (f"{HEADER}\n{ROW}\x00\n".encode(), "holds a null byte in line 2"),
    "twin columns": (f"{HEADER},Qty\n{ROW},1\n".encode(), "has two columns named 'Qty'"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_file_is_one_sentence_with_a_remedy(tmp_path: Path, fault: str) -> None:
    mapping = write_shop(tmp_path)
    content, sentence = BAD[fault]
    (tmp_path / "sales.csv").write_bytes(content)
    result = chunks("source", "check", mapping)
    assert result.exit_code == 4
    assert sentence in result.stderr
    said = result.stderr.splitlines()
    assert [line.split(":")[0] for line in said] == ["Error", "What to do"]


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    mapping = write_shop(tmp_path)
    (tmp_path / "sales.csv").unlink()
    result = chunks("source", "check", mapping)
    assert result.exit_code == 4
    assert "sales.csv: there is no such file or folder" in result.stderr


def test_a_truncated_gzip_is_one_sentence(tmp_path: Path) -> None:
    mapping = write_shop(tmp_path)
    whole = gzip.compress((SALES * 200).encode())
    (tmp_path / "sales.csv.gz").write_bytes(whole[: len(whole) // 2])
    mapping.write_text(
        mapping.read_text(encoding="utf-8").replace("sales.csv", "sales.csv.gz"), encoding="utf-8"
    )
    result = chunks("source", "check", mapping)
    assert result.exit_code == 4
    assert "is cut off" in result.stderr


def test_an_unexpected_fault_is_one_sentence_without_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spark: SparkSession
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("ann@example.org")

    monkeypatch.setattr("customer_chunks.flow.check.check_source", fail)
    result = chunks("source", "check", write_shop(tmp_path))
    assert result.exit_code == 1
    assert "ann@example.org" not in result.output
    assert "--debug" in result.stderr
    assert "ann@example.org" in chunks("--debug", "source", "check", tmp_path / "shop.yml").output
