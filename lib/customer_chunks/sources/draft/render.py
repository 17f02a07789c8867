"""Plans of feeds -> the text of a draft mapping, every line with its reason."""

from __future__ import annotations

import os
from pathlib import Path

from customer_chunks.sources.draft.expressions import scalar, scalar_in_flow
from customer_chunks.sources.draft.feed_plan import FeedPlan
from customer_chunks.sources.draft.files import Kind
from customer_chunks.sources.draft.place import currency_of, zone_of

_COLUMN = 58
_ORDER = (
    "format",
    "delimiter",
    "quote",
    "escape",
    "encoding",
    "header",
    "skip_rows",
    "multi_line",
    "sheet",
    "explode",
)


def render(source: str, kinds: list[Kind], plans: list[FeedPlan], *, relative_to: Path | None) -> str:
    """Return the YAML of a draft."""
    currency, why = currency_of(plans)
    zone, zone_note = zone_of(plans, currency)
    lines = [
        "# A draft, written by looking at the first rows: read every line before you use it.",
        "# Lines marked CHECK are doubtful. Percentages say how sure each guess is. Next:",
        "#   chunks source check THIS_FILE.yml",
        f"source: {source}",
        _line(0, f"time_zone: {zone}", zone_note),
        _line(0, f"currency: {currency}", why),
        "feeds:",
    ]
    for kind, plan in zip(kinds, plans, strict=True):
        lines += _feed(kind, plan, relative_to)
    return "\n".join(lines) + "\n"


def _feed(kind: Kind, plan: FeedPlan, relative_to: Path | None) -> list[str]:
    sample = kind.sample
    lines = [f"  {plan.name}:"]
    lines += [f"    # {text}" for text in (*kind.warnings, *sample.warnings, *plan.remarks)]
    lines += _paths(kind, relative_to)
    for key in _ORDER:
        if key in sample.layout:
            lines.append(
                _line(4, f"{key}: {_layout_value(key, str(sample.layout[key]))}", sample.notes.get(key, ""))
            )
    lines += _columns(plan)
    markers = sorted({m for p in plan.reading.profiles for m in p.markers})
    if markers:
        lines.append(
            _line(
                4,
                f'null_values: ["", {", ".join(_quoted(m) for m in markers)}]',
                "written where nothing is known",
            )
        )
    if plan.orders and plan.main in plan.entities and plan.main not in plan.refused:
        lines.append(_line(4, f"orders: {plan.orders[0]}", f"CHECK: {plan.orders[1]}"))
    lines += _entities(plan)
    return lines + _unmapped(plan)


def _paths(kind: Kind, relative_to: Path | None) -> list[str]:
    paths = [os.path.relpath(p, relative_to) if relative_to else str(Path(p).absolute()) for p in kind.paths]
    note = f"{kind.file_count} files with the same columns" if kind.file_count > 1 else ""
    if len(paths) == 1:
        return [_line(4, f"path: {_quoted(paths[0])}", note)]
    return [_line(4, "path:", note), *[f"      - {_quoted(p)}" for p in paths]]


def _layout_value(key: str, value: str) -> str:
    if key == "sheet":  # one name, or several a line each; no worksheet's name has a line break
        names = [_quoted(name) for name in value.split("\n")]
        return names[0] if len(names) == 1 else f"[{', '.join(names)}]"
    if key in {"delimiter", "quote", "escape"}:
        return '"\\t"' if value == "\t" else _quoted(value)
    return value


def _columns(plan: FeedPlan) -> list[str]:
    sample, names = plan.reading.sample, [p.name for p in plan.reading.profiles]
    if sample.layout.get("format") == "fixed_width":
        spans = sample.spans
        head = _line(4, "columns:", sample.notes.get("columns", ""))
        return [head, *[f"      {scalar(n)}: {a + 1}-{b}" for n, (a, b) in zip(names, spans, strict=True)]]
    if not sample.named or sample.renamed:
        note = sample.notes.get("columns", "names made up from the guesses")
        return [_line(4, f"columns: [{', '.join(scalar_in_flow(n) for n in names)}]", note)]
    return []


def _entities(plan: FeedPlan) -> list[str]:
    kept = [e for e in plan.entities if e not in plan.refused]
    lines = ["    entities:" if kept else "    entities: {}"]
    for entity, fields in plan.entities.items():
        refused = plan.refused.get(entity)
        if refused:
            lines.append(f"      # CHECK: {entity} is left out: {refused}; complete it and take the # away")
        mark = "# " if refused else ""
        lines.append(f"      {mark}{entity}:")
        lines += [_line(6, f"{mark}  {name}: {line.value}", line.comment) for name, line in fields.items()]
    return lines


def _unmapped(plan: FeedPlan) -> list[str]:
    lines = []
    for guess in plan.guesses:
        if guess.field is None or guess.entity in plan.refused:
            what = guess.role.replace("_", " ")
            said = f"{guess.type}" + (
                "" if guess.role in {"unknown", "empty"} else f", {guess.confidence:.0%} {what}"
            )
            others = (
                f"; or {', '.join(guess.alternatives)}?"
                if guess.alternatives and guess.role == "unknown"
                else ""
            )
            if guess.entity not in plan.refused or guess.field is None:
                lines.append(f"    #   {guess.column}: {said}{others}".replace("\n", " "))
    return ["    # not mapped:", *lines] if lines else []


def _line(indent: int, text: str, comment: str) -> str:
    body = " " * indent + text
    return f"{body:<{_COLUMN}}  # {comment}" if comment else body


def _quoted(text: str) -> str:
    return (
        '"'
        + text.replace("\\", "\\\\").replace('"', '\\"').replace("\x01", "\\x01").replace("\x1f", "\\x1f")
        + '"'
    )
