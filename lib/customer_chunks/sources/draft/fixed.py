"""Text -> ``Sample`` of a fixed-width file, its columns found where every line is blank."""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

import re
from pathlib import Path

from customer_chunks.sources.draft.bytes_in import Text
from customer_chunks.sources.draft.delimited import looks_like_header
from customer_chunks.sources.draft.delimiters import looks_like_data
from customer_chunks.sources.draft.model import MAX_ROWS, Sample

_RULED = 4000


def read_fixed(path: Path, text: Text) -> Sample | None:
    """Return the sample, or None where the lines share no blank columns."""
    lines = [line.rstrip("\r\n") for piece in text.pieces for line in piece.split("\n")]
    lines = [line for line in lines if line.strip() and not re.fullmatch(r"[-=+\s]+", line)]
    if not lines:
        return None
    skipped = _preamble(lines)
    body = lines[skipped:]
    spans = _spans(body[1:_RULED] or body)
    if len(spans) < 2:
        return None
    cells = [[line[a:b].strip() for a, b in spans] for line in body[:MAX_ROWS]]
    named = looks_like_header(cells)
    with_header = _spans(body[:_RULED])
    if not named or len(with_header) == len(spans):
        spans = with_header
        cells = [[line[a:b].strip() for a, b in spans] for line in body[:MAX_ROWS]]
    names = [c or f"column_{n}" for n, c in enumerate(cells[0], 1)] if named else []
    names = names or [f"column_{n}" for n in range(1, len(spans) + 1)]
    rows = cells[1:] if named else cells
    if not any(sum(looks_like_data(row[n]) for row in rows) > 0.8 * len(rows) for n in range(len(spans))):
        return None  # columns of words alone are a letter, not a table
    sample = Sample(path, names, rows, named=named, complete=text.complete)
    sample.layout = {"format": "fixed_width", "header": "false"}
    sample.spans = spans
    before = _physical(text, body[0]) + (1 if named else 0)
    if before:
        sample.layout["skip_rows"] = str(before)
        sample.notes["skip_rows"] = "the header line" if named and before == 1 else "lines before the data"
    sample.notes["columns"] = "first and last character; compare them with the file's description"
    return sample


def _preamble(lines: list[str]) -> int:
    """Return how many first lines are far shorter than the table's lines."""
    usual = sorted(len(line.rstrip()) for line in lines[:200])[len(lines[:200]) // 2]
    for n, line in enumerate(lines[:20]):
        if len(line.rstrip()) >= usual * 0.6:
            return n
    return 0


def _physical(text: Text, first: str) -> int:
    for n, line in enumerate(text.pieces[0].split("\n")):
        if line.rstrip("\r\n") == first:
            return n
    return 0


def _spans(lines: list[str]) -> list[tuple[int, int]]:
    """Return (start, end) of each column, from 0, end exclusive, gaps given to the side that grows."""
    width = max(len(line) for line in lines)
    inked = [False] * width
    for line in lines:
        for at in re.finditer(r"\S+", line):
            inked[at.start() : at.end()] = [True] * (at.end() - at.start())
    runs: list[list[int]] = []
    for n, ink in enumerate(inked):
        if ink and (n == 0 or not inked[n - 1]):
            runs.append([n, n + 1])
        elif ink:
            runs[-1][1] = n + 1
    is_right = [_share(lines, b - 1) >= _share(lines, a) for a, b in runs]
    spans = []
    for k, (a, b) in enumerate(runs):
        last = k + 1 == len(runs)
        start = (runs[k - 1][1] if k else 0) if is_right[k] or k == 0 else a
        stop = b if is_right[k] or (not last and is_right[k + 1]) else width if last else runs[k + 1][0]
        spans.append((start, stop))
    return [(max(a, spans[k - 1][1]) if k else a, b) for k, (a, b) in enumerate(spans)]


def _share(lines: list[str], at: int) -> float:
    return sum(at < len(line) and line[at] != " " for line in lines) / len(lines)
