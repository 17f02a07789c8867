"""Packages of the extra ``models``, imported where they are used: who only clusters needs none of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from customer_chunks.errors import ModelError

_REMEDY = "Run `pip install 'customer-chunks[models]'`."


def scikit_learn(part: str) -> Any:
    """Return a module of scikit-learn.

    Raises:
        ModelError: it is not installed.
    """
    return _imported(f"sklearn.{part}", "scikit-learn")


def lightgbm() -> Any:
    """Return LightGBM.

    Raises:
        ModelError: it is not installed, or lacks OpenMP.
    """
    return _imported("lightgbm", "LightGBM")


def _imported(module: str, name: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ModelError(f"{name} is not installed.", _REMEDY) from error
    except OSError as error:  # a library of the system that a wheel does not bring
        raise ModelError(f"{name} cannot be loaded.", "Install OpenMP (libgomp1, or libomp).") from error
