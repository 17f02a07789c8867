"""``chunks value``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, note, say

app = typer.Typer(
    name="value", help="Lifetime values of customers.", no_args_is_help=True, rich_markup_mode=None
)


_HORIZON = 365


@app.command("try", short_help="Fit lifetime values to the purchases in any file.")
def try_(  # noqa: PLR0913, PLR0917 - one parameter an option
    data: Annotated[Path, typer.Option("--data", metavar="FILE", help="A row per purchase, or line of one.")],
    customer: Annotated[str, typer.Option("--customer", metavar="COL", help="Column of the customer.")],
    date: Annotated[str, typer.Option("--date", metavar="COL", help="Column of the day.")],
    amount: Annotated[str, typer.Option("--amount", metavar="COL", help="Column of the amount.")],
    holdout_from: Annotated[
        datetime | None,
        typer.Option(
            "--holdout-from",
            formats=["%Y-%m-%d"],
            metavar="DATE",
            show_default=False,
            help="First day that the fit does not see; errors of what it foretells from there are told.",
        ),
    ] = None,
    date_format: Annotated[
        list[str] | None,
        typer.Option(
            "--date-format",
            metavar="PATTERN",
            help="How dates that are text are written, as dd.MM.yyyy; several are tried in order. "
            "Default: found out.",
            show_default=False,
        ),
    ] = None,
    decimal: options.DecimalMark = None,
    horizon: Annotated[
        int | None,
        typer.Option(
            "--horizon",
            metavar="DAYS",
            min=1,
            show_default=str(_HORIZON),
            help="Days ahead, where there is no hold-out.",
        ),
    ] = None,
    discount: Annotated[
        float, typer.Option("--discount", min=0, max=1, help="Of a year, as a share: 0.1.")
    ] = 0.0,
    margin: Annotated[
        float, typer.Option("--margin", min=0, max=1, help="Share of an amount that is profit: 0.3.")
    ] = 1.0,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="A row per customer: .csv, .parquet.", show_default=False
        ),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option("--pictures", metavar="DIR", help="Draw what was found.", show_default=False),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    json: options.Json = False,
) -> None:
    """Fit BG/NBD and gamma-gamma to the purchases in any file, and look how well they foretell a hold-out.

    Purchases of one customer on one day count as one; negative amounts are no purchases.

    \b
    Examples:
      chunks value try --data orders.csv --customer id --date day --amount total --holdout-from 2024-10-01
      chunks value try --data orders.parquet --customer id --date day --amount total --margin 0.3 --out v.csv
    """  # noqa: D301 - \b keeps lines apart in the help
    from customer_chunks.flow.session import build_session  # noqa: PLC0415 - brings Spark
    from customer_chunks.flow.tried_purchases import Purchases  # noqa: PLC0415 - brings Spark
    from customer_chunks.flow.tried_values import values_of  # noqa: PLC0415 - brings Spark
    from customer_chunks.serving.export import check_folder, check_place, export_frame, format_of  # noqa: PLC0415 - brings Spark

    check_folder(pictures)
    fmt = format_of(out, None) if out is not None else ""
    if out is not None:
        check_place(out, overwrite=overwrite)
    since = holdout_from.date() if holdout_from is not None else None
    params = {"horizon_days": horizon or _HORIZON, "discount": discount, "margin": margin}
    mark = decimal.value if decimal is not None else None
    columns = Purchases(customer, date, amount, tuple(date_format or ()), mark)
    with values_of(build_session(), data, columns, holdout_from=since, params=params) as tried:
        rows = export_frame(tried.rows, out, fmt) if out is not None else None
    if since is not None and horizon is not None:
        tried.notes.insert(0, f"--horizon {horizon} counts for nothing: the hold-out's days are foretold.")
    drawn = _drawn(tried.told, tried.drawn["values"], pictures)
    if json:
        emit({**tried.told, "file": out, "notes": tried.notes, "pictures": drawn})
        return
    _show(tried.told)
    if out is not None:
        say(f"{rows:,} customers written to {out}.")
    if drawn:
        say(f"{len(drawn)} pictures in {pictures}.")
    for said in tried.notes:
        note(said)


def _drawn(told: dict[str, Any], values: list[float], folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    from customer_chunks.flow.trial_pictures import draw_values  # noqa: PLC0415 - an extra

    return draw_values(told, values, folder)


def _show(told: dict[str, Any]) -> None:
    say(
        f"{told['customers']:,} customers, {told['purchases']:,} days with purchases "
        f"from {told['first_day']} to {told['last_day']}; fitted until {told['fitted_until']}."
    )
    weeks, spending = told["parameters_in_weeks"], told["spending"]
    fitted = [("BG/NBD", name, f"{weeks[name]:.4f}") for name in ("r", "alpha", "a", "b")]
    fitted += [("gamma-gamma", name, f"{spending[name]:.4f}") for name in ("p", "q", "v")]
    grid(("model", "parameter (time in weeks)", "value"), fitted, right=("value",))
    worth = told["values"]
    say(
        f"Within {told['horizon_days']} days a customer is worth {worth['mean']:,.2f} on average, "
        f"{worth['median']:,.2f} in the middle, all together {worth['total']:,.2f} (margin "
        f"{worth['margin']:g}, discount {worth['discount']:g} a year); {worth['alive']:.1%} still buy."
    )
    holdout = told.get("holdout")
    if holdout is None:
        return
    names = ("mean_absolute_error", "root_mean_squared_error", "expected", "came", "normalised_gini")
    shown = [(kind, *[f"{holdout[kind][n]:.4f}" for n in names]) for kind in holdout if kind != "tenths"]
    called = {"expected": "expected, a customer", "came": "came, a customer"}
    heads = [called.get(name, name.replace("_", " ")) for name in names]
    grid((f"{told['horizon_days']} days ahead", *heads), shown, right=heads)
    tenths = holdout["tenths"]
    grid(
        [name.replace("_", " ") for name in tenths[0]],
        [[f"{v:.2f}" if isinstance(v, float) else v for v in row.values()] for row in tenths],
    )
