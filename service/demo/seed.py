"""Writes the demonstration's portfolio: the named cast and as many others as asked for, all through the use cases.

Every story is played in the order of its days, so the journal, the receipts and the ageing look as if the lender had
been open all along. The same seed on the same business date writes the same portfolio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any

from sqlalchemy import exists, select

from service.db.engine import Database
from service.db.loan_debts import last_closed
from service.db.tables.loan import borrower
from service.demo.cast import CAST, cast_stories
from service.demo.play import play
from service.demo.portfolio import stories
from service.demo.story import Story
from service.domain.days import business_date
from service.domain.errors import Refused
from service.domain.loan.price_caps import PriceCaps
from service.domain.loan.products import Products
from service.usecases.loan.close_day import close_day
from service.usecases.ports import Clock

DEMO = "demo-"  # how every made-up borrower's id begins
CHUNK = 50  # borrowers in one transaction

Progress = Callable[[int, int], None]


def seed(
    database: Database,
    *,
    clock: Clock,
    products: Products,
    price_caps: PriceCaps,
    borrowers: int = 2000,
    seed: int = 7,
    progress: Progress | None = None,
    pause: Callable[..., Any],
) -> None:
    """Write `borrowers` people (the cast among them, at least) as of the clock's business date and close that day.

    `pause` is collect's use case. A run that breaks off leaves whole borrowers, the cast first; the next run
    writes those who are missing. Raises Refused (ledger_not_empty).
    """
    now = clock.now()
    today = business_date(now)
    if is_taken(database):
        raise Refused("账本里已有数据，演示组合没有写入。", code="ledger_not_empty")
    with database.reading() as conn:
        written = set(conn.scalars(select(borrower.c.id)))
    others = max(0, borrowers - len(CAST))
    people: Iterator[Story] = chain(
        cast_stories(today, products),
        stories(today, products, borrowers=others, seed=seed, first=len(CAST) + 1),
    )
    done = len(written)
    people = filter(lambda story: story.borrower_id not in written, people)
    while chunk := list(islice(people, CHUNK)):
        with database.transaction() as conn:
            for story in chunk:
                play(conn, story, products=products, price_caps=price_caps, now=now, pause=pause)
        done += len(chunk)
        if progress is not None:
            progress(done, others + len(CAST))
    close_day(database, business_date=today, clock=clock)


def is_taken(database: Database) -> bool:
    """Whether the ledger is somebody's: a day of it is closed (seeding ends with that), or real people are in it."""
    with database.reading() as conn:
        real = exists().where(~borrower.c.id.startswith(DEMO))
        return last_closed(conn) is not None or bool(conn.scalar(select(real)))
