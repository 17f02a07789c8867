"""The error stream of a starting Java process -> the same stream without the lines that help nobody.

Java inherits file descriptor 2 when it starts and keeps it. While it starts, a pipe
stands there, and a thread passes on what comes out of it for as long as Java lives.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STDERR = 2
NOISE = (
    b"WARNING: Using incubator modules:",
    b"Using Spark's default log4j profile:",
    b"Setting default log level to ",
    b"To adjust logging level use ",
)


def silence_bridge() -> None:
    """Drop what Py4J logs, with a traceback, each time a call to Java breaks off; it raises the same.

    Ctrl-C in the middle of a run would otherwise print three of them before our one sentence.
    """
    root = logging.getLogger()
    if _is_ours not in root.filters:
        root.addFilter(_is_ours)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.module not in {"java_gateway", "clientserver"}


@contextmanager
def quiet_start() -> Iterator[None]:
    """Drop the lines that begin with a word of NOISE from the error stream of processes started within."""
    sys.stderr.flush()
    kept = os.dup(STDERR)
    out, into = os.pipe()
    os.dup2(into, STDERR)
    os.close(into)
    threading.Thread(target=_pass_on, args=(out, kept), name="spark-messages", daemon=True).start()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, STDERR)


def hush_broken_updates() -> None:
    """Keep the thread that takes Spark's counters from printing a traceback when Java dies under it.

    Whoever waits for Java is told of its death anyway, in a sentence.
    """
    accumulators = importlib.import_module("pyspark.accumulators")
    for name in ("AccumulatorTCPServer", "AccumulatorServer"):  # its name in Spark 4.2, and before
        kind = getattr(accumulators, name, None)
        if kind is not None:
            kind.handle_error = _say_nothing


def _say_nothing(_server: object, _request: object, _address: object) -> None:
    return


def _pass_on(out: int, kept: int) -> None:
    with os.fdopen(out, "rb") as lines, os.fdopen(kept, "wb", buffering=0) as stream:
        for line in lines:
            if not line.startswith(NOISE):
                stream.write(line)
