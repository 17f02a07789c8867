"""The HTML report: headline numbers by hand, nothing hidden in pictures, nothing from elsewhere."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from customer_chunks.errors import MachineError, StorageError
from customer_chunks.serving.formats import number, percent, plain, query, short, shorten, size, span
from customer_chunks.serving.report import ReportData, write_report
from customer_chunks.serving.report.bars import Bar, draw_shares
from customer_chunks.serving.report.data import timeline
from customer_chunks.serving.report.heatmap import level
from customer_chunks.serving.report.quality import balance
from customer_chunks.serving.report.rfm import meanings

EMPTY = pd.DataFrame()
FRAMES = (
    "kpi_daily",
    "kpi_by_dimension",
    "rfm_segments",
    "rfm_grid",
    "accounts",
    "quarantine",
    "warnings",
    "tables",
    "profile_summary",
)
VOID = {"meta", "br", "link", "img", "input", "hr"}


def kpi_days(amounts: list[float], returns: float = 0.0, first: date = date(2024, 1, 1)) -> pd.DataFrame:
    """One row a day: two orders and two customers, one of them new."""
    return pd.DataFrame(
        {
            "day": [first + timedelta(days=index) for index in range(len(amounts))],
            "dimension": "all",
            "value": "all",
            "gross_revenue": amounts,
            "returns_amount": returns,
            "net_revenue": [amount - returns for amount in amounts],
            "orders": 2,
            "active_customers": 2,
            "new_customers": 1,
            "average_order_value": [amount / 2 for amount in amounts],
        }
    )


def an_account(entity: str = "orders", rows_read: int = 10, **outcomes: int) -> dict[str, object]:
    """One line of the account; what is not named is zero."""
    zero = dict.fromkeys(("updated", "unchanged", "superseded", "deleted", "duplicate", "excluded"), 0)
    named = {"inserted": rows_read, "quarantined": 0, **zero, **outcomes}
    return {"source": "shop", "feed": "tills", "entity": entity, "rows_read": rows_read, **named}


def report_data(**changes: object) -> ReportData:
    """A small shop: three days, four customers in two segments."""
    grid = [(5, 5, 1, 300.0), (5, 1, 2, 60.0), (1, 1, 1, 40.0)]
    data = ReportData(
        title="Corner shop",
        as_of=date(2024, 1, 4),
        reporting_currency="EUR",
        generated_at=datetime(2024, 1, 4, 13, 30, tzinfo=timezone(timedelta(hours=2))),
        kpi_daily=kpi_days([100.0, 200.0, 150.0], returns=50.0),
        kpi_by_dimension=pd.DataFrame(
            [("country", "Ireland", 450.0, 300.0, 6), ("channel", "unknown", 450.0, 300.0, 6)],
            columns=["dimension", "value", "gross_revenue", "net_revenue", "orders"],
        ),
        rfm_segments=pd.DataFrame(
            [("Loyal", 1, 300.0, 4, 1.0), ("Others", 3, 100.0, 4, 2.5)],
            columns=["rfm_segment", "customers", "monetary_amount", "purchases", "median_recency_days"],
        ),
        rfm_grid=pd.DataFrame(grid, columns=["r_score", "f_score", "customers", "monetary_amount"]),
        rfm_cut_points={"recency_days": [1, 2, 2, 9.5], "frequency": [1, 2, 3, 4], "monetary_amount": []},
        accounts=pd.DataFrame([an_account(inserted=8, quarantined=2), an_account("products", 5)]),
        quarantine=pd.DataFrame([("orders", "bad_date", 2)], columns=["entity", "reason_code", "rows"]),
        warnings=pd.DataFrame([("orders", "zero_price", 1)], columns=["entity", "code", "rows"]),
        tables=pd.DataFrame(
            [
                ("silver.orders", 6, 2_000, "file:/data/silver/orders", "one order"),
                ("gold.rfm_scores", 1, 1_500_000, "file:/data/gold/rfm_scores", "one customer"),
            ],
            columns=["table", "rows", "bytes", "location", "grain"],
        ),
        profile_summary=pd.DataFrame(
            [("age_band", "", 0.25, None, None, None), ("recency_days", "days", 1.0, 1, 2, 9.5)],
            columns=["feature", "unit", "known_share", "p10", "median", "p90"],
        ),
    )
    return replace(data, **changes)  # type: ignore[arg-type]  # the tests name real fields


class Page(HTMLParser):
    """What a browser makes of the page: text, tags that balance, attributes by name."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.html = path.read_text(encoding="utf-8")
        self.words: list[str] = []
        self.tags: list[str] = []
        self.open_tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open_tags.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open_tags[-1:] != ["style"] and data.strip():
            self.words.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return "\n".join(self.words)

    def values(self, name: str) -> Iterator[str]:
        return (value for attribute, value in self.attributes if attribute == name)


