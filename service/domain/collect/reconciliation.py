"""How far a promise is kept, from what the ledger received: as if whatever was taken back had never come.

Money counts by the day on which it was paid, for the first part that is still open on that day and then for the next:
what comes early, split or in excess flows on, what comes late keeps no part that is over. The same money never keeps
two promises, as each counts what came after it was made and before the next one was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from service.domain.collect.promise import SHORT, Part, Promise, PromiseState, deadline
from service.domain.days import business_date


@dataclass(frozen=True, slots=True)
class Received:
    """Fen paid, of all the borrower's loans; payments that were taken back are not among them. `spare_fen`: what of
    it no loan needed, which is all that a refund can give back."""

    paid_at: datetime
    amount_fen: int
    spare_fen: int = 0


@dataclass(frozen=True, slots=True)
class Refund:
    """Fen that went back to the borrower."""

    on: date
    amount_fen: int


def reconciled(
    promise: Promise,
    received: Iterable[Received],
    *,
    refunds: Iterable[Refund] = (),
    today: date,
    on_its_way: datetime | None = None,
) -> Promise:
    """The promise and its parts as they stand today; `decided_at` is left to whoever keeps it. Nothing but what is
    given decides, so that it can be asked again after any change. `on_its_way`: when a payment that has no outcome yet
    was begun; a part that it was begun in time for is not decided against the borrower."""
    mine = [
        one
        for one in received
        if promise.created_at < one.paid_at and (promise.replaced_at is None or one.paid_at <= promise.replaced_at)
    ]
    in_order = sorted(promise.parts, key=lambda one: (one.counts_until, one.no))
    filled = _filled(in_order, _by_day(mine, refunds))
    parts = tuple(
        sorted(
            (_decided(one, kept, promise.replaced_at, today, on_its_way) for one, kept in filled),
            key=lambda one: one.no,
        )
    )
    return replace(promise, parts=parts, paid_fen=sum(one.kept_fen for one in parts), state=_state(parts))


def _by_day(received: Iterable[Received], refunds: Iterable[Refund]) -> list[tuple[date, int]]:
    """What came on each day, less what was given back of it: of what was to spare, the latest before the refund."""
    came: dict[date, int] = defaultdict(int)
    spare: dict[date, int] = defaultdict(int)
    for one in received:
        came[business_date(one.paid_at)] += one.amount_fen
        spare[business_date(one.paid_at)] += one.spare_fen
    for refund in sorted(refunds, key=lambda one: one.on):
        left = refund.amount_fen
        for day in sorted((day for day in came if day <= refund.on), reverse=True):
            back = min(left, spare[day])
            spare[day] -= back
            came[day] -= back
            left -= back
    return sorted(came.items())


def _filled(parts: Sequence[Part], came: Iterable[tuple[date, int]]) -> list[tuple[Part, tuple[int, date | None]]]:
    """Each part with the fen that count for it and the day on which they were all there."""
    kept = [0] * len(parts)
    full: list[date | None] = [None] * len(parts)
    for day, fen in came:
        for at, part in enumerate(parts):
            if day > part.counts_until or kept[at] == part.amount_fen:
                continue
            taken = min(fen, part.amount_fen - kept[at])
            kept[at] += taken
            fen -= taken
            if kept[at] == part.amount_fen:
                full[at] = day
    return [(part, (kept[at], full[at])) for at, part in enumerate(parts)]


def _decided(
    part: Part,
    kept: tuple[int, date | None],
    replaced_at: datetime | None,
    today: date,
    on_its_way: datetime | None,
) -> Part:
    fen, full_on = kept
    if full_on is not None:
        return replace(part, state=PromiseState.KEPT, kept_fen=fen, decided_on=full_on)
    awaited = on_its_way is not None and on_its_way <= deadline(part.counts_until)
    if replaced_at is not None and (awaited or business_date(replaced_at) <= part.counts_until):
        return replace(part, state=PromiseState.CANCELLED, kept_fen=fen, decided_on=business_date(replaced_at))
    if today <= part.counts_until or awaited:
        return replace(part, state=PromiseState.PENDING, kept_fen=fen, decided_on=None)
    state = PromiseState.PARTLY if fen > 0 else PromiseState.BROKEN
    return replace(part, state=state, kept_fen=fen, decided_on=part.counts_until + timedelta(days=1))


def _state(parts: Sequence[Part]) -> PromiseState:
    states = {one.state for one in parts}
    if states & SHORT:
        return PromiseState.PARTLY if any(one.kept_fen for one in parts) else PromiseState.BROKEN
    for undone in (PromiseState.CANCELLED, PromiseState.PENDING):
        if undone in states:
            return undone
    return PromiseState.KEPT
