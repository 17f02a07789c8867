"""What a parameter of an estimator may be: checked where it is set, refused in one sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pyspark.ml.param import Param, Params

from customer_chunks.errors import ModelError, did_you_mean

Check = Callable[[Any], Any]


def param(name: str, doc: str, check: Callable[..., Check], *words: str, **bounds: float) -> Param[Any]:
    """Return a parameter of an estimator, to be kept under its name; ``check`` is one of those below."""
    return Param(Params._dummy(), name, doc, check(name, *words, **bounds))


def whole(name: str, *, at_least: int) -> Check:
    """Return a check for a whole number."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
            raise ModelError(f"{name} must be a whole number of at least {at_least}, got {value!r}.")
        return value

    return check


def number(name: str, *, above: float | None = None, at_least: float | None = None) -> Check:
    """Return a check for a finite number."""

    def check(value: Any) -> float:
        bound = f" above {above:g}" if above is not None else ""
        bound += f" of at least {at_least:g}" if at_least is not None else ""
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if (
            not is_number
            or (above is not None and value <= above)
            or (at_least is not None and value < at_least)
        ):
            raise ModelError(f"{name} must be a number{bound}, got {value!r}.")
        return float(value)

    return check


def one_of(name: str, *words: str) -> Check:
    """Return a check for one of some words."""

    def check(value: Any) -> str:
        if value not in words:
            raise ModelError(f"{name} cannot be {value!r}.", did_you_mean(str(value), words))
        return str(value)

    return check


def text(name: str) -> Check:
    """Return a check for a name, as of a column."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise ModelError(f"{name} must be a name, got {value!r}.")
        return value

    return check


def words(name: str) -> Check:
    """Return a check for any text, an empty one too."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ModelError(f"{name} must be text, got {value!r}.")
        return value

    return check


def words_of(name: str, *allowed: str) -> Check:
    """Return a check for a list of some words."""

    def check(value: Any) -> list[str]:
        if not isinstance(value, (list, tuple)) or not value:
            raise ModelError(f"{name} must be a list of {', '.join(allowed)}, got {value!r}.")
        return [one_of(name, *allowed)(word) for word in value]

    return check


def names(name: str) -> Check:
    """Return a check for a list of different names, which may be none."""

    def check(value: Any) -> list[str]:
        is_list = isinstance(value, (list, tuple)) and all(isinstance(n, str) and n for n in value)
        if not is_list or len(set(value)) < len(value):
            raise ModelError(f"{name} must be a list of different names, got {value!r}.")
        return list(value)

    return check
