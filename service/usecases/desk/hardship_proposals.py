"""Hardship proposals as the desk sees them: the person masked, with loan, facts and reasons."""

from __future__ import annotations

from sqlalchemy import Connection

from service.db import hardship as proposals
from service.db import loan as ledger
from service.domain.desk.hardship_proposals import ProposalRow
from service.domain.desk.mask import mask_name, mask_phone
from service.domain.desk.pages import Page, Person
from service.domain.loan.hardship_proposal import Proposal

PAGE_SIZE = 20


def hardship_proposals(conn: Connection, *, state: str, number: int) -> Page[ProposalRow]:
    """Page `number` (clamped to the last one); those that wait for a person are listed longest waiting first."""
    total = proposals.count(conn, state=state)
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    found = proposals.page(conn, state=state, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return Page(tuple(_row(conn, one) for one in found), number, PAGE_SIZE, total)


def _row(conn: Connection, one: Proposal) -> ProposalRow:
    known = ledger.borrower_of(conn, one.borrower_id)
    loan = ledger.load_loan(conn, one.loan_id)
    person = None if known is None else Person(one.borrower_id, mask_name(known[0]), mask_phone(known[1]))
    return ProposalRow(one, person, "" if loan is None else loan.purpose)
