"""File -> bounded text: unpacks, takes pieces of a big file, and finds the encoding.

Leaves a ``Text`` whose first piece begins at the first line; further pieces come from
the middle and the end of a big plain file, cut at line ends.
"""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

import codecs
import itertools
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from customer_chunks.errors import SourceError
from customer_chunks.sources.draft.model import MAX_BYTES

# The letters beyond ASCII that a language writes; the code page whose reading yields most of one set wins.
_ALPHABETS = {
    "de": "äöüÄÖÜß",
    "fr": "éèêëàâçîïôûùœÉÈÀÇÊ",
    "es": "áéíóúñüÁÉÍÓÚÑ¿¡ºª",
    "pt": "ãõáéíóúâêôçàÃÕÇÁÉºª",
    "it": "àèéìòùÀÈ",
    "nordic": "åäöæøéÅÄÖÆØ",
    "nl": "ëéïèöü",
    "pl": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ",
    "cs": "áčďéěíňóřšťúůýžÁČĎĚŇŘŠŤŮÝŽľĺôä",
    "hu": "áéíóöőúüűÁÉÍÓÖŐÚÜŰ",
    "ro": "ăâîșțşţĂÂÎŞŢ",
    "tr": "çğıöşüÇĞİÖŞÜ",
}
_PAGES = {
    "windows-1252": ("de", "fr", "es", "pt", "it", "nordic", "nl"),
    "windows-1250": ("pl", "cs", "hu", "ro"),
    "windows-1254": ("tr",),
}
_PRICED = re.compile(rb"[\x80\xa3\xa5](?=\s?\d)")  # the € £ ¥ of an amount tell no language
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Text:
    """Decoded pieces of a file."""

    pieces: tuple[str, ...]
    encoding: str
    has_bom: bool
    complete: bool
    note: str = ""


def read_pieces(path: Path, *, most: int = MAX_BYTES) -> tuple[list[bytes], bool]:
    """Return the head of a file, and of a big plain one also a middle and an end; and whether that is all.

    Raises:
        SourceError: the file is empty, truncated, or may not be read.
    """
    try:
        if path.stat().st_size == 0:
            raise SourceError(f"{path.name}: is empty.", "Export it again.")
        with path.open("rb") as file:
            magic = file.read(4)
        if magic[:2] == b"\x1f\x8b":
            return _gunzip(path, most)
        if magic[:4] == b"PK\x03\x04" and not path.name.lower().endswith((".xlsx", ".xlsm", ".xlsb", ".ods")):
            return _unzip(path, most)
        return _plain(path, most)
    except PermissionError:
        raise SourceError(f"{path.name}: may not be read.", "Give yourself read permission.") from None


def decode(path: Path, pieces: list[bytes], *, complete: bool) -> Text:
    """Find the encoding of the pieces and decode them.

    Raises:
        SourceError: the bytes are no text.
    """
    head = pieces[0]
    for bom, name in _BOMS:
        if head.startswith(bom):
            texts = tuple(_decoded(piece, name, first=n == 0) for n, piece in enumerate(pieces))
            return Text(texts, name.removesuffix("-sig"), True, complete)
    name = _wide(head) or ""
    if not name:
        if b"\x00" in head or _control_share(head) > 0.02:
            raise SourceError(
                f"{path.name}: is no text table.", "Name a CSV, JSON, Parquet, Excel or text file."
            )
        name = _narrow(b"".join(pieces))
    note = "" if name in {"utf-8", "utf-16"} else "guess from the letters: look at names with accents"
    return Text(tuple(p.decode(name, "replace") for p in pieces), name, False, complete, note)


def _decoded(piece: bytes, name: str, *, first: bool) -> str:
    return piece.decode(name if first else name.removesuffix("-sig"), "replace")


