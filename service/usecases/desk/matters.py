"""Disputes and complaints as the desk sees them: the person masked, those that wait in the order of their days."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import matter as store
from service.domain.desk.mask import mask_name, mask_phone
from service.domain.desk.matter import Matter
from service.domain.desk.pages import Page, Person

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class MatterRow:
    """`person` is masked."""

    matter: Matter
    person: Person | None


def matters(conn: Connection, *, answered: bool, number: int) -> Page[MatterRow]:
    """Page `number`, clamped to the last one."""
    total = store.count(conn, answered=answered)
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    found = store.page(conn, answered=answered, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return Page(tuple(_row(conn, one) for one in found), number, PAGE_SIZE, total)


def _row(conn: Connection, one: Matter) -> MatterRow:
    known = ledger.borrower_of(conn, one.borrower_id)
    person = None if known is None else Person(one.borrower_id, mask_name(known[0]), mask_phone(known[1]))
    return MatterRow(one, person)
