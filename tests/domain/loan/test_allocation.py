"""Where a payment goes: golden cases by id, and that not a fen is made or lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.loan.allocation import COMPONENTS, Due, Mode, allocate
from service.domain.money import fen_from_yuan
from tests.domain.loan.golden import VECTORS

CASES = {case["id"]: case for case in VECTORS["allocation"]}
FEN = st.integers(0, 200_000)
DUES = st.lists(st.builds(Due, FEN, FEN, FEN, FEN), max_size=6)
ORDERS = st.permutations(COMPONENTS)
MODES = st.sampled_from(Mode)


@pytest.mark.parametrize("name", CASES)
def test_a_golden_payment_is_divided_to_the_fen(name: str) -> None:
    case = CASES[name]
    made = allocate(
        fen_from_yuan(case["payment"]),
        dues=[_due(one) for one in case["outstanding"]],
        order=case["order"],
        mode=case["mode"],
    )
    assert list(made.parts) == [_due(one) for one in case["allocated"]]
    assert made.total == _due(case["totals"])
    assert made.excess_fen == fen_from_yuan(case["excess_to_suspense"])


@given(amount_fen=st.integers(0, 3_000_000), dues=DUES, order=ORDERS, mode=MODES)
def test_parts_and_excess_are_the_amount_and_no_part_exceeds_what_is_owed(
    amount_fen: int, dues: list[Due], order: list[str], mode: Mode
) -> None:
    made = allocate(amount_fen, dues=dues, order=order, mode=mode)
    assert made.total.total_fen + made.excess_fen == amount_fen
    for part, due in zip(made.parts, dues, strict=True):
        for name in COMPONENTS:
            assert 0 <= getattr(part, f"{name}_fen") <= getattr(due, f"{name}_fen")
    if made.excess_fen:
        assert list(made.parts) == dues


@given(first=st.integers(0, 500_000), second=st.integers(0, 500_000), dues=DUES, order=ORDERS, mode=MODES)
def test_two_payments_one_after_the_other_pay_what_one_of_their_sum_pays(
    first: int, second: int, dues: list[Due], order: list[str], mode: Mode
) -> None:
    whole = allocate(first + second, dues=dues, order=order, mode=mode)
    one = allocate(first, dues=dues, order=order, mode=mode)
    rest = [_minus(due, part) for due, part in zip(dues, one.parts, strict=True)]
    other = allocate(second, dues=rest, order=order, mode=mode)
    assert [_minus(due, part) for due, part in zip(rest, other.parts, strict=True)] == [
        _minus(due, part) for due, part in zip(dues, whole.parts, strict=True)
    ]


@pytest.mark.parametrize(
    ("amount_fen", "order", "dues"),
    [(-1, COMPONENTS, []), (1, ("fee", "penalty", "interest"), []), (1, COMPONENTS, [Due(penalty_fen=-1)])],
    ids=["a negative amount", "an order without principal", "a negative due"],
)
def test_nonsense_is_refused(amount_fen: int, order: tuple[str, ...], dues: list[Due]) -> None:
    with pytest.raises(ValueError, match=r"allocated|once each|negative"):
        allocate(amount_fen, dues=dues, order=order, mode=Mode.HORIZONTAL)


def _due(case: dict[str, Any]) -> Due:
    return Due(*(fen_from_yuan(case[name]) for name in COMPONENTS))


def _minus(due: Due, part: Due) -> Due:
    return Due(*(getattr(due, f"{name}_fen") - getattr(part, f"{name}_fen") for name in COMPONENTS))