def _plain(path: Path, most: int) -> tuple[list[bytes], bool]:
    size = path.stat().st_size
    with path.open("rb") as file:
        if size <= most:
            return [file.read()], True
        if most < MAX_BYTES:
            return [_whole_lines(file.read(most), first=True)], False
        pieces = [_whole_lines(file.read(most // 2), first=True)]
        for start in (size // 2, size - most // 4):
            file.seek(start)
            pieces.append(_whole_lines(file.read(most // 4), first=False))
    return [p for p in pieces if p], False


def _whole_lines(data: bytes, *, first: bool) -> bytes:
    start = 0 if first else data.find(b"\n") + 1
    end = data.rfind(b"\n") + 1
    return data[start : end or len(data)]


def _gunzip(path: Path, most: int) -> tuple[list[bytes], bool]:
    inflate = zlib.decompressobj(wbits=31)
    try:
        with path.open("rb") as file:
            data = b""
            while len(data) < most and not inflate.eof:
                block = file.read(1 << 18)
                if not block:
                    raise SourceError(f"{path.name}: the gzip file is cut off.", "Copy or export it again.")
                data += inflate.decompress(block, most - len(data))
    except zlib.error:
        raise SourceError(f"{path.name}: is no valid gzip file.", "Copy or export it again.") from None
    return [data if inflate.eof else _whole_lines(data, first=True)], inflate.eof


def _members(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return [
                m.filename
                for m in archive.infolist()
                if not m.is_dir() and not m.filename.startswith("__MACOSX")
            ]
    except zipfile.BadZipFile:
        raise SourceError(f"{path.name}: is no valid zip file.", "Copy or export it again.") from None


def _unzip(path: Path, most: int) -> tuple[list[bytes], bool]:
    members = _members(path)
    if not members:
        raise SourceError(f"{path.name}: the zip file holds no file.", "Export it again.")
    try:
        with zipfile.ZipFile(path) as archive, archive.open(members[0]) as file:
            data = file.read(most)
            complete = not file.read(1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError):
        raise SourceError(f"{path.name}: cannot be unpacked.", "Pack it again without a password.") from None
    return [data if complete else _whole_lines(data, first=True)], complete


def _control_share(data: bytes) -> float:
    part = data[:65536]
    odd = sum(
        part.count(bytes([c])) for c in range(32) if c not in {1, 9, 10, 12, 13, 26, 27, 28, 29, 30, 31}
    )
    return odd / max(len(part), 1)


def _wide(data: bytes) -> str | None:
    part = data[:4096]
    even, odd = part[0::2].count(0), part[1::2].count(0)
    third = len(part) // 6
    if odd > third and even < third // 4:
        return "utf-16-le"
    if even > third and odd < third // 4:
        return "utf-16-be"
    return None


def _narrow(data: bytes) -> str:
    """Return the encoding of text in which most characters are one byte or UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
        return "utf-8"
    except UnicodeDecodeError as error:
        broken = data.count(b"\xef\xbf\xbd")
        if _utf8_share(data) > 0.95 and error.start >= 0 and broken == 0:
            return "utf-8"
    high = bytes(b for b in _PRICED.sub(b"", data) if b > 127)
    if _is_cyrillic(data):
        return "windows-1251"
    return next((name for name in ("shift_jis", "gb18030") if _is_east_asian(data, name)), _western(high))


def _western(high: bytes) -> str:
    """Return the one-byte page in which the letters beyond ASCII make most sense."""
    if 0xA4 in high and not any(0x80 <= b < 0xA0 for b in high):
        return "iso-8859-15"
    best = max(_PAGES, key=lambda page: _language_score(high, page))
    return "latin-1" if best == "windows-1252" and any(b in high for b in b"\x81\x8d\x8f\x90\x9d") else best


def _utf8_share(data: bytes) -> float:
    high = sum(b > 127 for b in data)
    decoded = data.decode("utf-8", "replace")
    return 1 - decoded.count("\ufffd") / max(high, 1)


def _language_score(high: bytes, page: str) -> float:
    letters = [c for c in high.decode(page, "replace") if c.isalpha() or c == "\ufffd" or not c.isascii()]
    if not letters:
        return 1.0 if page == "windows-1252" else 0.0
    return max(sum(c in _ALPHABETS[lang] for c in letters) / len(letters) for lang in _PAGES[page])


def _is_cyrillic(data: bytes) -> bool:
    high = [b for b in data[:200_000] if b > 127]
    letters = sum(b >= 0xC0 or b in {0xA8, 0xB8, 0xB9} for b in high)
    pairs = itertools.pairwise(data[:200_000])
    together = sum(min(x, y) > 127 for x, y in pairs)
    return letters > 0.97 * len(high) and together > 0.6 * len(high)


def _is_east_asian(data: bytes, name: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(name)().decode(data[:200_000])
    except UnicodeDecodeError:
        return False
    beyond = [c for c in text if ord(c) > 127]
    asian = [c for c in beyond if unicodedata.name(c, "").startswith(("CJK UNIFIED", "HIRAGANA", "KATAKANA"))]
    common = [c for c in asian if "\u4e00" <= c <= "\u9fff" or "\u3040" <= c <= "\u30ff"]
    pairs = sum(min(ord(a), ord(b)) > 0x3000 for a, b in itertools.pairwise(text))
    return bool(beyond) and len(common) > 0.9 * len(beyond) and pairs > 0.4 * len(beyond)
