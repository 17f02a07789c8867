"""docs/new-gold-table.md, followed to the letter on a copy of the package."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

HOME = Path(__file__).parents[2]
PAGE = (HOME / "docs" / "new-gold-table.md").read_text(encoding="utf-8")
CONTRACT, FUNCTION, IMPORT, STEP, TEST = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
ASK = """
from customer_chunks.contracts import contract
from customer_chunks.flow.gold_steps import GOLD
from customer_chunks.flow.graph import Graph
from customer_chunks.flow.house import all_steps
steps = Graph(all_steps(()), []).until("gold.product_loyalty")
print([s.name for s in steps], contract("gold.product_loyalty").key)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    copy = tmp_path / "lib" / "customer_chunks"
    shutil.copytree(HOME / "lib" / "customer_chunks", copy, ignore=shutil.ignore_patterns("__pycache__"))
    contracts = copy / "contracts" / "gold.py"
    contracts.write_text(f"{contracts.read_text()}\n\n{CONTRACT}")
    (copy / "gold" / "product_loyalty.py").write_text(FUNCTION)
    steps = copy / "flow" / "gold_steps.py"
    text = steps.read_text()
    assert text.count("GOLD = (\n") == 1
    text = text.replace(
        "from customer_chunks.gold.rfm_scores", f"{IMPORT}from customer_chunks.gold.rfm_scores"
    )
    steps.write_text(text.replace("GOLD = (\n", f"GOLD = (\n    {STEP}"))
    return tmp_path / "lib"


def test_the_walk_through_adds_a_step_to_the_graph(package: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env={"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "['gold.product_loyalty'] ('product_id',)", done.stderr


def test_the_walk_through_s_own_test_passes(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    space: dict[str, Any] = {}
    exec(compile(FUNCTION, "product_loyalty.py", "exec"), space)  # noqa: S102 - the page is ours
    body = TEST.split("\n\n\n", 1)[1]
    exec(compile(body, "test_product_loyalty.py", "exec"), space)  # noqa: S102
    space["test_a_customer_who_bought_a_product_twice_is_a_repeat_buyer"](spark)


def test_the_walk_through_stays_under_sixty_lines() -> None:
    lines = [
        line
        for part in (CONTRACT, FUNCTION, IMPORT, STEP, TEST)
        for line in part.splitlines()
        if line.strip()
    ]
    assert len(lines) < 60
