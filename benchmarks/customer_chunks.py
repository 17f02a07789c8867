"""Our flow on the benchmark's lines: files -> bronze -> silver -> gold.rfm_scores, with accounts."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.pop(0)  # this folder has files named like the packages they measure

from customer_chunks.config.targets import folder_target
from customer_chunks.flow.job import new_run_id, run_flow
from customer_chunks.flow.runner import Wish
from customer_chunks.flow.session import build_session

MAPPING = """
source: shop
currency: EUR
feeds:
  lines:
    path: lines.csv
    entities:
      order_lines:
        order_id: order_no
        customer_id: customer_no
        ordered_at: ordered_at
        product_id: sku
        quantity: quantity
        unit_price: price
        country: country
"""

folder = Path(sys.argv[1])
(folder / "shop.yml").write_text(MAPPING)
target = folder_target(folder / "warehouse")
wish = Wish(until="gold.rfm_scores")
report = run_flow(
    folder / "shop.yml",
    target,
    settings=None,
    wish=wish,
    run_id=new_run_id(),
    listener=lambda _, o: o and print(f"{o.seconds:6.1f} {o.step} {o.detail}"),
)
print(build_session().read.format("delta").load(f"{target.warehouse}/gold/rfm_scores").count())
