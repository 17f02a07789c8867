"""A run reads copies that lie beside the tables, and leaves none."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from customer_chunks.flow import ingest as ingesting
from tests.flow.company import HEADER, SALES, Company

ORDER = "1,2024-03-10,c1,mug,2,5.00,DE"


def test_run_reads_copies_beside_its_tables_and_leaves_none(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.maps(SALES.replace('"sales*.csv"', '"sales*.zip"\n    format: csv'))
    with zipfile.ZipFile(company.folder / "conf" / "sales_1.zip", "w") as archive:
        archive.writestr("sales_1.csv", f"{HEADER}\n{ORDER}\n")
    left = company.folder / "warehouse" / "_staging" / "killed-run" / "copy.csv"
    left.parent.mkdir(parents=True)
    left.write_text("of a run that was killed", encoding="utf-8")
    copies: list[Path] = []
    plain_append = ingesting.append

    def append(*arguments: Any) -> int:
        copies.extend((company.folder / "warehouse" / "_staging").glob("*/*"))
        return plain_append(*arguments)

    monkeypatch.setattr(ingesting, "append", append)
    company.run("bronze.shop_sales")
    assert [c.parent.name.rsplit("-", 1)[0] for c in copies] == ["run-1"]
    assert company.warehouse.read("bronze.shop_sales").count() == 1
    assert not (company.folder / "warehouse" / "_staging").exists()
