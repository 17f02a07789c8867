"""One pass over the bytes of a text file: hash, encoding, null bytes, gzip.

A file's bytes enter; ``TextFacts`` leave, or a SourceError that names the byte at fault.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO

from customer_chunks.errors import SourceError
from customer_chunks.sources.files import is_gzip, opened

HEAD = 1 << 20
_CHUNK = 4 << 20
_TAIL = 4096
_WIDEST = 2
"""Bytes of a line break in UTF-16, the widest encoding that is read."""
_UTF8_BOM = codecs.BOM_UTF8
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAME = {"utf-8-sig": "utf-8", "ascii": "utf-8", "iso8859-1": "latin-1"}


@dataclass(frozen=True)
class TextFacts:
    """What one pass saw; ``head`` and ``tail`` are decoded and carry no byte order mark."""

    content_hash: str
    encoding: str
    head: str
    tail: str
    is_whole: bool
    looks_utf8: bool = False
    """Whether every byte beyond ASCII of the whole file belongs to a UTF-8 letter, and there is one."""


class _HashingReader(io.RawIOBase):
    """Pass bytes on and hash them beside, in a thread of its own where that pays (hashing frees the lock)."""

    def __init__(self, stream: IO[bytes], pool: ThreadPoolExecutor) -> None:
        super().__init__()
        self._stream, self._pool = stream, pool
        self._hash = hashlib.sha256()
        self._pending: Future[None] | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._wait()
        if len(data) < HEAD:
            self._hash.update(data)
        else:
            self._pending = self._pool.submit(self._hash.update, data)
        return data

    def digest(self) -> str:
        """Return the hash of everything, also of what nobody has asked for yet."""
        while self.read(_CHUNK):
            pass
        self._wait()
        return self._hash.hexdigest()

    def _wait(self) -> None:
        if self._pending is not None:
            self._pending.result()
            self._pending = None


def canonical_encoding(name: str) -> str:
    """Return one name for each encoding that is read alike: ``utf-8``, ``latin-1``, or Python's own."""
    python = codecs.lookup(name).name
    return _SAME.get(python, python)


def hash_bytes(path: str) -> str:
    """Return the SHA-256 of the stored bytes."""
    with opened(path) as stream, ThreadPoolExecutor(1) as pool:
        return _HashingReader(stream, pool).digest()


def scan_text(path: str, encoding: str) -> TextFacts:
    """Read a text file once, strictly.

    Raises:
        SourceError: a byte does not belong to the encoding, a null byte, a truncated or false gzip.
    """
    with opened(path) as stream, ThreadPoolExecutor(1) as pool:
        hashing = _HashingReader(stream, pool)
        probe = _Utf8Probe(is_asked=canonical_encoding(encoding) not in {"utf-8", "utf-16"})
        encoding, head, tail, whole = _decode_all(path, _unpacked(path, hashing), encoding, probe)
        return TextFacts(hashing.digest(), encoding, head, tail, whole, probe.is_utf8)


def text_chunks(path: str) -> Iterator[bytes]:
    """Yield the unpacked bytes of a text file in large pieces."""
    with opened(path) as stream:
        unpacked = _unpacked(path, stream)
        while chunk := unpacked.read(_CHUNK):
            yield chunk


def ends_in_a_line(path: str) -> bool | None:
    """Return whether a plain text file ends with a line break; None where that cannot be seen at once."""
    if is_gzip(path):
        return None
    try:
        with open(path, "rb") as stream:
            stream.seek(-min(_WIDEST, os.path.getsize(path)), os.SEEK_END)
            end = stream.read()
    except OSError:  # it is asked for a remark: a file that is gone or locked by now stops nothing
        return None
    return end.rstrip(b"\0").endswith((b"\n", b"\r"))


def _unpacked(path: str, stream: IO[bytes] | io.RawIOBase) -> IO[bytes]:
    return gzip.GzipFile(fileobj=stream, mode="rb") if is_gzip(path) else stream  # type: ignore[return-value]


