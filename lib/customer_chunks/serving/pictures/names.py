"""Names of segments and features -> text that fits where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from customer_chunks.serving.formats import clean_text, display_width, shorten
from customer_chunks.serving.pictures.arrays import OTHER


def segment_name(label: int, names: Mapping[int, str]) -> str:
    """Return the name of a cluster, or its number where it has none; below zero is noise, or OTHER."""
    if label in names and names[label].strip():
        return clean_text(names[label]).strip()
    if label == OTHER:
        return "Other clusters"
    return "Noise" if label < 0 else f"Segment {label}"


def wrapped(text: str, letters: float, *, lines: int = 2) -> str:
    """Break a text between words into lines of so many letters; what is too long ends in an ellipsis."""
    found: list[str] = []
    words = list(_words(clean_text(text), letters))
    while words:
        line = words.pop(0)
        if len(found) == lines - 1:
            return "\n".join([*found, shorten(" ".join([line, *words]), letters)])
        while words and display_width(f"{line} {words[0]}") <= letters:
            line = f"{line} {words.pop(0)}"
        found.append(line)
    return "\n".join(found)


def _words(text: str, letters: float) -> Iterator[str]:
    """Return the words, those longer than a line in pieces."""
    for word in text.split():
        rest = word
        while display_width(rest) > letters and len(rest) > 1:
            fits = next(
                n for n in range(len(rest) - 1, 0, -1) if n == 1 or display_width(rest[:n]) <= letters
            )
            yield rest[:fits]
            rest = rest[fits:]
        yield rest
