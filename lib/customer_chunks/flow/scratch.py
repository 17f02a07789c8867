"""A folder for what a local Spark spills, which goes when its process is dead, however that ended.

Spark clears its scratch away when it stops. One that is killed leaves it, and gigabytes of spilled
rows would lie there until somebody wonders why the disk is full. So each process has a folder of
its own and a locked file beside it; the system opens the lock when the process ends, and the next
process removes the folders whose locks are open. A lock also holds between containers that share
the folder, where process numbers would mislead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from uuid import uuid4

_held: list[int] = []
"""Locks are held as long as these descriptors are open: until the process ends."""


def own_scratch(parent: Path) -> Path:
    """Remove the folders of dead processes from ``parent``, and return a new one of ours.

    Raises:
        OSError: the folder may not be written, or the disk is full.
    """
    parent.mkdir(parents=True, exist_ok=True)
    _sweep(parent)
    while True:
        lock = parent / f"{uuid4().hex}.lock"
        held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        if _is_locked(held):
            break
        os.close(held)  # another process sweeps at this moment and took it for a dead one's
    _held.append(held)
    folder = lock.with_suffix("")
    folder.mkdir(mode=0o700)
    return folder


def _sweep(parent: Path) -> None:
    for lock in parent.glob("*.lock"):
        try:
            found = os.open(lock, os.O_RDWR)
        except OSError:
            continue
        if _is_locked(found):
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink(missing_ok=True)
        os.close(found)


def _is_locked(descriptor: int) -> bool:
    """Lock the open file; return whether that could be done, as it cannot while its owner lives."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
