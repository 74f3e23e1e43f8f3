"""Before a promised day the borrower is reminded once, kindly, through the gate, and not asked for money."""

from __future__ import annotations

from datetime import timedelta

from service.channels.memory import MemorySender
from service.db.engine import Database
from service.domain.collect.outreach import Kind
from service.usecases.collect.pause import pause
from service.usecases.collect.remind_promises import remind_promises
from service.usecases.collect.send import Counts
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at, owe, plan_now, reasons, rows, send_now, states
from tests.service.test_promises_and_the_ledger import pay, promise


def remind(database: Database, clock: FrozenClock, *channels: str) -> int:
    return remind_promises(database, clock=clock, policy=policy(), channels=channels or ("inapp",))


def test_each_part_is_reminded_of_once_on_the_day_before(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(database, clock=clock)
    promise(database, clock, (200, 3), (300, 9))
    at(clock, "00:05", days=1)
    assert remind(database, clock) == 0
    at(clock, "00:05", days=1)
    assert (remind(database, clock), remind(database, clock)) == (1, 0)
    assert send_now(database, clock, sender) == Counts()  # not by night
    at(clock, "10:00")
    assert send_now(database, clock, sender) == Counts(sent=1)
    assert (remind(database, clock), send_now(database, clock, sender)) == (0, Counts())
    (told,) = sender.sent
    assert told.draft.kind is Kind.REMINDER
    assert "11月26日" in told.draft.text
    assert "200.00 元" in told.draft.text
    assert [one["title"] for one in told.draft.buttons] == ["马上还款", "约定还款日", "转人工"]
    at(clock, "11:00", days=1)
    pay(database, clock, 250, name="p1")
    at(clock, "11:00", days=5)
    assert remind(database, clock) == 1
    assert send_now(database, clock, sender) == Counts(sent=1)
    assert "250.00 元" in sender.sent[-1].draft.text  # what is still to come of the second part


def test_who_has_just_promised_needs_no_reminder(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    promise(database, clock, (200, 1))
    assert remind(database, clock) == 0
    at(clock, "10:00", days=1)
    assert remind(database, clock) == 0


def test_what_is_paid_or_put_off_before_the_hour_is_not_reminded_of(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(database, clock=clock)
    owe(database, clock=clock, borrower_id="b2")
    promise(database, clock, (200, 2))
    promise(database, clock, (200, 2), key="k2", who="b2")
    at(clock, "00:05", days=1)
    assert remind(database, clock) == 2
    pay(database, clock, 200, name="p1")
    promise(database, clock, (200, 8), key="k3", who="b2")
    at(clock, "12:00")
    assert send_now(database, clock, sender) == Counts(cancelled=1)
    assert (sender.sent, states(database, "b2")) == ([], ["cancelled"])
    assert reasons(database, "b2") == [{"promise_pending"}]


def test_the_gate_looks_at_a_reminder_as_at_any_message(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(database, clock=clock)
    promise(database, clock, (200, 2))
    with database.transaction() as conn:
        pause(conn, borrower_id="b1", reason="complaint", by="borrower", note="", now=clock.now())
    at(clock, "10:00", days=1)
    assert remind(database, clock) == 1
    assert send_now(database, clock, sender) == Counts(blocked=1)
    assert "stopped_complaint" in reasons(database)[0]
    at(clock, "12:00")
    assert remind(database, clock) == 0  # at most once, also where it was held back


def test_while_a_promise_stands_there_is_a_reminder_and_no_collection(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(database, clock=clock)
    promise(database, clock, (200, 2))
    at(clock, "09:00", days=1)
    remind(database, clock)
    plan_now(database, clock)
    at(clock, "19:00")
    assert send_now(database, clock, sender).sent == 1
    kinds = {row["kind"]: row["state"] for row in rows(database)}
    assert kinds["reminder"] == "sent"
    assert kinds.get("collection", "blocked") == "blocked"


def test_nothing_is_planned_on_a_channel_that_is_not_connected(sqlite_database: Database, clock: FrozenClock) -> None:
    owe(sqlite_database, clock=clock)
    promise(sqlite_database, clock, (200, 2))
    clock.instant += timedelta(days=1)
    assert remind(sqlite_database, clock, "sms") == 0
    assert remind(sqlite_database, clock) == 1
