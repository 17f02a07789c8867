"""YAML text -> plain values that know where they came from.

Every scalar stays text (so NO is Norway and 007 keeps its zeros); whoever reads a
value says which type it expects. Leaves ``Node`` objects whose errors name the file,
the path within it, what was found and the nearest known name.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from math import inf
from pathlib import Path
from typing import Any

import yaml

from customer_chunks.errors import ConfigError, did_you_mean


class _TextLoader(yaml.BaseLoader):
    """Keep scalars as text and refuse a key that is given twice."""


def _mapping_without_twins(loader: _TextLoader, node: yaml.MappingNode) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.MarkedYAMLError(problem="a key must be text", problem_mark=key_node.start_mark)
        if key in result:
            raise yaml.MarkedYAMLError(problem=f"'{key}' is given twice", problem_mark=key_node.start_mark)
        result[key] = loader.construct_object(value_node, deep=True)
    return result


_TextLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_twins)


class Node:
    """One mapping of a YAML file, read key by key; ``done`` reports keys that nobody asked for."""

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self._values = values
        self._asked: set[str] = set()
        self.where = where

    def names(self) -> list[str]:
        """Return the keys as written, in order."""
        return list(self._values)

    def has(self, key: str) -> bool:
        """Return whether the key is there; a key that was looked for is a known one."""
        self._asked.add(key)
        return key in self._values

    def fail(self, what: str, remedy: str = "") -> ConfigError:
        """Return an error that names this place."""
        return ConfigError(f"{self.where}: {what}", remedy)

    def text(self, key: str, default: str | None = None, *, required: bool = False) -> str | None:
        """Return a scalar as text."""
        value = self._take(key, required=required)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.fail(f"'{key}' must be a single value, got {_kind(value)}.")
        return value

    def needed(self, key: str) -> str:
        """Return a scalar that must be there and not be empty."""
        value = self.text(key, required=True)
        if not value:
            raise self.fail(f"'{key}' is empty.", "Give it a value.")
        return value

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str | None:
        """Return one of the allowed words."""
        value = self.text(key, default)
        words = list(allowed)
        if value is not None and value not in words:
            raise self.fail(
                f"'{key}' cannot be '{value}'.", f"{did_you_mean(value, words)} Allowed: {', '.join(words)}."
            )
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self.text(key)
        if value is None:
            return default
        if value.lower() not in {"true", "false", "yes", "no"}:
            raise self.fail(f"'{key}' must be true or false, got '{value}'.")
        return value.lower() in {"true", "yes"}

    def integer(self, key: str, default: int | None = None, *, minimum: int = 0) -> int | None:
        """Return a whole number not below ``minimum``."""
        value = self.text(key)
        if value in (None, "", "null", "~"):
            return default
        try:
            number = int(str(value))
        except ValueError:
            raise self.fail(f"'{key}' must be a whole number, got '{value}'.") from None
        if number < minimum:
            raise self.fail(f"'{key}' must be at least {minimum}, got {number}.")
        return number

    def number(self, key: str, default: float, *, minimum: float = 0.0, maximum: float = inf) -> float:
        """Return a number between ``minimum`` and ``maximum``, both counted."""
        value = self.text(key)
        if value in (None, "", "null", "~"):
            return default
        try:
            number = float(str(value))
        except ValueError:
            raise self.fail(f"'{key}' must be a number, got '{value}'.") from None
        if not minimum <= number <= maximum:
            bound = f"at least {minimum:g}" if number < minimum else f"at most {maximum:g}"
            raise self.fail(f"'{key}' must be {bound}, got {number:g}.")
        return number

    def texts(self, key: str, default: Iterable[str] = ()) -> tuple[str, ...]:
        """Return a list of scalars; a single scalar counts as a list of one."""
        value = self._take(key)
        if value is None:
            return tuple(default)
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise self.fail(f"'{key}' must be a value or a list of values, got {_kind(value)}.")

    def dictionary(self, key: str) -> dict[str, str]:
        """Return a mapping of text to text, empty when the key is not there."""
        value = self._take(key)
        if value in (None, ""):
            return {}
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return dict(value)
        raise self.fail(f"'{key}' must map names to values, got {_kind(value)}.")

    def node(self, key: str, *, required: bool = False) -> Node:
        """Return a nested mapping, empty when the key is not there."""
        value = self._take(key, required=required)
        if value in (None, ""):
            value = {}
        if not isinstance(value, dict):
            raise self.fail(f"'{key}' must be a mapping of names, got {_kind(value)}.")
        return Node(
            value, f"{self.where}: {key}" if self.where.endswith((".yml", ".yaml")) else f"{self.where}.{key}"
        )

    def nodes(self, key: str) -> list[Node]:
        """Return a list of nested mappings."""
        value = self._take(key)
        if value in (None, ""):
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fail(f"'{key}' must be a list of mappings, got {_kind(value)}.")
        return [Node(item, f"{self.where}.{key}[{n}]") for n, item in enumerate(value, start=1)]

    def raw(self, key: str) -> Any:
        """Return the value as parsed: text, list or dict of text."""
        return self._take(key)

    def done(self) -> None:
        """Raise ConfigError when the mapping holds a key that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                raise self.fail(f"unknown key '{key}'.", did_you_mean(key, self._asked))

    def _take(self, key: str, *, required: bool = False) -> Any:
        self._asked.add(key)
        if key not in self._values and required:
            near = get_close_matches(key, [k for k in self._values if k not in self._asked], n=1)
            if near:
                raise self.fail(f"'{key}' is missing, and '{near[0]}' is unknown.", f"Rename it to '{key}'.")
            raise self.fail(f"'{key}' is missing.", "Add it.")
        return self._values.get(key)


def read_document(path: Path) -> Node:
    """Read one YAML file.

    Raises:
        ConfigError: the file is missing, is no YAML or holds no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file.", "Check the path.") from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: is a folder, not a YAML file.", "Name a file in it.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text.", "Save it as UTF-8.") from None
    except PermissionError:
        raise ConfigError(f"{path}: may not be read.", "Give yourself read permission.") from None
    try:
        values = yaml.load(text, Loader=_TextLoader)  # noqa: S506 - the loader builds text, lists and dicts only
    except yaml.MarkedYAMLError as error:
        raise _broken(path, error) from None
    except yaml.YAMLError:
        raise ConfigError(
            f"{path}: is not valid YAML.", "Mend it, or start from `chunks source init`."
        ) from None
    if not isinstance(values, dict):
        raise ConfigError(
            f"{path}: holds {_kind(values)}, not a mapping of names.", "Start from `chunks source init`."
        )
    return Node(values, str(path))


def _broken(path: Path, error: yaml.MarkedYAMLError) -> ConfigError:
    mark = error.problem_mark
    where = f"{path}: line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
    if "'\\t'" in str(error.problem):
        return ConfigError(f"{where}: there is a tab.", "Indent with blanks; YAML knows no tabs.")
    return ConfigError(f"{where}: {error.problem}.", "Mend the YAML there.")


def _kind(value: Any) -> str:
    names: dict[type, str] = {dict: "a mapping", list: "a list", str: "a single value"}
    return names.get(type(value), "nothing")
