"""Two frames -> nothing when they hold the same rows, else an AssertionError a person can read.

Rows are compared as a multiset, whatever their order. Decimals by exact value, dates as
dates, instants in UTC. A float never equals a decimal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple[Any, ...]
SHOWN = 5


def assert_same_table(actual: pd.DataFrame, expected: pd.DataFrame, key: Sequence[str]) -> None:
    """Fail unless ``actual`` has the rows of ``expected``, over the columns of ``expected``.

    Args:
        actual: What the product says; further columns are ignored.
        expected: What is right; its columns are the ones compared.
        key: Columns that say which rows belong together in the message. A key that
            repeats is allowed: then the rows of each key are compared as a bag.

    Raises:
        AssertionError: with the number of missing and extra keys and the first differing rows.
    """
    lacking = [name for name in expected.columns if name not in actual.columns]
    if lacking:
        message = f"columns {lacking} are not there; there are {list(actual.columns)}."
        raise AssertionError(message)
    others = [name for name in expected.columns if name not in key]
    left, right = (_by_key(frame, list(key), others) for frame in (actual, expected))
    if left == right:
        return
    missing = sorted((k for k in right if k not in left), key=repr)
    extra = sorted((k for k in left if k not in right), key=repr)
    changed = sorted((k for k in right if k in left and left[k] != right[k]), key=repr)
    lines = [
        f"{len(actual)} rows instead of {len(expected)}: {len(missing)} keys missing, "
        f"{len(extra)} extra, {len(changed)} with other values (key: {', '.join(key)})."
    ]
    lines += [f"  {_shown(k)}: {_difference(left[k], right[k], others)}" for k in changed[:SHOWN]]
    lines += [f"  missing {_shown(k)}: {_bag(right[k])}" for k in missing[:SHOWN]]
    lines += [f"  extra {_shown(k)}: {_bag(left[k])}" for k in extra[:SHOWN]]
    if others and changed:
        wrong = [
            sum(_column(left[k], i) != _column(right[k], i) for k in changed) for i in range(len(others))
        ]
        named = ", ".join(f"{name} {count}" for name, count in zip(others, wrong, strict=True) if count)
        lines.insert(1, f"  differing keys by column: {named}")
    raise AssertionError("\n".join(lines))


def plain(value: Any) -> Any:
    """Return a cell as a comparable Python value; floats are marked so that they equal no decimal."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return tuple(plain(item) for item in value)
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, datetime):
        moment = value.to_pydatetime(warn=False) if isinstance(value, pd.Timestamp) else value
        return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment
    if isinstance(value, float):
        return ("float", value)
    return value


def _by_key(frame: pd.DataFrame, key: list[str], others: list[str]) -> dict[Row, Counter[Row]]:
    columns = {name: [plain(v) for v in frame[name].astype(object)] for name in key + others}
    keys = zip(*(columns[name] for name in key), strict=True)
    values = zip(*(columns[name] for name in others), strict=True) if others else ((),) * len(frame)
    found: dict[Row, Counter[Row]] = defaultdict(Counter)
    for row_key, row in zip(keys, values, strict=True):
        found[row_key][row] += 1
    return dict(found)


def _difference(left: Counter[Row], right: Counter[Row], others: list[str]) -> str:
    if left.total() == right.total() == 1:
        (have,), (want,) = left, right
        pairs = zip(others, have, want, strict=True)
        return "; ".join(f"{name} is {_shown(a)}, not {_shown(b)}" for name, a, b in pairs if a != b)
    return f"has {_bag(left - right)} instead of {_bag(right - left)}"


def _column(rows: Counter[Row], place: int) -> Counter[Any]:
    return Counter(row[place] for row in rows.elements())


def _bag(rows: Counter[Row]) -> str:
    shown = [_shown(row) for row in sorted(rows.elements(), key=repr)[:SHOWN]]
    return " + ".join(shown) + (" ..." if rows.total() > SHOWN else "") if shown else "nothing"


def _shown(value: Any) -> str:
    if isinstance(value, tuple) and value[:1] == ("float",):
        return f"float {value[1]!r}"
    if isinstance(value, tuple):
        return f"({', '.join(_shown(v) for v in value)})"
    if isinstance(value, (Decimal, date)):
        return str(value)
    return repr(value)
