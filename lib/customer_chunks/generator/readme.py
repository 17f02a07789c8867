"""The page that lies beside a company's files and says what is where."""

from __future__ import annotations

from customer_chunks.generator.company import ZONE, Company
from customer_chunks.generator.files import Written

_PAGE = """\
# A simulated company

{customers:,} customers over {days} days, {begins} to {ends}, seed {seed}. Nobody in here exists.
The first delivery holds {backfill} days, {daily} deliveries of one day follow.
The same numbers give the same rows.

```bash
chunks run --sources sources --settings settings.yml --warehouse warehouse
```

| files | rows | is |
|---|---:|---|
{files}

`rows` counts copies, corrections and spoilt rows too. Days and reports are told by {zone}.

## The truth, which no system of the company knows

| in `truth/` | one row is |
|---|---|
| `persons/` | a person: name, planted segment and taste, rate, dropout, order value, alive until, oddity |
| `person_ids/` | an id under which a system knows a person, and what is written differently there |
| `orders/` | an order as a correct reader has it: customer, amount, lines; oddity, campaign, late |
| `spoilt_lines/` | an order line that was copied, corrected or spoilt |
| `campaign_members/` | a person treated by, or held out from, a campaign |
| `campaigns.csv` | a campaign: window, reduction, true effect |
| `odd_days.csv` | a day that went wrong |
| `segments.csv`, `tastes.csv` | a planted segment; a taste and its categories |
| `accounts.csv` | how many rows of a feed a correct reader accepts, drops, excludes, quarantines |
| `parameters.json` | every parameter of the company |
"""


def readme(company: Company, written: tuple[Written, ...]) -> str:
    """Return the page as Markdown."""
    rows = [
        f"| `{w.export.system}/{w.export.stem}_*.{w.export.dialect.ending}` "
        f"| {sum(w.fates.values()):,} | {w.export.entity} |"
        for w in written
    ]
    return _PAGE.format(
        customers=company.customers,
        days=company.days,
        begins=company.begins_on,
        ends=company.day(company.days - 1),
        seed=company.seed,
        backfill=company.backfill_days,
        daily=company.daily,
        files="\n".join(rows),
        zone=ZONE,
    )
