"""What the desk's page of a borrower's credit lines shows, line by line."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.desk.pages import Person
from service.domain.loan.credit_line import CreditLine, LineEvent, Standing


@dataclass(frozen=True, slots=True)
class LineAtDesk:
    """A line with how it stands today, and its events, newest first, each with the note that was kept for colleagues
    (empty: none)."""

    line: CreditLine
    now: Standing
    events: tuple[tuple[LineEvent, str], ...]


@dataclass(frozen=True, slots=True)
class LinesAtDesk:
    """All lines of a borrower, closed ones included; `person` is masked."""

    person: Person
    lines: tuple[LineAtDesk, ...]
