"""A line is the fold of its events, and says on each day what can be used of it and why not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.loan.credit_line import (
    EventKind,
    ImpossibleEvent,
    LineEvent,
    LineState,
    LineStatus,
    Reason,
    apply,
    end_of_temporary,
    replay,
    standing,
)
from tests.domain.loan.limit_cases import AT, TODAY, event

K = EventKind
OPENED = event(1, K.OPENED, 2_000_000, on=date(2026, 1, 5))
FIRST, LAST = date(2026, 12, 1), date(2026, 12, 31)
TEMPORARY = event(2, K.TEMPORARY, 500_000, from_on=FIRST, until_on=LAST)


def free(state: LineState, *, used_fen: int = 0, day: date = TODAY) -> int:
    return standing(state, used_fen=used_fen, day=day).available_fen


def test_what_is_used_is_not_available_and_nothing_is_less_than_nothing() -> None:
    state = replay([OPENED])
    assert free(state, used_fen=700_000) == 1_300_000
    lowered = apply(state, event(2, K.LOWERED, 500_000))
    assert free(lowered, used_fen=700_000) == 0


@pytest.mark.parametrize(
    ("day", "limit_fen"),
    [(FIRST - timedelta(1), 2_000_000), (FIRST, 2_500_000), (LAST, 2_500_000), (LAST + timedelta(1), 2_000_000)],
)
def test_a_temporary_part_counts_on_both_of_its_days_and_not_before_or_after(day: date, limit_fen: int) -> None:
    assert replay([OPENED, TEMPORARY]).limit_on(day) == limit_fen


def test_the_end_of_a_temporary_part_is_dated_on_the_day_after_however_late_it_is_written() -> None:
    state = replay([OPENED, TEMPORARY])
    ended = end_of_temporary("line", state, reason=Reason("over", "到期"), by="rule:x@1", at=AT)
    assert (ended.on, ended.amount_fen, ended.no) == (LAST + timedelta(1), 500_000, 3)
    assert apply(state, ended).temporary_until is None


def test_each_freeze_needs_its_own_end_and_the_reason_that_is_left_is_said() -> None:
    overdue, check = Reason("overdue", "有逾期"), Reason("check", "安全核查")
    state = replay([OPENED, event(2, K.FROZEN, reason=overdue), event(3, K.FROZEN, reason=check)])
    assert (free(state), state.status_reason) == (0, "有逾期；安全核查")
    state = apply(state, event(4, K.UNFROZEN, lifts="overdue"))
    assert (free(state), state.status, state.status_reason) == (0, LineStatus.FROZEN, "安全核查")
    state = apply(state, event(5, K.UNFROZEN, lifts="check"))
    assert (free(state), state.status) == (2_000_000, LineStatus.ACTIVE)


def test_a_closed_line_is_nothing_and_stays_closed() -> None:
    state = replay([OPENED, event(2, K.CLOSED)])
    now = standing(state, used_fen=0, day=TODAY)
    assert (now.limit_fen, now.available_fen, now.status, now.reason) == (0, 0, LineStatus.CLOSED, "因为closed")
    with pytest.raises(ImpossibleEvent):
        apply(state, event(3, K.RAISED, 3_000_000))


@pytest.mark.parametrize(
    "broken",
    [
        event(2, K.RAISED, 2_000_000),
        event(2, K.LOWERED, 2_000_000),
        event(2, K.LOWERED, -1),
        event(3, K.RAISED, 3_000_000),
        event(2, K.OPENED, 1),
        event(2, K.TEMPORARY_ENDED, 5),
        event(2, K.UNFROZEN, lifts="overdue"),
        event(2, K.TEMPORARY, 5),
        event(2, K.TEMPORARY, 5, from_on=LAST, until_on=FIRST),
    ],
)
def test_an_event_that_cannot_be_is_a_mistake(broken: LineEvent) -> None:
    with pytest.raises(ImpossibleEvent):
        replay([OPENED, broken])


def test_a_line_without_events_is_no_line() -> None:
    with pytest.raises(ImpossibleEvent):
        replay([])


@st.composite
def lives(draw: st.DrawFn) -> list[LineEvent]:
    """Random possible lives of a line."""
    events, state = [OPENED], replay([OPENED])
    for no in range(2, draw(st.integers(2, 12))):
        codes = [one.code for one in state.freezes]
        possible = [K.RAISED, K.FROZEN, K.CLOSED]
        possible += [K.LOWERED] * (state.limit_fen > 0) + [K.UNFROZEN] * bool(codes)
        possible += [K.TEMPORARY_ENDED if state.temporary_fen else K.TEMPORARY]
        on = TODAY + timedelta(no)
        # what ran out is written down before anything else happens; before that it may be cancelled
        kind = K.TEMPORARY_ENDED if state.temporary_is_over(on) else draw(st.sampled_from(possible))
        if kind is K.RAISED:
            one = event(no, kind, state.limit_fen + draw(st.integers(1, 10**7)), on=on)
        elif kind is K.LOWERED:
            one = event(no, kind, draw(st.integers(0, state.limit_fen - 1)), on=on)
        elif kind is K.TEMPORARY:
            begins = on + timedelta(draw(st.integers(0, 3)))
            until = begins + timedelta(draw(st.integers(0, 9)))
            one = event(no, kind, draw(st.integers(1, 10**6)), on=on, from_on=begins, until_on=until)
        elif kind is K.TEMPORARY_ENDED:
            days = {"from_on": state.temporary_from, "until_on": state.temporary_until}
            one = event(no, kind, state.temporary_fen, on=on, **days)
        elif kind is K.FROZEN:
            one = event(no, kind, on=on, reason=Reason(f"r{no}", f"原因{no}"))
        elif kind is K.UNFROZEN:
            one = event(no, kind, on=on, lifts=draw(st.sampled_from(codes)))
        else:
            one = event(no, kind, on=on)
        events.append(one)
        state = apply(state, one)
        if kind is K.CLOSED:
            break
    return events


@given(lives(), st.integers(0, 10**8), st.integers(-400, 400))
def test_nothing_is_ever_available_that_is_not_there(events: list[LineEvent], used_fen: int, days: int) -> None:
    state, day = replay(events), TODAY + timedelta(days)
    now = standing(state, used_fen=used_fen, day=day)
    assert 0 <= now.available_fen <= now.limit_fen
    assert (now.status is LineStatus.ACTIVE) == (now.reason == "")
    if now.status is not LineStatus.ACTIVE:
        assert now.available_fen == 0
    assert state.version == len(events)
