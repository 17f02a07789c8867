"""Where tables lie, how they are made from contracts, and what their commits tell."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.config.targets import Target, folder_target
from customer_chunks.contracts.gold import RFM_SCORES
from customer_chunks.contracts.silver_orders import EXCHANGE_RATES
from customer_chunks.errors import StorageError
from customer_chunks.storage.converge import Counts, append
from customer_chunks.storage.feed import FeedGoneError, whole_feed
from customer_chunks.storage.warehouse import (
    TXN_APP,
    TXN_VERSION,
    USER_METADATA,
    Warehouse,
    _tells,
    column_ddl,
)
from tests.delta.rates import NAME, held, put


def properties(warehouse: Warehouse, table: str) -> dict[str, str]:
    detail = warehouse.spark.sql(f"DESCRIBE DETAIL {warehouse.identifier(table)}").collect()[0]
    found: dict[str, str] = detail["properties"]
    return found


def test_table_is_made_from_its_contract(warehouse: Warehouse) -> None:
    warehouse.create(EXCHANGE_RATES)
    warehouse.create(RFM_SCORES)
    fields = {f.name: f for f in warehouse.read(NAME).schema.fields}
    assert {n: f.dataType.simpleString() for n, f in fields.items()} == EXCHANGE_RATES.types
    assert [c.name for c in EXCHANGE_RATES.columns] == list(fields)
    assert fields["rate"].metadata["comment"] == "reporting currency for one unit of currency"
    detail = warehouse.spark.sql(f"DESCRIBE DETAIL {warehouse.identifier(NAME)}").collect()[0]
    assert detail["description"] == "one currency on one day"
    made = properties(warehouse, NAME)
    assert made["delta.enableChangeDataFeed"] == "true"
    assert (
        made["delta.logRetentionDuration"] == made["delta.deletedFileRetentionDuration"] == "interval 30 days"
    )
    assert made["delta.dataSkippingStatsColumns"] == "currency,valid_on"
    assert made["chunks.contract_version"] == "1"
    assert made["delta.enableDeletionVectors"] == "false"


def test_tables_that_are_missing_are_made_side_by_side_and_the_others_stay(warehouse: Warehouse) -> None:
    warehouse.create(EXCHANGE_RATES)
    first = warehouse.last_commit(NAME)
    warehouse.create_all([EXCHANGE_RATES, RFM_SCORES])
    made = warehouse.last_commit(RFM_SCORES.full_name)
    assert made is not None
    assert (made.version, len(made.table_id)) == (0, 32)
    assert Warehouse(warehouse.spark, warehouse.target).last_commit(NAME) == first


def test_table_is_made_once_and_keeps_its_id(warehouse: Warehouse) -> None:
    warehouse.create(EXCHANGE_RATES)
    first = warehouse.last_commit(NAME)
    warehouse.create(EXCHANGE_RATES)
    assert first is not None
    assert len(first.table_id) == 32
    assert Warehouse(warehouse.spark, warehouse.target).last_commit(NAME) == first


def test_missing_table_does_not_exist_and_reading_it_is_one_sentence(warehouse: Warehouse) -> None:
    assert warehouse.last_commit(NAME) is None
    assert not warehouse.exists(NAME)
    with pytest.raises(
        StorageError, match=r"silver\.exchange_rates: does not exist in .*\. Run `chunks run` first"
    ):
        warehouse.read(NAME)


def test_older_version_is_read_as_it_was(warehouse: Warehouse) -> None:
    put(warehouse, {"X": "1"})
    put(warehouse, {"X": "2"})
    assert [str(r["rate"].normalize()) for r in warehouse.read(NAME, 1).collect()] == ["1"]
    assert held(warehouse) == {"X": ("a", "2")}


def test_notes_are_found_behind_commits_that_others_made(warehouse: Warehouse) -> None:
    put(warehouse, {"X": "1"}, note="mine")
    table = warehouse.identifier(NAME)
    warehouse.spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('a' = 'b')")
    warehouse.spark.conf.set(USER_METADATA, "no json")
    warehouse.spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('a' = 'c')")
    warehouse.spark.conf.set(USER_METADATA, '{"other": 1}')
    warehouse.spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('a' = 'd')")
    warehouse.forget(NAME)
    last = warehouse.last_commit(NAME)
    assert last is not None
    assert (last.version, last.notes["said"]) == (4, "mine")


def test_notes_end_with_their_block(warehouse: Warehouse) -> None:
    with warehouse.notes({"a": 1}):
        assert warehouse.spark.conf.get(USER_METADATA) == '{"chunks": {"a": 1}}'
    assert warehouse.spark.conf.get(USER_METADATA, None) is None
    with warehouse.notes({"at": date(2024, 3, 10)}, number=7, token="mine"):  # noqa: S106 - no secret
        said = json.loads(str(warehouse.spark.conf.get(USER_METADATA)))
        assert said == {"chunks": {"at": "2024-03-10"}, "number": 7, "commit": "mine"}
        assert warehouse.spark.conf.get(TXN_VERSION) == "7"
    assert warehouse.spark.conf.get(TXN_VERSION, None) is warehouse.spark.conf.get(TXN_APP, None) is None
    with pytest.raises(ZeroDivisionError), warehouse.notes({"a": 1}):
        raise ZeroDivisionError
    assert warehouse.spark.conf.get(USER_METADATA, None) is None


def changed(warehouse: Warehouse, after: int, until: int) -> list[tuple[str, str, int]]:
    changes = warehouse.changes(NAME, after, until).collect()
    rows = [(r["currency"], str(r["rate"].normalize()), r["_change"]) for r in changes]
    return sorted(rows)


def test_changes_are_both_images_and_a_rewrite_reports_differences_only(warehouse: Warehouse) -> None:
    put(warehouse, {"X": "1", "Y": "1", "Z": "1"})
    assert changed(warehouse, 0, 1) == [("X", "1", 1), ("Y", "1", 1), ("Z", "1", 1)]
    put(warehouse, {"X": "1", "Y": "2"})
    assert changed(warehouse, 1, 2) == [("Y", "1", -1), ("Y", "2", 1), ("Z", "1", -1)]
    put(warehouse, {"X": "1", "Y": "1", "Z": "1"})
    assert changed(warehouse, 2, 3) == [("Y", "1", 1), ("Y", "2", -1), ("Z", "1", 1)]
    assert changed(warehouse, 1, 3) == []


def test_changes_of_a_merge_are_both_images(warehouse: Warehouse) -> None:
    ten = {f"C{n}": "1" for n in range(10)}
    put(warehouse, ten)
    put(warehouse, {**{k: v for k, v in ten.items() if k != "C1"}, "C0": "2"})
    assert changed(warehouse, 1, 2) == [("C0", "1", -1), ("C0", "2", 1), ("C1", "1", -1)]


def test_changes_before_and_after_a_column_was_widened_are_told_together(warehouse: Warehouse) -> None:
    place = Path(warehouse.location("bronze.shop_sales"))
    warehouse.spark.sql(
        f"CREATE TABLE delta.`{place}` (n int) USING delta TBLPROPERTIES "
        "('delta.enableChangeDataFeed' = 'true', 'delta.enableTypeWidening' = 'true')"
    )
    warehouse.spark.sql(f"INSERT INTO delta.`{place}` VALUES (1)")
    warehouse.spark.sql(f"ALTER TABLE delta.`{place}` ALTER COLUMN n TYPE bigint")
    warehouse.spark.sql(f"INSERT INTO delta.`{place}` VALUES (3000000000)")
    changes = warehouse.changes("bronze.shop_sales", 0, 3)
    assert sorted(r["n"] for r in changes.collect()) == [1, 3000000000]


def test_gone_change_feed_is_told(warehouse: Warehouse) -> None:
    put(warehouse, {"X": "1"})
    with pytest.raises(FeedGoneError, match=f"{NAME} no longer tells"):
        warehouse.changes(NAME, 5, 9)


def test_change_feed_whose_files_are_gone_is_told(warehouse: Warehouse) -> None:
    """As after VACUUM: the log still tells of the commit."""
    put(warehouse, {"X": "1", "Y": "1"})
    put(warehouse, {"X": "2", "Y": "2"})
    for file in Path(warehouse.location(NAME)).rglob("*.parquet"):
        file.unlink()
    fresh = Warehouse(warehouse.spark, warehouse.target)
    for after in (0, 1):
        with pytest.raises(FeedGoneError, match=f"{NAME} no longer tells"):
            fresh.changes(NAME, after, after + 1)


def test_change_feed_of_which_a_part_is_gone_is_told(warehouse: Warehouse) -> None:
    """VACUUM removes the older files of changes first; the newer ones are still there."""
    put(warehouse, {"X": "1", "Y": "1"})
    put(warehouse, {"X": "2", "Y": "2"})
    place = Path(warehouse.location(NAME))
    first = json.loads((place / "_delta_log/00000000000000000001.json").read_text().splitlines()[-1])
    (place / first["add"]["path"]).unlink()
    for file in place.glob(f".{first['add']['path']}.crc"):
        file.unlink()
    fresh = Warehouse(warehouse.spark, warehouse.target)
    with pytest.raises(FeedGoneError, match=f"{NAME} no longer tells"), whole_feed(NAME):
        fresh.changes(NAME, 0, 2).collect()


def test_other_faults_of_a_change_feed_are_what_they_are(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read that timed out may pass next time: nothing is gone, and nothing need be computed in full."""

    def timed_out(*_: object) -> DataFrame:
        raise AnalysisException("Read timed out")

    put(warehouse, {"X": "1"})
    monkeypatch.setattr(warehouse, "_opened", timed_out)
    with pytest.raises(AnalysisException, match="timed out"):
        warehouse.changes(NAME, 0, 1)
    with pytest.raises(AnalysisException), whole_feed(NAME):
        raise AnalysisException("[DIVIDE_BY_ZERO]")


