"""A loan's terms in whole numbers round as the domain's decimals do."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.db.loan_close_terms import whole_terms
from service.domain.loan.interest import accrued_fen
from service.domain.loan.terms import DayCount
from tests.service.loan.portfolios import ROUNDINGS


@settings(max_examples=400, deadline=None)
@given(
    rate=st.one_of(
        st.decimals(0, 1, places=4), st.decimals(0, 1, places=12), st.sampled_from([Decimal("0.216"), Decimal("0.18")])
    ),
    day_count=st.sampled_from(list(DayCount)),
    rounding=st.sampled_from(ROUNDINGS),
    fen_days=st.integers(0, 10**14),
    halves=st.integers(0, 10**6),
)
def test_whole_numbers_round_as_decimals_do(
    rate: Decimal, day_count: str, rounding: str, fen_days: int, halves: int
) -> None:
    terms = whole_terms(format(rate, "f"), day_count=day_count, rounding=rounding)
    if terms is None:
        assert rounding == "ROUND_05UP" or rate.as_tuple().exponent == -12
        return
    # half a fen is where roundings part: the nearest number of fen-days to one of them
    exactly_between = (2 * halves + 1) * terms.parts // (2 * terms.times) if terms.times else 0
    for days in (fen_days, exactly_between, exactly_between + 1):
        if days <= terms.most_fen_days:
            above = days * terms.times + terms.plus
            whole = above // terms.parts
            whole -= terms.half_even and above % terms.parts == 0 and whole % 2
            basis = 365 if day_count.endswith("365") else 360
            assert whole == accrued_fen(days, annual_rate=rate, days=1, year_basis=basis, rounding=rounding)


@pytest.mark.parametrize("rate", ["much", "NaN", "Infinity", "-0.1"])
def test_a_rate_that_is_none_is_left_to_the_domain(rate: str) -> None:
    assert whole_terms(rate, day_count="30/360", rounding="ROUND_HALF_UP") is None
