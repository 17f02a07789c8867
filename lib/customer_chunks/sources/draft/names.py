"""Header text -> the concepts that its words stand for, whatever the language and the spelling."""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from customer_chunks.sources.draft.vocabulary import CONCEPTS, STOP

_SPECIAL = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "\u0131": "i", "đ": "d", "№": "nr ", "º": " "}
)
_CAMEL = re.compile(
    r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])"
)
_LINKS = ("s", "n", "en", "es", "e", "er")
_EASTERN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@dataclass(frozen=True)
class Header:
    """What a header says: for each word the concepts it may stand for, and how many words are unknown."""

    words: tuple[frozenset[str], ...]
    unknown: int

    @property
    def concepts(self) -> frozenset[str]:
        """Return every concept that some word may stand for."""
        return frozenset().union(*self.words) if self.words else frozenset()


def fold(text: str) -> str:
    """Return the text in lower case without accents."""
    low = text.lower().replace("n°", "nr ").replace("nº", "nr ").replace("№", "nr ").translate(_SPECIAL)
    parts = unicodedata.normalize("NFKD", low)
    kept = "".join(c for c in parts if not unicodedata.combining(c) or "\u3040" <= c <= "\u30ff")
    return unicodedata.normalize("NFKC", kept)


@lru_cache(maxsize=4096)
def concepts_of(header: str) -> Header:
    """Return the concepts of a header; nested names count with their last parts."""
    text = header.split("[", 1)[0] if not header.startswith("[") else header
    found: list[frozenset[str]] = []
    unknown = position = 0
    tokens = _tokens(text)
    while position < len(tokens):
        step, words = _longest(tokens, position)
        if words is None:
            unknown += 1
        else:
            found += [w for w in words if w not in found]
        position += step
    return Header(tuple(found), unknown)


def _tokens(text: str) -> list[str]:
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFC", text))
    return [t for t in re.split(r"[^\w%]+|_", fold(spaced)) if t]


Words = list[frozenset[str]]


def _longest(tokens: list[str], at: int) -> tuple[int, Words | None]:
    """Return (tokens used, words): [] for a word that says nothing, None for an unknown one."""
    for size in (3, 2):
        part = tokens[at : at + size]
        if len(part) == size:
            for joined in ("".join(part), "_".join(part)):
                if joined in _WORDS and len(joined) > 3:
                    return size, [_WORDS[joined]]
    token = tokens[at]
    if token in STOP and not (len(tokens) == 1 and token in _WORDS):
        return 1, []
    if token.isdigit():
        return 1, [frozenset({"SECOND"})] if token in {"2", "3"} and len(tokens) > 1 else []
    return 1, _word(token)


def _word(token: str) -> Words | None:
    if token in _WORDS:
        return [_WORDS[token]]
    if len(token) > 3 and token.endswith("s") and token[:-1] in _WORDS:
        return [_WORDS[token[:-1]]]
    stem = max((s for s in _STEMS if token.startswith(s) and len(token) - len(s) <= 4), key=len, default="")
    if stem:
        return [_STEMS[stem]]
    return _compound(token)


def _compound(token: str) -> Words | None:
    """Split ``rechnungsdatum`` or ``custid`` into known words; the whole must be used up."""
    eastern = bool(_EASTERN.search(token))
    best: dict[int, tuple[float, Words]] = {0: (0.0, [])}
    for at in range(len(token)):
        for cost, stop, known in _pieces(token, at, eastern=eastern) if at in best else []:
            offer = best[at][0] + cost
            if stop not in best or offer < best[stop][0]:
                best[stop] = offer, [*best[at][1], known]
    found = best.get(len(token))
    if found and (eastern or found[0] <= max(2.7, len(token) / 3)):
        return found[1]
    return _ending(token)


def _pieces(token: str, at: int, *, eastern: bool) -> Iterator[tuple[float, int, frozenset[str]]]:
    """Yield (cost, end, concepts) of the known words that begin at a place, linking letters included."""
    for end in range(at + (1 if eastern else 2), len(token) + 1):
        piece = token[at:end]
        known = _WORDS.get(piece) or (_STEMS.get(piece) if len(piece) > 3 else None)
        if known is None:
            continue
        cost = 1.6 if len(piece) == 2 and not eastern else 1.0
        yield cost, end, known
        for link in () if eastern else _LINKS:
            if token.startswith(link, end) and end + len(link) < len(token):
                yield cost + 0.3, end + len(link), known


def _ending(token: str) -> Words | None:
    """Return what a long unknown word ends with, such as ...datum or ...nummer."""
    for size in range(min(len(token) - 3, 12), 3, -1):
        ending = token[-size:]
        if ending in _WORDS and size >= 5:
            return [_WORDS[ending], frozenset({"UNKNOWN"})]
    return None


def _read() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    words: dict[str, frozenset[str]] = {}
    stems: dict[str, frozenset[str]] = {}
    for concept, text in CONCEPTS.items():
        for raw in text:
            word = fold(raw.lstrip("~"))
            for form in {word, word.replace("_", "")}:
                words[form] = words.get(form, frozenset()) | {concept}
                if raw.startswith("~"):
                    stems[form] = stems.get(form, frozenset()) | {concept}
    return words, stems


_WORDS, _STEMS = _read()


def first_names_told(headers: list[Header]) -> list[Header]:
    """Take a bare "name" (nombre, nom, nome) beside a family name for the first name, unless one is there."""
    families = any("LNAME" in h.concepts for h in headers)
    if not families or any("FNAME" in h.concepts for h in headers):
        return headers
    return [
        Header((frozenset({"FNAME"}),), 0) if len(h.words) == 1 and h.words[0] == {"NAME"} else h
        for h in headers
    ]
