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


def whole_text(exception: BaseException) -> str:
    """Return the message with the Java stack behind it, of the exception and of what caused it."""
    texts = []
    seen: BaseException | None = exception
    while seen is not None:
        trace = getattr(seen, "getStackTrace", None)
        java = trace() if callable(trace) else None
        texts += [str(seen), java if isinstance(java, str) else ""]
        seen = seen.__cause__
    return "\n".join(texts)


def is_java_gone(exception: BaseException) -> bool:
    """Return whether Java ended under our hands, killed for want of memory or by somebody.

    The first call that meets it says so; what cleans up after that finds nobody who answers.
    """
    seen: BaseException | None = exception
    while seen is not None:
        names = {kind.__name__ for kind in type(seen).__mro__}
        if names & {"Py4JNetworkError", "ConnectionRefusedError", "ConnectionResetError"}:
            return True
        seen = seen.__cause__ or seen.__context__
    return False
