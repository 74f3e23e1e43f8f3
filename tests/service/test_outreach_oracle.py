"""The phone's own rules notice each thing that the gate would let through if one of its checks were missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from service.db.engine import Database
from service.domain.collect import compliance
from tests.service.test_outreach_machine import Collection


def _late_at_night(life: Collection) -> None:
    life.plans()
    life.the_clock_jumps(days=0, clock="22:00")


def _twice_a_day(life: Collection) -> None:
    life.plans()
    life.sends()
    life.is_planned_once_more("late")


def _four_in_a_week(life: Collection) -> None:
    for _ in range(4):
        life.plans()
        life.is_planned_once_more("late")
        life.sends()
        life.the_clock_jumps(days=1, clock="10:00")


def _stopped(life: Collection) -> None:
    life.plans()
    life.stops("late", "opt_out")
    life.is_planned_once_more("late")


def _paid(life: Collection) -> None:
    life.plans()
    life.pays("late", None)
    life.time_passes(61)


def _just_paid(life: Collection) -> None:
    life.plans()
    life.pays("late", 1)


def _promised(life: Collection) -> None:
    life.plans()
    life.promises("late", 2)
    life.is_planned_once_more("late")


def _on_its_way(life: Collection) -> None:
    life.plans()
    life.starts_to_pay("late")


def _talked_with(life: Collection) -> None:
    life.plans()
    life.is_held_by("late", "agent")


def _after_two_days(life: Collection) -> None:
    life.binds("late")
    life.the_clock_jumps(days=2, clock="07:59")
    life.plans()
    life.the_clock_jumps(days=0, clock="10:00")


def _the_sixth(life: Collection) -> None:
    life.binds("late")
    life.plans()
    life.is_answered_in_wechat("late", times=4)


def _not_allowed(life: Collection) -> None:
    life.binds("late")
    life.answers_a_request_for_notices("late", withdraws=False)
    life.the_clock_jumps(days=3, clock="10:00")
    life.plans()
    life.answers_a_request_for_notices("late", withdraws=True)


def _left(life: Collection) -> None:
    life.binds("late")
    life.plans()
    life.leaves_wechat("late")


@pytest.mark.parametrize(
    ("check", "story", "said"),
    [
        ("inside_hours", _late_at_night, "outside hours"),
        ("under_daily_cap", _twice_a_day, "over the daily cap"),
        ("under_weekly_cap", _four_in_a_week, "over the weekly cap"),
        ("_not_stopped", _stopped, "stopped"),
        ("still_owed", _paid, "paid"),
        ("not_just_after_a_payment", _just_paid, "just paid"),
        ("no_promise_pending", _promised, "promised"),
        ("no_payment_on_its_way", _on_its_way, "payment on its way"),
        ("not_held_by_an_agent", _talked_with, "an agent talks with him"),
        ("reply_window_open", _after_two_days, "outside the reply window"),
        ("inside_reply_window", _the_sixth, "the sixth message since he wrote"),
        ("consent_left", _not_allowed, "a notice that he did not allow"),
        ("point_in_use", _left, "to a WeChat that is not his"),
    ],
)
def test_the_phone_would_notice_if_the_gate_looked_away(
    check: str,
    story: Callable[[Collection], None],
    said: str,
    sqlite_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the check nothing reaches the debtor that should not; without it the phone says what is wrong."""
    names = {getattr(compliance, name): name for name in vars(compliance) if callable(getattr(compliance, name))}
    without = tuple(one for one in compliance.CHECKS if names.get(one, "_not_stopped") != check)
    assert len(without) < len(compliance.CHECKS)
    for checks in (compliance.CHECKS, without):
        monkeypatch.setattr(compliance, "CHECKS", checks)
        life = type("CollectionThere", (Collection,), {"database": sqlite_database, "arrived": Counter()})()
        life.lend()
        try:
            story(life)
            life.sends()
            wrong = {one.split(": ")[1] for one in life.phone.wrong}
            assert said in wrong if checks is without else not wrong
        finally:
            life.teardown()
