"""A process that is killed: ``child.py FOLDER NUMBER TABLE MOMENT``; MOMENT may be ``maintain``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from customer_chunks.flow import narrowed
from customer_chunks.flow.session import build_session
from customer_chunks.storage.maintain import maintain
from tests.conftest import QUICK_SPARK
from tests.crash.faults import Point, Points, kill_process_group, kill_when_there_is_more
from tests.crash.shop import STEPS, Shop

if __name__ == "__main__":
    narrowed.WORTH_FROM, narrowed.WORTH_IT = 0, 1.0  # as among millions of rows
    folder, number, table, moment = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    session = build_session("child", master="local[2]", extra=QUICK_SPARK)
    shop = Shop(session, folder)
    if moment == "maintain":
        kill_when_there_is_more(folder / "warehouse", "_delta_log/*.json", kill_process_group)
        for table in STEPS:
            maintain(shop.company.warehouse, table)
    else:
        Points(Point(number, table, moment), kill_process_group).stand_in(pytest.MonkeyPatch())
        shop.company.run()
