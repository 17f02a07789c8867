"""Every command of the README and of docs/ is run: what it says is true."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from customer_chunks.cli.app import app
from customer_chunks.config.mapping import read_mapping
from customer_chunks.config.settings import read_settings
from infra.write_fields import with_fields

HOME = Path(__file__).parents[2]
README = (HOME / "README.md").read_text(encoding="utf-8")
PAGES = [HOME / "README.md", HOME / "CONTRIBUTING.md", *sorted((HOME / "docs").glob("*.md"))]
EXPORT = """InvoiceNo;StockCode;Description;Quantity;InvoiceDate;Price;Customer ID;Country
1001;A1;Tea pot;2;12/1/2010 8:26;1,50;17850.0;United Kingdom
1001;A1;Tea pot;2;12/1/2010 8:26;1,50;17850.0;United Kingdom
1002;B2;Cup;6;12/2/2010 9:00;0,75;13047.0;EIRE
C1003;B2;Cup;-1;12/3/2010 10:30;0,75;13047.0;EIRE
1004;POST;Postage;1;12/4/2010 11:00;4,00;;France
1005;B2;Cup;abc;12/5/2010 12:00;0,75;12583.0;France
TEST1;B2;Cup;1;12/5/2010 12:00;0,75;12583.0;France
"""


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def commands(text: str) -> list[list[str]]:
    lines = [line for block in blocks(text, "bash") for line in block.splitlines() if line.strip()]
    return [shlex.split(line, comments=True) for line in lines]


def test_field_list_of_the_readme_is_what_the_contracts_say() -> None:
    assert with_fields(README) == README


def test_segments_of_the_definitions_are_the_default_ones() -> None:
    page = (HOME / "docs" / "definitions.md").read_text(encoding="utf-8")
    table = page.split("<!-- segments -->")[1].split("<!-- /segments -->")[0].strip().splitlines()[2:]
    told = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table]
    ranges = [(rule.name, rule.r, rule.f, rule.m) for rule in read_settings(None).rfm.segments]
    assert told == [
        (name, *[str(low) if low == high else f"{low}-{high}" for low, high in scores])
        for name, *scores in ranges
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_named_in_a_page_exists(page: Path) -> None:
    named = {words[1] for words in commands(page.read_text(encoding="utf-8")) if words[0] == "make"}
    known = re.findall(r"^([a-z-]+):", (HOME / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert named <= set(known)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_mappings_of_the_readme_can_be_read(tmp_path: Path) -> None:
    examples = blocks(README, "yaml")
    names = []
    for number, text in enumerate(examples):
        file = tmp_path / f"{number}.yml"
        file.write_text(text, encoding="utf-8")
        names.append(read_mapping(file).name)
    assert names == ["shop", "cdnow"]


def test_cdnow_columns_of_the_readme_cut_no_value(tmp_path: Path) -> None:
    (tmp_path / "cdnow.yml").write_text(blocks(README, "yaml")[1], encoding="utf-8")
    line = " 00004 19970101 12 1286.01"  # the widest amount and number of pieces of the real file

    cells = {
        n: line[a - 1 : b].strip() for n, a, b in read_mapping(tmp_path / "cdnow.yml").feeds[0].layout.spans
    }

    assert cells == {"customer": "00004", "day": "19970101", "cds": "12", "dollars": "1286.01"}


@pytest.mark.slow
def test_commands_of_the_readme_work_in_their_order_on_an_export(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`source init` drafts; its draft is then replaced by the README's own mapping, as a reader would."""
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "sales_2010.csv").write_text(EXPORT, encoding="latin-1")
    (tmp_path / "conf" / "sources").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    mapping = tmp_path / "conf" / "sources" / "shop.yml"
    typed = [words[1:] for words in commands(README) if words[0] == "chunks"]
    assert len(typed) >= 8
    for words in typed:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, (words, result.output)
        if words[:2] == ["source", "init"]:
            mapping.write_text(blocks(README, "yaml")[0].replace("path: exports", "path: ../../exports"))
    exported = (tmp_path / "rfm.csv").read_text(encoding="utf-8-sig").splitlines()
    assert exported[0].startswith("customer_id,as_of,recency_days,frequency,monetary_amount")
    assert sorted(line.split(",")[0] for line in exported[1:]) == ["13047", "17850"]
    assert (tmp_path / "warehouse" / "shop" / "report.html").exists()


@pytest.mark.slow
def test_spark_submit_with_the_wheel_works_as_the_readme_says(tmp_path: Path) -> None:
    wheel, submit = commands(README.split("## On a cluster")[1])[:2]
    assert subprocess.run(wheel, cwd=HOME, capture_output=True, check=False).returncode == 0
    (tmp_path / "sales_1.csv").write_text(EXPORT, encoding="latin-1")
    mapping = tmp_path / "shop.yml"
    mapping.write_text(blocks(README, "yaml")[0].replace("exports/", ""))
    places = {"conf/sources": str(mapping), "/data/warehouse": str(tmp_path / "warehouse")}
    words = [places.get(word, word) for word in submit]
    done = subprocess.run(
        [str(HOME / ".venv/bin/spark-submit"), *words[1:]],
        cwd=HOME,
        env={**os.environ, "PATH": f"{HOME / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    # spark-submit passes what the job writes to standard error on as its standard output.
    assert '"gold.rfm_scores", "state": "done"' in done.stdout + done.stderr
