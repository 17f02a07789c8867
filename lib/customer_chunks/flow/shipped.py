"""This package -> the Python processes of the workers, where a wheel does not come by itself.

spark-submit gives the driver what ``--py-files`` names, but pyspark puts only .zip and .egg
on a worker's path, not .whl; and the server of Spark Connect has nothing of ours.
"""

from __future__ import annotations

import atexit
import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import customer_chunks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def ship_package(session: SparkSession) -> None:
    """Let functions that run on the workers import this package; once per session."""
    folder = TemporaryDirectory(prefix="chunks-package-")
    atexit.register(folder.cleanup)  # a worker that starts late still asks for it
    archive = Path(folder.name) / f"{customer_chunks.__name__}.zip"
    pack(Path(customer_chunks.__file__).parent, archive)
    session.addArtifacts(str(archive), pyfile=True)


def pack(package: Path, archive: Path) -> None:
    """Write a package into a zip file.

    Args:
        package: Its folder, or where it would lie if the wheel that holds it were a folder.
        archive: The file to be written.
    """
    wheel = next((place for place in package.parents if place.is_file()), None)
    if wheel is not None:
        shutil.copyfile(wheel, archive)
        return
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(package.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                packed.write(file, file.relative_to(package.parent))