def test_catalog_target_is_addressed_by_name(spark: SparkSession) -> None:
    warehouse = Warehouse(spark, Target("t", schema_prefix="chunks_test_"))
    try:
        assert warehouse.identifier(NAME) == "`chunks_test_silver`.`exchange_rates`"
        assert warehouse.last_commit(NAME) is None
        assert put(warehouse, {"X": "1", "Y": "1"}, note="x") == Counts(inserted=2)
        assert put(warehouse, {"X": "1"}, note="y") == Counts(unchanged=1, deleted=1)
        assert held(warehouse) == {"X": ("a", "1")}
        assert changed(warehouse, 1, 2) == [("Y", "1", -1)]
    finally:
        spark.sql("DROP SCHEMA IF EXISTS chunks_test_silver CASCADE")


def test_names_of_a_catalog_and_of_a_folder(spark: SparkSession) -> None:
    assert Warehouse(spark, Target("t", catalog="main", schema_prefix="p_")).identifier(NAME) == (
        "`main`.`p_silver`.`exchange_rates`"
    )
    folder = Warehouse(spark, Target("t", warehouse="s3://bucket/tables/"))
    assert folder.location(NAME) == "s3://bucket/tables/silver/exchange_rates"
    assert folder.identifier(NAME) == "delta.`s3://bucket/tables/silver/exchange_rates`"


