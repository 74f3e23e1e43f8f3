"""Outreach is planned once, judged at the instant of sending, sent at most once, and says why where it is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.channels.inapp import InAppSender
from service.channels.memory import MemorySender
from service.db.engine import Database
from service.db.tables.chat import turn
from service.domain.collect.compliance import Cleared
from service.domain.collect.outreach import NotDelivered
from service.domain.days import business_date
from service.domain.money import yuan
from service.usecases.chat.say import say_to_borrower
from service.usecases.collect import send
from service.usecases.collect.send import Counts, mark_unknown, send_due
from service.usecases.loan.debt import debt_of
from service.usecases.loan.start_payment import GatewayAnswer, GatewayState, start_payment
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at, owe, pay, plan_again, plan_now, reasons, rows, send_now, states


def test_a_message_goes_out_at_21_59_and_not_at_22_00(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(database, clock=clock, borrower_id="early")
    at(clock, "21:59")
    assert plan_now(database, clock) == 1
    assert send_now(database, clock, sender) == Counts(sent=1)
    owe(database, clock=clock, borrower_id="late")
    assert plan_now(database, clock) == 1
    at(clock, "22:00")
    assert send_now(database, clock, sender) == Counts(blocked=1)
    assert (states(database, "early"), states(database, "late")) == (["sent"], ["blocked"])
    assert reasons(database, "late") == [{"outside_hours"}]
    assert [one.draft.borrower_id for one in sender.sent] == ["early"]


def test_what_is_planned_in_the_night_waits_for_the_morning(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    at(clock, "00:05")
    owe(database, clock=clock)
    assert plan_now(database, clock) == 1
    at(clock, "07:59")
    assert send_now(database, clock, sender) == Counts()
    at(clock, "08:00")
    assert send_now(database, clock, sender) == Counts(sent=1)


def test_a_row_keeps_what_was_said_and_under_which_policy(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    plan_now(database, clock)
    send_now(database, clock, MemorySender())
    row = rows(database)[0]
    assert (row["tier"], row["step"], row["template"]) == ("M1", "M1+5", "early_again")
    assert row["policy_version"] == policy().version
    assert "【小清消费金融】" in row["text"]
    assert "已过 5 天" in row["text"]
    assert row["sent_at"] == clock.now()


def test_the_message_is_a_turn_of_the_borrowers_conversation_with_buttons(
    database: Database, clock: FrozenClock
) -> None:
    def say(**what: Any) -> int:
        with database.transaction() as conn:
            return say_to_borrower(conn, now=clock.now(), **what)

    owe(database, clock=clock)
    plan_now(database, clock)
    assert send_now(database, clock, InAppSender(say=say)) == Counts(sent=1)
    with database.reading() as conn:
        said = conn.execute(turn.select()).mappings().one()
    row = rows(database)[0]
    assert (said["id"], said["sender"], said["text"]) == (row["turn_id"], "outreach", row["text"])
    assert said["message_id"] == f"outreach:{row['id']}"
    assert [one["payload"] for one in said["buttons"]] == ["/repay_now", "/promise_to_pay", "/cant_pay", "/human_agent"]


def test_planning_twice_plans_once_and_a_step_fires_once(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(database, clock=clock)
    assert (plan_now(database, clock), plan_now(database, clock)) == (1, 0)
    send_now(database, clock, sender)
    at(clock, "10:00", days=1)
    assert plan_now(database, clock) == 0  # day 6: step 5 has been
    at(clock, "10:00", days=1)
    assert plan_now(database, clock) == 1  # day 7
    assert [row["step"] for row in rows(database)] == ["M1+5", "M1+7"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-4, []), (-3, [("pre_due", "reminder", "planned")]), (-1, [("pre_due", "reminder", "planned")]),
        (0, [("pre_due", "reminder", "planned")]), (2, [("M1", "collection", "planned")]),
        (31, [("M2", "collection", "planned")]), (75, [("M3", "collection", "planned")]),
        (120, [("M4", "collection", "for_person")]),
    ],
)  # fmt: skip
def test_tiers(sqlite_database: Database, clock: FrozenClock, days: int, expected: list[tuple[str, str, str]]) -> None:
    owe(sqlite_database, clock=clock, days=days)
    plan_now(sqlite_database, clock)
    assert [(row["tier"], row["kind"], row["state"]) for row in rows(sqlite_database)] == expected


def test_what_is_for_a_person_is_never_sent_and_listed_once(sqlite_database: Database, clock: FrozenClock) -> None:
    owe(sqlite_database, clock=clock, days=120)
    plan_now(sqlite_database, clock)
    assert send_now(sqlite_database, clock, MemorySender()) == Counts()
    at(clock, "10:00", days=1)
    assert plan_now(sqlite_database, clock) == 0


def test_a_payment_between_plan_and_send_cancels_it(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(database, clock=clock)
    plan_now(database, clock)
    pay(database, clock=clock)
    assert send_now(database, clock, sender) == Counts(cancelled=1)
    assert (states(database), reasons(database), sender.sent) == (["cancelled"], [{"paid_meanwhile"}], [])


def test_a_part_payment_changes_the_amount_that_is_said(sqlite_database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(sqlite_database, clock=clock)
    plan_now(sqlite_database, clock)
    pay(sqlite_database, clock=clock, amount_fen=10_000)
    clock.instant += timedelta(hours=1)  # within it he is left in peace
    send_now(sqlite_database, clock, sender)
    with sqlite_database.reading() as conn:
        left = debt_of(conn, borrower_id="b1", today=business_date(clock.now())).overdue_fen
    assert 0 < left < 54_000
    assert f"有 {yuan(left)} 元逾期" in sender.sent[0].draft.text


def test_a_payment_on_its_way_holds_the_message_back(database: Database, clock: FrozenClock) -> None:
    class Bank:
        def create(self, **_order: Any) -> GatewayAnswer:
            return GatewayAnswer(state=GatewayState.PENDING)

    owe(database, clock=clock)
    plan_now(database, clock)
    wish = {"conversation_id": "c", "borrower_id": "b1", "kind": "bill", "amount_fen": None, "key": "k"}
    start_payment(database, gateway=Bank(), clock=clock, **wish)  # type: ignore[arg-type]
    assert send_now(database, clock, MemorySender()) == Counts(blocked=1)
    assert reasons(database) == [{"payment_pending"}]


def test_one_message_a_day_whatever_the_number_of_loans(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(database, clock=clock, loans=3)
    assert plan_now(database, clock) == 1
    assert send_now(database, clock, sender) == Counts(sent=1)
    plan_again(database)
    assert send_now(database, clock, sender) == Counts(blocked=1)
    assert {"cap_written_today"} in reasons(database)
    assert len(sender.sent) == 1


def test_three_messages_in_seven_days_and_the_fourth_on_the_eighth(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(database, clock=clock, days=1, loans=2)
    sent_on = []
    for day in range(1, 10):
        plan_now(database, clock)
        if send_now(database, clock, sender).sent:
            sent_on.append(day)
        at(clock, "10:00", days=1)
    assert sent_on == [1, 3, 5, 8]
    blocked = [row for row in rows(database) if row["state"] == "blocked"]
    assert [one["code"] for row in blocked for one in row["reasons"]] == ["cap_written_7_days"]
    assert len(sender.sent) == 4


def test_the_day_of_the_cap_is_a_day_in_shanghai(sqlite_database: Database, clock: FrozenClock) -> None:
    """Golden case F-midnight."""
    sender = MemorySender()
    at(clock, "21:30")
    owe(sqlite_database, clock=clock, days=4)
    plan_now(sqlite_database, clock)
    send_now(sqlite_database, clock, sender)
    at(clock, "08:00", days=1)  # 10.5 hours later: a day is no 24 hours
    plan_now(sqlite_database, clock)
    assert send_now(sqlite_database, clock, sender) == Counts(sent=1)


def test_a_message_whose_outcome_is_unknown_counts_and_is_not_sent_again(
    database: Database, clock: FrozenClock
) -> None:
    """Golden case F-unknown-result."""

    def lose(_cleared: Cleared) -> None:
        raise TimeoutError("no answer")

    sender = MemorySender(before=lose)
    owe(database, clock=clock)
    plan_now(database, clock)
    assert send_now(database, clock, sender) == Counts(unknown=1)
    sender.before = None
    plan_again(database)
    assert send_now(database, clock, sender) == Counts(blocked=1)
    at(clock, "10:00", days=1)
    assert plan_now(database, clock) == 0
    assert sender.sent == []


def test_a_crash_between_claim_and_record_leaves_it_unknown_and_never_sent_again(
    database: Database, clock: FrozenClock
) -> None:
    class Killed(BaseException):
        pass

    def die(_cleared: Cleared) -> None:
        raise Killed

    sender = MemorySender(before=die)
    owe(database, clock=clock)
    plan_now(database, clock)
    with pytest.raises(Killed):
        send_now(database, clock, sender)
    assert states(database) == ["claimed"]
    sender.before = None
    assert send_now(database, clock, sender) == Counts()  # another worker, while nobody knows yet
    with database.transaction() as conn:
        assert mark_unknown(conn, now=clock.now()) == 1
    assert (states(database), reasons(database)) == (["unknown"], [{"outcome_unknown"}])
    assert (plan_now(database, clock), send_now(database, clock, sender), sender.sent) == (0, Counts(), [])


def test_a_claim_nobody_reports_on_becomes_unknown_without_a_restart(
    sqlite_database: Database, clock: FrozenClock
) -> None:
    class Killed(BaseException):
        pass

    def die(_cleared: Cleared) -> None:
        raise Killed

    owe(sqlite_database, clock=clock)
    plan_now(sqlite_database, clock)
    with pytest.raises(Killed):
        send_now(sqlite_database, clock, MemorySender(before=die))
    clock.instant += timedelta(minutes=11)
    send_now(sqlite_database, clock, MemorySender())
    assert states(sqlite_database) == ["unknown"]


def test_what_certainly_did_not_arrive_uses_no_quota(database: Database, clock: FrozenClock) -> None:
    failing = {"permanent": False}

    def refuse(_cleared: Cleared) -> None:
        raise NotDelivered("busy", **failing)

    sender = MemorySender(before=refuse)
    owe(database, clock=clock)
    plan_now(database, clock)
    assert send_now(database, clock, sender) == Counts(put_back=1)
    clock.instant += timedelta(hours=1)
    failing["permanent"] = True
    assert send_now(database, clock, sender) == Counts(failed=1)
    sender.before = None
    at(clock, "10:00", days=1)
    assert plan_now(database, clock) == 1
    assert send_now(database, clock, sender) == Counts(sent=1)


def test_a_channel_that_is_not_connected_fails_and_sends_nothing(sqlite_database: Database, clock: FrozenClock) -> None:
    owe(sqlite_database, clock=clock)
    plan_now(sqlite_database, clock)
    counts = send_due(sqlite_database, clock=clock, policy=policy(), senders={}, limit=5)
    assert counts == Counts(failed=1)


def test_a_row_that_cannot_be_decided_does_not_hold_up_the_others(
    sqlite_database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = send.draft_of

    def sometimes(conn: Any, row: Any, **more: Any) -> Any:
        if row.borrower_id == "a-bad":
            raise RuntimeError("broken book")
        return real(conn, row, **more)

    monkeypatch.setattr(send, "draft_of", sometimes)
    owe(sqlite_database, clock=clock, borrower_id="a-bad")
    owe(sqlite_database, clock=clock, borrower_id="b-good")
    plan_now(sqlite_database, clock)
    assert send_now(sqlite_database, clock, MemorySender()) == Counts(sent=1, put_back=1)
    assert send_now(sqlite_database, clock, MemorySender()) == Counts()


def test_yesterdays_plan_is_not_sent_today(sqlite_database: Database, clock: FrozenClock) -> None:
    owe(sqlite_database, clock=clock)
    plan_now(sqlite_database, clock)
    at(clock, "10:00", days=1)
    assert send_now(sqlite_database, clock, MemorySender()) == Counts(blocked=1)
    assert reasons(sqlite_database) == [{"expired"}]
    assert plan_now(sqlite_database, clock) == 1
