from __future__ import annotations

import platform
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from customer_chunks.errors import MachineError
from customer_chunks.flow import machine

INFRA = Path(__file__).parents[3] / "infra"
GIB = 1024**3


def java_home(folder: Path, answer: str) -> Path:
    """Return a folder with a java that answers -version as a real one does: on standard error."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{answer}\nEND\n", encoding="utf-8")
    java.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("answer", "major"),
    [
        ('java version "1.8.0_391"', 8),
        ('openjdk version "11.0.21" 2023-10-17', 11),
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "21-ea" 2023-09-19', 21),
        ('Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "25" 2025-09-16', 25),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", None),
    ],
)
def test_java_tells_its_major_version(
    answer: str, major: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path, answer)))
    assert machine.java_major() == major


def test_java_eleven_is_refused_with_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = java_home(tmp_path, 'openjdk version "11.0.21"')
    monkeypatch.setenv("JAVA_HOME", str(home))
    with pytest.raises(MachineError, match=f"Java 17 or 21 is needed and {home}/bin/java is Java 11"):
        machine.require_java()


def test_java_seventeen_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path, 'openjdk version "17"')))
    assert machine.require_java() == 17


def test_wrong_java_home_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(MachineError, match=f"JAVA_HOME, which is {tmp_path}. Unset JAVA_HOME"):
        machine.require_java()


@pytest.mark.parametrize(
    ("system", "has_apt", "remedy"),
    [
        ("Linux", True, "sudo apt-get install -y openjdk-17-jre-headless"),
        ("Linux", False, "with your package manager"),
        ("Darwin", False, "brew install openjdk@17"),
        ("Windows", False, "WSL2"),
    ],
)
def test_missing_java_says_how_to_get_it_on_this_platform(
    system: str, has_apt: bool, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(shutil, "which", lambda name: "/apt" if has_apt and name == "apt-get" else None)
    with pytest.raises(MachineError, match="none was found") as caught:
        machine.require_java()
    assert remedy in caught.value.remedy


def test_a_container_limit_below_the_machines_memory_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(machine, "_CGROUP_LIMITS", (limit, tmp_path / "not-there"))
    limit.write_text(f"{GIB // 2}\n", encoding="ascii")
    assert machine.memory_bytes() == GIB // 2
    limit.write_text("max\n", encoding="ascii")
    assert machine.memory_bytes() > GIB // 2


def test_delta_is_named_alike_in_the_pom_the_checksums_and_the_code() -> None:
    namespace = {"m": "http://maven.apache.org/POM/4.0.0"}
    root = ElementTree.parse(INFRA / "pom.xml")  # noqa: S314 - our own file
    dependencies = [
        tuple(node.findtext(f"m:{part}", "", namespace) for part in ("groupId", "artifactId", "version"))
        for node in root.iterfind(".//m:dependency", namespace)
    ]
    assert machine.delta_package("4.2.0") == ":".join(dependencies[0])
    listed = [line.split()[1] for line in (INFRA / "jars.sha256").read_text(encoding="utf-8").splitlines()]
    assert sorted(listed) == sorted(f"{artifact}-{version}.jar" for _, artifact, version in dependencies)
