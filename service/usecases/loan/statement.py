"""What a document for a borrower says today: his bill, his repayment plans, or that a loan is paid off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.domain.days import business_date, local_time
from service.domain.desk.mask import mask_name, mask_phone
from service.domain.errors import NotFound, Refused
from service.domain.loan.bill import bill_of
from service.domain.loan.book import Book, LoanState
from service.domain.loan.settlement import payoff_of
from service.domain.loan.statement import (
    BillStatement,
    Head,
    LoanPlan,
    PlanRow,
    ScheduleStatement,
    SettledLoan,
    SettlementCertificate,
    Statement,
    StatementKind,
    number_of,
)
from service.usecases.loan.current import current_book
from service.usecases.loan.schedules import Schedule, schedules

UNKNOWN = "没有找到这笔借款，请在“还款计划”里核对后再试。"
NOTHING_SETTLED = "您名下还没有已结清的借款，暂时不能开具结清证明。"
STILL_OWED = (
    "您名下还有未结清的借款，全部还清后才能开具全部结清的证明；"
    "只需要其中某一笔的结清证明，可以回复“转人工”，由客服为您办理。"
)
LOAN_STILL_OWED = "这笔借款还没有结清，还清后就能开具结清证明；想提前还清，可以说“提前结清”查看金额。"


def statement(
    conn: Connection,
    *,
    kind: StatementKind,
    borrower_id: str,
    institution: str,
    now: datetime,
    loan_id: str | None = None,
) -> Statement:
    """The document of that kind, about one loan or about all of them.

    Raises NotFound for an unknown borrower or a loan that is not his, and Refused `not_settled` for a certificate
    while something of what it would cover is owed.
    """
    book = current_book(conn, borrower_id=borrower_id, today=business_date(now), settled=True)
    if loan_id is not None and loan_id not in {loan.id for loan in book.loans}:
        raise NotFound(UNKNOWN, code="loan_unknown")
    head = _head(conn, kind=kind, borrower_id=borrower_id, institution=institution, now=now, loan_id=loan_id)
    if kind == "bill":
        return _bill(book, head, loan_id)
    if kind == "schedule":
        found = schedules(conn, borrower_id=borrower_id, today=business_date(now)).loans
        return ScheduleStatement(
            head, tuple(plan for one in found if loan_id in (None, one.loan_id) for plan in _plans(one))
        )
    return _certificate(book, head, loan_id)


def _head(
    conn: Connection, *, kind: StatementKind, borrower_id: str, institution: str, now: datetime, loan_id: str | None
) -> Head:
    name, phone = ledger.borrower_of(conn, borrower_id) or ("", "")
    at = local_time(now).replace(microsecond=0)
    number = number_of(kind, on=at.date(), parts=(borrower_id, loan_id or "", at.isoformat()))
    return Head(kind, number, institution, mask_name(name), mask_phone(phone), at)


def _bill(book: Book, head: Head, loan_id: str | None) -> BillStatement:
    today = head.issued_at.date()
    if loan_id is None:
        return BillStatement(head, bill_of(book, today), only=None)
    loan = next(one for one in book.loans if one.id == loan_id)
    # The deposit pays whatever falls due first, which may be another loan: it is deducted from no single one.
    alone = bill_of(replace(book, loans=(loan,), suspense_fen=0), today)
    return BillStatement(head, replace(alone, suspense_fen=book.suspense_fen), only=loan.purpose)


def _plans(loan: Schedule) -> tuple[LoanPlan, ...]:
    """The contract's instalments; while a hardship plan runs its parts come first, as principal, as bills have them."""
    contract = _contract(loan)
    if not loan.plan_parts:
        return (contract,)
    parts = tuple(
        PlanRow(
            no=one.no,
            due_on=one.due_on,
            principal_fen=one.unpaid_fen,
            interest_fen=0,
            penalty_fen=0,
            fee_fen=0,
            total_fen=one.unpaid_fen,
            unpaid_fen=one.unpaid_fen,
            state=one.state,
        )
        for one in loan.plan_parts
    )
    return replace(contract, title=f"{loan.title}（还款方案）", rows=parts), contract


def _contract(loan: Schedule) -> LoanPlan:
    return LoanPlan(
        loan_id=loan.loan_id,
        title=loan.title,
        product_name=loan.product_name,
        brand=loan.brand,
        principal_fen=loan.principal_fen,
        outstanding_principal_fen=loan.outstanding_principal_fen,
        annual_rate=loan.annual_rate,
        settled=loan.status == "settled",
        rows=tuple(
            PlanRow(
                no=one.no,
                due_on=one.due_on,
                principal_fen=one.principal_fen,
                interest_fen=one.interest_fen,
                penalty_fen=one.penalty_fen,
                fee_fen=one.fee_fen,
                total_fen=one.total_fen,
                unpaid_fen=one.unpaid_fen,
                state=one.state,
            )
            for one in loan.instalments
        ),
    )


def _certificate(book: Book, head: Head, loan_id: str | None) -> SettlementCertificate:
    loans_of_his = [loan for loan in book.loans if not _is_idle_account(loan, head.issued_at.date())]
    wanted = [loan for loan in loans_of_his if loan_id in (None, loan.id)]
    if not wanted:
        raise Refused(NOTHING_SETTLED, code="not_settled")
    if any(loan.status != "settled" or loan.settled_on is None for loan in wanted):
        raise Refused(STILL_OWED if loan_id is None else LOAN_STILL_OWED, code="not_settled")
    loans = tuple(_settled(loan) for loan in sorted(wanted, key=lambda one: (one.disbursed_on, one.id)))
    last = max(loan.settled_on for loan in loans)
    parts = (book.borrower_id, *(f"{loan.loan_id}@{loan.settled_on}" for loan in loans))
    # A certificate keeps its number however often it is asked for: it follows from what was settled and when.
    numbered = replace(head, number=number_of("settlement", on=last, parts=parts))
    complete = len(loans) == len(loans_of_his) and not book.refund_claim_fen
    return SettlementCertificate(numbered, loans, complete, book.suspense_fen if complete else 0)


def _is_idle_account(loan: LoanState, today: date) -> bool:
    """An account stays open; one that nothing is owed on keeps nobody from having paid off all he owes."""
    return loan.card is not None and payoff_of(loan, today).total_fen == 0


def _settled(loan: LoanState) -> SettledLoan:
    ended: date | None = loan.settled_on
    assert ended is not None
    return SettledLoan(
        loan_id=loan.id,
        title=loan.purpose,
        product_name=loan.product_name,
        principal_fen=loan.principal_fen,
        disbursed_on=loan.disbursed_on,
        settled_on=ended,
        principal_paid_fen=sum(one.principal_paid_fen for one in loan.instalments),
        interest_paid_fen=sum(one.interest_paid_fen for one in loan.instalments),
        penalty_paid_fen=sum(one.penalty_paid_fen for one in loan.instalments),
        fee_paid_fen=sum(one.fee_paid_fen for one in loan.instalments),
    )
