"""An independent judge: the fixed definitions computed by DuckDB, and dirty made-up shops to compute them on.

Nothing here imports the product, and nothing of the product may be imported here.
"""

from __future__ import annotations

from .compare import assert_same_table
from .definitions import Oracle, Settings
from .dirty_shop import DirtyShop, write_dirty_shop
from .fixed_width import write_fixed_width
from .raw import LineFeed

__all__ = [
    "DirtyShop",
    "LineFeed",
    "Oracle",
    "Settings",
    "assert_same_table",
    "write_dirty_shop",
    "write_fixed_width",
]
