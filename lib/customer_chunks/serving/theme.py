"""Figures -> inline SVG whose colours and fonts are the page's own, so that they follow light and dark mode.

A figure is drawn with placeholder colours, one per CSS variable, which are swapped for ``var(--name)`` in the
SVG text. Words stay words: the reader's fonts show them, in any script.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from customer_chunks.errors import MachineError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEAT_LEVELS = 7
_NAMES = (
    "ink",
    "muted",
    "line",
    "card",
    "net",
    "gross",
    "returns",
    "orders",
    "customers",
    "new",
    "returning",
    "kept",
    "superseded",
    "deleted",
    "duplicate",
    "excluded",
    "quarantined",
    "missing",
    *(f"heat-{level}" for level in range(HEAT_LEVELS)),
    *(f"on-heat-{level}" for level in range(HEAT_LEVELS)),
)
COLOURS = {name: f"#0a{index:02x}f0" for index, name in enumerate(_NAMES)}
_VARIABLES = {colour: f"var(--{name})" for name, colour in COLOURS.items()}

_SETTINGS = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.unicode_minus": True,
    "path.simplify": True,
    "path.simplify_threshold": 0.1,
}


def require_libraries() -> None:
    """Raise MachineError unless the packages of the extra ``report`` are installed."""
    try:
        import jinja2  # noqa: F401, PLC0415 - asks only whether it is there
        import matplotlib.figure  # noqa: F401, PLC0415 - asks only whether it is there
    except ImportError as error:
        package = (error.name or "a package").partition(".")[0]
        raise MachineError(
            f"The report needs the package '{package}', which is not installed.",
            "Run: pip install 'customer-chunks[report]'.",
        ) from None


@contextmanager
def drawing() -> Iterator[None]:
    """Set matplotlib up for the report inside the block, and put everything back after it."""
    import matplotlib as mpl  # noqa: PLC0415 - an optional extra, half a second to import

    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)  # type: ignore[arg-type]  # its keys are literals only
        # The reader's fonts draw the text; what matplotlib's own font lacks does not matter.
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        warnings.filterwarnings("ignore", "Matplotlib currently does not support", UserWarning)
        yield


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure of width x height pixels and bare axes all over it: a unit is a pixel, y downwards."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an optional extra

    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    return figure, axes


def box(axes: Axes, corner: tuple[float, float], width: float, height: float, colour: str) -> None:
    """Fill a rectangle, from its upper left corner, with one of the page's colours."""
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - an optional extra

    axes.add_patch(Rectangle(corner, width, height, facecolor=COLOURS[colour], edgecolor="none"))


def to_svg(figure: Figure, name: str) -> str:
    """Return the figure as an SVG element that can stand beside others in one page.

    Args:
        figure: Drawn with ``COLOURS``.
        name: Unique in the page; prefixes every id.
    """
    import matplotlib as mpl  # noqa: PLC0415 - an optional extra

    mpl.rcParams["svg.hashsalt"] = name
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*\n\s*", "\n", text)
    # Words between tags have their "<" and ">" escaped, so only markup is touched.
    text = re.sub(r"<[^>]+>", lambda tag: _page_markup(tag.group(), name), text)
    return text.strip()


def _page_markup(tag: str, name: str) -> str:
    """Swap colours and fonts for the page's, drop ids of groups and make the others unique."""
    if tag.startswith("<svg"):
        view = re.search(r'viewBox="[^"]*"', tag)
        return f'<svg xmlns="http://www.w3.org/2000/svg" {view.group() if view else ""} aria-hidden="true">'
    if tag.startswith("<g id="):
        return re.sub(r' id="[^"]*"', "", tag)
    tag = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{name}-", tag)
    tag = tag.replace("xlink:href", "href").replace("'DejaVu Sans'", "var(--font)")
    return re.sub(r"#0a[0-9a-f]{2}f0", lambda colour: _VARIABLES.get(colour.group(), "currentColor"), tag)
