"""Which type a bronze column needs when newer files bring another one, worked by hand."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from customer_chunks.sources.widening import common_type, shaped, steps_between

INT, LONG, DOUBLE, TEXT = T.IntegerType(), T.LongType(), T.DoubleType(), T.StringType()


def struct(**fields: T.DataType) -> T.StructType:
    return T.StructType([T.StructField(name, kind) for name, kind in fields.items()])


@pytest.mark.parametrize(
    ("held", "coming", "needed"),
    [
        (INT, INT, INT),
        (INT, LONG, LONG),
        (LONG, T.ShortType(), LONG),
        (INT, DOUBLE, DOUBLE),
        (T.FloatType(), T.FloatType(), T.FloatType()),
        (T.FloatType(), INT, DOUBLE),
        (LONG, DOUBLE, None),  # 9007199254740993 is no double
        (DOUBLE, LONG, None),
        (T.DecimalType(10, 2), T.DecimalType(8, 4), T.DecimalType(12, 4)),
        (T.DecimalType(10, 2), INT, T.DecimalType(12, 2)),
        (LONG, T.DecimalType(10, 2), T.DecimalType(22, 2)),
        (T.DecimalType(38, 0), T.DecimalType(10, 2), None),
        (DOUBLE, T.DecimalType(10, 2), None),
        (LONG, T.NullType(), LONG),
        (T.NullType(), LONG, LONG),
        (TEXT, LONG, TEXT),
        (TEXT, T.DateType(), TEXT),
        (TEXT, T.TimestampNTZType(), TEXT),
        (TEXT, T.TimestampType(), None),  # the mapping may have a format for the text
        (LONG, TEXT, None),
        (T.TimestampType(), T.TimestampNTZType(), None),
        (TEXT, struct(id=TEXT), None),
        (struct(id=TEXT), TEXT, None),
        (T.ArrayType(INT), T.ArrayType(LONG), T.ArrayType(LONG)),
        (T.ArrayType(TEXT), TEXT, None),
        (struct(a=INT, b=TEXT), struct(B=TEXT, c=INT), struct(a=INT, b=TEXT, c=INT)),
        (struct(a=LONG), struct(a=TEXT), None),
        (struct(zip_code=TEXT), T.StructType([T.StructField("zip code", TEXT)]), struct(zip_code=TEXT)),
    ],
    ids=lambda kind: kind.simpleString() if kind else "none",
)
def test_type_that_holds_both(held: T.DataType, coming: T.DataType, needed: T.DataType | None) -> None:
    assert common_type(held, coming) == needed


def test_steps_name_the_field_and_whether_it_is_new() -> None:
    held = struct(id=INT, items=T.ArrayType(struct(sku=TEXT, pieces=INT)), gone=TEXT)
    target = struct(id=LONG, items=T.ArrayType(struct(sku=TEXT, pieces=LONG, price=TEXT)), gone=TEXT)
    assert list(steps_between(held, target, ("order",))) == [
        (("order", "id"), LONG, False),
        (("order", "items", "element", "pieces"), LONG, False),
        (("order", "items", "element", "price"), TEXT, True),
    ]


def test_values_keep_what_they_are_in_the_wider_type(spark: SparkSession) -> None:
    row = spark.sql(
        "SELECT 7 i, 2.50BD d, 17850.0D x, array(named_struct('Sku', 'a', 'n', 1), null) l,"
        " cast(null as struct<a:int>) s"
    )
    lines = T.ArrayType(struct(sku=TEXT, n=LONG, price=TEXT))
    wanted = {"i": LONG, "d": T.DecimalType(12, 4), "x": TEXT, "l": lines, "s": struct(a=LONG, b=TEXT)}
    found = row.select(
        *[shaped(F.col(n), row.schema[n].dataType, kind).alias(n) for n, kind in wanted.items()]
    )
    assert {f.name: f.dataType.simpleString() for f in found.schema.fields} == {
        n: kind.simpleString() for n, kind in wanted.items()
    }
    (only,) = found.collect()
    assert (only["i"], str(only["d"]), only["x"], only["s"]) == (7, "2.5000", "17850", None)
    assert [element and tuple(element) for element in only["l"]] == [("a", 1, None), None]
