"""An outreach out: planned, decided at the moment of sending, delivered once, and answered with a promise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.db.tables.collect import outreach, promise
from service.demo.seed import seed
from service.scheduler import tick_once
from service.settings import Settings
from service.usecases.collect.pause import pause
from service.usecases.loan.bill import bill
from service.usecases.loan.post_payment import post_payment
from service.usecases.ports import FrozenClock
from service.wiring import Services, build
from tests.journeys.conftest import MORNING
from tests.running import FrozenSystem, migrate

pytestmark = pytest.mark.system


@pytest.fixture
def services(tmp_path: Any) -> Services:
    """A service of one's own, without the other processes: reminding needs no bot."""
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'x.db'}")
    migrate(settings)
    made = build(settings, clock=FrozenClock(MORNING))
    seed(made.database, clock=made.clock, products=made.products, borrowers=12, pause=pause)
    return made


def rows_of(services: Services, borrower_id: str) -> list[Any]:
    with services.database.reading() as conn:
        return list(conn.execute(select(outreach).where(outreach.c.borrower_id == borrower_id)))


def at(services: Services, hour: int, minute: int) -> None:
    services.clock.instant = MORNING.replace(hour=hour, minute=minute)


def test_a_reminder_leaves_at_21_59(services: Services) -> None:
    at(services, 21, 59)
    tick_once(services)
    (row,) = rows_of(services, "demo-overdue-5")
    assert row.state == "sent"
    assert row.policy_version


def test_no_reminder_leaves_at_22_00_and_the_reason_is_kept(services: Services) -> None:
    at(services, 22, 0)
    tick_once(services)
    assert not [row for row in rows_of(services, "demo-overdue-5") if row.state == "sent"]
    with services.database.reading() as conn:
        assert not list(conn.execute(select(outreach).where(outreach.c.state == "sent")))
        blocked = list(conn.execute(select(outreach).where(outreach.c.state == "blocked")))
    assert blocked
    assert all("outside_hours" in {reason["code"] for reason in row.reasons} for row in blocked)


def test_a_payment_between_plan_and_send_cancels_the_message(services: Services) -> None:
    at(services, 7, 0)  # planned before the day's hours begin
    from service.usecases.collect.plan import plan

    plan(services.database, clock=services.clock, policy=services.policy)
    (row,) = rows_of(services, "demo-overdue-5")
    assert row.state == "planned"
    at(services, 9, 0)
    now = services.clock.now()
    with services.database.transaction() as conn:
        owed = bill(conn, borrower_id="demo-overdue-5", today=now.astimezone(MORNING.tzinfo).date())
        post_payment(
            conn,
            payment_id="paid-meanwhile",
            borrower_id="demo-overdue-5",
            amount_fen=owed.bill_fen,
            paid_at=now,
            channel="test",
            now=now,
        )
    tick_once(services)
    (row,) = rows_of(services, "demo-overdue-5")
    assert row.state in {"blocked", "cancelled"}
    assert any("paid" in reason["code"] or "due" in reason["code"] for reason in row.reasons)
    with services.database.reading() as conn:
        sent = conn.exec_driver_sql(
            "SELECT count(*) FROM turn WHERE sender = 'outreach' AND conversation_id IN "
            "(SELECT id FROM conversation WHERE borrower_id = 'demo-overdue-5')"
        ).scalar_one()
    assert sent == 0


def test_ticking_three_times_sends_each_reminder_once(services: Services) -> None:
    at(services, 10, 0)
    for _ in range(3):
        tick_once(services)
    with services.database.reading() as conn:
        said = list(conn.exec_driver_sql("SELECT message_id FROM turn WHERE sender = 'outreach'").scalars())
        rows = list(conn.execute(select(outreach.c.id).where(outreach.c.state == "sent")).scalars())
    assert len(said) == len(set(said)) == len(rows) > 0


def test_disputed_and_hardship_debtors_are_left_in_peace(services: Services) -> None:
    at(services, 10, 0)
    tick_once(services)
    for borrower_id in ("demo-disputed", "demo-hardship", "demo-paid-up", "demo-settled"):
        assert not [row for row in rows_of(services, borrower_id) if row.state == "sent"]


def test_the_answer_to_a_reminder_becomes_a_promise_that_a_payment_keeps(system: FrozenSystem) -> None:
    system.tick()
    borrower = system.borrower("demo-overdue-2")
    reminders = [turn for turn in borrower.turns() if turn["sender"] == "outreach"]
    assert len(reminders) == 1
    assert "小清" in reminders[0]["text"]
    borrower.say("下周五还五百")
    borrower.say("对")
    made = promise_of(system, "demo-overdue-2")
    assert (made.amount_fen, made.due_on.isoformat(), made.state) == (50_000, "2026-12-04", "pending")
    system.clock.instant = MORNING + timedelta(days=1)
    system.tick()
    again = system.borrower("demo-overdue-2")  # the token of yesterday has expired
    assert len([turn for turn in again.turns() if turn["sender"] == "outreach"]) == 1  # it stands: no reminder
    again.say("我现在先还五百")
    again.post("对")
    again.wait_for("已收到您的还款 500 元")
    assert promise_of(system, "demo-overdue-2").state == "kept"


def test_a_promise_that_nobody_pays_is_broken(system: FrozenSystem) -> None:
    borrower = system.borrower("demo-due-today")
    borrower.say("我明天还两百")
    borrower.say("对")
    assert promise_of(system, "demo-due-today").state == "pending"
    system.clock.instant = MORNING + timedelta(days=2)
    system.tick()
    assert promise_of(system, "demo-due-today").state == "broken"


def promise_of(system: FrozenSystem, borrower_id: str) -> Any:
    with system.services.database.reading() as conn:
        query = select(promise).where(promise.c.borrower_id == borrower_id).order_by(promise.c.created_at.desc())
        return conn.execute(query).first()


def test_the_cast_starts_where_the_documents_say(services: Services) -> None:
    assert isinstance(services.clock.now(), datetime)
    late = {"demo-overdue-2": 2, "demo-overdue-5": 5, "demo-overdue-20": 20, "demo-overdue-120": 120}
    with services.database.reading() as conn:
        for borrower_id, days in late.items():
            assert bill(conn, borrower_id=borrower_id, today=MORNING.date()).days_past_due == days
