"""A lease as somebody else has it."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path

import pytest

FILE = "_chunks_lease.json"


def holds(folder: Path, *, pid: int, host: str | None = None, age: float = 0.0) -> Path:
    """Write a lease of somebody else whose last sign of life is ``age`` seconds old."""
    folder.mkdir(exist_ok=True)
    path = folder / FILE
    path.write_text(json.dumps({"run_id": "theirs", "host": host or socket.gethostname(), "pid": pid}))
    then = time.time() - age
    os.utime(path, (then, then))
    return path


TELLS = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc, which Linux has")
