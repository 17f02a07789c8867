from __future__ import annotations

import os
import re
import shutil
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfoNotFoundError

import pytest

from customer_chunks.flow import doctor, machine
from customer_chunks.flow.doctor import Finding, diagnose

GIB = 1024**3


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def named(name: str, warehouse: Path | None = None) -> Finding:
    return next(finding for finding in diagnose(warehouse) if finding.name == name)


def test_this_environment_is_in_order(tmp_path: Path) -> None:
    assert [finding for finding in diagnose(tmp_path) if not finding.ok] == []


def test_a_catalog_has_no_disk_to_look_at() -> None:
    assert {finding.name for finding in diagnose(None)} == {
        "Python",
        "Java",
        "pyspark",
        "pandas",
        "pyarrow",
        "jars",
        "extra connect",
        "extra excel",
        "extra report",
        "extra lineage",
        "extra quality",
        "extra demo",
        "memory",
        "time zones",
    }


@pytest.mark.parametrize(
    ("installed", "ok"), [("2.1.4", False), ("2.2.0", True), ("2.3.3", True), ("3.0.0", False)]
)
def test_pandas_three_is_too_new_and_pandas_two_one_too_old(
    installed: str, ok: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "version", lambda _: installed)
    finding = named("pandas")
    assert (finding.ok, finding.found) == (ok, installed)
    assert finding.remedy == ("" if ok else "Run `pip install 'pandas>=2.2,<3.0'`.")


def test_missing_packages_name_their_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_installed(package: str) -> str:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(doctor, "version", none_installed)
    assert named("pyspark") == Finding(
        "pyspark", False, "not installed", "Run `pip install 'customer-chunks[local]'`."
    )
    excel = named("extra excel")
    assert excel.ok
    assert excel.found == "without python-calamine, xlsxwriter"
    assert "customer-chunks[excel]" in excel.remedy


@pytest.mark.parametrize(("major", "found"), [(None, "none"), (8, "8 is too old"), (16, "16 is too old")])
def test_java_must_be_seventeen(major: int | None, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "java_major", lambda: major)
    finding = named("Java")
    assert (finding.ok, finding.found) == (False, found)
    assert finding.remedy


def test_a_folder_without_delta_is_no_jar_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "delta-storage-4.4.0.jar").touch()
    monkeypatch.setenv("CHUNKS_JARS", str(tmp_path))
    finding = named("jars")
    assert not finding.ok
    assert "make setup" in finding.remedy


@pytest.mark.parametrize(("size", "ok"), [(4 * GIB, True), (4 * GIB - 1, False)])
def test_four_gib_of_memory_are_enough(size: int, ok: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_bytes", lambda: size)
    assert named("memory").ok is ok


@pytest.mark.parametrize(("free", "ok"), [(5 * GIB, True), (5 * GIB - 1, False)])
def test_five_gib_of_disk_are_enough(
    free: int, ok: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100 * GIB, 0, free))
    assert named("disk space", tmp_path).ok is ok


def test_a_warehouse_that_is_not_there_yet_is_looked_at_where_it_will_be(tmp_path: Path) -> None:
    finding = named("write permission", tmp_path / "a" / "b")
    assert finding == Finding("write permission", True, str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_warehouse_that_may_not_be_written_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(doctor.tempfile, "NamedTemporaryFile", refused)
    finding = named("write permission", tmp_path)
    assert (finding.ok, finding.found) == (False, f"{tmp_path}: Permission denied")
    assert "another warehouse" in finding.remedy


def test_missing_time_zone_data_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(doctor, "ZoneInfo", unknown)
    assert named("time zones") == Finding("time zones", False, "none", "Run `pip install tzdata`.")


def before(version: str) -> str:
    """Return a version that is a little older."""
    major, minor = (int(part) for part in version.split("."))
    return f"{major}.{minor - 1}.9" if minor else f"{major - 1}.99.9"


@pytest.mark.parametrize("name", ["pyspark", "pandas", "pyarrow"])
def test_versions_that_are_in_order_are_those_that_setup_asks_for(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = (Path(__file__).parents[3] / "setup.py").read_text(encoding="utf-8")
    (pins,) = re.findall(rf'"{name}>=([\d.]+),<([\d.]+)"', setup.split("SPARK = ")[1].split("]")[0])
    least, below = (pin if "." in pin else f"{pin}.0" for pin in pins)
    told = {version: True for version in (f"{least}.0", before(below))}
    told |= {version: False for version in (before(least), f"{below}.0")}
    for version, is_fine in told.items():
        monkeypatch.setattr(doctor, "_version", lambda _, found=version: found)
        assert named(name).ok is is_fine, version
