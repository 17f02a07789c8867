"""Customer Chunks: `python benchmarks/customer_chunks.py DATA OUT full|day|idle|days/001|anew|-`.

The files arrive in OUT/arrived as hard links; a day later only the day's files are new, with idle none are,
with anew history and all of the days/ come at once. With - one process takes stage after stage from standard
input, as a session that stays open does, and answers each with a line.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(
        Path(__file__).parent.parent
    )  # this folder has files named like the packages they measure

from customer_chunks.config.targets import folder_target
from customer_chunks.flow.job import new_run_id, run_flow
from customer_chunks.flow.outcome import Outcome, Wish
from customer_chunks.flow.session import build_session

ANSWER = "stage done"
MAPPING = """
source: shop
currency: EUR
feeds:
  products:
    path: arrived/products.csv
    entities:
      products:
        product_id: product_id
        category_path: category
        brand: brand
  lines:
    path: arrived/lines/*.csv
    entities:
      order_lines:
        order_id: order_id
        line_id: line_no
        customer_id: customer_id
        ordered_at: ordered_at
        product_id: product_id
        quantity: quantity
        unit_price: unit_price
        discount_amount: discount
        country: country
        channel: channel
        is_return: order_id LIKE 'R%'
"""


def arrive(data: Path, out: Path, stage: str) -> None:
    """Let the stage's files arrive."""
    (out / "arrived" / "lines").mkdir(parents=True, exist_ok=True)
    if stage in {"full", "anew"}:
        os.link(data / "products.csv", out / "arrived" / "products.csv")
        (out / "shop.yml").write_text(MAPPING, encoding="utf-8")
    days = [f"days/{place.name}" for place in sorted((data / "days").glob("*"))]
    folders = {"full": ["history"], "idle": [], "anew": ["history", *days]}.get(stage, [stage])
    for folder in folders:
        for number, file in enumerate(sorted((data / folder).glob("*.csv"))):
            # In the order of their names: of one run's files the later one's lines count.
            name = f"{'1' if folder == 'history' else '2'}_{folder.replace('/', '_')}_{number:04d}.csv"
            os.link(file, out / "arrived" / "lines" / name)


def told(_: str, outcome: Outcome | None) -> None:
    """Print what each step took."""
    if outcome is not None and outcome.state != "idle":
        print(f"{outcome.seconds:6.1f} s  {outcome.step:<28} {outcome.detail}", flush=True)


def main(data: Path, out: Path, stage: str) -> None:
    """Run the flow over what has arrived."""
    target = folder_target(out / "warehouse")
    arrive(data, out, stage)
    build_session()  # the flow's own, as it is asked for in the same way
    begun = time.monotonic()
    report = run_flow(
        out / "shop.yml", target, settings=None, wish=Wish(), run_id=new_run_id(), listener=told
    )
    if report.errors:
        sys.exit(str(report.errors[0]))
    print(f"the flow took {time.monotonic() - begun:.2f} s", flush=True)


def serve(data: Path, out: Path) -> None:
    """Run one stage for each line of standard input."""
    for line in sys.stdin:
        main(data, out, line.strip())
        print(ANSWER, flush=True)


if __name__ == "__main__":
    if sys.argv[3] == "-":
        serve(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
