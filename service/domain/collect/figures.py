"""The figures of collection as tables, from counts and sums of the ledger to rates; formulas are in docs/figures.md.

A rate is a Decimal with four places, None where nothing could be divided or its window is not over yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from service.domain.collect.costs import Costs
from service.domain.loan.ageing import BEYOND_BUCKETS, BUCKETS
from service.domain.rows import PolicyError

PAID_OFF, WRITTEN_OFF = "paid_off", "written_off"
STATES = (*(name for _, name in BUCKETS), BEYOND_BUCKETS, PAID_OFF, WRITTEN_OFF)
WINDOWS = (30, 60, 90)
PLACES = Decimal("0.0001")

Cell = int | Decimal | str | None


@dataclass(frozen=True, slots=True)
class Roll:
    """Loans in `before` at one month end and in `after` at the next; `fen` is their principal at the former."""

    month: str
    before: str
    after: str
    loans: int
    fen: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """Loans that became overdue in a month, their principal then, and by days since: how many came back to nothing
    overdue, and how many fen were paid on them."""

    month: str
    loans: int
    fen: int
    cured: Mapping[int, int]
    recovered_fen: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Promised:
    """Promises due in a month that are decided. `paid_fen` counts up to what was promised, not beyond."""

    month: str
    decided: int
    kept: int
    fen: int
    paid_fen: int


@dataclass(frozen=True, slots=True)
class Reached:
    """Calls of a month, and those that got the debtor himself on the line."""

    month: str
    calls: int
    right_party: int


@dataclass(frozen=True, slots=True)
class Intensity:
    """Contacts of a week (its Monday) in one tier, and how many debtors they went to; `most` to one of them."""

    week: date
    tier: str
    contacts: int
    debtors: int
    most: int


@dataclass(frozen=True, slots=True)
class Spent:
    """Contacts of a day on a channel; a case for people is one on the channel "person"."""

    on: date
    channel: str
    contacts: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One table. `columns` are codes, `titles` what people read; `bars` is the column that a chart shows, a rate."""

    name: str
    title: str
    columns: tuple[str, ...]
    titles: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    bars: str


def share(part: int | Decimal, whole: int) -> Decimal | None:
    """part ÷ whole, None for an empty whole."""
    return (Decimal(part) / whole).quantize(PLACES, ROUND_HALF_UP) if whole else None


def roll_shares(sums: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], Decimal]:
    """For each (before, after), which part of what was in `before` it is; pairs out of an empty one are left out."""
    whole: dict[str, int] = {}
    for (before, _), one in sums.items():
        whole[before] = whole.get(before, 0) + one
    return {pair: Decimal(one) / whole[pair[0]] for pair, one in sums.items() if whole[pair[0]]}


def month_ends(first: date, last: date) -> list[tuple[date, date]]:
    """(a month's end, the next one) for each month that begins in `first`'s month or later and ended by `last`."""
    found, begins = [], first.replace(day=1)
    while (after := (begins + timedelta(days=32)).replace(day=1)) <= last + timedelta(days=1):
        found.append((begins - timedelta(days=1), after - timedelta(days=1)))
        begins = after
    return found


def rolls(found: Iterable[Roll]) -> Figure:
    """The roll-rate matrix of each month, by number and by amount, one row a pair of states."""
    rows = sorted(found, key=lambda one: (one.month, STATES.index(one.before), STATES.index(one.after)))
    loans: dict[tuple[str, str], int] = {}
    fen: dict[tuple[str, str], int] = {}
    for one in rows:
        key = (one.month, one.before)
        loans[key], fen[key] = loans.get(key, 0) + one.loans, fen.get(key, 0) + one.fen
    told = tuple(
        (
            one.month,
            one.before,
            one.after,
            one.loans,
            one.fen,
            share(one.loans, loans[one.month, one.before]),
            share(one.fen, fen[one.month, one.before]),
        )
        for one in rows
    )
    columns = ("month", "before", "after", "loans", "amount_fen", "rate_by_loans", "rate_by_amount")
    titles = ("月份", "月初账龄", "月末账龄", "笔数", "月初本金", "按笔数", "按金额")
    return Figure("rolls", "迁徙率", columns, titles, told, "rate_by_amount")


