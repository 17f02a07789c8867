"""One run at a time: who holds the warehouse, and when it may be taken over."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from customer_chunks.errors import LeaseError, StorageError
from customer_chunks.storage import lease
from customer_chunks.storage.lease import leased, require_free
from tests.delta.leases import FILE, TELLS, holds


@pytest.fixture(scope="module")
def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_lease_is_held_within_the_block_and_gone_after(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "warehouse"
    with leased(folder, "mine"):
        owner = json.loads((folder / FILE).read_text())
        assert (owner["run_id"], owner["pid"], owner["host"]) == ("mine", os.getpid(), socket.gethostname())
    assert not (folder / FILE).exists()


def test_lease_is_gone_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), leased(tmp_path, "mine"):
        raise ZeroDivisionError
    assert not (tmp_path / FILE).exists()


def test_living_owner_keeps_the_warehouse(tmp_path: Path) -> None:
    holds(tmp_path, pid=os.getpid())
    sentence = (
        rf"run theirs \(process {os.getpid()} on .*\) holds the warehouse; its last sign of life is 0 s old"
    )
    with pytest.raises(LeaseError, match=sentence) as raised, leased(tmp_path, "mine"):
        pass
    assert "a lease without a sign of life for 120 s is taken over" in raised.value.remedy
    assert json.loads((tmp_path / FILE).read_text())["run_id"] == "theirs"


def test_dead_owner_of_this_machine_loses_it_at_once(tmp_path: Path, dead_pid: int) -> None:
    holds(tmp_path, pid=dead_pid)
    with leased(tmp_path, "mine"):
        assert json.loads((tmp_path / FILE).read_text())["run_id"] == "mine"


def test_owner_of_another_machine_is_asked_for_signs_of_life_only(tmp_path: Path, dead_pid: int) -> None:
    holds(tmp_path, pid=dead_pid, host="elsewhere", age=110)
    with pytest.raises(LeaseError, match="on elsewhere"), leased(tmp_path, "mine"):
        pass
    holds(tmp_path, pid=dead_pid, host="elsewhere", age=121)
    with leased(tmp_path, "mine"):
        assert json.loads((tmp_path / FILE).read_text())["run_id"] == "mine"


def test_silent_owner_loses_it_though_a_process_of_its_number_lives(tmp_path: Path) -> None:
    holds(tmp_path, pid=os.getpid(), age=121)
    with leased(tmp_path, "mine"):
        assert json.loads((tmp_path / FILE).read_text())["run_id"] == "mine"


@pytest.mark.parametrize("text", ["{half", "[]", ""])
def test_unreadable_lease_counts_by_its_age(tmp_path: Path, text: str) -> None:
    path = holds(tmp_path, pid=1)
    path.write_text(text)
    with pytest.raises(LeaseError), leased(tmp_path, "mine"):
        pass
    os.utime(path, (0, 0))
    with leased(tmp_path, "mine"):
        assert json.loads(path.read_text())["run_id"] == "mine"


def test_holder_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "_BEAT_SECONDS", 0.01)
    with leased(tmp_path, "mine"):
        os.utime(tmp_path / FILE, (0, 0))
        end = time.monotonic() + 5
        while (tmp_path / FILE).stat().st_mtime == 0 and time.monotonic() < end:
            time.sleep(0.01)
        assert time.time() - (tmp_path / FILE).stat().st_mtime < 60


def test_catalog_has_no_lease() -> None:
    with leased(None, "mine"):
        pass


@TELLS
def test_killed_owner_that_nobody_has_buried_loses_it_at_once(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holds(tmp_path, pid=process.pid)
    with pytest.raises(LeaseError), leased(tmp_path, "mine"):
        pass
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and still in the table of processes
    with leased(tmp_path, "mine"):
        assert json.loads((tmp_path / FILE).read_text())["run_id"] == "mine"
    process.communicate()


@TELLS
def test_dead_owner_whose_number_another_process_has_by_now_loses_it_at_once(tmp_path: Path) -> None:
    path = holds(tmp_path, pid=os.getpid())
    path.write_text(json.dumps({**json.loads(path.read_text()), "born": "1"}))
    with leased(tmp_path, "mine"):
        assert json.loads(path.read_text())["run_id"] == "mine"


def test_full_disk_leaves_no_half_of_a_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(Path, "write_text", is_full)
        with pytest.raises(StorageError, match=r"the disk is full\. Free space"), leased(tmp_path, "mine"):
            pass
    assert list(tmp_path.iterdir()) == []
    with leased(tmp_path, "mine"):
        pass


def test_lease_is_taken_where_there_are_no_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def has_none(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", has_none)
    with leased(tmp_path, "mine"):
        with pytest.raises(LeaseError, match="run mine"), leased(tmp_path, "other"):
            pass
        assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_folder_that_may_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with (
        pytest.raises(StorageError, match=r"may not be written \(.*\)\. Give yourself write permission"),
        leased(tmp_path / "file" / "warehouse", "mine"),
    ):
        pass


def test_lease_that_was_taken_over_stays_with_its_new_owner(tmp_path: Path) -> None:
    with leased(tmp_path, "mine"):
        holds(tmp_path, pid=os.getpid())
    assert (tmp_path / FILE).exists()


def test_who_holds_the_warehouse_is_asked_without_taking_it(tmp_path: Path, dead_pid: int) -> None:
    require_free(None)
    require_free(tmp_path / "not there yet")
    path = holds(tmp_path, pid=os.getpid())
    with pytest.raises(LeaseError, match="run theirs"):
        require_free(tmp_path)
    holds(tmp_path, pid=dead_pid)
    require_free(tmp_path)
    assert json.loads(path.read_text())["run_id"] == "theirs"
