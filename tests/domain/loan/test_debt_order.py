"""Which of several debts money reaches that was meant for none: whose clause counts, and that no fen goes astray."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.loan.allocation import DebtOrder
from service.domain.loan.book import Book, LoanState
from service.domain.loan.origination import originate
from service.domain.loan.posting import spread
from tests.service.loan.ledger import PRODUCTS

ON = date(2026, 3, 20)
CLAUSES = st.sampled_from(list(DebtOrder))


def lent(number: int, *, clause: DebtOrder, code: str = "appliance", days: int = 0, fen: int = 100_000) -> LoanState:
    loan = originate(
        PRODUCTS[code], loan_id=f"l-{number}", borrower_id="b", credit_line_id="c", principal_fen=fen, periods=6,
        disbursed_on=date(2026, 1, 5) + timedelta(days), due_day=None, purpose="分期", products_version="1",
    )  # fmt: skip
    return replace(loan, debt_order=clause.value)


@given(st.lists(CLAUSES, max_size=4))
def test_a_clause_counts_only_where_every_active_loan_has_it(clauses: list[DebtOrder]) -> None:
    loans = tuple(lent(number, clause=clause) for number, clause in enumerate(clauses))
    settled = replace(lent(9, clause=DebtOrder.OLDEST_DUE), status="settled")
    agreed = bool(clauses) and set(clauses) == {DebtOrder.OLDEST_DUE}
    expected = DebtOrder.OLDEST_DUE if agreed else DebtOrder.CIVIL_CODE_560
    assert Book("b", 0, (*loans, settled)).debt_order is expected


@given(
    st.lists(
        st.tuples(CLAUSES, st.sampled_from(("appliance", "cash")), st.integers(0, 3), st.integers(100_000, 110_000)),
        min_size=1,
        max_size=5,
    ),
    st.integers(0, 300_000),
)
def test_every_fen_goes_to_a_debt_that_asks_for_it(
    loans: list[tuple[DebtOrder, str, int, int]], amount_fen: int
) -> None:
    made = (
        lent(number, clause=clause, code=code, days=days, fen=fen)
        for number, (clause, code, days, fen) in enumerate(loans)
    )
    book = Book("b", 0, tuple(made))
    claims = book.claims_until(ON)
    shares = spread(amount_fen, book.due_in_order(ON))
    asked = {loan.id: sum(one.fen for one in claims if one.loan.id == loan.id) for loan in book.loans}
    assert sum(shares.values()) == min(amount_fen, sum(asked.values()))
    assert all(0 < fen <= asked[loan_id] for loan_id, fen in shares.items())
    ranks = [one for equal in book.due_in_order(ON) for one in equal]
    assert sorted((one.loan.id, one.no) for one in ranks) == sorted((one.loan.id, one.no) for one in claims)