def page_of(folder: Path, **changes: object) -> Page:
    """Write the report with warnings as errors, and parse it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = Page(write_report(report_data(**changes), folder / "deep" / "report.html"))
    assert page.open_tags == []
    return page


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of the small shop."""
    return page_of(tmp_path_factory.mktemp("report"))


def test_headline_numbers_are_the_sums_over_days_and_segments(page: Page) -> None:
    headline = page.words[
        : page.words.index("Revenue over time") if "Revenue over time" in page.words else 40
    ]
    assert "EUR 300" in headline
    assert "EUR 300.00; 33.3% of gross was returned" in headline
    assert headline[headline.index("Orders") + 1] == "6"
    assert headline[headline.index("Customers") + 1] == "4"
    assert "known, with a purchase, 2.0 orders each" in headline
    assert headline[headline.index("Average order value") + 1] == "EUR 75.00"
    assert headline[headline.index("Period") + 1] == "1 Jan \N{EN DASH} 3 Jan 2024"
    assert "15 rows read, 15 accounted for: 100%." in headline
    assert "4 Jan 2024, 11:30 UTC" in page.text


def test_lede_names_the_segment_that_spends_most(page: Page) -> None:
    assert "“Loyal” is 25.0% of customers and 75.0% of what customers spent." in page.text


def test_page_needs_nothing_from_elsewhere_and_runs_no_script(page: Page) -> None:
    outside = [value for _, value in page.attributes if "//" in value]
    assert set(outside) == {"http://www.w3.org/2000/svg"}
    assert not {"script", "link", "img", "iframe", "image"} & set(page.tags)
    assert "@import" not in page.html
    assert all(value.startswith("#") for value in page.values("href"))
    assert set(re.findall(r"url\((.)", page.html)) <= {"#"}


def test_ids_are_unique_and_every_reference_has_its_target(page: Page) -> None:
    ids = list(page.values("id"))
    assert len(ids) == len(set(ids))
    targets = {value[1:] for value in page.values("href")} | set(re.findall(r"url\(#([^)]+)\)", page.html))
    assert targets <= set(ids)


def test_every_drawing_has_words_for_those_who_do_not_see_it(page: Page) -> None:
    assert page.tags.count("svg") == page.html.count('role="img" aria-label="')
    assert not re.search(r'role="img" aria-label=""', page.html)
    assert page.tags.count("svg") == 13  # revenue, segments and accounts twice; seven that serve every width


def test_numbers_of_the_pictures_stand_in_tables(page: Page) -> None:
    words = page.words
    first = words.index("2024-01-01")
    assert words[first : first + 8] == ["2024-01-01", "100.00", "50.00", "50.00", "2", "50.00", "2", "1"]
    loyal = max(index for index, word in enumerate(words) if word == "Loyal")
    assert words[loyal : loyal + 8] == ["Loyal", "1", "25.0%", "300.00", "75.0%", "300.00", "4.0", "1"]
    account = words.index("shop / tills")
    assert words[account : account + 6] == ["shop / tills", "orders", "10", "8", "2", "0"]
    assert words[words.index("bad_date") + 1] == "2"
    assert "age_band" in words


def test_tables_stand_gold_first_with_a_command_to_copy(page: Page) -> None:
    words = page.words
    assert words.index("gold.rfm_scores") < words.index("silver.orders")
    assert 'chunks sql "select * from gold.rfm_scores limit 10"' in words
    assert "1 row, 1.5 MB" in words
    assert "file:/data/gold/rfm_scores" in words


