"""The close of a business day: everything that falls due is recognised, penalties accrue, loans are aged.

Days missed since the last close are caught up one by one. Each chunk of borrowers is a transaction of its own, and
one that was aged already is skipped, so a close that died half-way is simply run again. A borrower whose books
make it fail is set aside and reported; the rest go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy.exc import OperationalError

from service.db import loan_debts as portfolio
from service.db.engine import Database
from service.usecases.loan.age_loan import age_borrowers
from service.usecases.ports import Clock

CHUNK = 200
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
        tally = _Tally(total=portfolio.count_to_age(conn, day=day))
    after = ""
    while True:
        with database.reading() as conn:
            chunk = portfolio.borrowers_to_age(conn, day=day, after=after, limit=CHUNK)
        if not chunk:
            break
        _age_chunk(database, chunk, day, clock, tally)
        after = chunk[-1]
        if progress is not None:
            progress(tally.aged + len(tally.failures), tally.total)
    with database.transaction() as conn:
        portfolio.finish_close(conn, day=day, counts=_counts(tally), failures=_kept(tally), now=clock.now())
    return tally


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
