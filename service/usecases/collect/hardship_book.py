"""What every step of a hardship proposal has in common: the borrower held, his loan as of the day, the refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import hardship as proposals
from service.db import loan as ledger
from service.domain.collect.resuming import MACHINES
from service.domain.errors import NotFound, Refused
from service.domain.loan.book import LoanState
from service.domain.loan.hardship import Terms, shortfalls
from service.domain.loan.hardship_policy import HardshipPolicy
from service.domain.loan.hardship_proposal import Proposal
from service.usecases.loan.current import current_book

# Tells the borrower what became of his proposal; what is said follows from its state.
Tell = Callable[[Connection, Proposal, datetime], object]


def held_proposal(conn: Connection, proposal_id: str) -> Proposal:
    """The proposal as it is once its borrower is held: nobody else decides it meanwhile. Raises NotFound."""
    found = proposals.by_id(conn, proposal_id)
    if found is None:
        raise NotFound("没有找到这个申请，请返回列表重新选择。", code="proposal_unknown")
    ledger.lock_borrower(conn, found.borrower_id)
    again = proposals.by_id(conn, proposal_id)
    assert again is not None, "proposals are never deleted"
    return again


def loan_on(conn: Connection, *, borrower_id: str, loan_id: str, today: date) -> LoanState:
    """The borrower's loan, settled or not, as it stands on a day. Raises NotFound."""
    book = current_book(conn, borrower_id=borrower_id, today=today, settled=True)
    loan = next((one for one in book.loans if one.id == loan_id), None)
    if loan is None:
        raise NotFound("没有找到这笔借款。", code="loan_unknown")
    return loan


def refuse_shortfalls(terms: Terms, loan: LoanState, policy: HardshipPolicy, today: date) -> None:
    """Raises Refused with the code of the first reason and the words of all of them."""
    found = shortfalls(terms, loan, policy.limits_on(today), today)
    if found:
        raise Refused("".join(one.text for one in found), code=found[0].code)


def check_person(by: str) -> str:
    """The name of a person. Raises Refused."""
    name = by.strip()
    if not name or name.lower() in MACHINES or name.startswith("rule:"):
        raise Refused("这个决定需要一位具名的同事。", code="person_required")
    return name
