"""Results of table rules -> Great Expectations suites, judged again by it, and its Data Docs.

Great Expectations is given the one row of numbers that the aggregate query returned, never a row of
a table: so its pages hold counts, shares, quantiles and days, and no personal value. A run judges by
``quality.table_rules``, which comes to the same verdicts (a test holds the two against each other) in
no time, where importing Great Expectations alone takes five seconds.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from customer_chunks.errors import MachineError, StorageError

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.data_context import AbstractDataContext
    from great_expectations.expectations.expectation import Expectation

_SITE = "quality"
_MARK = ".customer-chunks-data-docs"
_SWITCHES = ("GX_ANALYTICS_ENABLED", "GE_USAGE_STATS")
"""Say no to every release's way of sending usage statistics."""


@dataclass(frozen=True)
class CheckedVersion:
    """The results of one version of one table: rows of ops.table_checks as dictionaries, one a rule."""

    table: str
    version: int
    run_id: str
    checked_at: datetime
    results: Sequence[Mapping[str, Any]]

    @property
    def numbers(self) -> dict[str, float | None]:
        """Return the row of numbers that is judged, by rule."""
        return {row["rule"]: row["observed"] for row in self.results}


def require_great_expectations() -> None:
    """Raise MachineError unless the package of the extra ``quality`` is installed."""
    for switch in _SWITCHES:
        os.environ.setdefault(switch, "false")
    try:
        import great_expectations  # noqa: F401, PLC0415 - an optional extra, five seconds to import
    except ImportError as error:
        package = (error.name or "a package").partition(".")[0]
        raise MachineError(
            f"Data Docs need the package '{package}', which is not installed.",
            "Run: pip install 'customer-chunks[quality]'.",
        ) from None


def suite_of(checked: CheckedVersion) -> ExpectationSuite:
    """Return the expectations of a version: one a rule, a rule without bounds yet expects its number."""
    from great_expectations import ExpectationSuite  # noqa: PLC0415 - an optional extra

    return ExpectationSuite(checked.table, expectations=[_expectation(row) for row in checked.results])


def _expectation(row: Mapping[str, Any]) -> Expectation:
    from great_expectations import expectations as known  # noqa: PLC0415 - an optional extra

    about = f"{row['column_name'] or 'The table'} {row['description']} ({row['aspect']})."
    shared: dict[str, Any] = {
        "column": row["rule"],
        "severity": "critical" if row["level"] == "error" else "warning",
        "meta": {"notes": {"format": "markdown", "content": [about]}},
    }
    if row["low"] is None and row["high"] is None:
        return known.ExpectColumnToExist(**shared)
    return known.ExpectColumnValuesToBeBetween(min_value=row["low"], max_value=row["high"], **shared)


def judged_by_great_expectations(versions: Sequence[CheckedVersion], site: Path) -> list[dict[str, bool]]:
    """Let Great Expectations judge the versions and write its site; return its verdicts by rule.

    Raises:
        MachineError: the extra ``quality`` is not installed.
    """
    require_great_expectations()
    context = _context(site)
    return [_judged(context, checked) for checked in versions]


def _context(site: Path) -> AbstractDataContext:
    import great_expectations as gx  # noqa: PLC0415 - an optional extra
    from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415 - an extra

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    for name in context.get_site_names():
        context.delete_data_docs_site(name)
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)}
    described = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": store,
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    context.add_data_docs_site(_SITE, described)
    context.data_sources.add_pandas("table_rules")
    return context


def _judged(context: AbstractDataContext, checked: CheckedVersion) -> dict[str, bool]:
    import great_expectations as gx  # noqa: PLC0415 - an optional extra
    import pandas as pd  # noqa: PLC0415 - comes with it

    name = f"{checked.table} version {checked.version}"
    frame = pd.DataFrame([checked.numbers]).astype("float64")
    asset = context.data_sources.get("table_rules").add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe("numbers")
    suite = context.suites.add_or_update(suite_of(checked))
    definition = gx.ValidationDefinition(name=name, data=batch, suite=suite)
    context.validation_definitions.add(definition)
    docs = gx.checkpoint.UpdateDataDocsAction(name="docs", site_names=[_SITE])
    checkpoint = gx.Checkpoint(name=name, validation_definitions=[definition], actions=[docs])
    # A word before it, as a name that can be read as a time ("20261124T165125-9912": an offset of 99 hours)
    # is read as one, and its page is left out.
    run = gx.RunIdentifier(run_name=f"run {checked.run_id}", run_time=checked.checked_at)
    done = checkpoint.run(batch_parameters={"dataframe": frame}, run_id=run)
    (result,) = done.run_results.values()
    return {str(r.expectation_config.kwargs["column"]): bool(r.success) for r in result.results}


def write_data_docs(versions: Sequence[CheckedVersion], folder: Path) -> Path:
    """Write the Data Docs as a static site and return its first page; an older one is replaced whole.

    Args:
        versions: What to show, the oldest first.
        folder: The site's own folder.

    Raises:
        MachineError: the extra ``quality`` is not installed, or a page could not be drawn.
        StorageError: the folder holds something else, or cannot be written.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise StorageError(
            f"{folder}: is a folder with something else in it.",
            "Name another one for the Data Docs with --out.",
        )
    draft = folder.with_name(f".{folder.name}.draft")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        judged_by_great_expectations(versions, draft)
        _require_pages(draft, len(versions))
        (draft / _MARK).touch()
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    except OSError as error:
        with suppress(OSError):
            shutil.rmtree(draft)
        raise StorageError(
            f"The Data Docs cannot be written to {folder}: {error.strerror or type(error).__name__}.",
            "Give a folder that you may write to.",
        ) from None
    return folder / "index.html"


def _require_pages(site: Path, versions: int) -> None:
    """Raise MachineError where Great Expectations, which only logs its failures, left out a page."""
    pages = len(list((site / "validations").rglob("*.html")))
    if pages < versions:
        raise MachineError(
            f"The Data Docs are not whole: Great Expectations drew {pages} of {versions} pages of results.",
            "Its log lines above say why; an older site was left as it was.",
        )