def test_rows_that_do_not_add_up_are_said_loudly(tmp_path: Path) -> None:
    wrong = pd.DataFrame([an_account(rows_read=10, inserted=7), an_account("products", 5, inserted=8)])
    page = page_of(tmp_path, accounts=wrong)
    assert 'class="balance bad" role="alert"' in page.html
    assert "shop / tills / orders: 10 rows read, 7 accounted for" in page.words
    assert "shop / tills / products: 5 rows read, 8 accounted for" in page.words
    assert "100%." not in page.text


def test_errors_that_cancel_out_are_still_errors() -> None:
    wrong = pd.DataFrame([an_account(rows_read=10, inserted=7), an_account("products", 5, inserted=8)])
    found = balance(report_data(accounts=wrong))
    assert found.read == found.accounted == 15
    assert len(found.wrong) == 2


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("columns", [True, False])
def test_any_empty_frame_gives_a_page(tmp_path: Path, name: str, columns: bool) -> None:
    full = getattr(report_data(), name)
    page_of(tmp_path, **{name: full.head(0) if columns else EMPTY})


def test_nothing_at_all_gives_a_page_that_says_so(tmp_path: Path) -> None:
    page = page_of(tmp_path, rfm_cut_points={}, reporting_currency="", **dict.fromkeys(FRAMES, EMPTY))
    assert "No purchases and no returns yet." in page.words
    assert "No rows were read, so there is nothing to account for." in page.words
    assert "nan" not in page.text.lower().split()
    assert "svg" not in page.tags


def test_one_day_shows_its_numbers_without_a_line(tmp_path: Path) -> None:
    page = page_of(tmp_path, kpi_daily=kpi_days([80.0]))
    assert "One day only: nothing to draw over time." in page.words
    assert "<details open>" in page.html
    assert "2024-01-01" in page.words


def test_one_customer_gives_a_page(tmp_path: Path) -> None:
    one = report_data()
    page = page_of(tmp_path, rfm_segments=one.rfm_segments.head(1), rfm_grid=one.rfm_grid.head(1))
    assert "100% · 1" in page.words


def test_without_returns_gross_and_net_are_one_line(tmp_path: Path) -> None:
    page = page_of(tmp_path, kpi_daily=kpi_days([1.0, 2.0]))
    assert "Gross = net revenue: there are no returns" in page.words


def test_negative_revenue_gives_a_page_with_a_minus(tmp_path: Path) -> None:
    losses = report_data().rfm_segments.assign(monetary_amount=[-5.0, -7.0])
    page = page_of(tmp_path, kpi_daily=kpi_days([10.0, 10.0], returns=60.0), rfm_segments=losses)
    assert "EUR \N{MINUS SIGN}100" in page.words
    assert "The amounts spent add up to nothing above zero, so they have no shares." in page.words


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "a & b \"c\" 'd' -->",
        "$x^2$ and \\frac",
        "忠実な高額顧客",
        "عملاء مخلصون",
        "Постоянные клиенты",
        "tab\x00and\x1bescape \ud800",
        "W" * 400,
        "#0a00f0 </svg>",
    ],
)
def test_names_are_shown_as_they_are_and_never_run(tmp_path: Path, name: str) -> None:
    data = report_data()
    segments = data.rfm_segments.assign(rfm_segment=[name, "Others"])
    values = data.kpi_by_dimension.assign(value=name)
    page = page_of(tmp_path, title=name, rfm_segments=segments, kpi_by_dimension=values)
    clean = re.sub(r"[\x00\x1b\ud800]", " ", name)
    assert page.words.count(" ".join(clean.split())) >= 4
    assert "script" not in page.tags


def test_dimension_that_nobody_knows_has_no_picture(page: Page) -> None:
    assert "No order tells its channel." in page.words


def test_same_data_give_the_same_page(tmp_path: Path) -> None:
    assert page_of(tmp_path / "a").html == page_of(tmp_path / "b").html


