"""What the workers are given: a zip file from which this package can be imported."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import customer_chunks
from customer_chunks.flow.shipped import pack, ship_package

PACKAGE = Path(customer_chunks.__file__).parent
ASK = "import customer_chunks.errors, sys; print(customer_chunks.errors.__file__)"


class _Session:
    """Keeps what it is given, as a session does."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.contents: list[set[str]] = []

    def addArtifacts(self, path: str, *, pyfile: bool) -> None:  # noqa: N802 - pyspark's name
        assert pyfile
        self.names.append(Path(path).name)
        with zipfile.ZipFile(path) as archive:
            self.contents.append(set(archive.namelist()))


def imported_from(archive: Path, folder: Path) -> str:
    """Return where a Python finds the package that has only the archive."""
    asked = subprocess.run(
        [sys.executable, "-S", "-c", ASK], env={"PYTHONPATH": str(archive)}, cwd=folder,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return asked.stdout.strip()


def test_session_is_given_every_module_in_a_zip_file() -> None:
    session = _Session()
    ship_package(session)  # type: ignore[arg-type]  # all that is asked of a session
    modules = {str(p.relative_to(PACKAGE.parent)) for p in PACKAGE.rglob("*.py")}
    assert session.names == ["customer_chunks.zip"]
    assert modules <= session.contents[0]
    assert not [name for name in session.contents[0] if "__pycache__" in name]


@pytest.mark.parametrize("is_wheel", [False, True])
def test_package_can_be_imported_from_what_was_packed(tmp_path: Path, is_wheel: bool) -> None:
    pack(PACKAGE, tmp_path / "folder.whl")
    source = tmp_path / "folder.whl" / "customer_chunks" if is_wheel else PACKAGE
    pack(source, tmp_path / "packed.zip")
    assert imported_from(tmp_path / "packed.zip", tmp_path).startswith(str(tmp_path / "packed.zip"))
