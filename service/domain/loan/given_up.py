"""What the lender gives up of what is owed: fees, penalty interest and interest that are waived, principal that is
written off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from service.domain.errors import Refused
from service.domain.loan.book import Book, InstalmentState, LoanState, instalment_of, put, with_loan
from service.domain.loan.journal import INCOME, SUSPENDED, Account, Entry, Kind, Line
from service.domain.loan.posting import Posted, Work
from service.domain.values import replace


def waive(book: Book, loan: LoanState, parts: Iterable[tuple[int, str, int]], *, event: str, on: date) -> Posted:
    """Up to so much of each part: (instalment no, fee | penalty | interest, fen); what was paid or is not there any
    more is not waived. Raises Refused (instalment_unknown, nothing_to_waive)."""
    lines: list[Line] = []
    waived_fen = 0
    for no, component, fen in parts:
        one = instalment_of(loan, no)
        account = Account(component)
        given = min(fen, _waivable_fen(loan, one, account))
        if not given:
            continue
        waived_fen += given
        if account is Account.INTEREST:
            # interest that is not due yet was never charged
            charged = max(0, given - (one.interest_fen - one.recognised_interest_fen))
            after = replace(
                one,
                interest_fen=one.interest_fen - given,
                recognised_interest_fen=one.recognised_interest_fen - charged,
            )
        elif account is Account.PENALTY:
            charged = given
            after = replace(one, penalty_fen=one.penalty_fen - given, penalty_waived_fen=one.penalty_waived_fen + given)
        else:
            charged = given
            after = replace(one, fee_fen=one.fee_fen - given)
        income = SUSPENDED.get(account, INCOME[account]) if loan.non_accrual else INCOME[account]
        if charged:
            lines += [Line(account, -charged, loan.id, no), Line(income, charged, loan.id)]
        loan = put(loan, replace(after, paid_on=on) if after.unpaid_fen == 0 else after)
    if not waived_fen:
        raise Refused("没有可以减免的金额。", code="nothing_to_waive")
    work = Work(with_loan(book, loan), cause=event)
    work.close_if_paid(loan.id, on)
    work.restate(on)
    written = (Entry(event, Kind.WAIVER, on, tuple(lines), event),) if lines else ()
    return Posted(work.book(), (*written, *work.entries()))


def _waivable_fen(loan: LoanState, one: InstalmentState, account: Account) -> int:
    """Of an account's open cycle no interest: its statement counts it anew."""
    if account is Account.INTEREST and loan.card is not None and one.stated_fen is None:
        return 0
    return {
        Account.FEE: one.due.fee_fen,
        Account.PENALTY: one.due.penalty_fen,
        Account.INTEREST: one.due.interest_fen,
    }[account]


def write_off(book: Book, loan: LoanState, *, event: str, on: date) -> Posted:
    """Its principal is a loss and stays owed; what it still bears is income only when it is paid. Raises Refused
    (already_written_off, nothing_to_write_off)."""
    if loan.written_off_on is not None:
        raise Refused("这笔借款已经核销过。", code="already_written_off")
    fen = loan.unpaid_principal_fen
    if not fen:
        raise Refused("这笔借款没有未还本金，不需要核销。", code="nothing_to_write_off")
    lines = (Line(Account.LOSS, fen, loan.id), Line(Account.WRITTEN_OFF, -fen, loan.id))
    entry = Entry(event, Kind.WRITE_OFF, on, lines, event)
    work = Work(with_loan(book, replace(loan, written_off_on=on)), cause=event)
    work.restate(on)
    return Posted(work.book(), (entry, *work.entries()))