def test_matplotlib_settings_of_the_caller_are_untouched(tmp_path: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - what the test is about

    with mpl.rc_context({"svg.fonttype": "path", "font.size": 33}):
        page_of(tmp_path)
        assert mpl.rcParams["svg.fonttype"] == "path"
        assert mpl.rcParams["font.size"] == 33


def test_twenty_years_of_days_stay_below_a_megabyte(tmp_path: Path) -> None:
    page = page_of(tmp_path, kpi_daily=kpi_days([100.0 + index % 7 for index in range(7_300)], returns=1.0))
    assert len(page.html.encode()) < 1_000_000


@pytest.mark.parametrize("missing", ["matplotlib", "jinja2"])
def test_missing_package_is_told_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure" if missing == "matplotlib" else missing, None)
    with pytest.raises(MachineError, match=r"pip install 'customer-chunks\[report\]'") as caught:
        write_report(report_data(), tmp_path / "report.html")
    assert missing in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_report_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        write_report(report_data(), tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_older_report_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    assert write_report(report_data(), path) == path
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [found.name for found in tmp_path.iterdir()] == ["report.html"]


def test_day_without_sales_counts_as_zero() -> None:
    days = kpi_days([10.0, 99.0, 30.0]).drop(index=1)
    line = timeline(days)
    assert line.frame["net_revenue"].tolist() == [10.0, 0.0, 30.0]
    assert line.frame["average_order_value"].isna().tolist() == [False, True, False]


def test_only_the_rows_of_all_are_added_up() -> None:
    days = pd.concat([kpi_days([10.0, 20.0]), kpi_days([10.0, 20.0]).assign(dimension="country")])
    assert timeline(days).frame["net_revenue"].tolist() == [10.0, 20.0]


def test_decimals_and_nullable_integers_are_numbers() -> None:
    days = kpi_days([1.0, 2.0]).assign(
        gross_revenue=[Decimal("1.2500"), None], orders=pd.array([2, None], dtype="Int64")
    )
    line = timeline(days)
    assert line.frame["gross_revenue"].tolist() == [1.25, 0.0]
    assert line.frame["orders"].tolist() == [2.0, 0.0]


def test_returning_customers_are_the_active_less_the_new() -> None:
    line = timeline(kpi_days([10.0]).assign(active_customers=7, new_customers=3))
    assert line.frame["returning_customers_per_day"].tolist() == [4.0]


@pytest.mark.parametrize(
    ("days", "grain", "window"),
    [
        (0, "day", None),
        (13, "day", None),
        (14, "day", 7),
        (120, "day", 7),
        (121, "day", 28),
        (400, "day", 28),
        (401, "week", 4),
        (2_801, "month", None),
        (12_001, "year", None),
    ],
)
def test_span_chooses_grain_and_average(days: int, grain: str, window: int | None) -> None:
    line = timeline(kpi_days([1.0] * days))
    assert (line.grain, line.window) == (grain, window)


def test_weeks_are_sums_from_monday_and_incomplete_ones_are_left_out() -> None:
    # 3 January 2024 is a Wednesday: 5 days to Sunday, 57 whole weeks, 3 days over.
    line = timeline(kpi_days([10.0] * (5 + 57 * 7 + 3), first=date(2024, 1, 3)))
    assert line.grain == "week"
    assert len(line.frame) == 57
    assert line.left_out == 2
    assert line.frame.index[0] == pd.Timestamp(2024, 1, 8)
    assert set(line.frame["net_revenue"]) == {70.0}
    assert set(line.frame["orders"]) == {14.0}
    assert set(line.frame["orders_per_day"]) == {2.0}


def test_days_that_no_calendar_of_pandas_holds_are_left_out() -> None:
    days = kpi_days([5.0, 6.0]).assign(day=[date(1, 1, 1), date(2024, 1, 1)])
    assert timeline(days).frame["net_revenue"].tolist() == [6.0]


def test_cut_points_tell_what_each_score_means() -> None:
    assert meanings([1, 2, 2, 9.5]) == ["≤ 1", "> 1 to 2", "no value", "> 2 to 9.5", "> 9.5"]
    assert meanings([1, 2, 3, 4], is_reversed=True) == ["> 4", "> 3 to 4", "> 2 to 3", "> 1 to 2", "≤ 1"]
    assert meanings([120.25, 480, 1400.5, 3300.25])[4] == "> 3,300.25"
    assert meanings([100, 200, 1000, 1400.5])[3] == "> 1,000 to 1,400.5"
    assert meanings([1, 2]) == [""] * 5
    assert meanings([1, 2, 3, float("nan")]) == [""] * 5


def test_colour_steps_divide_zero_to_the_greatest() -> None:
    assert [level(value, 70.0) for value in (-5, 0, 9.9, 10, 69.9, 70)] == [0, 0, 0, 1, 6, 6]
    assert level(float("nan"), 70.0) == 0
    assert level(-3.0, -1.0) == 0


def test_one_row_in_a_million_is_still_drawn() -> None:
    figure = draw_shares(
        [Bar("orders", (999_999.0, 1.0, 0.0), ("text",))], ("kept", "quarantined", "new"), 400
    )
    widths = [patch.get_width() for patch in figure.axes[0].patches]  # type: ignore[attr-defined]  # rectangles
    assert widths == [398.0, 2.0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.5, "0.50"),
        (12.34, "12.3"),
        (683.71, "684"),
        (9_994.4, "9,994"),
        (12_345, "12.3 k"),
        (999_600, "1.00 M"),
        (-1_234_567, "\N{MINUS SIGN}1.23 M"),
        (2.5e9, "2.50 bn"),
        (float("nan"), "\N{EN DASH}"),
    ],
)
def test_short_numbers(value: float, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.1234, "12.3%"),
        (0.00001, "< 0.1%"),
        (0.99999, "> 99.9%"),
        (1.25, "125.0%"),
        (float("nan"), "\N{EN DASH}"),
    ],
)
def test_percentages_never_round_a_part_up_to_all(share: float, text: str) -> None:
    assert percent(share) == text


