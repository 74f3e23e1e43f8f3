"""Books of several borrowers while events are posted to them: read and locked together, written together.

What events do is worked out in memory, by the domain; the database hears of it in a handful of statements for all of
them. An event that is refused leaves nothing behind, so that those after it go on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import loan_event as log
from service.db import loan_journal as journal
from service.db.loan_changes import write_changes
from service.db.loan_event import NewEvent
from service.domain.errors import Refused
from service.domain.loan.book import Book, LoanState
from service.domain.loan.event import Disbursed, Event, Paid, apply
from service.domain.loan.history import Rebuilt, corrections, rebuild, refunds_short_fen
from service.domain.loan.journal import Entry
from service.domain.loan.posting import Posted

REFUNDED = "之后已有预存款退款，这样改动会让客户欠下已退的钱。还款确被银行收回的，请选退票或拒付作为原因。"


@dataclass(slots=True)
class _Past:
    """All that ever happened to a borrower and all that was written of it, for events that come late."""

    events: list[Event]
    entries: list[Entry]


@dataclass(slots=True)
class _Open:
    """A book as it stands; `last_on` is the business date of its latest event."""

    book: Book
    last_on: date | None
    past: _Past | None = None

    @property
    def reached(self) -> date | None:
        """The last business date that anything in the book counts from."""
        days = [loan.aged_on for loan in self.book.active if loan.aged_on]
        return max([*days, self.last_on] if self.last_on else days, default=None)


@dataclass(slots=True)
class _Unwritten:
    """What was posted since the last `write`, in order."""

    events: list[NewEvent] = field(default_factory=list)
    loans: list[LoanState] = field(default_factory=list)
    entries: list[tuple[str, Entry]] = field(default_factory=list)
    changes: list[tuple[Book, Book]] = field(default_factory=list)


class OpenBooks:
    """The books given, whose borrowers' rows the caller holds until the transaction ends. `write` is called last."""

    def __init__(self, conn: Connection, books: Iterable[Book], *, now: datetime) -> None:
        self._conn = conn
        self._now = now
        found = {book.borrower_id: book for book in books}
        last = log.last_events_on(conn, list(found))
        self._open = {borrower_id: _Open(book, last.get(borrower_id)) for borrower_id, book in found.items()}
        self._unwritten = _Unwritten()

    def __contains__(self, borrower_id: str) -> bool:
        return borrower_id in self._open

    def reached(self, borrower_id: str) -> date | None:
        """The last business date that anything in the borrower's book counts from."""
        return self._open[borrower_id].reached

    def post(self, borrower_id: str, event: Event, *, by: str, reason: str = "") -> Posted:
        """Let an event happen. The book returned is aged as far as it was, or to the event.

        One that counts from an earlier day than the book has reached is played again with everything after it. Raises
        Refused where the book does not allow it.
        """
        one = self._open[borrower_id]
        if any(loan.card is not None for loan in one.book.loans) and any(
            before.borrower_id == borrower_id for before, _ in self._unwritten.changes
        ):
            self.write()  # an account's cycles come and go: its rows are written one event at a time
        reached = one.reached
        if reached is not None and event.on < reached:
            return self._post_late(one, event, until=reached, by=by, reason=reason)
        done = apply(one.book, event)
        self._note(one, event, by=by, reason=reason)
        self._keep(one, done.book, done.entries)
        return done

    def cancel(self, borrower_id: str, key: str, *, cause: str, until: date, owed_if_refunded: bool) -> Book:
        """The book without an event that stands, which the caller has taken back under the key `cause`.

        What of its money was refunded since, the borrower owes where `owed_if_refunded`; else Refused (later_refund)
        is raised.
        """
        one = self._open[borrower_id]
        past = self._past(one)
        past.events = [event for event in past.events if event.key != key]
        rebuilt = rebuild(borrower_id, past.events, until)
        if not owed_if_refunded:
            _check_refunds(past, rebuilt)
        self._correct(one, past, rebuilt, cause=cause, on=until)
        return one.book

    def read_past(self, borrower_ids: Collection[str]) -> None:
        """Read what events that come late will need, for all of these at once; without it, it is read when needed.
        Their books come to hold their settled loans, too, which may be open again."""
        ids = sorted(one for one in borrower_ids if self._open[one].past is None)
        if not ids:
            return
        self.write()
        events, entries = log.histories(self._conn, ids), journal.entries_of(self._conn, ids)
        for book in ledger.load_books(self._conn, ids, settled=True):
            one = self._open[book.borrower_id]
            one.book = book
            one.past = _Past(events.get(book.borrower_id, []), entries.get(book.borrower_id, []))

    def write(self) -> None:
        """Write what has happened since the last time."""
        new, self._unwritten = self._unwritten, _Unwritten()
        write_changes(self._conn, new.changes, entries=new.entries, events=new.events, loans=new.loans, now=self._now)

    def _post_late(self, one: _Open, event: Event, *, until: date, by: str, reason: str) -> Posted:
        past = self._past(one)
        # settled loans may be open again
        until = max([until, *(loan.aged_on for loan in one.book.loans if loan.aged_on)])
        events = sorted([*past.events, event], key=lambda other: other.on)  # on its day it comes last
        rebuilt = rebuild(one.book.borrower_id, events, until)
        if event.key not in rebuilt.done:
            apply(one.book, event)  # says why not
            raise Refused("这项操作按所填日期已经无法入账，请核对日期。", code="not_possible_then")
        if not isinstance(event.body, Paid):  # money that came is booked, whatever was refunded since
            _check_refunds(past, rebuilt)
        self._note(one, event, by=by, reason=reason)
        if isinstance(event.body, Disbursed):  # what came after it is a change of the loan as it was paid out
            one.book = replace(one.book, loans=(*one.book.loans, event.body.loan))
        self._correct(one, past, rebuilt, cause=event.key, on=until)
        return replace(rebuilt.done[event.key], book=one.book)

    def _past(self, one: _Open) -> _Past:
        self.read_past([one.book.borrower_id])
        assert one.past is not None
        return one.past

    def _correct(self, one: _Open, past: _Past, rebuilt: Rebuilt, *, cause: str, on: date) -> None:
        self._keep(one, _as_old(rebuilt.book, one.book), corrections(past.entries, rebuilt.entries, cause=cause, on=on))

    def _note(self, one: _Open, event: Event, *, by: str, reason: str) -> None:
        self._unwritten.events.append(NewEvent(one.book.borrower_id, event, by, reason))
        if isinstance(event.body, Disbursed):
            self._unwritten.loans.append(event.body.loan)
        one.last_on = max(event.on, one.last_on or event.on)
        if one.past is not None:
            one.past.events.append(event)
            one.past.events.sort(key=lambda other: other.on)

    def _keep(self, one: _Open, book: Book, entries: Sequence[Entry]) -> None:
        self._unwritten.entries.extend((book.borrower_id, entry) for entry in entries)
        self._unwritten.changes.append((one.book, book))
        if one.past is not None:
            one.past.entries.extend(entries)
        one.book = book


def coming_late(books: OpenBooks, dated: Iterable[tuple[str, date]]) -> set[str]:
    """The borrowers of (borrower id, business date) pairs that come, in this order, after a later day was reached."""
    reached: dict[str, date | None] = {}
    late: set[str] = set()
    for borrower_id, on in dated:
        last = reached.setdefault(borrower_id, books.reached(borrower_id))
        if last is not None and on < last:
            late.add(borrower_id)
        else:
            reached[borrower_id] = on
    return late


def _as_old(book: Book, before: Book) -> Book:
    """The book with no loan younger than it was: one that turns out to have been settled earlier leaves the bucket that
    it was in when that became known, and not before it had entered it."""
    reached = {loan.id: loan.aged_on for loan in before.loans if loan.aged_on}
    loans = (replace(one, aged_on=max(one.aged_on or date.min, reached.get(one.id, date.min))) for one in book.loans)
    return replace(book, loans=tuple(loans))


def _check_refunds(past: _Past, rebuilt: Rebuilt) -> None:
    if refunds_short_fen(rebuilt.entries) > refunds_short_fen(past.entries):
        raise Refused(REFUNDED, code="later_refund")
