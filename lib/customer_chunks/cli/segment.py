"""``chunks segment``."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, note, say

app = typer.Typer(
    name="segment", help="Segments of customers, or of the rows of any file.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip


class Method(str, Enum):
    """How rows are clustered."""

    KMEANS = "kmeans"
    DBSCAN = "dbscan"


class Scale(str, Enum):
    """How columns come to comparable scales."""

    NONE = "none"
    STANDARD = "standard"
    ROBUST = "robust"


@app.command("try", short_help="Cluster the rows of any file.")
def try_(  # noqa: PLR0913, PLR0917 - one parameter an option
    data: Annotated[Path, typer.Option("--data", metavar="FILE", help="CSV, Parquet, Excel or JSON.")],
    columns: Annotated[
        str, typer.Option("--columns", metavar="A,B,C", help="Columns of numbers, parted by commas.")
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FILE", help="The rows with `cluster` beside: .csv, .parquet."),
    ],
    method: Annotated[Method, typer.Option("--method", help="How rows are clustered.")] = Method.KMEANS,
    k: Annotated[int, typer.Option("--k", help="kmeans: how many clusters.")] = 8,
    eps: Annotated[float, typer.Option("--eps", help="dbscan: greatest distance of neighbours.")] = 0.5,
    min_points: Annotated[
        int, typer.Option("--min-points", help="dbscan: neighbours of a core row, itself too.")
    ] = 5,
    scale: Annotated[
        Scale, typer.Option("--scale", help="none clusters the numbers as they are.")
    ] = Scale.NONE,
    seed: Annotated[int, typer.Option("--seed", help="Of everything drawn.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    json: options.Json = False,
) -> None:
    """Cluster the rows of any file, to judge a method before a warehouse is there.

    Rows keep their order. A row that lacks a number has no cluster; noise is -1. kmeans tells beside the
    cluster the distance to its centre, and the margin: 0 at a border, 1 at the centre.

    \b
    Examples:
      chunks segment try --data customers.csv --columns recency,orders,spend --k 6 --scale robust --out c.csv
      chunks segment try --data points.parquet --columns x,y --method dbscan --eps 0.3 --out p.csv
    """  # noqa: D301 - \b keeps lines apart in the help
    from customer_chunks.flow.session import build_session  # noqa: PLC0415 - brings Spark
    from customer_chunks.flow.tried import segments_of  # noqa: PLC0415 - brings Spark
    from customer_chunks.serving.export import check_place, export_frame, format_of  # noqa: PLC0415 - brings Spark

    fmt = format_of(out, None)
    check_place(out, overwrite=overwrite)
    names = [name.strip() for name in columns.split(",") if name.strip()]
    params = {"k": k, "seed": seed, "eps": eps, "min_points": min_points}
    with segments_of(build_session(), data, names, method.value, scale=scale.value, params=params) as tried:
        rows = export_frame(tried.rows, out, fmt)
    told = {"file": out, "rows": rows, "method": method.value, "scale": scale.value, **tried.told}
    if json:
        emit({**told, "notes": tried.notes})
        return
    sizes = [("noise" if c is not None and c < 0 else c, n) for c, n in tried.told["sizes"].items()]
    grid(("cluster", "rows"), sizes, right=("rows",))
    grid(
        ("measure", "value"),
        [(name, value) for name, value in tried.told["measures"].items()],
        right=("value",),
    )
    say(f"{rows:,} rows written to {out}.")
    for said in tried.notes:
        note(said)