def test_other_formats() -> None:
    assert number(-0.001, 2) == "0.00"
    assert [plain(value) for value in (3.0, 0.25, 98.4, 1234.56, 0.00012)] == [
        "3",
        "0.25",
        "98.4",
        "1,235",
        "0.00012",
    ]
    assert [size(value) for value in (0, 999, 1_500_000)] == ["0 bytes", "999 bytes", "1.5 MB"]
    assert span(date(2023, 12, 30), date(2024, 1, 2)) == "30 Dec 2023 \N{EN DASH} 2 Jan 2024"
    assert span(date(2024, 2, 3), date(2024, 2, 3)) == "3 Feb 2024"
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("高額顧客", 4) == "高…"
    assert query("bronze.my shop") == "chunks sql 'select * from `bronze`.`my shop` limit 10'"


def _palettes() -> list[dict[str, str]]:
    """Return the light and the dark colours of the style sheet."""
    style = files("customer_chunks.serving.report").joinpath("style.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, flags=re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]


def _luminance(colour: str) -> float:
    """Relative luminance, Web Content Accessibility Guidelines 2.2."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    """Contrast ratio, Web Content Accessibility Guidelines 2.2."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [0, 1])
def test_words_and_bars_stand_out_in_light_and_dark(mode: int) -> None:
    colours = _palettes()[mode]
    for step in range(7):
        assert _contrast(colours[f"heat-{step}"], colours[f"on-heat-{step}"]) >= 4.5, step
    for name in ("ink", "muted", "accent"):
        assert min(_contrast(colours[name], colours[ground]) for ground in ("card", "page")) >= 4.5, name
    for name in (
        "net",
        "gross",
        "returns",
        "orders",
        "customers",
        "returning",
        "kept",
        "quarantined",
        "missing",
    ):
        assert _contrast(colours[name], colours["card"]) >= 3, name
    for name in ("good", "bad"):
        assert _contrast(colours[name], colours[f"{name}-back"]) >= 4.5, name


def test_colour_scale_runs_one_way_in_both_modes() -> None:
    light, dark = ([_luminance(colours[f"heat-{step}"]) for step in range(7)] for colours in _palettes())
    assert all(one > other for one, other in pairwise(light))
    assert all(one < other for one, other in pairwise(dark))


def test_every_colour_of_the_drawings_is_defined_in_both_modes(page: Page) -> None:
    used = set(re.findall(r"var\(--([\w-]+)\)", page.html)) - {"font", "mono", "key"}
    light, dark = _palettes()
    assert used <= set(light)
    assert set(light) == set(dark)
    assert not re.search(r"#0a[0-9a-f]{2}f0", page.html)
