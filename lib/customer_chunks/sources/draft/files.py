"""A path -> one ``Sample`` for each kind of file that lies there.

Files with the same format and the same columns are one kind; their sample holds rows of
the first, a middle and the last of them.
"""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from customer_chunks.errors import SourceError
from customer_chunks.sources.draft.bytes_in import Text, decode, read_pieces
from customer_chunks.sources.draft.delimited import read_delimited, read_single
from customer_chunks.sources.draft.fixed import read_fixed
from customer_chunks.sources.draft.model import MAX_BYTES, MAX_ROWS, Sample
from customer_chunks.sources.draft.trees import read_excel, read_json, read_parquet

_PEEK = 200_000
_MOST_FILES = 2_000
_ENDINGS = re.compile(
    r"\.(csv|tsv|tab|txt|dat|asc|prn|psv|json|jsonl|ndjson|parquet|pq|xlsx?|xlsm|xlsb|ods)(\.gz|\.zip)?$|\.(zip|gz)$",
    re.I,
)
_EXCEL = (".xlsx", ".xlsm", ".xlsb", ".ods", ".xls")


@dataclass(frozen=True)
class Kind:
    """Files of one kind: a sample of their rows, and the paths or globs that find them all."""

    sample: Sample
    paths: tuple[str, ...]
    stem: str
    file_count: int
    warnings: tuple[str, ...] = ()


def find_kinds(path: Path) -> list[Kind]:
    """Return the kinds of files at a path, in order of their names.

    Raises:
        SourceError: nothing is there, or nothing that is a table.
    """
    if not path.exists():
        raise SourceError(f"{path}: there is no such file or folder.", "Check the path.")
    if path.is_file():
        return [Kind(load(path), (str(path),), _stem([path]), 1)]
    files = [f for f in _files(path) if _ENDINGS.search(f.name)]
    if not files:
        raise SourceError(
            f"{path}: holds no data file.", "Name a folder with CSV, JSON, Parquet, Excel or text files."
        )
    groups, errors = _grouped(files)
    if not groups:
        raise errors[0]
    kinds = [_kind(group, files) for group in groups]
    if errors:
        notes = tuple(f"left out: {error.what}" for error in errors[:10])
        kinds[0] = Kind(kinds[0].sample, kinds[0].paths, kinds[0].stem, kinds[0].file_count, notes)
    return kinds


def load(path: Path, *, most: int = MAX_BYTES, one_column: bool = False) -> Sample:
    """Read a bounded sample of one file, whatever its format.

    Args:
        path: The file.
        most: Bytes that are looked at.
        one_column: Whether one column of numbers is a table, as it is to cluster it, not to map it.

    Raises:
        SourceError: it is empty, damaged, or no table.
    """
    if path.name.lower().endswith(_EXCEL):
        return read_excel(path)
    if _first_bytes(path) == b"PAR1":
        return read_parquet(path)
    pieces, complete = read_pieces(path, most=most)
    text = decode(path, pieces, complete=complete)
    if not "".join(text.pieces).strip():
        raise SourceError(f"{path.name}: holds no text.", "Export it again.")
    sample = _table(path, text, one_column=one_column)
    if text.encoding != "utf-8":
        sample.layout["encoding"] = text.encoding
        sample.notes["encoding"] = text.note or "told by the first bytes"
    elif text.has_bom:
        sample.layout["encoding"] = "utf-8"
        sample.notes["encoding"] = "begins with a byte order mark"
    if not sample.rows:
        raise SourceError(f"{path.name}: holds a header and no rows.", "Export it again, with rows.")
    return sample


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4)
    except PermissionError:
        raise SourceError(f"{path.name}: may not be read.", "Give yourself read permission.") from None


def _common(names: list[str]) -> str:
    """Return the characters that all names begin with."""
    low, high = min(names), max(names)
    return next((low[:n] for n, c in enumerate(low) if n >= len(high) or c != high[n]), low)


