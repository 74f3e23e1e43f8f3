"""Hardship from the proposal to its end: ledger, rest of outreach and the word to the borrower move together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from service.db import collect
from service.db import hardship as store
from service.db import loan as ledger
from service.db.collect import Pause
from service.db.engine import Database
from service.db.tables.chat import turn
from service.db.tables.collect import pause as pause_table
from service.db.tables.loan import journal_line, ledger_event
from service.domain.collect.outreach import Surface
from service.domain.collect.wording import lint
from service.domain.days import SHANGHAI, business_date
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.book import LoanState
from service.domain.loan.credit_line import ON_PLAN
from service.domain.loan.event import PlanEnded
from service.domain.loan.hardship import Terms
from service.domain.loan.hardship_policy import HardshipKind
from service.domain.loan.hardship_proposal import HardshipState, Proposal
from service.domain.loan.limit_rules import parse_limit_rules
from service.usecases.chat.tell_hardship import tell_hardship
from service.usecases.collect.decide_hardship import decide_hardship
from service.usecases.collect.pause import pause
from service.usecases.collect.propose_hardship import propose_hardship
from service.usecases.collect.settle_hardship import HardshipSettled, settle_hardship
from service.usecases.collect.withdraw_hardship import withdraw_hardship
from service.usecases.loan.adjust import Order, charge_fee
from service.usecases.loan.close_day import close_day
from service.usecases.loan.explain_limit import explain_limit
from service.usecases.loan.limit import limit
from service.usecases.loan.open_account import open_account
from service.usecases.loan.open_line import open_line
from service.usecases.loan.payoff import payoff
from service.usecases.loan.plan_payment import plan_payment
from service.usecases.loan.post_event import post_once
from service.usecases.loan.post_payment import post_payment
from service.usecases.loan.purchase import purchase
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.loan.reverse_payment import reverse_payment
from service.usecases.loan.verify_journal import verify_borrower
from service.usecases.ports import FrozenClock
from service.wiring import read_policy
from tests.domain.collect.policy_of import policy
from tests.domain.loan.hardship_cases import hardship_policy
from tests.service.collecting import owe, pay, plan_now, products, rows, states

POLICY = hardship_policy()
LOAN = "b1-loan-1"
TODAY = date(2026, 11, 23)
DEFER, PLAN, REDUCE, STOP = (
    Terms(HardshipKind.DEFER, months=1),
    Terms(HardshipKind.PLAN, periods=6, first_on=date(2026, 11, 30)),
    Terms(HardshipKind.REDUCE, penalty_fen=100),
    Terms(HardshipKind.STOP, days=14),
)
LONG = Terms(HardshipKind.PLAN, periods=12, first_on=date(2026, 11, 30))


def propose(
    database: Database, clock: FrozenClock, terms: Terms, *, key: str = "k", tell: Any = tell_hardship, **more: Any
) -> Proposal:
    who = {"borrower_id": "b1", "loan_id": LOAN} | more
    with database.transaction() as conn:
        return propose_hardship(conn, terms=terms, key=key, now=clock.now(), policy=POLICY, tell=tell, **who)


def decide(
    database: Database, clock: FrozenClock, one: Proposal, *, approve: bool, by: str = "苏禾", **more: Any
) -> Proposal:
    with database.transaction() as conn:
        return decide_hardship(
            conn, proposal_id=one.id, approve=approve, by=by, now=clock.now(), policy=POLICY, tell=tell_hardship, **more
        )


def go_to(database: Database, clock: FrozenClock, day: date) -> HardshipSettled:
    """The close of every day until `day`, then the proposals that are over."""
    clock.instant = datetime.combine(day, time(10), SHANGHAI)
    close_day(database, business_date=day, clock=clock)
    return settle_hardship(database, day=day, clock=clock, tell=tell_hardship)


def settle_early(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        what = plan_payment(conn, borrower_id="b1", kind="all", today=business_date(clock.now()))
        post_payment(
            conn,
            payment_id="all",
            borrower_id="b1",
            plan_or_shares=what,
            amount_fen=what.amount_fen,
            paid_at=clock.now(),
            channel="test",
            now=clock.now(),
        )


def kept(database: Database, one: Proposal) -> Proposal:
    with database.reading() as conn:
        found = store.by_id(conn, one.id)
    assert found is not None
    return found


def loan(database: Database) -> LoanState:
    with database.reading() as conn:
        found = ledger.load_loan(conn, LOAN)
    assert found is not None
    return found


def pauses(database: Database) -> tuple[Pause, ...]:
    with database.reading() as conn:
        return collect.open_pauses(conn, "b1")


def told(database: Database) -> list[str]:
    with database.reading() as conn:
        return list(conn.scalars(select(turn.c.text).where(turn.c.sender == "system").order_by(turn.c.id)))


def line_shown(database: Database) -> tuple[int, str, str]:
    with database.reading() as conn:
        (line,) = limit(conn, borrower_id="b1", today=TODAY).lines
    return line.available_fen, line.status, line.status_reason


def limit_explained(database: Database) -> str:
    with database.reading() as conn:
        rules = parse_limit_rules(read_policy("limit_rules"))
        return explain_limit(conn, borrower_id="b1", today=TODAY, rules=rules).text


def events(database: Database) -> int:
    with database.reading() as conn:
        return conn.execute(select(func.count()).select_from(ledger_event)).scalar_one()


def the_journal_is_whole(database: Database) -> None:
    with database.reading() as conn:
        assert conn.execute(select(func.sum(journal_line.c.amount_fen))).scalar() == 0
        assert verify_borrower(conn, "b1") == ()


@pytest.fixture
def due(database: Database, clock: FrozenClock) -> Iterator[Database]:
    """A borrower five days late, with an outreach planned."""
    owe(database, clock=clock, days=5)
    close_day(database, business_date=TODAY, clock=clock)
    assert plan_now(database, clock) == 1
    yield database
    the_journal_is_whole(database)
    breaches = [lint(text, rules=policy().wording, surface=Surface.VERIFIED) for text in told(database)]
    assert not any(breaches), breaches


def test_a_short_deferral_is_approved_by_rule_and_everything_follows(due: Database, clock: FrozenClock) -> None:
    made = propose(due, clock, DEFER)
    assert (made.state, made.decided_by) == (HardshipState.ACTIVE, f"rule:defer_one_month@{POLICY.version}")
    state = loan(due)
    assert state.oldest_unpaid_due() == date(2026, 12, 18)
    assert state.days_past_due == 0
    assert states(due) == ["cancelled"]
    (rest,) = pauses(due)
    assert (rest.reason.value, rest.id) == ("plan_kept", made.pause_id)
    (said,) = told(due)
    assert "延期申请已经通过" in said
    assert "2026年12月18日" in said
    assert made.until_on == date(2026, 12, 14)
    assert go_to(due, clock, date(2026, 12, 14)).by_state == {}
    assert go_to(due, clock, date(2026, 12, 15)).by_state == {"ended": 1}
    assert pauses(due) == ()
    assert plan_now(due, clock) == 1  # the reminder of the deferred due date


def test_a_stop_rests_outreach_and_days_for_its_time_and_no_longer(due: Database, clock: FrozenClock) -> None:
    made = propose(due, clock, STOP)
    assert made.state is HardshipState.ACTIVE
    assert [one.reason.value for one in pauses(due)] == ["hardship"]
    assert states(due) == ["cancelled"]
    last = TODAY + timedelta(days=14)
    go_to(due, clock, last)
    assert loan(due).days_past_due == 5
    assert pauses(due)
    assert go_to(due, clock, last + timedelta(days=3)).by_state == {"ended": 1}
    assert loan(due).days_past_due == 8
    assert pauses(due) == ()


def test_a_small_reduction_is_given_and_no_more_than_is_charged(due: Database, clock: FrozenClock) -> None:
    go_to(due, clock, TODAY + timedelta(days=10))
    before = loan(due)
    penalty = sum(one.due.penalty_fen for one in before.unpaid)
    assert penalty > 100
    with pytest.raises(Refused) as more:
        propose(due, clock, replace(REDUCE, penalty_fen=penalty + 1))
    assert more.value.code == "reduction_too_large"
    propose(due, clock, REDUCE)
    assert sum(one.due.penalty_fen for one in loan(due).unpaid) == penalty - 100
    assert "减免 1 元" in told(due)[-1]
    assert pauses(due)


def test_fees_are_reduced_with_penalty_by_a_person(due: Database, clock: FrozenClock) -> None:
    with due.transaction() as conn:
        charge_fee(conn, Order("fee", "苏禾", "合同约定", TODAY, clock.now()), loan_id=LOAN, no=1, fee_fen=9_000)
    made = propose(due, clock, Terms(HardshipKind.REDUCE, fee_fen=6_000, penalty_fen=10))
    assert [one["code"] for one in made.findings] == ["beyond_rule"]
    done = decide(due, clock, made, approve=True)
    assert done.effect is not None
    assert done.effect["waived"] == [[1, "fee", 6_000], [1, "penalty", 10]]
    assert loan(due).unpaid[0].due.fee_fen == 3_000


def test_a_plan_asks_for_all_that_is_owed_and_is_kept_when_all_of_it_came(due: Database, clock: FrozenClock) -> None:
    made = propose(due, clock, PLAN)
    assert made.state is HardshipState.ACTIVE
    owed = sum(one.unpaid_fen for one in loan(due).unpaid)
    assert made.effect is not None
    fens = [part["fen"] for part in made.effect["parts"]]
    assert sum(fens) == owed
    assert loan(due).days_past_due == 5
    for number, fen in enumerate(fens):
        on = date.fromisoformat(made.effect["parts"][number]["due_on"])
        assert go_to(due, clock, on).by_state == {}
        assert pauses(due)
        assert loan(due).days_past_due == (0 if number else 5)  # what is paid pays the oldest instalment first
        if number < 5:
            pay(due, clock=clock, amount_fen=fen)
    settle_early(due, clock)  # the last part comes before all of its interest is borne: the price is lower
    assert loan(due).status == "settled"
    assert go_to(due, clock, date(2027, 5, 3)).by_state == {"kept": 1}
    assert kept(due, made).state is HardshipState.KEPT
    assert pauses(due) == ()
    assert "按约完成" in told(due)[-1]
    assert go_to(due, clock, date(2027, 5, 3)).by_state == {}


def test_an_account_pays_by_plan_what_it_owes_that_day_and_is_an_account_again_when_it_is_kept(
    database: Database, clock: FrozenClock
) -> None:
    with database.transaction() as conn:
        table, now = products(), clock.now()
        register_borrower(conn, borrower_id="b1", name="周谷雨", phone="19900000005", now=now)
        line = {"limit_fen": 1_000_000, "now": now, "products": table}
        open_line(conn, borrower_id="b1", product_code="shopping", **line)
        opened = {"statement_day": 5, "opened_on": date(2026, 9, 18), "purpose": "购物账户", "products": table}
        open_account(conn, loan_id=LOAN, borrower_id="b1", product_code="shopping", now=now, **opened)
        bought = {"amount_fen": 300_000, "on": date(2026, 9, 20), "what": "样例", "by": "sandbox", "now": now}
        purchase(conn, purchase_id="p1", loan_id=LOAN, **bought)
    close_day(database, business_date=TODAY, clock=clock)
    with database.reading() as conn:
        owed_fen = payoff(conn, borrower_id="b1", today=TODAY).total_fen
    with pytest.raises(Refused, match="不能延期"):
        propose(database, clock, DEFER, key="later")
    made = propose(database, clock, PLAN)
    made = made if made.state is HardshipState.ACTIVE else decide(database, clock, made, approve=True)
    assert made.effect is not None
    fens = [part["fen"] for part in made.effect["parts"]]
    assert sum(fens) == owed_fen > 300_000
    assert line_shown(database) == (0, "frozen", ON_PLAN)
    assert f"目前暂停使用（11月23日起）：{ON_PLAN}。" in limit_explained(database)
    for part in made.effect["parts"]:
        go_to(database, clock, date.fromisoformat(part["due_on"]))
        pay(database, clock=clock, amount_fen=part["fen"])
    assert go_to(database, clock, date(2027, 5, 1)).by_state == {"kept": 1}
    with database.reading() as conn:
        assert payoff(conn, borrower_id="b1", today=date(2027, 5, 1)).total_fen == 0
    assert (loan(database).status, loan(database).plan, loan(database).days_past_due) == ("active", None, 0)
    assert line_shown(database) == (1_000_000, "active", "")
    the_journal_is_whole(database)


def test_a_broken_plan_returns_days_past_due_and_outreach_and_says_why(due: Database, clock: FrozenClock) -> None:
    made = propose(due, clock, PLAN)
    assert go_to(due, clock, date(2026, 12, 3)).by_state == {}  # the last day of grace
    assert plan_now(due, clock) == 0
    assert go_to(due, clock, date(2026, 12, 4)).by_state == {"broken": 1}
    assert loan(due).days_past_due == 16
    assert loan(due).plan is None
    assert pauses(due) == ()
    with due.reading() as conn:
        row = conn.execute(select(pause_table).where(pause_table.c.id == made.pause_id)).one()
    assert row.ended_by == "system:hardship"
    assert made.id in row.end_reason
    assert "没有按约还款" in row.end_reason
    assert "方案已经停止" in told(due)[-1]
    assert plan_now(due, clock) == 1
    assert rows(due)[-1]["state"] == "planned"
    assert (kept(due, made).outcome, kept(due, made).ended_on) == (
        "还款方案没有按约还款，恢复原合同的还款日",
        date(2026, 12, 4),
    )
    said = len(told(due))
    assert go_to(due, clock, date(2026, 12, 4)).by_state == {}
    assert len(told(due)) == said


def test_a_plan_broken_over_missed_closes_is_found_all_the_same(due: Database, clock: FrozenClock) -> None:
    propose(due, clock, PLAN)
    clock.instant = datetime.combine(date(2026, 12, 20), time(10), SHANGHAI)
    assert settle_hardship(due, day=date(2026, 12, 20), clock=clock, tell=tell_hardship).by_state == {"broken": 1}
    assert loan(due).days_past_due == 32


def test_a_payment_taken_back_makes_a_kept_plan_run_or_break(due: Database, clock: FrozenClock) -> None:
    propose(due, clock, Terms(HardshipKind.PLAN, periods=2, first_on=date(2026, 11, 30)))
    settle_early(due, clock)
    assert loan(due).status == "settled"
    assert go_to(due, clock, date(2026, 11, 25)).by_state == {"kept": 1}
    with due.transaction() as conn:
        reverse_payment(
            conn,
            payment_id="all",
            reason="银行退回",
            by="苏禾",
            now=clock.now(),
        )
    assert go_to(due, clock, date(2026, 11, 26)).by_state == {"active": 1}
    assert len(pauses(due)) == 1
    assert "原来的还款方案继续执行" in told(due)[-1]
    assert go_to(due, clock, date(2026, 12, 4)).by_state == {"broken": 1}
    assert pauses(due) == ()
    assert loan(due).days_past_due == 16


def test_money_that_had_come_in_time_lets_a_broken_plan_run_again(due: Database, clock: FrozenClock) -> None:
    made = propose(due, clock, PLAN)
    assert go_to(due, clock, date(2026, 12, 4)).by_state == {"broken": 1}
    assert plan_now(due, clock) == 1
    assert made.effect is not None
    first = made.effect["parts"][0]["fen"]
    with due.transaction() as conn:
        what = plan_payment(conn, borrower_id="b1", kind="amount", amount_fen=first, today=date(2026, 12, 4))
        post_payment(
            conn,
            payment_id="late-heard-of",
            borrower_id="b1",
            plan_or_shares=what,
            amount_fen=first,
            paid_at=datetime.combine(date(2026, 11, 30), time(20), SHANGHAI),
            channel="test",
            now=clock.now(),
        )
    assert go_to(due, clock, date(2026, 12, 5)).by_state == {"active": 1}
    assert loan(due).plan is not None
    assert len(pauses(due)) == 1
    assert rows(due)[-1]["state"] == "cancelled"
    assert kept(due, made).next_look_on == date(2027, 1, 3)  # the day after the grace of the second part, 12-30


def test_a_plan_that_a_person_ends_is_no_broken_one(due: Database, clock: FrozenClock) -> None:
    propose(due, clock, PLAN)
    on = date(2026, 11, 25)
    go_to(due, clock, on)
    with due.transaction() as conn:
        body = PlanEnded(LOAN)
        post_once(conn, borrower_id="b1", key="end", body=body, by="苏禾", reason="客户要求", on=on, now=clock.now())
    assert go_to(due, clock, on).by_state == {"ended": 1}
    assert "人工提前结束" in told(due)[-1]


def test_a_plan_that_was_broken_stays_so_when_a_person_ends_the_next_one(due: Database, clock: FrozenClock) -> None:
    first = propose(due, clock, PLAN)
    assert go_to(due, clock, date(2026, 12, 4)).by_state == {"broken": 1}
    second = propose(due, clock, replace(PLAN, first_on=date(2026, 12, 20)), key="second")
    decide(due, clock, second, approve=True)
    on = date(2026, 12, 6)
    go_to(due, clock, on)
    with due.transaction() as conn:
        body = PlanEnded(LOAN)
        post_once(conn, borrower_id="b1", key="end", body=body, by="苏禾", reason="客户要求", on=on, now=clock.now())
    assert go_to(due, clock, on).by_state == {"ended": 1}
    assert [kept(due, one).state for one in (first, second)] == [HardshipState.BROKEN, HardshipState.ENDED]


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
