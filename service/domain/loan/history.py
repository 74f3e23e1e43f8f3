"""The book that a history of events makes, and what the journal lacks to say the same.

An event that counts from an earlier day than the book has reached, or is taken back, is not patched in: the whole
history is played again and the journal is corrected by the difference, so that the order in which things became known
makes no difference to what is owed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from service.domain.errors import Refused
from service.domain.loan.accrual import age
from service.domain.loan.book import Book
from service.domain.loan.event import Event, apply
from service.domain.loan.journal import SETTLING, Account, Entry, Kind, Line, in_order, reversal
from service.domain.loan.posting import Posted
from service.domain.values import replace


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The book that a history makes, every entry on the way, and what each event did; events that are no longer
    possible (a fee on a loan that now was settled before it) did nothing and are left out."""

    book: Book
    entries: tuple[Entry, ...]
    done: dict[str, Posted]


def rebuild(borrower_id: str, events: Iterable[Event], until: date) -> Rebuilt:
    """Play a history to `until`. Events come in the order of their days, those of one day in the order in which they
    were told. Where money went out that now was never there, the borrower owes it."""
    book = Book(borrower_id, 0, ())
    entries: list[Entry] = []
    done: dict[str, Posted] = {}
    for event in events:
        try:
            posted = apply(book, event, standing=True)
        except Refused:
            continue
        book = posted.book
        entries.extend(posted.entries)
        done[event.key] = posted
    last = age(book, until)
    return Rebuilt(last.book, (*entries, *last.entries), done)


def corrections(kept: Sequence[Entry], wanted: Sequence[Entry], *, cause: str, on: date) -> tuple[Entry, ...]:
    """What has to be appended to the journal `kept` so that it says what `wanted` says.

    The entry of an event that has changed is reversed and written anew; one that did not happen after all is
    reversed. What follows of days is corrected by its difference, dated `on`.
    """
    taken_back = {one.reverses for one in kept if one.reverses}
    standing = {one.event: one for one in kept if one.event and not one.reverses and one.key not in taken_back}
    asked = {one.event: one for one in wanted if one.event}
    changed = [e for e, one in standing.items() if e not in asked or _said(asked[e]) != _said(one)]
    anew = [one for e, one in asked.items() if e not in standing or e in changed]
    said = {one.key for one in kept}
    found = [reversal(standing[event]) for event in changed]
    found += [replace(one, key=_free(one.key, said)) for one in anew]
    return (*found, *_differences(kept, wanted, cause=cause, on=on))


def refunds_short_fen(entries: Iterable[Entry]) -> int:
    """How much was refunded, by what the entries say, that was not the borrower's."""
    lines = (line for entry in entries if entry.kind is Kind.REFUND for line in entry.lines)
    return sum(line.amount_fen for line in lines if line.account is Account.REFUND_CLAIM)


def _said(entry: Entry) -> list[tuple[str, str, int, int]]:
    return sorted((o.account, o.loan_id or "", o.instalment_no or 0, o.amount_fen) for o in entry.lines)


def _free(key: str, taken: set[str]) -> str:
    """An event's entry keeps its key the first time; written anew it is numbered."""
    return (
        key if key not in taken else next(k for k in (f"{key}:again:{n}" for n in range(1, 1 << 30)) if k not in taken)
    )


def _differences(kept: Sequence[Entry], wanted: Sequence[Entry], *, cause: str, on: date) -> Iterable[Entry]:
    for kind, settling in ((Kind.ACCRUAL, False), (Kind.SUSPENSE_USED, True)):
        sums: dict[tuple[str | None, Account, int | None], int] = defaultdict(int)
        for entries, sign in ((wanted, 1), (kept, -1)):
            for entry in entries:
                if not entry.event and (entry.kind in SETTLING) == settling:
                    for line in entry.lines:
                        sums[line.loan_id, line.account, line.instalment_no] += sign * line.amount_fen
        lines = in_order(Line(account, fen, loan_id, no) for (loan_id, account, no), fen in sums.items() if fen)
        if lines:
            yield Entry(f"correction:{kind}:{cause}", kind, on, lines)
