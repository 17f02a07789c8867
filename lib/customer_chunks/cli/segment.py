"""``chunks segment``."""

from __future__ import annotations

from enum import Enum
from math import inf, nan
from pathlib import Path
from typing import Annotated, Any

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, note, say
from customer_chunks.cli.progress import waiting
from customer_chunks.errors import ModelError

_SHOWN = 40
"""Clusters whose sizes are shown."""

app = typer.Typer(
    name="segment", help="Segments of customers, or of the rows of any file.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip


class Method(str, Enum):
    """How rows are clustered."""

    KMEANS = "kmeans"
    BISECTING = "bisecting"
    WARD = "ward"
    MIXTURE = "mixture"
    KMEANS_MLLIB = "kmeans-mllib"
    DBSCAN = "dbscan"
    AUTO = "auto"


class Scale(str, Enum):
    """How columns come to comparable scales."""

    NONE = "none"
    STANDARD = "standard"
    ROBUST = "robust"
    LOG = "log"


@app.command("try", short_help="Cluster the rows of any file.")
def try_(  # noqa: PLR0913, PLR0917 - one parameter an option
    asked: typer.Context,
    data: Annotated[Path, typer.Option("--data", metavar="FILE", help="CSV, Parquet, Excel or JSON.")],
    columns: Annotated[
        str, typer.Option("--columns", metavar="A,B,C", help="Columns of numbers, parted by commas.")
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FILE", help="The rows with `cluster` beside: .csv, .parquet."),
    ],
    method: Annotated[
        Method,
        typer.Option("--method", help="How; auto tries kmeans, bisecting and ward."),
    ] = Method.KMEANS,
    k: Annotated[
        str,
        typer.Option("--k", metavar="K|FROM-TO", help="How many clusters; of a range the best is chosen."),
    ] = "8",
    eps: Annotated[
        str,
        typer.Option("--eps", metavar="DISTANCE|auto", help="dbscan: greatest distance of neighbours."),
    ] = "0.5",
    min_points: Annotated[
        int, typer.Option("--min-points", help="dbscan: neighbours of a core row, itself too.")
    ] = 5,
    scale: Annotated[
        Scale,
        typer.Option("--scale", help="robust: far-out ones at a bound; log: the same, of magnitudes."),
    ] = Scale.NONE,
    decimal: options.DecimalMark = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of everything drawn.")] = 0,
    pictures: Annotated[
        Path | None,
        typer.Option("--pictures", metavar="DIR", help="Draw what was found.", show_default=False),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    json: options.Json = False,
) -> None:
    """Cluster the rows of any file, to judge a method before a warehouse is there.

    Rows keep their order. A row that lacks a number has no cluster; noise is -1. Beside the cluster stand the
    distance to its centre, and the margin: 0 at a border, 1 at the centre. How many values lie out of all
    proportion to the others of their column is told.

    \b
    Examples:
      chunks segment try --data customers.csv --columns recency,orders,spend --k 6 --scale robust --out c.csv
      chunks segment try --data customers.csv --columns recency,spend --method auto --k 3-8 --out c.csv
      chunks segment try --data points.parquet --columns x,y --method dbscan --eps auto --out p.csv
    """  # noqa: D301 - \b keeps lines apart in the help
    from customer_chunks.flow.session import build_session  # noqa: PLC0415 - brings Spark
    from customer_chunks.flow.tried_segments import Wanted, segments_of  # noqa: PLC0415 - brings Spark
    from customer_chunks.serving.export import check_folder, check_place, export_frame, format_of  # noqa: PLC0415 - brings Spark

    check_folder(pictures)
    fmt = format_of(out, None)
    check_place(out, overwrite=overwrite)
    mark = decimal.value if decimal is not None else None
    wanted = Wanted(method.value, _range(k), seed, _distance(eps), min_points, scale.value, mark)
    names = [name.strip() for name in columns.split(",") if name.strip()]
    session = build_session()
    with waiting(_work(wanted.method, *wanted.clusters)), segments_of(session, data, names, wanted) as tried:
        rows = export_frame(tried.rows, out, fmt)
    tried.notes[:0] = _unheard(asked, method)
    drawn = _drawn(tried.drawn, names, pictures)
    told = {"file": out, "rows": rows, "scale": scale.value, **tried.told, "pictures": drawn}
    if json:
        emit({**told, "notes": tried.notes})
        return
    _show(tried.told)
    say(f"{rows:,} {'row' if rows == 1 else 'rows'} written to {out}.")
    if drawn:
        say(f"{len(drawn)} pictures in {pictures}.")
    for said in tried.notes:
        note(said)


def _work(method: str, fewest: int, most: int) -> str:
    if method == "dbscan" or fewest == most:
        return "Clustering"
    return f"Trying {most - fewest + 1:,} numbers of clusters, each on resampled rows too"


def _unheard(asked: typer.Context, method: Method) -> list[str]:
    """Return which options were given that this method has no use for."""
    unused = {"k": "--k"} if method is Method.DBSCAN else {"eps": "--eps", "min_points": "--min-points"}
    given = [
        option for name, option in unused.items()
        if (source := asked.get_parameter_source(name)) is not None and source.name == "COMMANDLINE"
    ]  # fmt: skip
    return [f"{option} counts for nothing: {method.value} does not use it." for option in given]


def _range(k: str) -> tuple[int, int]:
    """Return fewest and most clusters.

    Raises:
        ModelError: it is neither a number nor a range.
    """
    from customer_chunks.config.model_settings import cluster_range  # noqa: PLC0415 - not for --help

    told = cluster_range(k)
    if told is None:
        raise ModelError(f"k must be a whole number of at least 2, or a range, got '{k}'.", "Write 6 or 3-8.")
    return told


def _distance(eps: str) -> float | None:
    if eps == "auto":
        return None
    try:
        distance = float(eps)
    except ValueError:
        distance = nan
    if not 0 < distance < inf:
        raise ModelError(f"eps must be a number above 0 or auto, got '{eps}'.", "Write 0.5 or auto.")
    return distance


def _drawn(drawn: dict[str, Any], columns: list[str], folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    from customer_chunks.flow.trial_pictures import draw_segments  # noqa: PLC0415 - an extra

    return draw_segments(drawn, columns, folder)


def _show(told: dict[str, Any]) -> None:
    if "candidates" in told:
        names = ("method", "k", "silhouette", "stability", "held_out", "smallest", "largest", "against")
        rows = [
            [f"{v:.3f}" if isinstance(v := c[n], float) else v for n in names] for c in told["candidates"]
        ]
        grid([n.replace("_", " ") for n in names], rows, right=names[1:-1])
    sizes = [("noise" if c is not None and c < 0 else c, n) for c, n in told["sizes"].items()]
    grid(("cluster", "rows"), sizes[:_SHOWN], right=("rows",))
    measured = told["measures"]
    unseen = measured["clusters"] + (measured["noise"] > 0) - len(sizes[:_SHOWN])
    if unseen > 0:
        say(f"... and {unseen:,} smaller clusters.")
    grid(("measure", "value"), list(told["measures"].items()), right=("value",))
