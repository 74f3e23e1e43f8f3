"""An outreach out: planned, decided at the moment of sending, delivered once, and answered with a promise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from service.db.tables.collect import outreach, promise
from service.demo.seed import seed
from service.scheduler import tick_once
from service.settings import Settings
from service.usecases.chat.conversation import open_conversation
from service.usecases.collect.pause import pause
from service.usecases.loan.bill import bill
from service.usecases.ports import FrozenClock
from service.web import create_app
from service.wiring import Services, build
from tests.journeys.conftest import MORNING
from tests.ports import free_port
from tests.running import FrozenSystem, migrate
from tests.service.serving import eventually, serving

pytestmark = pytest.mark.system
TOKEN = "service-token"


@pytest.fixture
def services(tmp_path: Any) -> Services:
    """A service of one's own, without the other processes: reminding needs no bot."""
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'x.db'}",
        demo=True,
        service_port=free_port(),
        service_token=TOKEN,
        payment_gateway_key="gateway-key",
    )
    migrate(settings)
    made = build(settings, clock=FrozenClock(MORNING))
    seed(made.database, clock=made.clock, products=made.products, price_caps=made.price_caps, borrowers=12, pause=pause)
    return made


def rows_of(services: Services, borrower_id: str) -> list[Any]:
    with services.database.reading() as conn:
        return list(conn.execute(select(outreach).where(outreach.c.borrower_id == borrower_id)))


def at(services: Services, hour: int, minute: int) -> None:
    services.clock.instant = MORNING.replace(hour=hour, minute=minute)


def pay_the_bill(services: Services, borrower_id: str) -> None:
    """As a borrower does: an order, the gateway over HTTP, its signed callback, the ledger."""
    services.settings.payment_delay_seconds = 0.1
    with services.database.transaction() as conn:
        who = {"borrower_id": borrower_id, "verified_until": services.clock.now() + timedelta(minutes=30)}
        talk = open_conversation(conn, channel="inapp", channel_user_id=borrower_id, now=services.clock.now(), **who).id
    url = f"{services.settings.service_url}/loan/conversations/{talk}/payments"
    headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "paid-meanwhile"}
    app = create_app(services, with_scheduler=False)
    with serving(app, port=services.settings.service_port, lifespan="on"):
        order = httpx.post(url, json={"kind": "bill"}, headers=headers, trust_env=False).raise_for_status().json()
        look = f"{url}/{order['order_id']}"
        eventually(lambda: httpx.get(look, headers=headers, trust_env=False).json()["state"] == "succeeded")


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

    plan(services.database, clock=services.clock, policy=services.policy, channels=services.outreach_senders.keys())
    (row,) = rows_of(services, "demo-overdue-5")
    assert row.state == "planned"
    at(services, 9, 0)
    pay_the_bill(services, "demo-overdue-5")
    tick_once(services)
    (row,) = rows_of(services, "demo-overdue-5")
    assert row.state == "cancelled"
    assert {reason["code"] for reason in row.reasons} == {"paid_meanwhile"}
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
