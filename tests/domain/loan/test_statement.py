"""The code on a document: made by the lender alone, and gone with the smallest change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.days import SHANGHAI
from service.domain.loan.statement import (
    Head,
    LoanPlan,
    PlanRow,
    ScheduleStatement,
    SettledLoan,
    SettlementCertificate,
    code_of,
    content,
    number_of,
    verify,
)

KEY = "the-lender-keeps-this"
HEAD = Head("schedule", "JH1", "小清消费金融", "周*雨", "199****0005", datetime(2026, 11, 23, 10, tzinfo=SHANGHAI))
ROW = PlanRow(1, date(2026, 12, 18), 46_785, 7_200, 0, 0, 53_985, 53_985, "upcoming")
LOAN = LoanPlan("l-1", "家电分期", "家电分期", "云朵", 600_000, 600_000, Decimal("0.144"), False, (ROW,))
PLAN = ScheduleStatement(HEAD, (LOAN,))
FIGURES = ("principal_fen", "interest_fen", "penalty_fen", "fee_fen", "total_fen", "unpaid_fen")


def test_the_lender_finds_its_own_code_however_it_was_typed() -> None:
    code = code_of(PLAN, key=KEY)
    assert len(code.replace(" ", "")) == 64
    assert verify(PLAN, code, key=KEY)
    assert verify(PLAN, f"  {code.lower().replace(' ', '')}\n", key=KEY)


@given(part=st.sampled_from(FIGURES), by=st.integers(-(10**9), 10**9).filter(bool))
def test_a_changed_figure_changes_the_code(part: str, by: int) -> None:
    altered = replace(ROW, **{part: getattr(ROW, part) + by})
    assert not verify(ScheduleStatement(HEAD, (replace(LOAN, rows=(altered,)),)), code_of(PLAN, key=KEY), key=KEY)


@pytest.mark.parametrize(
    "head",
    [
        replace(HEAD, name="张*"),
        replace(HEAD, number="JH2"),
        replace(HEAD, kind="settlement"),
        replace(HEAD, issued_at=datetime(2026, 11, 23, 10, 1, tzinfo=SHANGHAI)),
    ],
)
def test_a_changed_head_changes_the_code(head: Head) -> None:
    assert not verify(replace(PLAN, head=head), code_of(PLAN, key=KEY), key=KEY)


def test_nobody_makes_a_code_without_the_key() -> None:
    assert code_of(PLAN, key=KEY) != code_of(PLAN, key="guessed")
    assert not verify(PLAN, code_of(PLAN, key="guessed"), key=KEY)
    assert not verify(PLAN, "", key=KEY)
    assert not verify(PLAN, "伪造的码", key=KEY)
    with pytest.raises(ValueError, match="key"):
        code_of(PLAN, key="")


def test_one_rate_is_one_content_whichever_database_kept_it() -> None:
    padded = replace(PLAN, loans=(replace(LOAN, annual_rate=Decimal("0.14400")),))
    assert content(padded) == content(PLAN)
    assert '"annual_rate":"0.144"' in content(PLAN).decode()


def test_the_kind_of_a_document_is_part_of_its_content() -> None:
    loan = SettledLoan("l-1", "家电", "家电分期", 1, date(2026, 1, 1), date(2026, 2, 1), 1, 0, 0, 0)
    one, other = SettlementCertificate(HEAD, (loan,), True, 0), SettlementCertificate(HEAD, (loan,), False, 0)
    assert code_of(one, key=KEY) != code_of(other, key=KEY)
    assert loan.paid_fen == 1


def test_a_number_follows_from_what_it_numbers() -> None:
    number = number_of("settlement", on=date(2026, 11, 23), parts=("b-1", "l-1"))
    assert number == number_of("settlement", on=date(2026, 11, 23), parts=("b-1", "l-1"))
    assert number.startswith("JQ20261123-")
    others = [
        number_of("settlement", on=date(2026, 11, 24), parts=("b-1", "l-1")),
        number_of("bill", on=date(2026, 11, 23), parts=("b-1", "l-1")),
        number_of("settlement", on=date(2026, 11, 23), parts=("b-1l", "-1")),
    ]
    assert number not in others
