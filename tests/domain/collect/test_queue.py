"""A case in the people's queue: whatever is done with it in whatever order, it is one agent's at most, and nothing is
done without leaving an event."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from service.domain.collect.facts import DebtorFacts
from service.domain.collect.outreach import Stop
from service.domain.collect.queue import (
    Act,
    CaseState,
    CollectionCase,
    Event,
    Step,
    claimed,
    disposed,
    joined,
    opened,
    returned,
    settled,
    skipped,
    weighed,
)
from service.domain.collect.queue_policy import Next, Priority, Source, Weighed, parse_queue
from service.domain.days import SHANGHAI
from service.domain.errors import Refused
from service.domain.rows import PolicyError
from service.wiring import read_policy
from tests.domain.collect.policy_of import NOON, policy

RULES = policy().queue
TODAY = NOON.date()
AGENTS = ("苏禾", "顾清", "林溪")
LEASE = RULES.lease


def weigh(*, sources: Any = (Source.PERSON,), stops: Any = (), profile: str = "usual", **facts: Any) -> Priority:
    return RULES.priority(Weighed(DebtorFacts(**facts), frozenset(sources), frozenset(stops), profile), TODAY)


def new(**facts: Any) -> CollectionCase:
    made = opened(case_id="c", borrower_id="b", source=Source.PERSON, note="", priority=weigh(**facts), now=NOON)
    return made[0]


def finish(case: CollectionCase, code: str, *, by: str = "苏禾", now: datetime = NOON, **more: Any) -> Step:
    as_ = RULES.disposition(code, TODAY)
    assert as_ is not None
    return disposed(case, by=by, as_=as_, note="已联系", now=now, opens_hour=8, sla=timedelta(hours=4), **more)


def refused(act: Any) -> str:
    with pytest.raises(Refused) as found:
        act()
    return found.value.code


class OneCase(RuleBasedStateMachine):
    """Three agents, the system and the clock do to one case whatever comes to their minds."""

    @initialize()
    def begin(self) -> None:
        self.now = NOON
        self.case, event = opened(
            case_id="c", borrower_id="b", source=Source.PERSON, note="", priority=weigh(), now=self.now
        )
        self.events: list[Event] = [event]
        self.trusting: str | None = None  # who was told that it is his
        self.until = self.now

    def keep(self, step: Step | None) -> None:
        if step is None:
            return
        self.case, event = step
        assert event.case_id == self.case.id
        assert event.at == self.now
        self.events.append(event)

    def attempt(self, act: Any) -> bool:
        before = self.case
        try:
            self.keep(act())
        except Refused:
            assert self.case == before, "a refusal changes nothing"
            return False
        return True

    @rule(minutes=st.integers(0, 60 * 24 * 3))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(by=st.sampled_from(AGENTS))
    def claim(self, by: str) -> None:
        other = self.case.holder(self.now) not in (None, by)
        done = self.attempt(lambda: claimed(self.case, by=by, now=self.now, lease=LEASE))
        assert done is not (other or self.case.state is CaseState.CLOSED)
        if done:
            self.trusting, self.until = by, self.now + LEASE

    @rule(by=st.sampled_from(AGENTS), act=st.sampled_from([skipped, returned]), reason=st.sampled_from(["忙", " "]))
    def let_go(self, by: str, act: Any, reason: str) -> None:
        mine = self.trusting == by and self.now < self.until
        done = self.attempt(lambda: act(self.case, by=by, reason=reason, now=self.now))
        assert done is (mine and bool(reason.strip()))
        self.trusting = None if done else self.trusting

    @rule(by=st.sampled_from(AGENTS), code=st.sampled_from([one.origin.id for one in RULES.all_dispositions]))
    def dispose(self, by: str, code: str) -> None:
        mine = self.trusting == by and self.now < self.until
        done = self.attempt(lambda: finish(self.case, code, by=by, now=self.now))
        assert done is mine, "only who holds it says what became of it"
        self.trusting = None if done else self.trusting

    @rule(stop=st.sampled_from([*Stop]))
    def another_reason_comes(self, stop: Stop) -> None:
        if self.case.state is not CaseState.CLOSED:
            due, holder = self.case.due_at, self.case.holder(self.now)
            priority = weigh(sources=(Source.STOP,), stops=(stop,))
            self.keep(joined(self.case, source=Source.STOP, note="", priority=priority, now=self.now))
            assert self.case.due_at <= due
            assert self.case.ready_at <= self.now
            assert self.case.holder(self.now) == holder

    @rule(days=st.integers(0, 400))
    def days_go_by(self, days: int) -> None:
        if self.case.state is CaseState.OPEN:
            due = self.case.due_at
            self.keep(weighed(self.case, priority=weigh(days_past_due=days), now=self.now))
            assert self.case.due_at <= due

    @rule()
    def all_is_paid(self) -> None:
        if self.case.state is CaseState.OPEN:
            self.keep(settled(self.case, note="", now=self.now))

    @invariant()
    def it_is_one_agents_at_most_and_he_knows(self) -> None:
        holder = self.case.holder(self.now)
        assert holder in (None, self.trusting)
        if holder is not None:
            assert self.case.state is CaseState.HELD

    @invariant()
    def what_is_closed_stays_closed(self) -> None:
        if self.case.state is CaseState.CLOSED:
            assert self.case.closed_at is not None
            assert self.case.held_by is None
            assert self.events[-1].act in {Act.CLOSED, Act.DISPOSED}

    @invariant()
    def the_events_tell_who_holds_it(self) -> None:
        last = next((one for one in reversed(self.events) if one.act not in {Act.JOINED, Act.WEIGHED}), None)
        assert last is not None
        assert (self.case.state is CaseState.HELD) is (last.act is Act.CLAIMED)
        assert (self.case.held_by or "") == (last.by if last.act is Act.CLAIMED else "")


TestOneCase = OneCase.TestCase
TestOneCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_a_case_is_urgent_for_the_reasons_it_names() -> None:
    crisis = weigh(stops=(Stop.CRISIS,), profile="vulnerable")
    assert crisis.level.origin.id == "urgent"
    assert {one["id"] for one in crisis.why} == {"crisis", "vulnerable"}
    assert crisis.points == sum(one["points"] for one in crisis.why)
    late = weigh(days_past_due=45, overdue_fen=600_000, products=frozenset({"cash"}))
    assert [one["label"] for one in late.why] == ["逾期 30 至 59 天", "逾期金额 5,000 元以上", "现金借款"]
    assert weigh().level.origin.id == "low"


@given(days=st.integers(0, 2000), fen=st.integers(0, 10**9), more=st.integers(0, 10**8))
def test_more_days_or_a_larger_sum_never_make_a_case_less_urgent(days: int, fen: int, more: int) -> None:
    less = weigh(days_past_due=days, overdue_fen=fen)
    assert weigh(days_past_due=days, overdue_fen=fen + more).points >= less.points
    assert weigh(days_past_due=days + more, overdue_fen=fen).points >= less.points


def test_what_waits_comes_back_in_the_morning_of_its_day() -> None:
    held = claimed(new(), by="苏禾", now=NOON, lease=LEASE)[0]
    waits, event = finish(held, "refuses")
    assert (waits.state, waits.next_action_on) == (CaseState.OPEN, date(2026, 11, 26))
    assert waits.ready_at == datetime(2026, 11, 26, 8, 0, tzinfo=SHANGHAI)
    assert waits.due_at == waits.ready_at + timedelta(hours=4)
    assert event.detail["code"] == "refuses"
    assert finish(held, "refuses", next_on=date(2026, 12, 7))[0].next_action_on == date(2026, 12, 7)
    for day in (TODAY, date(2026, 12, 8)):
        assert refused(lambda day=day: finish(held, "refuses", next_on=day)) == "next_action_not_possible"


def test_a_promise_may_bring_it_back_later_than_the_disposition_alone() -> None:
    held = claimed(new(), by="苏禾", now=NOON, lease=LEASE)[0]
    late = date(2026, 12, 24)
    assert refused(lambda: finish(held, "promised", next_on=late)) == "next_action_not_possible"
    assert finish(held, "promised", next_on=late, latest_on=late)[0].next_action_on == late


def test_a_lease_that_is_over_is_nobodys() -> None:
    held = claimed(new(), by="苏禾", now=NOON, lease=LEASE)[0]
    over = NOON + LEASE
    assert held.holder(over) is None
    assert refused(lambda: skipped(held, by="苏禾", reason="忙", now=over)) == "case_not_held"
    assert claimed(held, by="顾清", now=over, lease=LEASE)[0].held_by == "顾清"
    assert refused(lambda: claimed(held, by="顾清", now=NOON, lease=LEASE)) == "case_held_by_other"


def test_there_are_enough_dispositions_and_each_says_what_is_next() -> None:
    rows = RULES.dispositions(TODAY)
    assert len(rows) >= 15
    assert len({one.label for one in rows}) == len(rows)
    assert {one.next for one in rows} == set(Next)
    assert all(one.days_at_most >= one.days >= 1 for one in rows if one.next is Next.WAITING)
    assert {one.stop for one in rows if one.stop} >= {Stop.DISPUTE, Stop.COMPLAINT, Stop.DECEASED, Stop.OPT_OUT}


@pytest.mark.parametrize(
    ("kind", "number", "change", "says"),
    [
        ("level", 1, {"at_least": 500}, "most urgent level comes first"),
        ("level", 3, {"at_least": 1}, "take whatever is left"),
        ("points", 0, {"stops": ["no_such"]}, "no_such"),
        ("points", 12, {"profiles": ["nobody"]}, "no profile of strategy.toml"),
        ("points", 8, {"when": {"no_such_at_least": 1}}, "no such condition"),
        ("disposition", 0, {"next": "closed"}, "only what waits"),
        ("disposition", 0, {"days_at_most": 0}, "whole number from 1"),
        ("disposition", 0, {"outcome": "connected"}, "must be delivered"),
        ("disposition", 0, {"colour": "red"}, "no such column"),
        ("number", 0, {"id": "nobody_asks"}, "nobody_asks is none of"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_by_name(
    kind: str, number: int, change: dict[str, Any], says: str
) -> None:
    table = read_policy("queue")
    table[kind][number].update(change)
    with pytest.raises(PolicyError, match=says):
        parse_queue(table, profiles=frozenset(one.origin.id for one in policy().strategy.profiles))
