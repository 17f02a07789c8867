"""infra/pom.xml -> a folder with its jars, fetched by Spark's own resolver where Maven is missing."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from pyspark.sql import SparkSession

POM = "{http://maven.apache.org/POM/4.0.0}"
# What the pom excludes with a wildcard: Spark's resolver wants the groups by name.
NOT_NEEDED = (
    "com.fasterxml.jackson.core",
    "com.fasterxml.jackson.datatype",
    "com.google.code.findbugs",
    "io.unitycatalog",
    "org.antlr",
    "org.apache.hadoop",
    "org.apache.logging.log4j",
    "org.apache.parquet",
    "org.roaringbitmap",
    "org.scala-lang",
    "org.slf4j",
)
NOT_NEEDED_DELTA = ("delta-kernel-api", "delta-kernel-defaults", "delta-kernel-unitycatalog")


def coordinates(pom: Path) -> list[tuple[str, str, str]]:
    """Return group, artifact and version of each dependency."""
    root = ElementTree.parse(pom).getroot()  # noqa: S314 - our own file
    return [
        (
            dependency.findtext(f"{POM}groupId", ""),
            dependency.findtext(f"{POM}artifactId", ""),
            dependency.findtext(f"{POM}version", ""),
        )
        for dependency in root.iter(f"{POM}dependency")
    ]


def main() -> None:
    """Start Spark once with the jars as packages, then copy them out of the resolver's cache."""
    pom, folder = Path(sys.argv[1]), Path(sys.argv[2])
    wanted = coordinates(pom)
    excluded = [f"{group}:*" for group in NOT_NEEDED] + [f"io.delta:{name}" for name in NOT_NEEDED_DELTA]
    with tempfile.TemporaryDirectory() as cache:
        session = (
            SparkSession.builder.master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.jars.ivy", cache)
            .config("spark.jars.packages", ",".join(":".join(parts) for parts in wanted))
            .config("spark.jars.excludes", ",".join(excluded))
            .getOrCreate()
        )
        session.stop()
        for group, artifact, version in wanted:
            jar = f"{artifact}-{version}.jar"
            shutil.copy(Path(cache) / "jars" / f"{group}_{jar}", folder / jar)


if __name__ == "__main__":
    main()
