"""What is known of debtors before they are asked, read for many at once, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from service.channels.memory import MemorySender
from service.db.collect_facts import facts_of
from service.db.engine import Database
from service.db.tables.chat import conversation, turn
from service.db.tables.loan import ageing_tag
from service.domain.collect.facts import DebtorFacts
from service.domain.collect.promising import Wished
from service.domain.collect.tier import standing
from service.domain.days import business_date
from service.usecases.collect.make_promise import make_promise
from service.usecases.collect.resume import resume
from service.usecases.collect.settle_promises import settle_due_promises
from service.usecases.loan.debt import debt_of
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at, owe, pay, plan_now, rest, rows, send_now


def known(database: Database, clock: FrozenClock, borrower_id: str = "b1") -> DebtorFacts:
    today = business_date(clock.now())
    with database.reading() as conn:
        here = standing(debt_of(conn, borrower_id=borrower_id, today=today), today)
        assert here is not None
        return facts_of(conn, {borrower_id: here}, today=today)[borrower_id]


def promise(database: Database, clock: FrozenClock, fen: int) -> None:
    """Made for today."""
    now = clock.now()
    with database.transaction() as conn:
        make_promise(
            conn, borrower_id="b1", conversation_id="c", parts=(Wished(fen, business_date(now)),), text="",
            key=f"k-{now}", now=now, today=business_date(now), policy=policy(),
        )  # fmt: skip


def settle(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        settle_due_promises(conn, today=business_date(clock.now()), now=clock.now())


def test_a_new_debtor_has_missed_his_first_payment(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=5)
    facts = known(database, clock)
    assert (facts.days_past_due, facts.instalments_paid, facts.first_payment_default) == (5, 0, True)
    assert (facts.owed_principal_fen, facts.limit_fen, facts.products) == (600_000, 3_000_000, {"appliance"})
    assert facts.overdue_fen > 50_000
    assert facts.last_asked_on is None


def test_paying_something_is_known(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=5)
    pay(database, clock=clock, amount_fen=10_000)
    facts = known(database, clock)
    assert (facts.first_payment_default, facts.paid_in_episode) == (False, True)


def test_promises_kept_and_broken_are_counted(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=5)
    promise(database, clock, 10_000)
    pay(database, clock=clock, amount_fen=10_000)
    settle(database, clock)
    promise(database, clock, 20_000)
    at(clock, "09:00", days=1)
    settle(database, clock)
    facts = known(database, clock)
    assert (facts.promises_kept, facts.promises_broken) == (1, 1)


@pytest.mark.parametrize(("reason", "fact"), [("illness", "vulnerable"), ("hardship", "hardship"), ("dispute", "")])
def test_what_was_told_once_is_remembered_after_the_stop_has_ended(
    database: Database, clock: FrozenClock, reason: str, fact: str
) -> None:
    owe(database, clock=clock, days=5)
    made = rest(database, clock, reason)
    with database.transaction() as conn:
        resume(conn, pause_id=made.id, by="苏禾", reason="已康复，本人同意恢复提醒", now=clock.now(), policy=policy())
    facts = known(database, clock)
    assert {name for name in ("vulnerable", "hardship") if getattr(facts, name)} == ({fact} - {""})


def test_episodes_that_ended_within_a_week_are_quick_cures(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=5)
    today = business_date(clock.now())
    with database.transaction() as conn:
        for ago, days in ((100, 3), (70, 7), (60, 8), (400, 2)):
            entered = today - timedelta(days=ago)
            left = entered + timedelta(days=days)
            conn.execute(insert(ageing_tag).values(loan_id="b1-loan-1", bucket="M1", entered_on=entered, left_on=left))
    facts = known(database, clock)
    assert (facts.episodes_before, facts.quick_cures) == (3, 2)


def test_writing_after_a_message_is_an_answer_and_writing_before_it_is_none(
    database: Database, clock: FrozenClock
) -> None:
    owe(database, clock=clock, days=5)
    said(database, clock, "m1")
    clock.instant += timedelta(minutes=1)
    plan_now(database, clock)
    send_now(database, clock, MemorySender())
    assert (known(database, clock).last_asked_on, known(database, clock).wrote_since_asked) == (
        business_date(clock.now()),
        False,
    )
    clock.instant += timedelta(minutes=1)
    said(database, clock, "m2")
    assert known(database, clock).wrote_since_asked


def said(database: Database, clock: FrozenClock, message_id: str) -> None:
    row: dict[str, Any] = {"conversation_id": "talk", "direction": "in", "sender": "borrower", "channel": "inapp"}
    with database.transaction() as conn:
        if message_id == "m1":
            conn.execute(
                insert(conversation).values(
                    id="talk", channel="inapp", channel_user_id="b1", borrower_id="b1", created_at=clock.now(),
                    updated_at=clock.now(),
                )
            )  # fmt: skip
        conn.execute(
            insert(turn).values(
                **row, message_id=message_id, text="在吗", buttons=[], state="answered", created_at=clock.now()
            )
        )


def test_a_step_keeps_why_it_is_this_one(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=5)
    plan_now(database, clock, by=policy())
    row = rows(database)[0]
    assert (row["step"], row["treatment"], row["basis"]["profile"]) == (
        "M1+4", "M1_first_payment", "first_payment_default"
    )  # fmt: skip
    assert row["basis"]["facts"]["first_payment_default"] is True
    assert row["basis"]["offer"] == ["repay_now", "promise_to_pay", "cant_pay", "human_agent"]


def test_who_is_ill_is_left_to_a_person(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=5)
    made = rest(database, clock, "illness")
    with database.transaction() as conn:
        resume(conn, pause_id=made.id, by="苏禾", reason="已康复，本人同意恢复提醒", now=clock.now(), policy=policy())
    plan_now(database, clock, by=policy())
    (row,) = rows(database)
    assert (row["state"], row["treatment"], row["channel"]) == ("for_person", "M1_care", "person")
    assert row["reasons"][0]["code"] == "for_person"


def test_a_conversation_that_goes_on_is_not_broken_into_and_one_that_ended_is_taken_up(
    database: Database, clock: FrozenClock
) -> None:
    owe(database, clock=clock, days=6)
    said(database, clock, "m1")
    plan_now(database, clock)
    send_now(database, clock, MemorySender())
    clock.instant += timedelta(minutes=1)
    said(database, clock, "m2")
    at(clock, "10:00", days=1)
    assert plan_now(database, clock) == 0  # day 7, unless replied
    at(clock, "10:00", days=1)
    assert plan_now(database, clock) == 1
