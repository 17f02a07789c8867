"""``chunks models list|show|promote|publish``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, note, say
from customer_chunks.cli.opened import filled, opened, settings_of

app = typer.Typer(
    help="Versions of what was learnt: which one scores, what was measured, why it is as it is.",
    no_args_is_help=True,
)

_COLUMNS = ("model", "version", "alias", "as_of", "fitted_at", "run_id")
_NONE = "No model was fitted yet: name `segments` or `customer_values` in conf/settings.yml."


@app.command("list")
def list_models(
    warehouse: options.Warehouse = None, target: options.Target = None, json: options.Json = False
) -> None:
    """List the versions of every model, the newest first.

    \b
    Examples:
      chunks models list
      chunks models list --json
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.serving.models import versions  # noqa: PLC0415 - brings Spark

    rows = versions(opened(where))
    if json:
        emit(rows)
    elif not rows:
        say(_NONE)
    else:
        grid(_COLUMNS, [tuple(r[c] for c in _COLUMNS) for r in rows], right=("version",))


@app.command("show")
def show(
    model: Annotated[str, typer.Argument(help="Its name, as `chunks models list` tells.")],
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="The champion without it.", show_default=False)
    ] = None,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    json: options.Json = False,
) -> None:
    """Show what was measured of a version and why it is as it is; with --json its whole document.

    \b
    Examples:
      chunks models show segments
      chunks models show customer_values --version 1 --json
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.serving.models import version_of  # noqa: PLC0415 - brings Spark

    told = version_of(opened(where), model, version)
    if json:
        emit(told)
        return
    say(f"{told['model']} {told['version']} ({told['alias'] or 'no alias'}), as of {told['as_of']}")
    for said in told["notes"]:
        say(said)
    grid(("measured", "value"), sorted(told["metrics"].items()), right=("value",))
    _show_segments(told["document"])


@app.command("promote")
def promote(
    model: Annotated[str, typer.Argument(help="Its name, as `chunks models list` tells.")],
    version: Annotated[
        int | None,
        typer.Option("--version", min=1, help="The challenger without it.", show_default=False),
    ] = None,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    json: options.Json = False,
) -> None:
    """Let a version score from the next run on.

    \b
    Examples:
      chunks models promote segments
      chunks models promote segments --version 2
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.flow.job import new_run_id  # noqa: PLC0415 - brings Spark
    from customer_chunks.flow.registry import promote as promoted  # noqa: PLC0415 - brings Spark
    from customer_chunks.storage.lease import leased  # noqa: PLC0415 - brings Spark

    store = opened(where, writes=True)
    with leased(where.folder, f"promote-{new_run_id()}"):
        number = promoted(store, model, version)
    if json:
        emit({"model": model, "champion": number})
        return
    say(f"{model} {number} is champion.")
    note("`chunks run` fills the tables with it.")


@app.command("publish")
def publish(
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    settings: options.SettingsFile = None,
    json: options.Json = False,
) -> None:
    """Publish versions and aliases to MLflow; where the settings say `mlflow`, a run that fits does so.

    \b
    Examples:
      chunks models publish
      chunks models publish --settings conf/settings.yml --json
    """  # noqa: D301 - \b keeps lines apart in the help
    where, chosen = filled(warehouse, target), settings_of(settings)
    from customer_chunks.cli.progress import waiting  # noqa: PLC0415 - brings rich
    from customer_chunks.config.model_settings import TrackingSettings  # noqa: PLC0415 - not for --help
    from customer_chunks.flow.tracking import publish as published  # noqa: PLC0415 - an extra

    store = opened(where)
    with waiting("Publishing to MLflow"):
        asked = chosen.tracking or TrackingSettings()
        done = published(store, asked, chosen.reporting_currency or "")
    if json:
        emit({"published": done})
        return
    for name in done:
        say(f"{name} is published.")
    if not done:
        say("MLflow has every version.")


def _show_segments(document: dict[str, Any]) -> None:
    segments = document.get("learnt", {}).get("segments", [])
    if segments:
        rows = [
            (s["number"], s["name"], s["customers"], f"{s['share']:.1%}", s["description"]) for s in segments
        ]
        grid(("segment", "name", "customers", "share", "description"), rows, right=("customers", "share"))