class _Utf8Probe:
    """Watches bytes go by; tells whether they are UTF-8 with letters beyond ASCII."""

    def __init__(self, *, is_asked: bool) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._is_valid, self._has_letters = is_asked, False

    def see(self, chunk: bytes) -> None:
        """Take the next bytes; empty ones are the end."""
        if not self._is_valid:
            return
        self._has_letters = self._has_letters or not chunk.isascii()
        try:
            self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            self._is_valid = False

    @property
    def is_utf8(self) -> bool:
        """Return what is known so far."""
        return self._is_valid and self._has_letters


def _decode_all(path: str, stream: IO[bytes], declared: str, probe: _Utf8Probe) -> tuple[str, str, str, bool]:
    chunk = stream.read(_CHUNK)
    _refuse_packed(path, chunk)
    encoding = "utf-8-sig" if chunk.startswith(_UTF8_BOM) else declared
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    head, tail, read = "", "", 0
    is_whole = True
    while True:
        read += len(chunk)
        probe.see(chunk)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            offset = read - len(error.object) + error.start
            raise _undecodable(path, declared, offset, error.object[error.start]) from None
        if "\0" in text:
            raise _null_byte(path, encoding)
        text = text if head else text.removeprefix("\ufeff")
        is_whole = is_whole and len(head) + len(text) <= HEAD
        head += text[: HEAD - len(head)]
        tail = (tail + text[-_TAIL:])[-_TAIL:] if text else tail
        if not chunk:
            return canonical_encoding(encoding), head, tail, is_whole
        chunk = stream.read(_CHUNK)


def _refuse_packed(path: str, start: bytes) -> None:
    known = {b"\x1f\x8b": "gzip-compressed, but its name does not end in .gz",
             b"PK\x03\x04": "a zip archive or an Excel workbook, not text",
             b"PAR1": "a Parquet file, not text",
             b"\xd0\xcf\x11\xe0": "an old Excel workbook, not text"}  # fmt: skip
    for magic, what in known.items():
        if start.startswith(magic):
            raise SourceError(f"{path}: is {what}.", "Rename it, or correct `format:` in the feed.")


def _undecodable(path: str, declared: str, offset: int, byte: int) -> SourceError:
    place = f"byte 0x{byte:02X} at offset {offset} (line {_line_at(path, offset, declared)})"
    found = other_encoding(path, declared)
    own = "where other files of the feed are not, give it a feed of its own."
    remedy = f"It can be read with `encoding: {found}`; {own}" if found else "Ask for the file's encoding."
    return SourceError(f"{path}: is not {declared}; {place} does not belong to it.", remedy)


def _null_byte(path: str, encoding: str) -> SourceError:
    start = next(text_chunks(path))[:_TAIL]
    if start.startswith(_UTF16_BOMS) or start.count(0) > len(start) // 4:
        return SourceError(
            f"{path}: is UTF-16 text read as {encoding}.", "Set `encoding: utf-16` in the feed."
        )
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    lines = 0
    for chunk in text_chunks(path):
        text = decoder.decode(chunk)
        place = text.find("\0")
        lines += text.count("\n", 0, place if place >= 0 else len(text))
        if place >= 0:
            break
    return SourceError(
        f"{path}: holds a null byte in line {lines + 1}.", "Remove the null bytes, or ask for a clean export."
    )


def _line_at(path: str, offset: int, encoding: str) -> int:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    lines = 0
    for chunk in text_chunks(path):
        lines += decoder.decode(chunk[:offset]).count("\n")
        offset -= len(chunk)
        if offset <= 0:
            break
    return lines + 1


def other_encoding(path: str, declared: str) -> str | None:
    """Return the first encoding of a short list, not the declared one, that decodes the whole file."""
    start = next(text_chunks(path))
    if start.startswith(_UTF16_BOMS):
        return "utf-16"
    for encoding in ("utf-8", "windows-1252", "latin-1"):
        if canonical_encoding(encoding) != canonical_encoding(declared) and _decodes(path, encoding):
            return encoding
    return None


def _decodes(path: str, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for chunk in text_chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