@pytest.mark.parametrize("name", ["it's my shop", "my`shop"])
def test_folder_with_a_blank_and_a_quote_holds_tables(spark: SparkSession, tmp_path: Path, name: str) -> None:
    warehouse = Warehouse(spark, folder_target(tmp_path / name))
    put(warehouse, {"X": "1"})
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert held(warehouse) == {"X": ("a", "1")}


def test_bad_append_is_a_spark_error_within_faults_only(warehouse: Warehouse) -> None:
    put(warehouse, {"X": "1"}, note="kept")
    append(warehouse, NAME, warehouse.read(NAME), None)
    last = warehouse.last_commit(NAME)
    assert last is not None
    assert last.notes["said"] == "kept"


def test_folder_of_a_table_whose_making_was_stopped_is_made_anew(warehouse: Warehouse) -> None:
    folder = Path(warehouse.location(NAME))
    (folder / "_delta_log" / "_staged_commits").mkdir(parents=True)
    (folder / "_delta_log" / ".00000000000000000000.json.3f.tmp").touch()
    assert not warehouse.exists(NAME)
    warehouse.create(EXCHANGE_RATES)
    assert warehouse.exists(NAME)


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("_delta_log/00000000000000000000.json", True),
        ("_delta_log/00000000000000000010.checkpoint.parquet", True),
        ("part-0.parquet", True),
        ("_delta_log/_staged_commits/00000000000000000000.3f.json", False),
        ("_delta_log/.00000000000000000000.json.crc", False),
        ("_delta_log/00000000000000000000.json.tmp", False),
    ],
)
def test_scratch_files_tell_of_no_table(name: str, tells: bool) -> None:
    assert _tells(Path("shop/silver/orders") / name) is tells


def test_words_of_a_contract_are_quoted() -> None:
    assert column_ddl("a", "int", r"it's \ here") == r"`a` int COMMENT 'it\'s \\ here'"
    assert column_ddl("a", "int", "x", required=True) == "`a` int NOT NULL COMMENT 'x'"


def test_folder_with_data_and_no_commit_is_not_cleared(warehouse: Warehouse) -> None:
    folder = Path(warehouse.location(NAME))
    (folder / "_delta_log").mkdir(parents=True)
    (folder / "part-0.parquet").write_bytes(b"somebody's")
    with pytest.raises(StorageError):
        warehouse.create(EXCHANGE_RATES)
    assert (folder / "part-0.parquet").read_bytes() == b"somebody's"
