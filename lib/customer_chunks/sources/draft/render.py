"""Plans of feeds -> the text of a draft mapping, every line with its reason."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from customer_chunks.sources.draft.expressions import scalar, scalar_in_flow
from customer_chunks.sources.draft.feed_plan import FeedPlan
from customer_chunks.sources.draft.files import Kind
from customer_chunks.sources.draft.numbers import SIGNS
from customer_chunks.sources.draft.wordlists import COUNTRY_CURRENCY, CURRENCIES

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
_ALPHABETS = (("łąęśż", "PLN"), ("řěů", "CZK"), ("ğış", "TRY"), ("åø", "SEK"), ("ãõ", "BRL"))


def render(source: str, kinds: list[Kind], plans: list[FeedPlan], *, relative_to: Path | None) -> str:
    """Return the YAML of a draft."""
    currency, why = _currency(plans)
    zoned = any(p.date and p.date.has_zone for plan in plans for p in plan.reading.profiles)
    zone_note = (
        "for times without an offset of their own" if zoned
        else "CHECK: guess; the files do not say where their clocks stand (Europe/Berlin?)"
    )  # fmt: skip
    lines = [
        "# A draft, written by looking at the first rows: read every line before you use it.",
        "# Lines marked CHECK are doubtful. Percentages say how sure each guess is. Next:",
        "#   chunks source check THIS_FILE.yml",
        f"source: {source}",
        _line(0, "time_zone: UTC", zone_note),
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
    if key in {"delimiter", "quote", "escape", "sheet"}:
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


def _currency(plans: list[FeedPlan]) -> tuple[str, str]:
    """Return the likeliest currency and why."""
    for plan in plans:
        p = plan.reading.profile("currency")
        if p is not None and p.counts:
            code = p.counts.most_common(1)[0][0].upper()
            if code in CURRENCIES:
                return code, "the most frequent; used where a row names none"
    signs = Counter(
        p.number.sign
        for plan in plans
        for p in plan.reading.profiles
        if p.number and p.number.sign not in {"", "%"}
    )
    if signs:
        sign = signs.most_common(1)[0][0]
        code = SIGNS.get(sign, sign)
        return (code if code in CURRENCIES else "EUR"), f"the amounts are written with {sign}"
    for plan in plans:
        for role in ("country", "customer_country"):
            p = plan.reading.profile(role)
            often = p.counts.most_common(1)[0][0].casefold() if p and p.counts else ""
            if often in COUNTRY_CURRENCY:
                return COUNTRY_CURRENCY[often], "CHECK: guess from the most frequent country"
    return _currency_of_text(plans)


def _currency_of_text(plans: list[FeedPlan]) -> tuple[str, str]:
    names = " ".join(p.name for plan in plans for p in plan.reading.profiles).lower()
    for code in sorted(CURRENCIES):
        if f" {code.lower()} " in f" {names} ".replace("_", " ").replace("(", " ").replace(")", " "):
            return code, "CHECK: a column name says so"
    for letters, code in _ALPHABETS:
        if any(c in names for c in letters):
            return code, "CHECK: guess from the language of the names"
    if any("\u0400" <= c <= "\u04ff" for c in names):
        return "RUB", "CHECK: guess from the language of the names"
    if any("\u3040" <= c <= "\u30ff" for c in names) or "単価" in names or "注文" in names:
        return "JPY", "CHECK: guess from the language of the names"
    commas = any(p.number and p.number.decimal == "," for plan in plans for p in plan.reading.profiles)
    return (
        ("EUR", "CHECK: guess from decimal commas")
        if commas
        else ("USD", "CHECK: nothing in the files tells it")
    )
