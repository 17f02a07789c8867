"""How our estimators and models are saved: one JSON document in Spark's own place for parameters.

A pyspark.ml ``Pipeline`` or ``CrossValidator`` with our stages in it saves and loads like any other, on any
storage that Spark writes to. Nothing is pickled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar, cast

from pyspark.ml.param import Params
from pyspark.ml.util import (
    DefaultParamsReader,
    DefaultParamsWriter,
    MLReadable,
    MLReader,
    MLWritable,
    MLWriter,
)

S = TypeVar("S", bound="Saved")


class Saved(Params, MLReadable["Saved"], MLWritable):
    """An estimator or model whose constructor takes its parameters, and what was learnt, by keyword."""

    def learnt(self) -> dict[str, Any]:
        """Return what a fit found, as JSON has it; an estimator has learnt nothing."""
        return {}

    @classmethod
    def rebuilt(cls: type[S], params: Mapping[str, Any], learnt: Mapping[str, Any]) -> S:
        """Make the instance again from its parameters and what was learnt."""
        return cls(**params, **learnt)

    def write(self) -> MLWriter:
        """Return what saves this instance to a path."""
        return _Writer(self)

    @classmethod
    def read(cls: type[S]) -> MLReader[S]:
        """Return what loads an instance from a path."""
        return cast("MLReader[S]", _Reader(cls))


def tuples(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was learnt with tuples again for the lists that JSON made of them."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}


class _Writer(MLWriter):
    def __init__(self, instance: Saved) -> None:
        super().__init__()
        self._instance = instance

    def saveImpl(self, path: str) -> None:  # noqa: N802 - the name that pyspark asks for
        DefaultParamsWriter.saveMetadata(
            self._instance, path, self.sparkSession, extraMetadata={"learnt": self._instance.learnt()}
        )


class _Loads(Protocol):
    def rebuilt(self, params: Mapping[str, Any], learnt: Mapping[str, Any]) -> Saved: ...


class _Reader(MLReader[Saved]):
    def __init__(self, kind: type[Saved]) -> None:
        super().__init__()
        self._kind = kind

    def load(self, path: str) -> Saved:
        metadata = DefaultParamsReader.loadMetadata(path, self.sparkSession)
        made = self._kind.rebuilt(metadata["paramMap"], metadata["learnt"])
        made._resetUid(metadata["uid"])
        return made
