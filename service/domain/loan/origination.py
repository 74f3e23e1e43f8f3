"""How a loan begins: the contract taken from the product of the day, its instalments, and the entry that pays out."""

from __future__ import annotations

from datetime import date

from service.domain.loan.book import InstalmentState, LoanState
from service.domain.loan.card import first_cycle
from service.domain.loan.journal import Account, Entry, Kind, Line
from service.domain.loan.products import Product
from service.domain.loan.schedule import build_schedule
from service.domain.values import replace


def originate(
    product: Product,
    *,
    loan_id: str,
    borrower_id: str,
    credit_line_id: str,
    principal_fen: int,
    periods: int,
    disbursed_on: date,
    due_day: int | None,
    purpose: str,
    products_version: str,
) -> LoanState:
    """A loan as signed: it keeps the product's rates and rules, so that a later table does not change them.
    Raises ValueError where no schedule can be made."""
    due_day = due_day or disbursed_on.day
    terms = product.terms(principal_fen=principal_fen, periods=periods, start_on=disbursed_on, due_day=due_day)
    instalments = []
    starts_on = disbursed_on
    for row in build_schedule(terms):
        assert row.due_on is not None  # the terms have a calendar
        empty = row.principal_fen + row.interest_fen == 0
        instalments.append(
            InstalmentState(
                no=row.no,
                due_on=row.due_on,
                starts_on=starts_on,
                ends_on=row.due_on,
                principal_fen=row.principal_fen,
                interest_fen=row.interest_fen,
                interest_fen_days=(row.balance_fen + row.principal_fen) * row.days if product.interest_by_day else 0,
                paid_on=disbursed_on if empty else None,
            )
        )
        starts_on = row.due_on
    blank = _blank(product, loan_id, borrower_id, credit_line_id, disbursed_on, purpose, products_version)
    return replace(blank, principal_fen=principal_fen, periods=periods, due_day=due_day, instalments=tuple(instalments))


def open_account(
    product: Product,
    *,
    loan_id: str,
    borrower_id: str,
    credit_line_id: str,
    opened_on: date,
    statement_day: int,
    purpose: str,
    products_version: str,
) -> LoanState:
    """An account that purchases will be made with. What is unpaid of its minimum goes on bearing interest, so being
    late adds only what the penalty rate is above the contract's: together they stay under the same cap."""
    assert product.card is not None
    blank = _blank(product, loan_id, borrower_id, credit_line_id, opened_on, purpose, products_version)
    cycle = first_cycle(opened_on, statement_day=statement_day, due_after_days=product.card.due_after_days)
    return replace(
        blank,
        due_day=statement_day,
        penalty_rate=product.penalty_rate - product.annual_rate,
        instalments=(cycle,),
        card=product.card.on(statement_day),
    )


def _blank(
    product: Product, loan_id: str, borrower_id: str, credit_line_id: str, on: date, purpose: str, version: str
) -> LoanState:
    """The contract without an amount and its instalments."""
    return LoanState(
        id=loan_id,
        borrower_id=borrower_id,
        credit_line_id=credit_line_id,
        product_code=product.code,
        product_name=product.name,
        brand=product.brand,
        purpose=purpose,
        principal_fen=0,
        disbursed_on=on,
        annual_rate=product.annual_rate,
        method=product.method.value,
        day_count=product.day_count.value,
        periods=0,
        due_day=on.day,
        rounding=product.rounding,
        penalty_rate=product.penalty_rate,
        grace_days=product.grace_days,
        grace_mode=product.grace_mode.value,
        early_fee_rate=product.early_fee_rate,
        allocation_order=product.allocation_order,
        allocation_mode=product.allocation_mode.value,
        debt_order=product.debt_order.value,
        principal_first_from=product.principal_first_from,
        products_version=version,
        instalments=(),
        principal_grace_periods=product.principal_grace_periods,
        interest_by_day=product.interest_by_day,
    )


def disbursement(loan: LoanState) -> Entry:
    """Principal becomes owed, instalment by instalment, against the cash paid out."""
    owed = [
        Line(Account.PRINCIPAL, one.principal_fen, loan.id, one.no) for one in loan.instalments if one.principal_fen
    ]
    paid_out = Line(Account.CASH, -loan.principal_fen, loan.id)
    return Entry(f"disbursement:{loan.id}", Kind.DISBURSEMENT, loan.disbursed_on, (*owed, paid_out))
