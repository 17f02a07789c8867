"""What Spark raises: its own exceptions, and those of the Java virtual machine behind it."""

from __future__ import annotations

import importlib
import importlib.util

from pyspark.errors import PySparkException


def _spark_failures() -> tuple[type[Exception], ...]:
    """Return what Spark raises: a failed task comes as Py4J's error, which Spark Connect does not have."""
    if importlib.util.find_spec("py4j") is None:
        return (PySparkException,)
    found: type[Exception] = importlib.import_module("py4j.protocol").Py4JJavaError
    return PySparkException, found


SPARK_FAILURES = _spark_failures()
