"""How often the first guess is right, on labelled exports in the manner of many systems and languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from customer_chunks.config.mapping import read_mapping
from customer_chunks.sources.draft import Draft, Guess, draft_mapping
from tests.unit.sources.draft_corpus import TUNED
from tests.unit.sources.draft_corpus_held_out import HELD_OUT
from tests.unit.sources.draft_export import Export

FLOOR = 0.9
Maker = Callable[[], Export]


def drafted(export: Export, folder: Path) -> Draft:
    return draft_mapping(export.write(folder), relative_to=folder)


def label_of(export: Export, guess: Guess, position: int) -> str:
    if isinstance(export.labels, list):
        return export.labels[position]
    return next(v for k, v in export.labels.items() if guess.column == k or guess.column.endswith(f".{k}"))


def is_right(guess: Guess, label: str) -> bool:
    given = {guess.field or "", f"{guess.entity}.{guess.field}"}
    return bool(given & set(label.split("|")))


def shares(makers: tuple[Maker, ...], folder: Path) -> dict[str, float]:
    found = {}
    for make in makers:
        export = make()
        guesses = drafted(export, folder).columns
        right = [is_right(guess, label_of(export, guess, n)) for n, guess in enumerate(guesses)]
        found[make.__name__] = sum(right) / len(right)
        found[f"{make.__name__}:n"] = len(right)
    return found


def overall(found: dict[str, float]) -> float:
    names = [name for name in found if not name.endswith(":n")]
    columns = sum(found[f"{name}:n"] for name in names)
    return sum(found[name] * found[f"{name}:n"] for name in names) / columns


@pytest.mark.parametrize("makers", [TUNED, HELD_OUT], ids=["tuned", "held_out"])
def test_nine_in_ten_first_guesses_are_right(makers: tuple[Maker, ...], tmp_path: Path) -> None:
    found = shares(makers, tmp_path)

    assert overall(found) >= FLOOR, {n: s for n, s in found.items() if s < 1}


def test_corpus_is_as_varied_as_it_claims() -> None:
    exports = [make() for make in (*TUNED, *HELD_OUT)]

    assert len(exports) >= 40
    assert len(HELD_OUT) * 3 >= len(TUNED)
    assert {e.file.rpartition(".")[2] for e in exports} == {"csv", "txt", "json", "jsonl"}


@pytest.mark.parametrize("make", [*TUNED, *HELD_OUT], ids=lambda make: make.__name__)
def test_every_draft_is_a_valid_mapping(make: Maker, tmp_path: Path) -> None:
    export = make()
    target = tmp_path / "draft.yml"
    target.write_text(drafted(export, tmp_path).yaml, encoding="utf-8")

    mapping = read_mapping(target)

    assert [Path(p).name for p in mapping.feeds[0].paths] == [export.file]


@pytest.mark.parametrize("make", TUNED, ids=lambda make: make.__name__)
def test_tuned_exports_fill_the_right_entities(make: Maker, tmp_path: Path) -> None:
    export = make()

    entities = {guess.entity for guess in drafted(export, tmp_path).columns if guess.entity}

    assert entities == export.entities


def test_same_file_gives_the_same_draft(tmp_path: Path) -> None:
    export = TUNED[0]()

    assert drafted(export, tmp_path).yaml == drafted(export, tmp_path).yaml


def test_most_columns_of_a_sale_are_known_without_any_name(tmp_path: Path) -> None:
    named = ("online_retail", "italian_till", "gross_and_net", "headerless_receipts")
    core = {"order_id", "customer_id", "ordered_at", "product_id", "quantity", "unit_price", "line_amount"}
    wanted = right = 0
    for make in (m for m in TUNED if m.__name__ in named):
        export = make()
        lines = export.body.splitlines(keepends=True)
        body = b"".join(lines[1:]) if make.__name__ != "headerless_receipts" else export.body
        bare = Export(export.file, body, export.labels, export.entities)
        for guess, label in zip(drafted(bare, tmp_path).columns, list(export.labels), strict=True):
            wanted += label in core
            right += label in core and guess.field == label

    assert right / wanted >= FLOOR
