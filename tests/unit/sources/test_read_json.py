"""JSON and JSON lines as rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from customer_chunks.errors import SourceError
from customer_chunks.sources.json_files import merged
from customer_chunks.sources.names import storage_type
from tests.unit.sources.feeds import a_feed, a_file, frame_of, rows_of


def test_json_lines_keep_text_structs_and_arrays(spark: SparkSession, tmp_path: Path) -> None:
    content = (
        '\ufeff{"a": 1.10, "n": 123456789012345678901234567890, "s": {"x": true}, "l": [1, "b"]}\n'
        "\n{broken\n"
        '{"a": "é", "l": [], "new": 1e5}\n'
    )
    frame = frame_of(spark, a_feed(a_file(tmp_path / "a.jsonl", content), fmt="jsonl"), tmp_path / "staging")

    assert frame.drop("_path").dtypes == [
        ("a", "string"),
        ("l", "array<string>"),
        ("n", "string"),
        ("new", "string"),
        ("s", "struct<x:string>"),
        ("_position", "bigint"),
        ("_rescued", "string"),
    ]
    assert [tuple(row) for row in frame.drop("_path").orderBy("_position").collect()] == [
        ("1.10", ["1", "b"], "123456789012345678901234567890", None, ("true",), 0, None),
        (None, None, None, None, None, 1, "{broken"),
        ("é", [], None, "1e5", None, 2, None),
    ]
    assert frame.where("_rescued IS NOT NULL").select("_rescued").collect() == [("{broken",)]
    assert frame.count() == 3


@pytest.mark.parametrize(
    "content", ['[{"a": 1, "b": {"c": 2}}, {"a": 3}]', '[\n {"a": 1,\n "b": {"c": 2}},\n {"a": 3}\n]\n']
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_json_array_gives_a_row_per_object(
    spark: SparkSession, tmp_path: Path, content: str, encoding: str
) -> None:
    feed = a_feed(a_file(tmp_path / "a.json", content, encoding), fmt="json", encoding=encoding)

    assert rows_of(spark, feed, tmp_path / "staging") == [("1", {"c": "2"}, 0, None), ("3", None, 1, None)]


def test_json_files_of_both_shapes_share_one_schema(spark: SparkSession, tmp_path: Path) -> None:
    a_file(tmp_path / "1.json", '[{"a": {"x": 1}, "b": [{"k": 1}], "c": {"y": 1}}]')
    a_file(tmp_path / "2.json", '{"a": {"z": 2}, "b": [{"m": 2}], "c": "plain"}\n{"a": null}\n')

    frame = frame_of(spark, a_feed(tmp_path, fmt="json"), tmp_path / "staging")

    assert [tuple(row)[:3] for row in frame.orderBy("_path", "_position").collect()] == [
        (("1", None), [("1", None)], '{"y": 1}'),
        ((None, "2"), [(None, "2")], "plain"),
        (None, None, None),
    ]


def test_merged_types_hold_both() -> None:
    text = T.StringType()
    left = T.StructType([T.StructField("a", text), T.StructField("b", T.ArrayType(text))])
    right = T.StructType([T.StructField("b", T.ArrayType(T.StructType([T.StructField("x", text)])))])

    assert merged(left, right).simpleString() == "struct<a:string,b:array<string>>"


def test_explode_makes_a_row_of_each_element(spark: SparkSession, tmp_path: Path) -> None:
    content = (
        '{"id": 1, "items": [{"sku": "A"}, {"sku": "B"}]}\n{"id": 2, "items": []}\nnonsense\n{"id": 3}\n'
    )
    feed = a_feed(a_file(tmp_path / "a.jsonl", content), fmt="jsonl", explode="items")

    assert rows_of(spark, feed, tmp_path / "staging") == [
        ("1", {"sku": "A"}, 0, None),
        ("1", {"sku": "B"}, 1, None),
        ("2", None, 2, None),
        (None, None, 3, "nonsense"),
        ("3", None, 4, None),
    ]


def test_explode_goes_into_structs_and_through_arrays(spark: SparkSession, tmp_path: Path) -> None:
    nested = a_feed(
        a_file(tmp_path / "a.json", '[{"order": {"id": 1, "items": [{"sku": "A"}, {"sku": "B"}]}}]'),
        fmt="json",
        explode="order.items",
    )
    through = a_feed(
        a_file(tmp_path / "b.json", '{\n"orders": [{"id": 1, "items": [7, 8]}, {"id": 2, "items": [9]}]\n}'),
        fmt="json",
        explode="orders.items",
    )

    assert rows_of(spark, nested, tmp_path / "staging") == [
        ({"id": "1", "items": {"sku": "A"}}, 0, None),
        ({"id": "1", "items": {"sku": "B"}}, 1, None),
    ]
    assert rows_of(spark, through, tmp_path / "staging") == [
        ({"id": "1", "items": "7"}, 0, None),
        ({"id": "1", "items": "8"}, 1, None),
        ({"id": "2", "items": "9"}, 2, None),
    ]


@pytest.mark.parametrize(
    ("content", "layout", "said"),
    [
        ('{"items": [1]}\n', {"explode": "item"}, "finds no 'item'. Did you mean 'items'?"),
        ('{"items": 1}\n', {"explode": "items"}, "is no array"),
        ("nope\nneither\n", {}, "holds no JSON object"),
        ("{}\n{}\n", {}, "holds no JSON object"),
        ('{"a": 1, "A": 2}\n', {}, "equal but for case"),
        ('{"a b": 1, "a.b": 2}\n', {}, "too much alike"),
        ('{"_position": 1}\n', {}, "is reserved"),
    ],
)
def test_json_that_cannot_be_read_is_told(
    spark: SparkSession, tmp_path: Path, content: str, layout: dict[str, str], said: str
) -> None:
    feed = a_feed(a_file(tmp_path / "a.jsonl", content), fmt="jsonl", **layout)

    with pytest.raises(SourceError) as caught:
        frame_of(spark, feed, tmp_path / "staging")

    assert said in str(caught.value)


def test_storage_type_renames_at_every_depth() -> None:
    kind = T.ArrayType(
        T.StructType([T.StructField("a b", T.StructType([T.StructField("c.d", T.StringType())]))])
    )

    assert storage_type(kind).simpleString() == "array<struct<a_b:struct<c_d:string>>>"
