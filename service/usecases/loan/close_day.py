"""The close of a business day: everything that falls due is recognised, penalties accrue, loans are aged.

Days missed since the last close are caught up one by one. Each chunk of borrowers is a transaction of its own, and
one that was aged already is skipped, so a close that died half-way is simply run again. In each chunk the database
does those on whom nothing out of the ordinary happens; the domain does the others, and all where the database could
not. A borrower whose books make it fail is set aside and reported; the rest go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy.exc import OperationalError

from service.db import loan_close as closing
from service.db import loan_debts as portfolio
from service.db.engine import Database, Session
from service.db.loan_close import close_ordinary
from service.usecases.loan.age_loan import age_borrowers
from service.usecases.ports import Clock

log = logging.getLogger("xiaoqing.loan")
CHUNK = 5_000  # borrowers in a transaction of the database's; a payment may have to wait for one
BOOKS = 200  # books in memory at a time
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Failure:
    """A borrower whose loans could not be aged, and why, for a person to look at."""

    business_date: date
    borrower_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class DayClose:
    """What a close did: the days it closed (none: they were closed before), borrowers aged, those set aside."""

    business_date: date
    days: tuple[date, ...]
    aged: int
    failures: tuple[Failure, ...]


@dataclass(slots=True)
class _Tally:
    total: int
    aged: int = 0
    failures: list[Failure] = field(default_factory=list)


def close_day(database: Database, *, business_date: date, clock: Clock, progress: Progress | None = None) -> DayClose:
    """Close every open day up to `business_date`. Run again, it changes nothing, but for the borrowers who were set
    aside on the last closed day: they are tried again.

    `progress(done, total)` counts borrowers of the day being closed. Database trouble is raised, not set aside.
    """
    days = _open_days(database, business_date)
    aged = 0
    failures: list[Failure] = []
    if not days:
        tally = _try_again(database, clock)
        return DayClose(business_date, (), tally.aged, tuple(tally.failures))
    for day in days:
        tally = _close_one(database, day, clock, progress)
        aged += tally.aged
        failures.extend(tally.failures)
    return DayClose(business_date, days, aged, tuple(failures))


def _open_days(database: Database, until: date) -> tuple[date, ...]:
    with database.reading() as conn:
        last = portfolio.last_closed(conn)
    if last is None:
        return (until,)
    return tuple(last + timedelta(days=ahead) for ahead in range(1, (until - last).days + 1))


def _try_again(database: Database, clock: Clock) -> _Tally:
    with database.reading() as conn:
        day, set_aside = portfolio.set_aside(conn)
    tally = _Tally(total=len(set_aside))
    if day is None or not set_aside:
        return tally
    _age_chunk(database, set_aside, day, clock, tally)
    with database.transaction() as conn:
        portfolio.finish_close(conn, day=day, counts=_counts(tally), failures=_kept(tally), now=clock.now())
    return tally


def _counts(tally: _Tally) -> dict[str, int]:
    return {"aged": tally.aged, "failed": len(tally.failures)}


def _kept(tally: _Tally) -> list[dict[str, str]]:
    return [{"borrower_id": one.borrower_id, "reason": one.reason} for one in tally.failures]


def _close_one(database: Database, day: date, clock: Clock, progress: Progress | None) -> _Tally:
    with database.transaction() as conn:
        portfolio.begin_close(conn, day=day, now=clock.now())
    with database.session() as session:
        with session.scratch() as conn:
            tally = _Tally(total=closing.list_work(conn, day=day))
        for chunk in _chunks(session):
            others = _close_ordinary(session, chunk, day, clock)
            tally.aged += len(chunk) - len(others)
            for first in range(0, len(others), BOOKS):
                _age_chunk(database, others[first : first + BOOKS], day, clock, tally)
            if progress is not None:
                progress(tally.aged + len(tally.failures), tally.total)
    with database.transaction() as conn:
        portfolio.finish_close(conn, day=day, counts=_counts(tally), failures=_kept(tally), now=clock.now())
    return tally


def _chunks(session: Session) -> Iterator[list[str]]:
    after = ""
    while True:
        with session.scratch() as conn:
            chunk = closing.next_work(conn, after=after, number=CHUNK)
        if not chunk:
            return
        yield chunk
        after = chunk[-1]


def _close_ordinary(session: Session, chunk: list[str], day: date, clock: Clock) -> list[str]:
    """Returns those who are left to do: where it fails, all, for then one of them is broken."""
    try:
        with session.transaction() as conn:
            return close_ordinary(conn, first=chunk[0], last=chunk[-1], day=day, now=clock.now())
    except OperationalError:
        raise
    except Exception:
        log.warning("a chunk of the close of %s is done borrower by borrower", day, exc_info=True)
        return chunk


def _age_chunk(database: Database, borrower_ids: Sequence[str], day: date, clock: Clock, tally: _Tally) -> None:
    """All together; where that fails, one by one, so that only the broken one is left out."""
    try:
        with database.transaction() as conn:
            age_borrowers(conn, borrower_ids=borrower_ids, today=day, now=clock.now())
    except OperationalError:
        raise
    except Exception as error:
        if len(borrower_ids) == 1:
            tally.failures.append(Failure(day, borrower_ids[0], f"{type(error).__name__}: {error}"[:500]))
            return
        for borrower_id in borrower_ids:
            _age_chunk(database, [borrower_id], day, clock, tally)
    else:
        tally.aged += len(borrower_ids)
