"""A table made equal to a frame: only differences are written, only within the scope, with notes."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.gold import RFM_SCORES
from customer_chunks.contracts.silver_orders import EXCHANGE_RATES
from customer_chunks.errors import ContractError, StorageError
from customer_chunks.storage import converge as module
from customer_chunks.storage.converge import EVERY_ROW, Counts, Scope, append, converge, note, replace_where
from customer_chunks.storage.keys import Keys
from customer_chunks.storage.warehouse import Warehouse
from tests.builders import frame
from tests.delta.rates import NAME, held, operations, put, rates

TEN = {f"C{n:02}": "1" for n in range(10)}


def test_rows_are_inserted_updated_deleted_and_left_alone(warehouse: Warehouse) -> None:
    assert put(warehouse, TEN) == Counts(inserted=10)
    changed = {**TEN, "C00": "2", "NEW": "3"}
    del changed["C09"]
    assert put(warehouse, changed) == Counts(inserted=1, updated=1, unchanged=8, deleted=1)
    assert held(warehouse) == {k: ("a", v) for k, v in changed.items()}
    assert operations(warehouse) == ["CREATE TABLE", "WRITE Append", "MERGE"]


def test_equal_rows_write_no_commit(warehouse: Warehouse) -> None:
    put(warehouse, TEN)
    before = warehouse.last_commit(NAME)
    assert put(warehouse, TEN) == Counts(unchanged=10)
    assert Warehouse(warehouse.spark, warehouse.target).last_commit(NAME) == before


def test_equal_rows_with_notes_write_the_notes_alone(warehouse: Warehouse) -> None:
    put(warehouse, TEN, note="first")
    assert put(warehouse, TEN, note="second") == Counts(unchanged=10)
    last = warehouse.last_commit(NAME)
    assert last is not None
    assert (last.version, last.rows_changed_in) == (2, 1)
    assert dict(last.notes) == {"said": "second", "written": 0, "rows_changed_in": 1}
    put(warehouse, TEN, note="third")
    again = warehouse.last_commit(NAME)
    assert again is not None
    assert (again.version, again.rows_changed_in) == (3, 1)
    put(warehouse, {**TEN, "NEW": "1"}, note="fourth")
    changed = warehouse.last_commit(NAME)
    assert changed is not None
    assert (changed.version, changed.rows_changed_in) == (4, 4)


def test_new_rows_alone_are_appended(warehouse: Warehouse) -> None:
    put(warehouse, TEN)
    assert put(warehouse, {**TEN, "X": "1", "Y": "1"}) == Counts(inserted=2, unchanged=10)
    assert operations(warehouse)[-1] == "WRITE Append"
    assert len(held(warehouse)) == 12


def test_above_the_share_the_scope_is_rewritten_and_at_it_merged(warehouse: Warehouse) -> None:
    put(warehouse, TEN)
    three = {**TEN, "C00": "2", "C01": "2", "C02": "2"}
    assert put(warehouse, three) == Counts(updated=3, unchanged=7)
    assert operations(warehouse)[-1] == "MERGE"
    four = {**three, "C03": "2", "C04": "2", "C05": "2", "C06": "2"}
    assert put(warehouse, four) == Counts(updated=4, unchanged=6)
    assert operations(warehouse)[-1] == "WRITE Overwrite"
    assert held(warehouse) == {k: ("a", v) for k, v in four.items()}


def test_rewrite_keeps_one_row_of_a_key_that_the_table_holds_twice(warehouse: Warehouse) -> None:
    put(warehouse, TEN)
    twin = warehouse.read(NAME).where("currency = 'C00'")
    append(warehouse, NAME, twin, None)
    put(warehouse, {k: "2" for k in TEN})
    assert operations(warehouse)[-1] == "WRITE Overwrite"
    assert warehouse.read(NAME).count() == 10
    assert held(warehouse) == {k: ("a", "2") for k in TEN}


@pytest.mark.slow
def test_source_scope_leaves_other_sources_alone_by_merge_and_by_rewrite(warehouse: Warehouse) -> None:
    put(warehouse, TEN)
    assert put(warehouse, {"X": "1", "Y": "1"}, Scope(source="b"), source="b") == Counts(inserted=2)
    assert put(warehouse, {"X": "9"}, Scope(source="b"), source="b") == Counts(updated=1, deleted=1)
    assert operations(warehouse)[-1] == "WRITE Overwrite"
    assert held(warehouse) == {**{k: ("a", v) for k, v in TEN.items()}, "X": ("b", "9")}
    fewer = {k: v for k, v in TEN.items() if k != "C05"}
    assert put(warehouse, fewer, Scope(source="a")) == Counts(unchanged=9, deleted=1)
    assert operations(warehouse)[-1] == "MERGE"
    assert held(warehouse) == {**{k: ("a", v) for k, v in fewer.items()}, "X": ("b", "9")}


def test_key_scope_speaks_for_its_keys_only_and_never_rewrites(warehouse: Warehouse) -> None:
    put(warehouse, TEN)
    keys = frame(warehouse.spark, {"_key": "string"}, [{"_key": k} for k in ("C00", "C01", "NEW", "NONE")])
    scope = Scope(keys=Keys.of(keys), key="currency")
    assert put(warehouse, {"C00": "5", "NEW": "6"}, scope) == Counts(inserted=1, updated=1, deleted=1)
    assert operations(warehouse)[-1] == "MERGE"
    expected = {**TEN, "C00": "5", "NEW": "6"}
    del expected["C01"]
    assert held(warehouse) == {k: ("a", v) for k, v in expected.items()}


def test_key_scope_within_a_source_leaves_the_other_sources_key_alone(warehouse: Warehouse) -> None:
    put(warehouse, {"X": "1"})
    keys = frame(warehouse.spark, {"_key": "string"}, [{"_key": "X"}, {"_key": "Y"}])
    scope = Scope(source="b", keys=Keys.of(keys), key="currency")
    assert put(warehouse, {"Y": "2"}, scope, source="b") == Counts(inserted=1)
    assert put(warehouse, {}, scope, source="b") == Counts(deleted=1)
    assert held(warehouse) == {"X": ("a", "1")}


def test_row_of_one_source_never_meets_the_same_key_of_another(warehouse: Warehouse) -> None:
    put(warehouse, {"X": "1", **TEN})
    own = {f"B{n:02}": "1" for n in range(10)}
    put(warehouse, {"X": "2", **own}, Scope(source="b"), source="b")
    assert put(warehouse, {"X": "3", **own}, Scope(source="b"), source="b") == Counts(updated=1, unchanged=10)
    assert operations(warehouse)[-1] == "MERGE"
    rates_of_x = warehouse.read(NAME).where("currency = 'X'").collect()
    assert sorted((r["source"], str(r["rate"].normalize())) for r in rates_of_x) == [("a", "1"), ("b", "3")]


def settings(warehouse: Warehouse) -> dict[str, str]:
    """Return the session's settings, without the one in which Delta notes how far it is."""
    held = dict(warehouse.spark.conf.getAll)
    return {key: value for key, value in held.items() if not key.endswith("lastCommitVersionInSession")}


