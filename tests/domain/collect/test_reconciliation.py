"""Given a promise, when money comes, goes back or does not come, then this is how far it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.collect.promise import Promise, PromiseState
from service.domain.collect.reconciliation import Received, Refund, reconciled
from tests.domain.collect.promises import DAY_0, on, paid, promise, refund, told

ONE = promise((500, 2))
TWO = promise((200, 2), (300, 9))


@pytest.mark.parametrize(
    ("given_", "received", "today", "then"),
    [
        pytest.param(ONE, [], 2, "pending 0: pending 0", id="its day is not over"),
        pytest.param(ONE, [], 3, "broken 0: broken 0 d3", id="nothing came"),
        pytest.param(ONE, [], 30, "broken 0: broken 0 d3", id="decided as of the day after, whenever it is asked"),
        pytest.param(ONE, [paid(500, 2, "23:59")], 2, "kept 500: kept 500 d2", id="in full on the last minute"),
        pytest.param(ONE, [paid(500, 3, "00:00")], 3, "broken 0: broken 0 d3", id="a minute late"),
        pytest.param(ONE, [paid(500, 1)], 1, "kept 500: kept 500 d1", id="early"),
        pytest.param(ONE, [paid(200, 1)], 2, "pending 200: pending 200", id="a part of it, and time is left"),
        pytest.param(ONE, [paid(200, 1)], 3, "partly 200: partly 200 d3", id="a part of it"),
        pytest.param(ONE, [paid(499, 2), paid(1, 3)], 4, "partly 499: partly 499 d3", id="the last yuan late"),
        pytest.param(ONE, [paid(200, 1), paid(300, 2)], 2, "kept 500: kept 500 d2", id="split over days"),
        pytest.param(ONE, [paid(100, 2)] * 5, 2, "kept 500: kept 500 d2", id="split on the day"),
        pytest.param(ONE, [paid(900, 2)], 2, "kept 500: kept 500 d2", id="more than was promised"),
        pytest.param(ONE, [paid(500, 0, "08:59")], 3, "broken 0: broken 0 d3", id="paid before it was promised"),
        pytest.param(ONE, [paid(500, 0, "09:00")], 3, "broken 0: broken 0 d3", id="paid in the instant it was made"),
        pytest.param(promise((500, 2), grace=1), [paid(500, 3)], 3, "kept 500: kept 500 d3", id="in the day of grace"),
        pytest.param(promise((500, 2), grace=1), [], 3, "pending 0: pending 0", id="grace is not over"),
        pytest.param(promise((500, 2), grace=1), [], 4, "broken 0: broken 0 d4", id="grace is over"),
        pytest.param(TWO, [paid(200, 2)], 5, "pending 200: kept 200 d2 + pending 0", id="the first of two"),
        pytest.param(TWO, [paid(200, 2), paid(300, 9)], 9, "kept 500: kept 200 d2 + kept 300 d9", id="both in time"),
        pytest.param(TWO, [paid(500, 1)], 1, "kept 500: kept 200 d1 + kept 300 d1", id="all at once, early"),
        pytest.param(TWO, [paid(350, 1)], 1, "pending 350: kept 200 d1 + pending 150", id="what is over flows on"),
        pytest.param(TWO, [], 3, "broken 0: broken 0 d3 + pending 0", id="the first is missed: it stands no more"),
        pytest.param(TWO, [paid(200, 4)], 4, "partly 200: broken 0 d3 + pending 200", id="late money is the next's"),
        pytest.param(
            TWO, [paid(500, 4)], 9, "partly 300: broken 0 d3 + kept 300 d4", id="late, it does not keep what is over"
        ),
        pytest.param(TWO, [paid(200, 2)], 10, "partly 200: kept 200 d2 + broken 0 d10", id="the second is missed"),
        pytest.param(
            TWO, [paid(50, 2), paid(300, 8)], 9, "partly 350: partly 50 d3 + kept 300 d8", id="short and then in full"
        ),
        pytest.param(
            promise((300, 9), (200, 2)), [paid(200, 1)], 3, "pending 200: pending 0 + kept 200 d1",
            id="by days and not by the order in which they were said",
        ),
        pytest.param(
            promise((200, 2), (300, 2)), [paid(350, 2)], 3, "partly 350: kept 200 d2 + partly 150 d3",
            id="two on one day",
        ),
    ],
)  # fmt: skip
def test_a_promise_is_kept_by_what_came_in_time(
    given_: Promise, received: list[Received], today: int, then: str
) -> None:
    assert told(given_, *received, today=today) == then


@pytest.mark.parametrize(
    ("given_", "received", "refunds", "today", "then"),
    [
        pytest.param(
            ONE, [paid(500, 1, spare=200)], [refund(200, 1)], 2, "pending 300: pending 300", id="some went back"
        ),
        pytest.param(ONE, [paid(800, 1, spare=300)], [refund(300, 5)], 5, "kept 500: kept 500 d1", id="the excess"),
        pytest.param(
            ONE, [paid(500, 1)], [refund(200, 4)], 4, "kept 500: kept 500 d1", id="older money went back, not this"
        ),
        pytest.param(
            ONE, [paid(500, 1, spare=500), paid(300, 5, spare=300)], [refund(300, 6)], 6, "kept 500: kept 500 d1",
            id="the latest goes back first",
        ),
        pytest.param(
            ONE, [paid(500, 2, spare=500)], [refund(300, 1)], 3, "kept 500: kept 500 d2", id="gone before it came"
        ),
    ],
)  # fmt: skip
def test_what_goes_back_to_the_borrower_keeps_nothing(
    given_: Promise, received: list[Received], refunds: list[Refund], today: int, then: str
) -> None:
    assert told(given_, *received, refunds=tuple(refunds), today=today) == then


@pytest.mark.parametrize(
    ("given_", "received", "today", "then"),
    [
        pytest.param(
            promise((500, 2), replaced=on(1)), [], 9, "cancelled 0: cancelled 0 d1", id="replaced while it stood"
        ),
        pytest.param(
            promise((500, 2), replaced=on(1)), [paid(500, 1, "12:01")], 9, "cancelled 0: cancelled 0 d1",
            id="what comes later counts for the next",
        ),
        pytest.param(
            promise((500, 2), replaced=on(1)), [paid(500, 1, "11:00")], 9, "kept 500: kept 500 d1",
            id="kept before the next was made",
        ),
        pytest.param(
            promise((500, 2), replaced=on(5)), [paid(100, 1)], 9, "partly 100: partly 100 d3",
            id="a new one hides no broken one",
        ),
        pytest.param(
            promise((200, 2), (300, 9), replaced=on(5)), [], 12, "broken 0: broken 0 d3 + cancelled 0 d5",
            id="what was still open of it ends",
        ),
    ],
)  # fmt: skip
def test_a_newer_promise_takes_over(given_: Promise, received: list[Received], today: int, then: str) -> None:
    assert told(given_, *received, today=today) == then


def test_a_payment_that_was_begun_in_time_is_waited_for() -> None:
    assert told(ONE, today=3, begun=on(2, "23:58")) == "pending 0: pending 0"
    assert told(ONE, today=3, begun=on(3, "00:01")) == "broken 0: broken 0 d3"
    assert told(TWO, today=3, begun=on(3, "00:01")) == "broken 0: broken 0 d3 + pending 0"


def test_one_that_was_replaced_while_its_money_was_on_its_way_waits_no_more() -> None:
    replaced = promise((500, 2), replaced=on(3))
    assert told(replaced, today=4, begun=on(2, "23:58")) == "cancelled 0: cancelled 0 d3"
    assert told(replaced, paid(500, 2, "23:58"), today=4) == "kept 500: kept 500 d2"
    assert told(replaced, today=4) == "broken 0: broken 0 d3"


# ---- whatever comes -------------------------------------------------------------------------------------------------

AMOUNTS = st.integers(1, 400)
DAYS = st.integers(0, 12)
PROMISES = st.builds(
    lambda parts, grace, replaced: promise(*parts, grace=grace, replaced=replaced),
    st.lists(st.tuples(AMOUNTS, DAYS), min_size=1, max_size=4),
    st.integers(0, 2),
    st.none() | DAYS.map(lambda day: on(day, "18:00")),
)
CLOCKS = st.sampled_from(["09:01", "12:00", "17:59", "23:59"])
PAYMENTS = st.lists(
    st.builds(lambda fen, day, clock, spare: paid(fen, day, clock, spare=min(fen, spare)), AMOUNTS, DAYS, CLOCKS, DAYS),
    max_size=6,
)
REFUNDS = st.lists(st.builds(refund, st.integers(1, 20), DAYS), max_size=2)


def stands(made: Promise, received: list[Received], refunds: list[Refund], today: int) -> Promise:
    return reconciled(made, received, refunds=refunds, today=DAY_0 + timedelta(days=today))


@given(PROMISES, PAYMENTS, REFUNDS, DAYS, st.randoms(use_true_random=False))
def test_the_order_in_which_payments_are_told_does_not_matter(made, received, refunds, today, draw) -> None:  # type: ignore[no-untyped-def]
    shuffled = [*received]
    draw.shuffle(shuffled)
    assert stands(made, shuffled, refunds, today) == stands(made, received, refunds, today)


@given(PROMISES, PAYMENTS, DAYS)
def test_the_order_of_payments_of_one_day_does_not_matter(made, received, today) -> None:  # type: ignore[no-untyped-def]
    """Unless another promise came in between."""
    made = replace(made, replaced_at=None)
    at_noon = [replace(one, paid_at=one.paid_at.replace(hour=12, minute=0)) for one in received]
    assert stands(made, at_noon, [], today) == stands(made, received, [], today)


@given(PROMISES, PAYMENTS, REFUNDS, DAYS, st.integers(0, 5), st.integers(1, 99))
def test_a_payment_that_is_split_counts_as_the_whole(made, received, refunds, today, which, percent) -> None:  # type: ignore[no-untyped-def]
    if not received:
        return
    one = received[which % len(received)]
    first = Received(one.paid_at, one.amount_fen * percent // 100, one.spare_fen * percent // 100)
    second = Received(one.paid_at, one.amount_fen - first.amount_fen, one.spare_fen - first.spare_fen)
    others = [other for other in received if other is not one]
    assert stands(made, [*others, first, second], refunds, today) == stands(made, received, refunds, today)


@given(PROMISES, PAYMENTS, PAYMENTS, DAYS)
def test_what_is_taken_back_is_as_if_it_never_came(made, received, reversed_later, today) -> None:  # type: ignore[no-untyped-def]
    """Also where the promise was decided by it before."""
    before = stands(made, [*received, *reversed_later], [], today)
    assert stands(before, received, [], today) == stands(made, received, [], today)


@given(PROMISES, PAYMENTS, REFUNDS, DAYS)
def test_no_more_is_kept_than_was_promised_or_came_and_asking_again_changes_nothing(  # type: ignore[no-untyped-def]
    made, received, refunds, today
) -> None:
    now = stands(made, received, refunds, today)
    assert all(0 <= part.kept_fen <= part.amount_fen for part in now.parts)
    assert now.paid_fen <= sum(one.amount_fen for one in received)
    assert all((part.kept_fen == part.amount_fen) == (part.state is PromiseState.KEPT) for part in now.parts)
    assert stands(now, received, refunds, today) == now


@given(PROMISES, PAYMENTS, AMOUNTS, DAYS, DAYS)
def test_more_money_never_keeps_less(made, received, more, day, today) -> None:  # type: ignore[no-untyped-def]
    kept = stands(made, received, [], today).paid_fen
    assert stands(made, [*received, paid(more, day)], [], today).paid_fen >= kept


@given(PAYMENTS, DAYS)
def test_the_same_money_never_keeps_two_promises(received, today) -> None:  # type: ignore[no-untyped-def]
    first, second = promise((400, 9), replaced=on(4)), replace(promise((400, 9)), created_at=on(4))
    both = sum(stands(one, received, [], today).paid_fen for one in (first, second))
    assert both <= sum(one.amount_fen for one in received)
