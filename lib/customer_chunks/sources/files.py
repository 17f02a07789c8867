"""Which files a feed has, and their bytes.

A ``Feed``'s paths (files, folders, globs; zip archives are looked into) enter,
``SourceFile`` records in natural order leave. Spark takes no part.
"""

from __future__ import annotations

import errno
import glob
import gzip
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

from customer_chunks.config.mapping import Feed, guess_format
from customer_chunks.errors import SourceError, did_you_mean

_MEMBER = re.compile(r"(?P<archive>.*?\.zip)!(?P<member>.+)", re.IGNORECASE | re.DOTALL)
_UNFINISHED = (".crc", ".tmp", ".temp", ".part", ".partial", ".crdownload", ".swp", "~")
_SIBLINGS = {"tsv": "csv", "jsonl": "json"}
_FEW = 12
_AGAIN = "Fetch it again from where it came."
_DAMAGE: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, str], ...] = (
    (FileNotFoundError, "is no longer there.", "Put it back, or start the run again."),
    (PermissionError, "may not be read.", "Give yourself read permission."),
    (
        gzip.BadGzipFile,
        "is not a whole gzip file, though it ends in .gz.",
        "Fetch it again, or drop the ending.",
    ),
    ((EOFError, zlib.error), "is cut off or damaged; its compressed data ends early.", _AGAIN),
    (zipfile.BadZipFile, "is cut off or damaged; the zip archive is not whole.", _AGAIN),
)


@dataclass(frozen=True)
class SourceFile:
    """One file as found: ``path`` is absolute, a zip member is ``archive.zip!member``; the time is UTC."""

    path: str
    bytes: int
    modified_at: datetime
    content_hash: str | None = None


