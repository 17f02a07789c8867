"""Whose lease it is: told by process and content, whatever the disk does; and how it is kept alive."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from customer_chunks.errors import LeaseError, StorageError
from customer_chunks.storage import lease
from customer_chunks.storage.lease import leased, require_free
from tests.delta.leases import FILE, TELLS, holds


def test_signs_of_life_come_several_times_before_a_lease_counts_as_silent() -> None:
    assert lease._BEAT_SECONDS * 4 <= lease.STALE_SECONDS


class Turns:
    """Stands for the event that ends the heart: it is set after so many beats."""

    def __init__(self, beats: int) -> None:
        self.left = beats

    def wait(self, _: float) -> bool:
        self.left -= 1
        return self.left < 0


def test_heart_beats_for_no_other_run(tmp_path: Path) -> None:
    path = holds(tmp_path, pid=os.getpid(), age=60)
    before = path.stat().st_mtime
    lease._beat(path, "mine", Turns(2))  # type: ignore[arg-type]  # an event
    assert path.stat().st_mtime == before
    lease._beat(path, path.read_text(), Turns(1))  # type: ignore[arg-type]  # an event
    assert path.stat().st_mtime > before


def test_lease_that_another_run_has_by_now_is_given_back(tmp_path: Path) -> None:
    path = holds(tmp_path, pid=os.getpid())
    theirs = path.read_text()
    lease._set_aside(path, "what the dead one had written")
    assert path.read_text() == theirs
    lease._set_aside(path, theirs)
    assert list(tmp_path.iterdir()) == []
    lease._set_aside(path, theirs)


def test_lease_that_names_no_process_is_that_of_a_dead_one(tmp_path: Path) -> None:
    holds(tmp_path, pid=0)
    with leased(tmp_path, "mine"):
        assert json.loads((tmp_path / FILE).read_text())["run_id"] == "mine"


def test_living_owner_of_another_user_keeps_the_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def may_not(*_: int) -> None:
        raise PermissionError

    holds(tmp_path, pid=os.getpid())
    monkeypatch.setattr(os, "kill", may_not)
    with pytest.raises(LeaseError, match="run theirs"):
        require_free(tmp_path)


@TELLS
def test_process_is_told_by_the_tick_at_which_it_began() -> None:
    told = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    state, began = lease._facts(os.getpid())
    assert state in {"R", "S"}
    assert began == told[22 - 3]  # field 22 of proc(5), and these begin with field 3


def test_disk_that_fails_where_there_are_no_hard_links_leaves_no_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def has_none(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    plain = Path.open

    def opens(path: Path, mode: str = "r", *rest: Any, **named: Any) -> Any:
        if mode != "x":
            return plain(path, mode, *rest, **named)
        path.touch()
        return plain(Path("/dev/full"), "w", encoding="utf-8")

    monkeypatch.setattr(os, "link", has_none)
    monkeypatch.setattr(Path, "open", opens)
    with pytest.raises(StorageError, match="the disk is full"), leased(tmp_path, "mine"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_link_that_fails_for_another_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "link", breaks)
    with pytest.raises(StorageError, match="Input/output error"), leased(tmp_path, "mine"):
        pass
    assert list(tmp_path.iterdir()) == []
