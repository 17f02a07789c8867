from __future__ import annotations

import subprocess
import sys

import pytest
from pyspark import accumulators

from customer_chunks.flow.quiet import hush_broken_updates

PROGRAM = """
import os, subprocess, sys
from customer_chunks.flow.quiet import quiet_start
with quiet_start():
    child = subprocess.Popen(["sh", "-c", sys.argv[1]])
child.wait()
import threading
[thread.join(10) for thread in threading.enumerate() if thread.name == "spark-messages"]
print("afterwards", file=sys.stderr)
"""


def errors_of(shell: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, shell], capture_output=True, text=True, check=True)
    return done.stderr.splitlines()


def test_known_noise_is_dropped_and_the_rest_is_passed_on() -> None:
    shell = "echo 'WARNING: Using incubator modules: jdk.incubator.vector' >&2; echo 'disk is full' >&2"
    assert errors_of(shell) == ["disk is full", "afterwards"]


def test_what_a_process_says_after_its_start_is_heard() -> None:
    assert errors_of("sleep 0.3; echo late >&2") == ["late", "afterwards"]


BROKEN_CALL = """
import logging
from customer_chunks.flow.quiet import silence_bridge
silence_bridge()
gateway = compile("import logging\\nlogging.exception('broken off')", "py4j/java_gateway.py", "exec")
exec(gateway)
logging.error("heard")
"""


def test_call_to_java_that_breaks_off_prints_no_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", BROKEN_CALL], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == ["ERROR:root:heard"]


def test_counters_that_break_off_with_java_print_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    hush_broken_updates()
    server = accumulators.AccumulatorTCPServer
    try:
        raise EOFError
    except EOFError:
        server.handle_error(server.__new__(server), None, ("127.0.0.1", 1))
    assert capsys.readouterr().err == ""
