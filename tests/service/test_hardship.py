"""Hardship from the proposal to its end: ledger, rest of outreach and the word to the borrower move together."""

# ruff: noqa: F811
from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from service.db.engine import Database
from service.db.tables.collect import pause as pause_table
from service.domain.days import SHANGHAI, business_date
from service.domain.errors import Refused
from service.domain.loan.credit_line import ON_PLAN
from service.domain.loan.event import PlanEnded
from service.domain.loan.hardship import Terms
from service.domain.loan.hardship_policy import HardshipKind
from service.domain.loan.hardship_proposal import HardshipState
from service.domain.loan.limit_rules import parse_limit_rules
from service.usecases.chat.tell_hardship import tell_hardship
from service.usecases.collect.settle_hardship import settle_hardship
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
from service.usecases.ports import FrozenClock
from service.wiring import read_policy
from tests.service.collecting import pay, plan_now, products, rows, states
from tests.service.hardship_world import (  # noqa: F401  fixtures
    DEFER,
    LOAN,
    PLAN,
    POLICY,
    REDUCE,
    STOP,
    TODAY,
    decide,
    due,
    go_to,
    kept,
    loan,
    pauses,
    propose,
    the_journal_is_whole,
    told,
)
from tests.service.loan.ledger import CAPS


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


def line_shown(database: Database) -> tuple[int, str, str]:
    with database.reading() as conn:
        (line,) = limit(conn, borrower_id="b1", today=TODAY).lines
    return line.available_fen, line.status, line.status_reason


def limit_explained(database: Database) -> str:
    with database.reading() as conn:
        rules = parse_limit_rules(read_policy("limit_rules"))
        return explain_limit(conn, borrower_id="b1", today=TODAY, rules=rules).text


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
        opened |= {"price_caps": CAPS}
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
