"""One run at a time per warehouse: a lease with an owner and a heartbeat.

The lease is a file beside the tables. It is stolen when its owner is known to be dead
(same machine) or has not given a sign of life for ``STALE_SECONDS``.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from customer_chunks.errors import LeaseError, StorageError
from customer_chunks.storage.faults import refused

STALE_SECONDS = 120.0
_BEAT_SECONDS = 15.0
_FILE = "_chunks_lease.json"
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


@contextmanager
def leased(folder: Path | None, run_id: str) -> Iterator[None]:
    """Hold the lease of a warehouse folder for the length of the block.

    Args:
        folder: The warehouse; None (a catalog) has no lease file, its scheduler serialises the runs.
        run_id: Noted as the owner's work.

    Raises:
        LeaseError: another run holds the warehouse.
        StorageError: the folder may not be written.
    """
    if folder is None:
        yield
        return
    path = folder / _FILE
    owner = _take(path, run_id)
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(path, owner, stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()
        if _holder(path) == owner:
            path.unlink(missing_ok=True)


def _take(path: Path, run_id: str) -> str:
    pid = os.getpid()
    owner = json.dumps(
        {
            "run_id": run_id,
            "host": socket.gethostname(),
            "pid": pid,
            "born": _facts(pid)[1],
            "since": time.time(),
        }
    )
    if path.parent.exists() and not path.parent.is_dir():
        raise StorageError(f"{path.parent}: is a file.", "Name a folder as the warehouse.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(3):
            if _is_published(path, owner):
                return owner
            _steal_if_dead(path)
    except OSError as error:
        raise refused(error, path.parent) from None
    raise LeaseError(f"{path.parent}: another run took the warehouse just now.", "Wait for it to end.")


def _is_published(path: Path, owner: str) -> bool:
    """Put a whole lease in its place unless there is one; a full disk or a kill leaves no half of one."""
    draft = path.with_suffix(f".{uuid.uuid4().hex}.tmp")
    try:
        draft.write_text(owner, encoding="utf-8")
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            return _is_written(path, owner)
    finally:
        draft.unlink(missing_ok=True)
    return True


def _is_written(path: Path, owner: str) -> bool:
    """Write the lease where the file system has no hard links."""
    try:
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(owner)
                file.flush()
            except OSError:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        return False
    return True


def require_free(folder: Path | None) -> None:
    """Ask who holds the warehouse, before a minute is spent on starting Spark; takes nothing.

    Raises:
        LeaseError: another run holds it.
    """
    if folder is not None:
        _require_dead(folder / _FILE)


def _steal_if_dead(path: Path) -> None:
    written = _require_dead(path)
    if written is not None:
        _set_aside(path, written)


def _require_dead(path: Path) -> str | None:
    """Return what the lease of a dead or silent owner says; None where there is no lease."""
    try:
        age = time.time() - path.stat().st_mtime
    except OSError:
        return None
    written = _holder(path)
    holder = _parsed(written)
    is_here = holder.get("host") == socket.gethostname()
    is_dead = is_here and not _is_alive(int(holder.get("pid", 0)), holder.get("born"))
    if not is_dead and age < STALE_SECONDS:
        raise LeaseError(
            f"{path.parent}: run {holder.get('run_id', '?')} (process {holder.get('pid', '?')} on "
            f"{holder.get('host', '?')}) holds the warehouse; its last sign of life is {age:.0f} s old.",
            f"Wait for it to end; a lease without a sign of life for {STALE_SECONDS:.0f} s is taken over.",
        )
    return written


def _set_aside(path: Path, written: str) -> None:
    """Move a dead lease away; if another run was quicker and it is that run's now, give it back."""
    aside = path.with_suffix(f".{os.getpid()}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    if _holder(aside) != written:
        aside.rename(path)
    aside.unlink(missing_ok=True)


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _parsed(written: str) -> dict[str, Any]:
    """Return what a lease says; nothing where its owner was stopped between making and filling it."""
    try:
        found = json.loads(written)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_alive(pid: int, born: str | None) -> bool:
    """Return whether the owner lives.

    A killed process that nobody has buried yet keeps its number, and in a container another process
    soon has it.
    """
    state, began = _facts(pid)
    if pid <= 0 or state in {"Z", "X"} or (born and began and born != began):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _facts(pid: int) -> tuple[str | None, str | None]:
    """Return the state of a process and when it began, in ticks of the machine; None where nobody tells."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None, None
    told = stat.rpartition(")")[2].split()  # after the name, which may hold anything
    return told[0], told[19]


def _beat(path: Path, owner: str, stop: threading.Event) -> None:
    while not stop.wait(_BEAT_SECONDS) and _holder(path) == owner:
        with suppress(OSError):
            os.utime(path)
