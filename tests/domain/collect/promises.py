"""Promises and money for the tests of what keeps them: day 0 is Monday, 23 November 2026, and sums are yuan."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from service.domain.collect.promise import Part, Promise, PromiseState
from service.domain.collect.reconciliation import Received, Refund, reconciled
from service.domain.days import SHANGHAI

DAY_0 = date(2026, 11, 23)
MADE_AT = datetime.combine(DAY_0, time(9, 0), SHANGHAI)


def on(day: int, clock: str = "12:00") -> datetime:
    return datetime.combine(DAY_0 + timedelta(days=day), time.fromisoformat(clock), SHANGHAI)


def promise(*parts: tuple[int, int], grace: int = 0, replaced: datetime | None = None, made: str = "09:00") -> Promise:
    """Of (yuan, day) each."""
    return Promise(
        id="p1",
        borrower_id="b1",
        conversation_id="c1",
        parts=tuple(
            Part(no, yuan * 100, DAY_0 + timedelta(days=day), DAY_0 + timedelta(days=day + grace))
            for no, (yuan, day) in enumerate(parts, 1)
        ),
        state=PromiseState.PENDING,
        paid_fen=0,
        text="",
        created_at=on(0, made),
        decided_at=None,
        replaced_at=replaced,
    )


def paid(yuan: int, day: int, clock: str = "12:00", *, spare: int = 0) -> Received:
    return Received(on(day, clock), yuan * 100, spare * 100)


def refund(yuan: int, day: int) -> Refund:
    return Refund(DAY_0 + timedelta(days=day), yuan * 100)


def told(
    made: Promise,
    *received: Received,
    today: int,
    refunds: tuple[Refund, ...] = (),
    begun: datetime | None = None,
) -> str:
    """How it stands: "partly 300: kept 200 d1 + partly 100 d4", the day of each decision beside it."""
    stands = reconciled(
        made, received, refunds=refunds, today=DAY_0 + timedelta(days=today), on_its_way=begun
    )  # fmt: skip
    parts = " + ".join(
        f"{one.state} {one.kept_fen // 100}" + (f" d{(one.decided_on - DAY_0).days}" if one.decided_on else "")
        for one in stands.parts
    )
    return f"{stands.state} {stands.paid_fen // 100}: {parts}"
