"""From which day a change of automatic payment holds, and which card it charges."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.errors import NotFound, Refused
from service.domain.loan.autopay import Autopay, Card, charged_to, free_from, never_set, switched

TODAY = date(2026, 11, 23)
FREE = date(2026, 12, 5)
ONE, OTHER = Card("c-1", "演示银行", "0001"), Card("c-2", "样例银行", "1001")
ON = Autopay(enabled=True, enabled_from=date(2026, 1, 1), card_id="c-1", card_from=date(2026, 1, 1))
DAYS = st.dates(date(2026, 11, 1), date(2026, 12, 31))


def switch(now: Autopay, *, enabled: bool, cards: tuple[Card, ...] = (ONE, OTHER), **given_: object) -> Autopay:
    asked = {"card_id": None, "free": FREE, "today": TODAY} | given_
    return switched(now, enabled=enabled, cards=cards, **asked)  # type: ignore[arg-type]


@given(due=st.lists(DAYS), today=DAYS)
def test_no_change_reaches_what_is_due_today_or_was(due: list[date], today: date) -> None:
    free = free_from(due, today)
    assert free > today
    assert not any(today < day < free for day in due)
    assert free in due or free == today + timedelta(days=1)


def test_off_holds_from_the_next_free_due_day_and_until_then_it_is_on() -> None:
    off = switch(ON, enabled=False)
    assert (off.enabled, off.enabled_from) == (False, FREE)
    assert off.charges_on(FREE - timedelta(days=1))
    assert not off.charges_on(FREE)


def test_taken_back_before_it_holds_nothing_is_interrupted() -> None:
    back = switch(switch(ON, enabled=False), enabled=True)
    assert all(back.charges_on(TODAY + timedelta(days=ahead)) for ahead in range(60))


@given(enabled=st.booleans(), free=DAYS.filter(lambda day: day > TODAY))
def test_said_twice_it_is_as_said_once(enabled: bool, free: date) -> None:
    once = switch(ON, enabled=enabled)
    assert switch(once, enabled=enabled, free=free) == once


def test_on_charges_the_card_that_is_named_or_was_or_the_only_one() -> None:
    new = never_set(TODAY)
    assert switch(new, enabled=True, card_id="c-2").card_id == "c-2"
    assert switch(new, enabled=True, cards=(ONE,)).card_id == "c-1"
    assert switch(switch(ON, enabled=False), enabled=True).card_id == "c-1"
    with pytest.raises(Refused, match="不止一张"):
        switch(new, enabled=True)
    with pytest.raises(Refused, match="还没有绑定"):
        switch(new, enabled=True, cards=())
    with pytest.raises(NotFound):
        switch(new, enabled=True, card_id="somebody else's")


def test_another_card_is_charged_from_the_next_free_due_day() -> None:
    after = charged_to(ON, card_id="c-2", cards=(ONE, OTHER), free=FREE)
    assert (after.card_id, after.card_from, after.enabled_from) == ("c-2", FREE, ON.enabled_from)
    assert charged_to(ON, card_id="c-1", cards=(ONE, OTHER), free=FREE) == ON
