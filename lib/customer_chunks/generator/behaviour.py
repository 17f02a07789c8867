"""When customers buy: the BG/NBD model, played out customer by customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from customer_chunks.generator.company import Company
from customer_chunks.generator.draws import Dice, Floats, Ints
from customer_chunks.generator.seasons import to_calendar
from customer_chunks.generator.traits import FRAUDSTER, Traits


@dataclass(frozen=True)
class Purchases:
    """Regular purchases: the customer's place among the traits, which of theirs (from 0), and the day.

    ``alive_until`` has one number a customer: the day of the purchase after which they dropped out, or
    infinity for those who are alive at the end. Days are calendar days from 0, with fractions.
    """

    who: Ints
    slot: Ints
    day: Floats
    alive_until: Floats


def purchases(company: Company, people: Traits) -> Purchases:
    """Return all regular purchases of customers, the first one on the day they joined.

    Rates and dropouts are those of the traits; waiting times between purchases are exponential in business
    time (see ``seasons``), and after each repeat purchase a coin of bias ``dropout`` decides about the next.
    """
    dice = Dice(company.seed)
    now, alive_until = people.joined.copy(), np.full(len(people.ids), np.inf)
    active = np.flatnonzero(~people.is_prospect)
    rounds: list[tuple[Ints, int, Floats]] = []
    for slot in range(company.purchasing.most_orders):
        if not len(active):
            break
        rounds.append((active, slot, now[active]))
        ids = people.ids[active]
        leaves = dice.chance("leaves", ids, people.dropout[active] if slot else 0.0, slot)
        leaves |= people.oddity[active] == FRAUDSTER  # who vanishes after the burst
        alive_until[active[leaves]] = now[active[leaves]]
        active, ids = active[~leaves], ids[~leaves]
        now[active] += dice.exponential("wait", ids, slot) / people.rate[active]
        active = active[now[active] < company.days]
    who = np.concatenate([r[0] for r in rounds]) if rounds else np.zeros(0, dtype=np.int64)
    slots = np.concatenate([np.full(len(r[0]), r[1]) for r in rounds]) if rounds else who
    times = np.concatenate([r[2] for r in rounds]) if rounds else np.zeros(0)
    day = to_calendar(company, people.segment[who], times)
    return Purchases(who, slots, day, to_calendar(company, people.segment, alive_until))