def _table(path: Path, text: Text, *, one_column: bool) -> Sample:
    start = text.pieces[0].lstrip("\ufeff \r\n\t")[:2]
    name = path.name.lower()
    if start[:1] in {"{", "["} or ".json" in name:
        return read_json(path, text)
    delimited = read_delimited(path, text)
    fixed = None if delimited and len(delimited.columns) > 3 else read_fixed(path, text)
    if fixed and (
        delimited is None
        or (not name.endswith((".csv", ".tsv")) and len(fixed.columns) > len(delimited.columns) + 1)
    ):
        return fixed
    delimited = delimited or (read_single(path, text) if one_column else None)
    if delimited:
        return delimited
    raise SourceError(
        f"{path.name}: is no table: its lines share neither a delimiter nor columns.",
        "Name a CSV, JSON, Parquet, Excel or fixed-width file.",
    )


def _files(folder: Path) -> Iterator[Path]:
    found = 0
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "_")))
        for name in sorted(names):
            if not name.startswith((".", "_")) and found < _MOST_FILES:
                found += 1
                yield Path(root) / name


def _grouped(files: list[Path]) -> tuple[list[list[Path]], list[SourceError]]:
    groups: dict[tuple[object, ...], list[Path]] = {}
    errors = []
    for file in files:
        try:
            sample = load(file, most=_PEEK)
        except SourceError as error:
            errors.append(error)
            continue
        columns = (
            tuple(sample.columns)
            if sample.named
            else (len(sample.columns), re.sub(r"[\d_-]+", "", file.stem))
        )
        groups.setdefault((sample.layout.get("format"), columns), []).append(file)
    return list(groups.values()), errors


def _kind(group: list[Path], everything: list[Path]) -> Kind:
    chosen = sorted({group[0], group[len(group) // 2], group[-1]})
    sample = load(chosen[0])
    for other in chosen[1:]:
        more = load(other, most=MAX_BYTES // 4)
        if len(more.columns) == len(sample.columns):
            sample.rows = sample.rows[: MAX_ROWS // 2] + more.rows[: MAX_ROWS // 4]
    return Kind(sample, _globs(group, everything), _stem(group), len(group))


def _globs(group: list[Path], everything: list[Path]) -> tuple[str, ...]:
    if len(group) == 1:
        return (str(group[0].parent / _numbered(group[0], everything)),)
    found = []
    for folder in sorted({f.parent for f in group}):
        names = [f.name for f in group if f.parent == folder]
        strangers = [f.name for f in everything if f.parent == folder and f not in group]
        prefix = _common(names)
        suffix = _common([n[::-1] for n in names])[::-1]
        # Next year's file is to be found too, as long as no file of another kind is.
        patterns = (
            re.sub(r"\d[\d\s_.-]*$", "", prefix) + "*" + re.sub(r"^[\d\s_.-]*\d", "", suffix),
            re.sub(r"\d+$", "", prefix) + "*" + re.sub(r"^\d+", "", suffix),
        )
        fitting = [p for p in patterns if not any(fnmatch(n, p) for n in strangers)]
        if len(names) == 1 or not fitting:
            found += [str(folder / n) for n in names]
        else:
            found.append(str(folder / fitting[0]))
    return tuple(found)


def _numbered(file: Path, everything: list[Path]) -> str:
    """Return the name; of a numbered or dated file a glob that finds the next one too."""
    pattern = re.sub(r"\d+([\d_-]*\d)?", "*", file.name, count=1)
    strangers = [f for f in everything if f.parent == file.parent and f != file and fnmatch(f.name, pattern)]
    return file.name if strangers or pattern.startswith("*") else pattern


def _stem(group: list[Path]) -> str:
    names = [_ENDINGS.sub("", f.name) for f in group]
    common = _common(names) if len(names) > 1 else names[0]
    return common or names[0]