@pytest.mark.parametrize("how", ["append", "merge", "rewrite"])
def test_write_leaves_no_setting_view_or_copy_behind(warehouse: Warehouse, how: str) -> None:
    put(warehouse, TEN, note="first")
    before = settings(warehouse)
    changed = {"append": {**TEN, "NEW": "1"}, "merge": {**TEN, "C00": "2"}, "rewrite": {"C00": "2"}}[how]
    put(warehouse, changed, note="second")
    assert operations(warehouse)[-1] == {
        "append": "WRITE Append", "merge": "MERGE", "rewrite": "WRITE Overwrite",
    }[how]  # fmt: skip
    assert settings(warehouse) == before
    assert warehouse.spark.sql("SHOW VIEWS").collect() == []
    assert warehouse.spark._jsparkSession.sharedState().cacheManager().isEmpty()


def marks_rows(warehouse: Warehouse, table: str = NAME) -> bool:
    """Return whether the table's files may have deletion vectors."""
    detail = warehouse.spark.sql(f"DESCRIBE DETAIL {warehouse.identifier(table)}").collect()[0]
    return bool(detail["properties"]["delta.enableDeletionVectors"] == "true")


def test_first_fill_with_many_rows_turns_deletion_vectors_on_and_says_what_it_said(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MANY_ROWS", 10)
    assert put(warehouse, TEN, note="filled") == Counts(inserted=10)
    assert marks_rows(warehouse)
    last = Warehouse(warehouse.spark, warehouse.target).last_commit(NAME)
    assert last is not None
    assert (last.version, last.rows_changed_in, last.rows_written) == (2, 1, 10)
    assert (last.notes["said"], last.bytes_written > 0) == ("filled", True)
    put(warehouse, {**TEN, "C00": "2"})
    assert operations(warehouse)[1:] == ["WRITE Append", "SET TBLPROPERTIES", "MERGE"]
    assert held(warehouse)["C00"] == ("a", "2")


@pytest.mark.slow
def test_merge_that_copies_many_rows_is_the_last_one_that_does(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(warehouse, TEN)
    monkeypatch.setattr(module, "MANY_ROWS", 1)
    put(warehouse, {**TEN, "C00": "2"})
    merged = warehouse.last_commit(NAME)
    assert merged is not None
    assert merged.rows_copied >= 1
    put(warehouse, {**TEN, "C00": "3"})
    spared = warehouse.last_commit(NAME)
    assert spared is not None
    assert spared.rows_copied == 0
    assert operations(warehouse)[2:] == ["MERGE", "SET TBLPROPERTIES", "MERGE"]


def test_rows_of_which_none_is_new_are_held_by_every_task(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(warehouse, TEN)
    sent: list[bool] = []
    broadcast = module.F.broadcast

    def told(frame: DataFrame) -> DataFrame:
        sent.append(True)
        return broadcast(frame)

    monkeypatch.setattr(module.F, "broadcast", told)
    fewer = {key: rate for key, rate in TEN.items() if key != "C01"}
    assert put(warehouse, {**fewer, "C00": "2"}) == Counts(updated=1, unchanged=8, deleted=1)
    assert len(sent) == 1
    assert put(warehouse, {**fewer, "C00": "3", "NEW": "1"}) == Counts(inserted=1, updated=1, unchanged=8)
    assert len(sent) == 1
    monkeypatch.setattr(module, "LOOKED_UP", 0)
    assert put(warehouse, {**fewer, "C00": "4", "NEW": "1"}).updated == 1
    assert len(sent) == 1
    assert held(warehouse)["C00"] == ("a", "4")


def test_gold_table_never_has_deletion_vectors(warehouse: Warehouse) -> None:
    warehouse.create(RFM_SCORES)
    before = warehouse.last_commit(RFM_SCORES.full_name)
    warehouse.spare_rewrites(RFM_SCORES.full_name)
    assert warehouse.last_commit(RFM_SCORES.full_name) == before
    assert not marks_rows(warehouse, RFM_SCORES.full_name)


def test_no_rows_for_an_empty_table_write_nothing_but_notes(warehouse: Warehouse) -> None:
    assert put(warehouse, {}) == Counts()
    assert operations(warehouse) == ["CREATE TABLE"]
    assert put(warehouse, {}, note="x") == Counts()
    last = warehouse.last_commit(NAME)
    assert last is not None
    assert (last.notes["said"], last.rows_written) == ("x", 0)
    assert operations(warehouse) == ["CREATE TABLE", "WRITE Append"]


def test_first_write_is_told_that_every_row_may_be_new(warehouse: Warehouse) -> None:
    told: list[Counts] = []

    def notes(counts: Counts) -> dict[str, int]:
        told.append(counts)
        return {}

    assert converge(warehouse, EXCHANGE_RATES, rates(warehouse, TEN), Scope(), notes).inserted == 10
    assert told == [EVERY_ROW]


def test_notes_tell_what_the_write_does(warehouse: Warehouse) -> None:
    put(warehouse, TEN)
    put(warehouse, {**TEN, "C00": "2"}, note="x")
    last = warehouse.last_commit(NAME)
    assert last is not None
    assert dict(last.notes) == {"said": "x", "written": 1}


@pytest.mark.slow
def test_write_without_notes_repeats_the_last_ones(warehouse: Warehouse) -> None:
    put(warehouse, TEN, note="mine")
    put(warehouse, TEN, note="mine")
    put(warehouse, {**TEN, "C00": "2"})
    merged = warehouse.last_commit(NAME)
    put(warehouse, {"ONLY": "1"})
    rewritten = warehouse.last_commit(NAME)
    put(warehouse, {"ONLY": "1", "X": "1"})
    appended = warehouse.last_commit(NAME)
    for commit, version in ((merged, 3), (rewritten, 4), (appended, 5)):
        assert commit is not None
        assert (commit.notes.get("said"), commit.version, commit.rows_changed_in) == (
            "mine",
            version,
            version,
        )


def test_append_and_replace_count_what_they_wrote(warehouse: Warehouse) -> None:
    put(warehouse, {"X": "1"})
    columns = list(EXCHANGE_RATES.column_names)
    more = (
        rates(warehouse, {"Y": "1", "Z": "1"})
        .withColumn("_row_hash", F.lit(5).cast("bigint"))
        .select(*columns)
    )
    assert append(warehouse, NAME, more, {"by": "append"}) == 2
    other = more.where("currency = 'Y'").withColumn("rate", F.lit(7).cast("decimal(24,12)"))
    assert replace_where(warehouse, NAME, other, "currency = 'Y'", {"by": "replace"}) == 1
    assert held(warehouse) == {"X": ("a", "1"), "Y": ("a", "7"), "Z": ("a", "1")}
    last = warehouse.last_commit(NAME)
    assert last is not None
    assert last.notes == {"by": "replace"}


def test_note_alone_keeps_the_version_that_changed_rows(warehouse: Warehouse) -> None:
    put(warehouse, {"X": "1"})
    note(warehouse, NAME, {"a": 1})
    last = warehouse.last_commit(NAME)
    assert last is not None
    assert (last.version, last.rows_changed_in, last.notes["a"]) == (2, 1, 1)


def test_frame_that_breaks_the_contract_is_not_written(warehouse: Warehouse) -> None:
    put(warehouse, {"X": "1"})
    wrong = rates(warehouse, {"X": "2"}).withColumn("more", F.lit(1))
    with pytest.raises(ContractError, match="extra: more"):
        converge(warehouse, EXCHANGE_RATES, wrong, Scope())
    assert held(warehouse) == {"X": ("a", "1")}


def test_missing_required_value_is_one_sentence(warehouse: Warehouse) -> None:
    empty = rates(warehouse, {"X": "1"}).withColumn("rate", F.lit(None).cast("decimal(24,12)"))
    with pytest.raises(
        StorageError, match=r"silver\.exchange_rates in .*: a required column would be empty\."
    ):
        converge(warehouse, EXCHANGE_RATES, empty, Scope())
    assert held(warehouse) == {}


def test_share_is_three_tenths() -> None:
    assert module.REWRITE_SHARE == 0.3
    assert Counts(inserted=1, updated=2, unchanged=4, deleted=8).written == 11
