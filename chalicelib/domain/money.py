"""Money: what saying something costs, what is spent and planned of a cap, and when a cap would be reached.

Amounts are whole micro-dollars (millionths of a US dollar) everywhere; a month is a calendar month in UTC, as the
platforms that ask money count it. Nothing here knows a price list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.domain.post import Variant, VariantState

DOLLAR = 1_000_000

BRAKE_AT = 900
"""At how many permille of a month's cap what costs money is stopped, unless the workspace says otherwise."""

_TO_COME = frozenset({VariantState.SCHEDULED, VariantState.HELD, VariantState.AWAITING_APPROVAL})


@dataclass(frozen=True, slots=True)
class Cost:
    """What one variant is to cost, whole: when it would be paid, and where the request said so.

    instead: the same without what makes it dear, and `without` says what that is; None where nothing does.
    """

    micro_usd: int
    at: datetime
    pointer: str = ""
    instead: int | None = None
    without: str = ""


@dataclass(frozen=True, slots=True)
class Purse:
    """What is spent and planned of one cap. `cap` None: there is no limit."""

    spent: int
    planned: int
    cap: int | None

    @property
    def left(self) -> int | None:
        """What may still be planned; negative where more is planned than may be spent."""
        return None if self.cap is None else self.cap - self.spent - self.planned


def dollars(micro_usd: int) -> str:
    """An amount in words: two decimals, more where they say something (`$0.20`, `$0.015`, `-$1.50`)."""
    whole, rest = divmod(abs(micro_usd), DOLLAR)
    decimals = f"{rest:06}".rstrip("0").ljust(2, "0")
    return f"{'-' if micro_usd < 0 else ''}${whole:,}.{decimals}"


def month_of(at: datetime) -> str:
    """The month in which an instant lies, in UTC: `2026-11`."""
    return f"{at.astimezone(UTC):%Y-%m}"


def day_of(at: datetime) -> str:
    """The day in which an instant lies, in UTC: `2026-11-03`."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def month_after(at: datetime) -> datetime:
    """When the next month begins."""
    known = at.astimezone(UTC)
    year, month = (known.year, known.month + 1) if known.month < 12 else (known.year + 1, 1)
    return datetime(year, month, 1, tzinfo=UTC)


def month_begins(at: datetime) -> datetime:
    """When the month of an instant began."""
    known = at.astimezone(UTC)
    return datetime(known.year, known.month, 1, tzinfo=UTC)


def to_pay(variant: Variant) -> int:
    """What a variant is still to cost. The part that is being said is paid already: its claim took the money."""
    after_this = sum(variant.costs[len(variant.said) + 1 :])
    if variant.state is VariantState.SENDING:
        return after_this
    return variant.micro_usd + after_this if variant.state in _TO_COME else 0


def paid_at(variant: Variant, now: datetime) -> datetime:
    """When it would be paid: at its time, or now where that has passed."""
    return max(variant.schedule.at, variant.not_before, now)


def refusal(cost: Cost, purse: Purse, of: str = "this month") -> str | None:
    """Why something may not be planned: it would pass the cap. None where it fits, or costs nothing.

    of: what the cap is for, as the sentence ends (`this month`, `for this campaign`).
    """
    if purse.left is None or cost.micro_usd == 0 or cost.micro_usd <= purse.left:
        return None
    cheaper = f", without {cost.without} {dollars(cost.instead)}" if cost.instead is not None and cost.without else ""
    taken, cap = dollars(purse.spent + purse.planned), dollars(purse.cap or 0)
    return f"this post costs {dollars(cost.micro_usd)}{cheaper}; {taken} of {cap} are spent or planned {of}"


def near(spent: int, cap: int | None, permille: int) -> bool:
    """Whether so much of a cap is spent that what costs money is to be stopped."""
    return cap is not None and spent * 1000 >= cap * permille


def reached_on(spent: int, planned: Sequence[tuple[datetime, int]], cap: int | None) -> datetime | None:
    """When what is planned, in the order of its times, would first pass the cap; None where it never does."""
    if cap is None:
        return None
    for at, micro_usd in sorted(planned, key=lambda one: one[0]):
        spent += micro_usd
        if spent > cap:
            return at
    return None
