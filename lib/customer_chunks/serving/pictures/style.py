"""How every picture looks: colours that colour-blind readers tell apart, quiet axes, words that fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Literal, ParamSpec

from customer_chunks.errors import MachineError
from customer_chunks.serving import theme
from customer_chunks.serving.formats import tick
from customer_chunks.serving.pictures.arrays import OTHER
from customer_chunks.serving.pictures.names import wrapped

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

INK, MUTED, LINE, NOISE_GREY, OTHER_GREY = "#16202b", "#566270", "#dfe3e8", "#b4b9bf", "#7d8792"
OKABE_ITO = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#f0e442", "#000000")
FURTHER = ("#730d0d", "#590d73", "#bfd999", "#0d0df2", "#7f4c59", "#408cf2", "#bf0d0d", "#0d0db2")
"""Colours after the first eight: no nearer to another than those are, with full sight, protanopia and
deuteranopia (simulated as Machado et al., 2009, have it)."""
COLOURS = (*OKABE_ITO, *FURTHER)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_DASHES: tuple[tuple[float, Sequence[float]] | Literal["solid"], ...] = (
    "solid",
    (0, (5, 2)),
    (0, (2, 1.5)),
    (0, (6, 2, 1.5, 2)),
)
SEQUENTIAL, DIVERGING = "Blues", "RdBu_r"
"""Colour maps of ColorBrewer that are safe for colour-blind readers."""

WIDTH, PIXELS_AN_INCH = 9.0, 100
SHARP = 2
"""A saved PNG has twice the pixels, for dense screens."""
TITLE, TEXT, SMALL = 13, 10.5, 9.5
TITLE_LETTERS, NOTE_LETTERS = 70, 128
_SCRIPTS = ("Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans Arabic", "Noto Sans Devanagari",
            "PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Arial Unicode MS")  # fmt: skip
_LIGHT = 0.19
"""Luminance from which ink is read more easily than white."""

P = ParamSpec("P")


def colour_of(label: int) -> str:
    """Return the colour of a cluster, the same in every picture; noise and OTHER (below zero) are grey."""
    if label < 0:
        return OTHER_GREY if label == OTHER else NOISE_GREY
    return COLOURS[label % len(COLOURS)]


def marker_of(label: int) -> str:
    """Return the marker of a cluster: another for every eight, so that it tells where colours are many."""
    return "." if label < 0 else MARKERS[label // len(OKABE_ITO) % len(MARKERS)]


def shape_of(place: int) -> str:
    """Return the marker of a line: another one each, so that colour is not all that tells lines apart."""
    return MARKERS[place % len(MARKERS)]


def dashes_of(place: int) -> tuple[float, Sequence[float]] | Literal["solid"]:
    """Return how a line is dashed: another way for each of four."""
    return _DASHES[place % len(_DASHES)]


def ink_on(colour: str | Sequence[float]) -> str:
    """Return ink or white, whichever is read more easily on a colour (``#rrggbb``, or from 0 to 1)."""
    if isinstance(colour, str):
        return ink_on([int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    luminance = sum(weight * c**2.2 for weight, c in zip((0.2126, 0.7152, 0.0722), colour[:3], strict=True))
    return INK if luminance > _LIGHT else "#ffffff"


@contextmanager
def drawing() -> Iterator[None]:
    """Set matplotlib up for a picture inside the block, and put everything back after it.

    Raises:
        MachineError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an optional extra, half a second to import
        from matplotlib import font_manager  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise MachineError(
            "A picture needs the package 'matplotlib', which is not installed.",
            "Run: pip install 'customer-chunks[report]'.",
        ) from None
    with theme.drawing():
        known = set(font_manager.get_font_names())
        mpl.rcParams["font.family"] = ["DejaVu Sans", *[name for name in _SCRIPTS if name in known]]
        mpl.rcParams["font.size"] = TEXT
        yield


def drawn(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """Let a function draw in this style, whatever the caller's settings of matplotlib are."""

    @wraps(function)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with drawing():
            return function(*args, **kwargs)

    return styled


def sheet(title: str, *, height: float, note: str = "") -> Figure:
    """Return an empty figure 900 pixels wide, its title above and what to know when reading it below.

    Args:
        title: What is shown.
        height: Inches; one is 100 pixels.
        note: One or two sentences.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - an optional extra
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415 - an optional extra

    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08)
    figure = Figure(figsize=(WIDTH, height), dpi=PIXELS_AN_INCH, layout=layout, facecolor="white")
    text = wrapped(title, TITLE_LETTERS)
    figure.suptitle(text, x=0.012, ha="left", fontsize=TITLE, fontweight="bold", color=INK)
    if note:
        text = wrapped(note, NOTE_LETTERS, lines=3)
        figure.supxlabel(text, x=0.012, ha="left", fontsize=SMALL, color=MUTED)
    return figure


def nothing(title: str, why: str) -> Figure:
    """Return a picture that says why there is nothing to see."""
    figure = sheet(title, height=2)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.text(0.5, 0.5, wrapped(why, 90), ha="center", va="center", color=MUTED, transform=axes.transAxes)
    return figure


def plain_axes(axes: Axes, x: str = "", y: str = "", *, grid: str = "", numbers: str = "") -> None:
    """Make axes quiet and name them.

    Args:
        axes: To change.
        x: Title with unit.
        y: Title with unit.
        grid: Whose ticks have lines: x, y or both.
        numbers: Whose ticks are numbers that are written short: x, y or both.
    """
    from matplotlib.ticker import FuncFormatter  # noqa: PLC0415 - an optional extra

    for name, side in axes.spines.items():
        side.set_visible(name in {"left", "bottom"})
        side.set_color(LINE)
    axes.set_xlabel(x, color=INK, fontsize=TEXT)
    axes.set_ylabel(y, color=INK, fontsize=TEXT)
    axes.tick_params(which="both", colors=MUTED, labelsize=TEXT, length=0, pad=5)
    if grid:
        axes.grid(visible=True, axis=grid, color=LINE, linewidth=0.8)  # type: ignore[arg-type]  # literals
        axes.set_axisbelow(True)
    for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        if numbers in {name, "both"}:
            axis.set_major_formatter(FuncFormatter(lambda value, _: tick(round(value, 10))))


def legend_beside(axes: Axes, handles: Sequence[Artist], texts: Sequence[str]) -> Legend:
    """Explain colours at the right of the axes, top first."""
    return axes.legend(
        handles, texts, loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, frameon=False,
        fontsize=SMALL, labelcolor=INK, handletextpad=0.4, handlelength=1, handleheight=1, labelspacing=0.6,
    )  # fmt: skip
