"""What the made-up retailer sells and where: products, descriptions, prices, categories; countries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PRODUCTS = 997
"""A prime, so that stepping through the products meets each one once."""

HOME = "United Kingdom"
EURO_LANDS = (
    "Germany", "France", "EIRE", "Spain", "Netherlands", "Belgium", "Portugal", "Italy", "Finland",
    "Austria", "Cyprus", "Greece", "Malta", "Réunion",
)  # fmt: skip
OTHER_LANDS = (
    "Switzerland", "Australia", "Norway", "Channel Islands", "Côte d'Ivoire", "Sweden", "Denmark", "Japan",
    "Poland", "Iceland", "Singapore", "Israel", "Canada", "Hong Kong", "Lithuania", "Unspecified", "Bahrain",
    "United Arab Emirates", "Lebanon", "RSA", "Czech Republic", "European Community",
)  # fmt: skip
DOLLAR_LAND = "USA"
COUNTRIES = np.array([HOME, *EURO_LANDS, DOLLAR_LAND, *OTHER_LANDS], dtype=object)
CURRENCIES = np.array(
    ["GBP", *["EUR"] * len(EURO_LANDS), "USD", *["GBP"] * len(OTHER_LANDS)],
    dtype=object,
)
DOLLAR_INDEX = len(EURO_LANDS) + 1

_SHAPES = (
    "HEART",
    "STAR",
    "DAISY",
    "POLKA DOT",
    "ROSE",
    "PAISLEY",
    "CHÂTEAU",
    "JØRGEN",
    "ÑANDÚ",
    "RETRO",
    "IVORY",
)
_THINGS = (
    "CAFÉ AU LAIT MUG", 'SIGN "HOME SWEET HOME"', "BOX, SET OF 3", "LUNCH BAG", "CAKE CASES, PACK 60",
    'FRAME 6"x4"', "CRÈME BRÛLÉE DISH", "T-LIGHT HOLDER", "NOTEBOOK; A5", "GIFT WRAP", "CLOCK", "DOORMAT",
)  # fmt: skip
_CATEGORIES = ("Kitchen", "Décor", "Stationery", "Bags & Boxes", "Toys, Games", "Garden", "Fabrics")


@dataclass(frozen=True)
class Catalogue:
    """One entry a product; prices in hundred-thousandths, three a product.

    ``lower_codes`` are the same codes as some clerks type them. ``is_by_metre`` products
    are sold in fractions and have prices of four or five decimals. ``categories`` is
    empty for products without one and None for products that products.csv does not list.
    """

    codes: np.ndarray
    lower_codes: np.ndarray
    descriptions: np.ndarray
    prices: np.ndarray
    is_by_metre: np.ndarray
    categories: tuple[str | None, ...]


def make_catalogue(rng: np.random.Generator, *, punctuation: str = "") -> Catalogue:
    """Return the products; ``punctuation`` goes into some descriptions (where an encoding has it)."""
    numbers = 20000 + rng.permutation(70000)[:PRODUCTS]
    letters = [chr(65 + i % 6) if i % 3 == 0 else "" for i in range(PRODUCTS)]
    codes = [f"{n}{a}" for n, a in zip(numbers.tolist(), letters, strict=True)]
    names = [f"{_SHAPES[i % len(_SHAPES)]} {_THINGS[i % len(_THINGS)]}" for i in range(PRODUCTS)]
    variants = [
        [n, n.title() + punctuation if i % 5 == 0 else n, n + " " if i % 7 else "?"]
        for i, n in enumerate(names)
    ]
    is_by_metre = np.arange(PRODUCTS) % 12 == 0
    cents = np.maximum(rng.lognormal(5.6, 0.9, PRODUCTS).astype(np.int64), 19)
    cents[1::100] = 129_500
    prices = np.stack([cents, np.maximum(cents * 85 // 100, 1), np.maximum(cents * 2 + 1, 1)], axis=1) * 1000
    fine = 100_000 + rng.integers(0, 90_000, PRODUCTS) * 5
    prices[is_by_metre] = np.stack([fine, fine + 5, fine * 2 + 5], axis=1)[is_by_metre]
    categories = tuple(
        None if i % 23 == 0 else "" if i % 29 == 0 else _CATEGORIES[i % len(_CATEGORIES)]
        for i in range(PRODUCTS)
    )
    return Catalogue(
        codes=np.array(codes, dtype=object),
        lower_codes=np.array([c.lower() for c in codes], dtype=object),
        descriptions=np.array(variants, dtype=object),
        prices=prices,
        is_by_metre=is_by_metre,
        categories=categories,
    )