def list_files(feed: Feed) -> list[SourceFile]:
    """Return the files of a feed, each once, in natural order of their paths (part2 before part10).

    A folder is read with its sub-folders. Hidden and unfinished files, markers such as ``_SUCCESS``
    and, in a folder, files whose ending tells another format are passed over.

    Raises:
        SourceError: a path matches nothing, may not be read, or is a damaged or encrypted zip.
    """
    found: dict[str, SourceFile] = {}
    for pattern in feed.paths:
        for path in _matches(_local(pattern), feed):
            for file in _members(path) if path.lower().endswith(".zip") else [_on_disk(path)]:
                found.setdefault(file.path, file)
    return sorted(found.values(), key=lambda file: natural_key(file.path))


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key under which numbers within text count as numbers; it is total."""
    parts = [(0, int(p), p) if p.isdecimal() else (1, 0, p) for p in re.split(r"(\d+)", text) if p]
    return tuple(parts)


def split_member(path: str) -> tuple[str, str | None]:
    """Return the path on disk and, for a zip member, its name within the archive."""
    found = _MEMBER.fullmatch(path)
    return (found["archive"], found["member"]) if found else (path, None)


def is_gzip(path: str) -> bool:
    """Return whether the name says that the bytes are gzip-compressed."""
    return path.lower().endswith(".gz")


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """Open the stored bytes of a file or zip member; gzip is not undone.

    Raises:
        SourceError: the file has gone, may not be read, or the archive is damaged.
    """
    on_disk, member = split_member(path)
    with damage(path):
        if member is None:
            with open(on_disk, "rb") as stream:
                yield stream
        else:
            with zipfile.ZipFile(on_disk) as archive, archive.open(member) as stream:
                yield stream


@contextmanager
def damage(path: str) -> Iterator[None]:
    """Turn what Python raises over missing, locked and damaged files into SourceError."""
    try:
        yield
    except (RuntimeError, NotImplementedError) as error:
        if split_member(path)[1] is None:
            raise
        kind = "encrypted" if "encrypted" in str(error) else "compressed in an unknown way"
        raise SourceError(f"{path}: is {kind}.", "Unpack the archive, and name the unpacked file.") from None
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        for kinds, what, remedy in _DAMAGE:
            if isinstance(error, kinds):
                raise SourceError(f"{path}: {what}", remedy) from None
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise SourceError(f"{path}: cannot be unpacked, the disk is full.", "Free some space.") from None
        raise SourceError(f"{path}: cannot be read ({error}).", "Check the disk or the mount.") from None


def _local(pattern: str) -> str:
    scheme, separator, rest = pattern.partition("://")
    if separator and scheme == "file":
        return os.path.abspath("/" + rest.lstrip("/"))
    if separator:
        raise SourceError(
            f"{pattern}: '{scheme}://' paths cannot be listed.", "Mount or copy the files, and name those."
        )
    return os.path.abspath(os.path.expanduser(pattern))


def _matches(pattern: str, feed: Feed) -> list[str]:
    if os.path.isfile(pattern):
        return [pattern]
    if os.path.isdir(pattern):
        return _walk(pattern, feed)
    if not glob.has_magic(pattern):
        raise SourceError(f"{pattern}: there is no such file or folder.", _near(pattern))
    paths: list[str] = []
    for match in glob.iglob(pattern, recursive=True):
        if os.path.isfile(match) and _is_wanted(match):
            paths.append(match)
        elif os.path.isdir(match) and "**" not in pattern:
            paths += _walk(match, feed)
    if not paths:
        raise SourceError(f"{pattern}: matches no file.", _near(pattern))
    return paths


def _walk(folder: str, feed: Feed) -> list[str]:
    def refuse(error: OSError) -> None:
        raise SourceError(f"{error.filename}: the folder may not be read.", "Give yourself read permission.")

    paths = []
    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith((".", "_")) and name != "__MACOSX"]
        paths += [
            os.path.join(parent, n)
            for n in names
            if _is_wanted(n) and not n.startswith("_") and _fits(n, feed)
        ]
    if not paths:
        raise SourceError(
            f"{folder}: the folder holds no file to read.", f"Put {feed.layout.format} files there."
        )
    return paths


def _is_data(name: str) -> bool:
    """Return whether a name may be meant by a path that leads nowhere: a mapping never is."""
    return _is_wanted(name) and not name.lower().endswith((".yml", ".yaml"))


def _is_wanted(path: str) -> bool:
    name = os.path.basename(path)
    return not name.startswith((".", "~$")) and name != "_SUCCESS" and not name.lower().endswith(_UNFINISHED)


def _fits(name: str, feed: Feed) -> bool:
    told, wanted = guess_format(name), feed.layout.format
    return (
        told is None or _SIBLINGS.get(told, told) == _SIBLINGS.get(wanted, wanted) or wanted == "fixed_width"
    )


def _near(pattern: str) -> str:
    """Name what stands where the path leaves the ground: the nearest name, or a few names."""
    missing = Path(pattern)
    while missing.parent != missing and not missing.parent.is_dir():
        missing = missing.parent
    try:
        names = sorted(p.name for p in missing.parent.iterdir() if _is_data(p.name))
    except OSError:
        return f"The folder {missing.parent} may not be read."
    hint = did_you_mean(missing.name, names)
    if hint.startswith("Did"):
        return f"{hint} (in {missing.parent})"
    if not names:
        return f"The folder {missing.parent} is empty."
    shown = ", ".join(names[:_FEW]) + (" and others" if len(names) > _FEW else "")
    return f"The folder {missing.parent} holds {shown}."


def _on_disk(path: str) -> SourceFile:
    with damage(path):
        found = os.stat(path)
    return SourceFile(path, found.st_size, datetime.fromtimestamp(found.st_mtime, tz=timezone.utc))


def _members(path: str) -> list[SourceFile]:
    whole = _on_disk(path)
    with damage(path), zipfile.ZipFile(path) as archive:
        inside = archive.infolist()
    wanted = [i for i in inside if not i.is_dir() and "__MACOSX" not in i.filename and _is_wanted(i.filename)]
    if not wanted:
        raise SourceError(f"{path}: the archive holds no file.", "Check how it was packed.")
    return [SourceFile(f"{path}!{i.filename}", i.file_size, whole.modified_at) for i in wanted]
