"""A figure -> an image file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from customer_chunks.errors import ConfigError, StorageError, did_you_mean
from customer_chunks.serving.pictures.style import PIXELS_AN_INCH, SHARP, drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("png", "svg")


def save(figure: Figure, *paths: Path) -> None:
    """Write a figure to files and let go of what it holds; the same figure gives the same bytes.

    Args:
        figure: Empty afterwards.
        paths: Their endings say what they are, .png or .svg; each is replaced when the new one is whole.

    Raises:
        ConfigError: a path has another ending.
        StorageError: a file cannot be written.
    """
    for path in paths:
        kind = path.suffix.lower().lstrip(".")
        if kind not in KINDS:
            raise ConfigError(f"{path}: a picture ends in .png or .svg.", did_you_mean(kind, KINDS))
    for path in paths:
        _write(figure, path)
    figure.clear()


def _write(figure: Figure, path: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - an optional extra

    kind = path.suffix.lower().lstrip(".")
    draft = path.with_name(f".{path.name}.draft")
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with drawing():
            mpl.rcParams["svg.hashsalt"] = path.stem
            figure.savefig(draft, format=kind, dpi=PIXELS_AN_INCH * SHARP, metadata=metadata)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise StorageError(
            f"The picture cannot be written to {path}: {error.strerror or type(error).__name__}.",
            "Give a file in a folder that you may write to.",
        ) from None
