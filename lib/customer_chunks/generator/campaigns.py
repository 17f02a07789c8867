"""Campaigns with a control group and a known effect.

A campaign is sent to the customers of its segments whom the CRM may write to, four in five of
them; the fifth is held out. Whoever received it and is still alive places an extra order in its
window with probability ``effect``. Nothing else differs between the groups, so the true uplift is
``effect`` orders for each living customer who was treated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from customer_chunks.generator.company import Company
from customer_chunks.generator.draws import Bools, Dice, Floats, Ints
from customer_chunks.generator.segments import SEGMENTS

NOBODY, TREATED, CONTROL = 0, 1, 2
GROUPS = ("none", "treated", "control")
TREATED_SHARE = 0.8
FIRST_SLOT = 800
"""Extra orders have order slots of their own, so that they never move a regular one."""


@dataclass(frozen=True)
class Campaign:
    """One campaign; ``begins`` is the share of the history that is over when it starts."""

    code: str
    begins: float
    days: int
    segments: tuple[str, ...]
    channel: str
    discount: float
    effect: float

    def first_day(self, company: Company) -> int:
        """Return the day number on which it is sent."""
        return int(self.begins * company.days)

    def length(self, company: Company) -> int:
        """Return how many days it runs; short histories have short campaigns."""
        return max(3, min(self.days, company.days // 8))


CAMPAIGNS = (
    Campaign("SPRING-SAVER", 0.30, 14, ("bargain_hunters", "household_stockers"), "email", 0.15, 0.10),
    Campaign("PREMIUM-NIGHT", 0.50, 7, ("premium_shoppers",), "post", 0.10, 0.14),
    Campaign("WEB-WEEK", 0.65, 10, ("online_natives", "bargain_hunters"), "email", 0.20, 0.08),
    Campaign("GIFT-GUIDE", 0.80, 14, tuple(s.name for s in SEGMENTS), "email", 0.10, 0.05),
)


def group_of(company: Company, campaign: Campaign, ids: Ints, segment: Ints, reachable_from: Floats) -> Ints:
    """Return each customer's group: nobody, treated or control.

    Args:
        company: The company.
        campaign: The campaign.
        ids: The customers.
        segment: Planted segment.
        reachable_from: The day from which on the CRM may write to them; infinity for never.
    """
    aimed = np.isin(segment, [i for i, s in enumerate(SEGMENTS) if s.name in campaign.segments])
    asked = aimed & (reachable_from < campaign.first_day(company))
    treated = Dice(company.seed).chance(f"campaign.{campaign.code}", ids, TREATED_SHARE)
    return np.where(asked, np.where(treated, TREATED, CONTROL), NOBODY)


def extra_orders(
    company: Company, campaign: Campaign, ids: Ints, group: Ints, alive_until: Floats
) -> tuple[Bools, Floats]:
    """Return who places an extra order because of the campaign, and on which day (with fraction)."""
    dice, begins = Dice(company.seed), campaign.first_day(company)
    responds = dice.chance(f"response.{campaign.code}", ids, campaign.effect)
    when = dice.uniform(f"response.day.{campaign.code}", ids)
    day = begins + 1 + (campaign.length(company) - 1) * when
    return (group == TREATED) & (alive_until > begins) & responds, day