def cures(found: Iterable[Cohort], *, today: date) -> Figure:
    """Which part of a month's newly overdue loans had nothing overdue any more within so many days."""
    rows = tuple(
        (one.month, one.loans, *(_ripe(one.month, days, share(one.cured[days], one.loans), today) for days in WINDOWS))
        for one in found
    )
    columns = ("month", "loans", *(f"cured_{days}" for days in WINDOWS))
    titles = ("入催月份", "笔数", *(f"{days} 天内" for days in WINDOWS))
    return Figure("cures", "入催后转正常率", columns, titles, rows, "cured_30")


def vintages(found: Iterable[Cohort], *, today: date) -> Figure:
    """Fen paid on a month's newly overdue loans within so many days, over their principal on entry."""
    rows = tuple(
        (
            one.month,
            one.loans,
            one.fen,
            *(_ripe(one.month, days, share(one.recovered_fen[days], one.fen), today) for days in WINDOWS),
        )
        for one in found
    )
    columns = ("month", "loans", "amount_fen", *(f"recovered_{days}" for days in WINDOWS))
    titles = ("入催月份", "笔数", "入催时本金", *(f"{days} 天内" for days in WINDOWS))
    return Figure("vintages", "按入催月份的回收率", columns, titles, rows, "recovered_30")


def promises(found: Iterable[Promised]) -> Figure:
    rows = tuple(
        (one.month, one.decided, one.kept, share(one.kept, one.decided), one.fen, share(one.paid_fen, one.fen))
        for one in found
    )
    columns = ("month", "decided", "kept", "kept_rate", "amount_fen", "kept_rate_by_amount")
    titles = ("到期月份", "已有结果", "履约", "履约率", "承诺金额", "按金额")
    return Figure("promises", "承诺履约率", columns, titles, rows, "kept_rate")


def right_party(found: Iterable[Reached]) -> Figure:
    rows = tuple((one.month, one.calls, one.right_party, share(one.right_party, one.calls)) for one in found)
    titles = ("月份", "通话尝试", "本人接通", "本人沟通率")
    return Figure("right_party", "本人沟通率", ("month", "calls", "right_party", "rate"), titles, rows, "rate")


def intensity(found: Iterable[Intensity]) -> Figure:
    rows = tuple(
        (one.week.isoformat(), one.tier, one.contacts, one.debtors, share(one.contacts, one.debtors), one.most)
        for one in found
    )
    columns = ("week", "tier", "contacts", "debtors", "per_debtor", "most")
    titles = ("周（周一）", "分层", "触达次数", "客户数", "人均", "最多")
    return Figure("intensity", "触达强度", columns, titles, rows, "per_debtor")


def cost(spent: Sequence[Spent], recovered_fen: Mapping[str, int], *, costs: Costs) -> Figure:
    """Yuan spent on contacts of a month for a yuan paid on overdue loans in it; None where a contact has no price on
    its day: a cost that is not known is not nothing."""
    fen: dict[str, Decimal | None] = {month: Decimal(0) for month in recovered_fen}
    for one in spent:
        month, price = f"{one.on:%Y-%m}", _price(one, costs)
        so_far = fen.get(month, Decimal(0))
        fen[month] = None if so_far is None or price is None else so_far + price
    rows = tuple(_costed(month, fen[month], recovered_fen.get(month, 0)) for month in sorted(fen))
    columns = ("month", "cost_fen", "recovered_fen", "cost_per_yuan")
    titles = ("月份", "触达成本", "回收", "每回收一元的成本")
    return Figure("cost", "回收成本", columns, titles, rows, "cost_per_yuan")


def _price(one: Spent, costs: Costs) -> Decimal | None:
    try:
        return one.contacts * costs.of(one.channel, one.on)
    except PolicyError:
        return None


def _costed(month: str, fen: Decimal | None, paid: int) -> tuple[Cell, ...]:
    return (month, None, paid, None) if fen is None else (month, fen.quantize(PLACES), paid, share(fen, paid))


def _ripe(month: str, days: int, rate: Decimal | None, today: date) -> Decimal | None:
    """The rate where the window of the month's last day is over: before, it would only look low."""
    first = date.fromisoformat(f"{month}-01")
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return rate if last + timedelta(days=days) < today else None
