"""Sessions of one Spark, so that writers who work at once do not meet in its settings."""

from __future__ import annotations

from pyspark.sql import SparkSession


def apart(session: SparkSession) -> SparkSession:
    """Return another session of the same Spark, with the settings that this one has now.

    What a commit is to say is a setting of the session: a writer beside others needs one of its own.
    Tables, cached rows and executors are shared; settings and temporary views are not.
    """
    own = session.newSession()
    asked, held = dict(session.conf.getAll), dict(own.conf.getAll)
    for key, value in asked.items():
        if held.get(key) != value and own.conf.isModifiable(key):
            own.conf.set(key, value)
    return own


def take_turns(session: SparkSession, pool: str) -> None:
    """Let the calling thread's tasks share the cores fairly with other threads', where Spark's mode is FAIR.

    Else a step of a few rows waits for every task of a large one that began before it.
    """
    session.sparkContext.setLocalProperty("spark.scheduler.pool", pool)


def is_connected(session: SparkSession) -> bool:
    """Return whether the session is one of Spark Connect, which has no others beside it."""
    return not hasattr(session, "_jsparkSession")
