"""What gold tables share: which category a product has where several sources list it."""

from __future__ import annotations

from pyspark.sql import SparkSession

from customer_chunks.gold.purchases import categories
from tests.builders import a_product, products, values


def test_known_category_comes_before_none_and_then_the_first_source_by_name(spark: SparkSession) -> None:
    rows = [
        a_product("mug", source="a", category=None),
        a_product("mug", source="c", category="Kitchen"),
        a_product("mug", source="b", category="Tableware"),
        a_product("bare", source="a", category=None),
    ]
    assert values(categories(products(spark, *rows)), "product_id", "category") == [
        ("bare", None), ("mug", "Tableware"),
    ]  # fmt: skip
