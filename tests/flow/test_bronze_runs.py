"""Runs as far as bronze: a file takes the place of another, and a table is read anew."""

from __future__ import annotations

import pytest

from tests.flow.company import SALES, Company
from tests.flow.drifting import bronze

TABLE = "bronze.shop_sales"
REPLACED = SALES.replace('    path: "sales*.csv"', '    path: "sales*.csv"\n    changed_files: replace')


def line(order: int, pieces: int = 1) -> str:
    return f"{order},2024-03-10,c1,mug,{pieces},5.00,DE"


@pytest.mark.slow
def test_replaced_file_takes_its_rows_with_it_and_a_table_read_anew_holds_what_is_there(
    company: Company,
) -> None:
    company.maps(REPLACED)
    company.brings("sales1.csv", line(1), line(2)).brings("sales2.csv", line(3))
    (told,) = company.run(TABLE).outcomes
    assert (told.state, told.detail) == ("done", "2 files (sales1.csv, sales2.csv), 3 rows")

    company.brings("sales1.csv", line(1, 7))
    (told,) = company.run(TABLE).outcomes
    assert told.detail == "1 file (sales1.csv), 1 replaced, 1 rows"
    assert bronze(company, "shop_sales", "order", "pieces", "_delivery") == [("1", "7", 2), ("3", "1", 1)]
    ledger = ("delivery", "row_count", "replaces")
    assert company.rows("ops.deliveries", *ledger) == [(0, 2, None), (1, 1, None), (2, 1, 0)]

    # One file is gone, the other stays as it is and is read again; its customers are known by a hash.
    (company.folder / "conf" / "sales2.csv").unlink()
    (told,) = company.run(TABLE, full=[TABLE]).outcomes
    assert told.detail == "1 file (sales1.csv), 1 replaced, 1 rows"
    assert bronze(company, "shop_sales", "order", "pieces", "_delivery") == [("1", "7", 3)]
    ((key, source, country),) = bronze(company, "shop_sales", "_subject_key", "_source", "country")
    assert (len(key) > 8, source, country) == (True, "shop", "DE")
