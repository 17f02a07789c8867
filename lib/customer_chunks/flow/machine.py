"""What this machine offers Spark: Java, memory, the jars, the archive of classes. Starts no Spark.

Environment in, facts out. ``session`` builds on these facts and ``doctor`` reports them.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from customer_chunks.errors import MachineError

OLDEST_JAVA = 17
JARS_VARIABLE = "CHUNKS_JARS"
DELTA_VERSION = "4.4.0"
_SHARE = Path(sys.prefix) / "share" / "customer-chunks"
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_APT = "`sudo apt-get install -y openjdk-17-jre-headless` (or openjdk-21-jre-headless)"
_JAVA_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


def java_path() -> str | None:
    """Return the java that Spark will start: JAVA_HOME's, else the one on the path."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which(str(Path(home) / "bin" / "java")) if home else shutil.which("java")


def java_major() -> int | None:
    """Return the major version of Java (8, 17, 21), or None where no Java answers."""
    java = java_path()
    if java is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - java -version, as Spark itself would start it
            [java, "-version"], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _JAVA_VERSION.search(answer.stderr + answer.stdout)
    return int(match.group(1)) if match else None


def java_remedy() -> str:
    """Return the sentence that tells how to get Java on this platform."""
    system = platform.system()
    if system == "Darwin":
        return "Install it with `brew install openjdk@17` and let JAVA_HOME name it."
    if system == "Windows":
        return f"Work within WSL2 (`wsl --install`) and there run {_APT}."
    if shutil.which("apt-get"):
        return f"Install it with {_APT}."
    return "Install OpenJDK 17 or 21 with your package manager."


def require_java() -> int:
    """Return Java's major version.

    Raises:
        MachineError: there is no Java, or it is older than Spark needs.
    """
    major = java_major()
    if major is None and os.environ.get("JAVA_HOME"):
        raise MachineError(
            f"No Java answers in JAVA_HOME, which is {os.environ['JAVA_HOME']}.",
            f"Unset JAVA_HOME or let it name a Java {OLDEST_JAVA} or 21.",
        )
    if major is None or major < OLDEST_JAVA:
        found = "none was found" if major is None else f"{java_path()} is Java {major}"
        raise MachineError(f"Java {OLDEST_JAVA} or 21 is needed and {found}.", java_remedy())
    return major


def memory_bytes() -> int:
    """Return the memory that this process may use: the machine's, or the container's where that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_container_limits()])


def _container_limits() -> list[int]:
    limits = []
    for path in _CGROUP_LIMITS:
        try:
            text = path.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            limits.append(int(text))
    return limits


def jar_folder() -> Path:
    """Return where the jars are looked for: CHUNKS_JARS, else the environment's share folder."""
    named = os.environ.get(JARS_VARIABLE)
    return Path(named) if named else _SHARE / "jars"


def jars() -> list[Path]:
    """Return the jars found, in the order of their names (the class archive depends on the order)."""
    return sorted(jar_folder().glob("*.jar"))


def delta_package(spark_version: str) -> str:
    """Return the Maven coordinate of Delta for a Spark version such as 4.2.0."""
    minor = ".".join(spark_version.split(".")[:2])
    return f"io.delta:delta-spark_{minor}_2.13:{DELTA_VERSION}"


def class_archive() -> Path:
    """Return where `make setup` puts the archive of Spark's classes; it need not exist."""
    return _SHARE / "classes.jsa"
