"""What may be promised: how much, by when, in how many parts, and how often anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from service.domain.collect.promise import Promise, PromiseState
from service.domain.collect.promising import Owed, Wished, check_renegotiations, parts_of, renegotiations
from service.domain.errors import Refused
from tests.domain.collect.policy_of import policy
from tests.domain.collect.promises import DAY_0, on, promise

RULE = policy().promise_on(DAY_0)
OWED = Owed(bill_fen=323_456, payoff_fen=900_000)


def day(number: int) -> date:
    return DAY_0 + timedelta(days=number)


def sums(*wished: tuple[int | None, int], owed: Owed = OWED) -> list[tuple[int, int]]:
    """(fen, day) of each part."""
    parts = parts_of([Wished(fen, day(at)) for fen, at in wished], owed=owed, rule=RULE, today=DAY_0)
    return [(one.amount_fen, (one.due_on - DAY_0).days) for one in parts]


def test_the_rest_is_what_is_left_of_what_is_asked_for_now() -> None:
    assert sums((200_000, 10), (None, 20)) == [(200_000, 10), (123_456, 20)]


def test_the_rest_of_more_than_is_asked_for_now_is_that_of_all() -> None:
    assert sums((323_456, 10), (None, 20)) == [(323_456, 10), (576_544, 20)]


def test_the_rest_alone_is_all_that_is_asked_for_now() -> None:
    assert sums((None, 3)) == [(323_456, 3)]


def test_parts_are_in_the_order_of_their_days_however_they_were_said() -> None:
    assert sums((None, 20), (100_000, 5), (50_000, 10)) == [(100_000, 5), (50_000, 10), (173_456, 20)]


def test_grace_is_fixed_when_it_is_promised() -> None:
    kind = replace(RULE, grace_days=2)
    (part,) = parts_of([Wished(100, day(3), "发工资")], owed=OWED, rule=kind, today=DAY_0)
    assert (part.due_on, part.counts_until, part.condition, part.is_rest) == (day(3), day(5), "发工资", False)


@pytest.mark.parametrize(
    ("wished", "code"),
    [
        ([], "too_many_parts"),
        ([(100, 1), (100, 2), (100, 3), (100, 4)], "too_many_parts"),
        ([(100, 1), (None, -1)], "date_in_past"),
        ([(100, 1), (None, 31)], "date_too_far"),
        ([(0, 1), (None, 2)], "amount_not_positive"),
        ([(-5, 1)], "amount_not_positive"),
        ([(500_000, 1), (400_001, 2)], "amount_too_large"),
        ([(100, 1), (None, 2), (None, 3)], "rest_not_clear"),
        ([(900_000, 1), (None, 2)], "nothing_left"),
    ],
)
def test_what_is_out_of_bounds_is_refused_with_a_way_on(wished: list[tuple[int | None, int]], code: str) -> None:
    with pytest.raises(Refused) as refused:
        sums(*wished)
    assert refused.value.code == code
    assert "请" in refused.value.detail


def test_who_owes_nothing_promises_nothing() -> None:
    with pytest.raises(Refused) as refused:
        sums((100, 1), owed=Owed(0, 0))
    assert refused.value.code == "nothing_owed"


# ---- how often anew -------------------------------------------------------------------------------------------------


def earlier(state: str, *, made: int, replaced: int | None = None) -> Promise:
    at = None if replaced is None else on(replaced)
    return replace(promise((100, 2)), state=PromiseState(state), created_at=on(made), replaced_at=at)


@pytest.mark.parametrize(
    ("before", "count"),
    [
        ([], 0),
        ([earlier("broken", made=-9)], 1),
        ([earlier("partly", made=-9), earlier("broken", made=-5)], 2),
        ([earlier("broken", made=-9), earlier("kept", made=-5)], 0),
        ([earlier("kept", made=-9), earlier("broken", made=-5)], 1),
        ([earlier("cancelled", made=-9, replaced=-8)], 1),
        ([earlier("cancelled", made=-9, replaced=-9)], 0),  # a slip that was put right
        ([earlier("pending", made=-1)], 1),
        ([earlier("pending", made=0)], 0),
        ([earlier("broken", made=-91)], 0),  # too long ago
    ],
)
def test_a_promise_anew_is_one_after_another_that_was_not_kept_or_put_off(before: list[Promise], count: int) -> None:
    assert renegotiations(before, today=DAY_0, rule=RULE) == count


def test_after_so_many_a_person_takes_over_and_the_borrower_is_told_kindly() -> None:
    broken = [earlier("broken", made=-3 * number) for number in (1, 2, 3)]
    check_renegotiations(broken[:2], today=DAY_0, rule=RULE)
    with pytest.raises(Refused) as refused:
        check_renegotiations(broken, today=DAY_0, rule=RULE)
    assert refused.value.code == "too_many_renegotiations"
    assert "同事" in refused.value.detail
    assert "三次" in refused.value.detail
