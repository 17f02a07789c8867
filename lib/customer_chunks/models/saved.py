"""How our estimators and models are saved: one JSON document in Spark's own place for parameters.

A pyspark.ml ``Pipeline`` or ``CrossValidator`` with our stages in it saves and loads like any other, on any
storage that Spark writes to. Nothing is pickled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

from customer_chunks.errors import ModelError

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


def document(instance: Saved) -> dict[str, Any]:
    """Return a model as one JSON document, to be kept in a table or inside another model."""
    params = {p.name: value for p, value in instance.extractParamMap().items()}
    return {"class": type(instance).__name__, "params": params, "learnt": instance.learnt()}


def from_document(told: Mapping[str, Any], kinds: Iterable[type[S]]) -> S:
    """Make a model again from its document.

    Args:
        told: What ``document`` returned.
        kinds: Classes that it may be of: a document names its class, and chooses among ours alone.

    Raises:
        ModelError: it is of another class.
    """
    by_name = {kind.__name__: kind for kind in kinds}
    kind = by_name.get(str(told.get("class")))
    if kind is None:
        raise ModelError(
            f"A saved model is a '{told.get('class')}'.", f"It can be: {', '.join(sorted(by_name))}."
        )
    return kind.rebuilt(told["params"], told["learnt"])
