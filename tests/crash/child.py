"""A run in a process of its own that is killed at a point: ``child.py FOLDER NUMBER MOMENT``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from customer_chunks.flow.session import build_session
from tests.conftest import QUICK_SPARK
from tests.crash.faults import Point, Points, kill_process_group
from tests.crash.shop import Shop

if __name__ == "__main__":
    folder, number, moment = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    Points(Point(number, "", moment), kill_process_group).stand_in(pytest.MonkeyPatch())
    session = build_session("child", master="local[2]", extra=QUICK_SPARK)
    Shop(session, folder).company.run()
