"""Who decides on a proposal, by which limits, how often, and that it is all or nothing."""

# ruff: noqa: F811
from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from service.db import collect
from service.db.engine import Database
from service.db.tables.loan import ledger_event
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.hardship import Terms
from service.domain.loan.hardship_policy import HardshipKind
from service.domain.loan.hardship_proposal import HardshipState, Proposal
from service.usecases.collect.pause import pause
from service.usecases.collect.settle_hardship import settle_hardship
from service.usecases.collect.withdraw_hardship import withdraw_hardship
from service.usecases.ports import FrozenClock
from tests.service.collecting import owe, states
from tests.service.hardship_world import DEFER, PLAN, STOP, TODAY, decide, due, go_to, kept, loan, pauses, propose, told  # noqa: F401  fixtures

LONG = Terms(HardshipKind.PLAN, periods=12, first_on=date(2026, 11, 30))


def events(database: Database) -> int:
    with database.reading() as conn:
        return conn.execute(select(func.count()).select_from(ledger_event)).scalar_one()


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (Terms(HardshipKind.DEFER, months=0), "months_out_of_range"),
        (Terms(HardshipKind.DEFER, months=13), "months_out_of_range"),
        (Terms(HardshipKind.PLAN, periods=61, first_on=TODAY), "periods_out_of_range"),
        (Terms(HardshipKind.PLAN, periods=1, first_on=TODAY), "periods_out_of_range"),
        (Terms(HardshipKind.PLAN, periods=6), "first_part_out_of_range"),
        (Terms(HardshipKind.PLAN, periods=6, first_on=TODAY - timedelta(days=1)), "first_part_out_of_range"),
        (Terms(HardshipKind.PLAN, periods=6, first_on=TODAY + timedelta(days=46)), "first_part_out_of_range"),
        (Terms(HardshipKind.REDUCE), "amount_not_positive"),
        (Terms(HardshipKind.REDUCE, fee_fen=1), "reduction_too_large"),
        (Terms(HardshipKind.STOP, days=0), "stop_days_out_of_range"),
        (Terms(HardshipKind.STOP, days=181), "stop_days_out_of_range"),
    ],
)
def test_beyond_the_limits_nobody_is_asked_and_nothing_happens(
    due: Database, clock: FrozenClock, terms: Terms, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        propose(due, clock, terms)
    assert refused.value.code == code
    assert refused.value.detail.endswith("。")
    assert states(due) == ["planned"]
    assert told(due) == []


def test_a_deferral_that_leaves_something_due_is_not_offered(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=40)
    with pytest.raises(Refused) as refused:
        propose(database, clock, DEFER)
    assert refused.value.code == "deferral_too_short"
    assert propose(database, clock, Terms(HardshipKind.DEFER, months=2)).state is HardshipState.PROPOSED


def test_sixty_parts_are_a_persons_to_give(due: Database, clock: FrozenClock) -> None:
    made = propose(due, clock, Terms(HardshipKind.PLAN, periods=60, first_on=date(2026, 12, 31)))
    assert made.state is HardshipState.PROPOSED
    assert (loan(due).plan, pauses(due), states(due)) == (None, (), ["planned"])
    assert "人工来决定" in told(due)[0]
    done = decide(due, clock, made, approve=True, remark="电话核实")
    running = loan(due).plan
    assert running is not None
    assert sum(part.fen for part in running.parts) == sum(one.unpaid_fen for one in loan(due).unpaid)
    assert running.parts[2].due_on == date(2027, 2, 28)
    assert (done.decided_by, done.until_on) == ("苏禾", date(2031, 11, 30))
    assert states(due) == ["cancelled"]
    assert all("电话核实" not in text and "苏禾" not in text for text in told(due))


def test_the_same_key_is_the_same_proposal_and_another_wish_is_refused(due: Database, clock: FrozenClock) -> None:
    first = propose(due, clock, DEFER)
    count = events(due)
    assert propose(due, clock, DEFER) == first
    assert (events(due), len(told(due))) == (count, 1)
    with pytest.raises(KeyReused):
        propose(due, clock, STOP)


def test_a_person_decides_once_and_the_same_again_changes_nothing(due: Database, clock: FrozenClock) -> None:
    made = propose(due, clock, LONG)
    first = decide(due, clock, made, approve=True)
    count, said = events(due), told(due)
    assert decide(due, clock, made, approve=True) == first
    assert (events(due), told(due)) == (count, said)
    for by, approve in (("苏禾", False), ("陆言", True)):
        with pytest.raises(Refused) as refused:
            decide(due, clock, made, approve=approve, by=by, refusal="ability_not_shown")
        assert refused.value.code == "already_decided"


def test_no_machine_decides_for_a_person(due: Database, clock: FrozenClock) -> None:
    made = propose(due, clock, LONG)
    for by in ("", " ", "bot", "System", "rule:plan_six_parts@x"):
        with pytest.raises(Refused) as refused:
            decide(due, clock, made, approve=True, by=by)
        assert refused.value.code == "person_required"


def test_a_rejection_says_why_and_what_else_can_be_done_and_changes_nothing_else(
    due: Database, clock: FrozenClock
) -> None:
    made = propose(due, clock, LONG)
    with pytest.raises(Refused) as refused:
        decide(due, clock, made, approve=False, refusal="no such reason")
    assert refused.value.code == "reason_unknown"
    count = events(due)
    done = decide(due, clock, made, approve=False, refusal="ability_not_shown")
    assert (done.state, events(due), pauses(due), states(due)) == (HardshipState.REJECTED, count, (), ["planned"])
    assert "现有资料还不足以说明目前的困难" in told(due)[-1]
    assert "补充收入、失业或医疗等证明" in told(due)[-1]
    assert propose(due, clock, DEFER, key="again").state is HardshipState.ACTIVE


def test_an_open_proposal_is_withdrawn_by_its_borrower_alone(due: Database, clock: FrozenClock) -> None:
    made = propose(due, clock, LONG)
    with pytest.raises(Refused) as refused:
        propose(due, clock, DEFER, key="second")
    assert refused.value.code == "proposal_open"
    for _ in range(2):
        with due.transaction() as conn:
            withdrawn = withdraw_hardship(conn, proposal_id=made.id, borrower_id="b1", now=clock.now())
        assert withdrawn.state is HardshipState.WITHDRAWN
    with pytest.raises(Refused) as late:
        decide(due, clock, made, approve=True)
    assert late.value.code == "already_decided"
    with pytest.raises(NotFound), due.transaction() as conn:
        withdraw_hardship(conn, proposal_id=made.id, borrower_id="b2", now=clock.now())
    active = propose(due, clock, DEFER, key="third")
    with pytest.raises(Refused), due.transaction() as conn:
        withdraw_hardship(conn, proposal_id=active.id, borrower_id="b1", now=clock.now())


def test_a_second_plan_waits_until_the_first_is_over(due: Database, clock: FrozenClock) -> None:
    propose(due, clock, PLAN)
    for terms in (PLAN, DEFER):
        with pytest.raises(Refused) as refused:
            propose(due, clock, terms, key="second")
        assert refused.value.code == "plan_running"


def test_the_loan_of_another_and_an_unknown_borrower_are_not_found(due: Database, clock: FrozenClock) -> None:
    owe(due, clock=clock, borrower_id="b2")
    for who, code in (({"loan_id": "b2-loan-1"}, "loan_unknown"), ({"borrower_id": "b3"}, "borrower_unknown")):
        with pytest.raises(NotFound) as missing:
            propose(due, clock, DEFER, **who)
        assert missing.value.code == code


def test_help_lately_and_open_matters_go_to_a_person(due: Database, clock: FrozenClock) -> None:
    propose(due, clock, STOP)
    with due.transaction() as conn:
        pause(conn, borrower_id="b1", reason="dispute", by="borrower", now=clock.now())
    made = propose(due, clock, DEFER, key="second")
    assert [one["code"] for one in made.findings] == ["matter_unsettled", "helped_lately"]
    assert made.facts["stops"] == ["dispute", "hardship"]


def test_the_rest_of_the_negotiation_gives_way_and_other_rests_stay(due: Database, clock: FrozenClock) -> None:
    with due.transaction() as conn:
        asked = pause(conn, borrower_id="b1", reason="hardship", by="borrower", now=clock.now())
        pause(conn, borrower_id="b1", reason="opt_out", by="borrower", now=clock.now())
    made = propose(due, clock, PLAN)
    assert made.state is HardshipState.ACTIVE
    assert {one.reason.value for one in pauses(due)} == {"opt_out", "plan_kept"}
    with due.reading() as conn:
        ended = collect.pause_by_id(conn, asked.id)
    assert ended is not None
    assert made.id in (ended.end_reason or "")
    go_to(due, clock, date(2026, 12, 4))
    assert [one.reason.value for one in pauses(due)] == ["opt_out"]  # a borrower's own no is not undone


def test_two_loans_share_one_rest_until_the_last_is_over(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, loans=2)
    first = propose(database, clock, PLAN)
    other = replace(PLAN, first_on=date(2026, 12, 20))
    second = propose(database, clock, other, key="second", loan_id="b1-loan-2")
    second = decide(database, clock, second, approve=True)
    assert first.pause_id == second.pause_id
    assert go_to(database, clock, date(2026, 12, 4)).by_state == {"broken": 1}
    assert len(pauses(database)) == 1
    assert go_to(database, clock, date(2026, 12, 24)).by_state == {"broken": 1}
    assert pauses(database) == ()


def test_all_of_it_or_none_of_it(due: Database, clock: FrozenClock) -> None:
    def lost(conn: Connection, proposal: Proposal, now: datetime) -> None:
        raise RuntimeError("the process died")

    count = events(due)
    with pytest.raises(RuntimeError):
        propose(due, clock, DEFER, tell=lost)
    assert (events(due), pauses(due), states(due)) == (count, (), ["planned"])
    assert propose(due, clock, DEFER).state is HardshipState.ACTIVE


def test_one_that_cannot_be_settled_is_reported_and_the_rest_go_on(due: Database, clock: FrozenClock) -> None:
    owe(due, clock=clock, borrower_id="b2")
    first = propose(due, clock, PLAN)
    second = propose(due, clock, PLAN, borrower_id="b2", loan_id="b2-loan-1")
    clock.instant += timedelta(days=11)

    def tell(conn: Connection, proposal: Proposal, now: datetime) -> None:
        if proposal.id == first.id:
            raise RuntimeError("this one")

    done = settle_hardship(due, day=date(2026, 12, 4), clock=clock, tell=tell)
    assert (done.by_state, done.failures) == ({"broken": 1}, (first.id,))
    assert kept(due, second).state is HardshipState.BROKEN
    assert kept(due, first).state is HardshipState.ACTIVE
    assert go_to(due, clock, date(2026, 12, 4)).by_state == {"broken": 1}


def test_two_deciders_at_once_make_one_decision(postgres_database: Database, clock: FrozenClock) -> None:
    database = postgres_database
    owe(database, clock=clock)
    made = propose(database, clock, LONG)
    before = events(database)
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def run(by: str, approve: bool) -> None:
        start.wait()
        try:
            done = decide(database, clock, made, approve=approve, by=by, refusal="ability_not_shown")
            outcomes.append(f"{done.state.value} {done.decided_by}")
        except Refused as refused:
            outcomes.append(refused.code)

    who = (("苏禾", True), ("陆言", False), ("江晚", True), ("顾南", False))
    threads = [threading.Thread(target=run, args=one) for one in who]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    final = kept(database, made)
    assert sorted(outcomes) == sorted(["already_decided"] * 3 + [f"{final.state.value} {final.decided_by}"])
    assert events(database) - before == (final.state is HardshipState.ACTIVE)


def test_the_same_proposal_at_once_is_one(postgres_database: Database, clock: FrozenClock) -> None:
    database = postgres_database
    owe(database, clock=clock)
    before = events(database)
    start = threading.Barrier(4)
    made: list[Proposal] = []

    def run() -> None:
        start.wait()
        made.append(propose(database, clock, PLAN))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(made) == 4
    assert len({one.id for one in made}) == 1
    assert events(database) - before == 1
    assert len(told(database)) == 1
