"""A card is charged on the day on which something falls due, once, by day, and never where the debt is in doubt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.db.engine import Database
from service.db.tables.payment import payment_order
from service.domain.days import business_date
from service.domain.loan.payment_order import GatewayAnswer, GatewayState
from service.settings import Settings
from service.usecases.chat.charge_autopay import charge_autopay
from service.usecases.collect.pause import pause
from service.usecases.loan.autopay import Asked, autopay_now, keep_card, switch_autopay
from service.usecases.ports import FrozenClock
from service.wiring import Services, build
from tests.service.collecting import at, pay
from tests.service.paying import BORROWER, lend
from tests.service.talking import turns


@dataclass
class Bank:
    state: GatewayState = GatewayState.PENDING
    asked: list[dict[str, Any]] = field(default_factory=list)

    def create(self, **order: Any) -> GatewayAnswer:
        self.asked.append(order)
        return GatewayAnswer(state=self.state, reason="余额不足")

    def query(self, *, order_id: str) -> GatewayAnswer:
        return GatewayAnswer(state=self.state)


@pytest.fixture
def services(database: Database, clock: FrozenClock, tmp_path: Path) -> Services:
    """Automatic payment is on; the next instalment falls due on 12-18, which is today, at ten."""
    lend(database, clock=clock)
    with database.transaction() as conn:
        kept = {"bank_name": "演示银行", "last_four": "0001", "token": "token-of-the-card"}
        card = keep_card(conn, borrower_id=BORROWER, **kept, now=clock.now())
        wish = {"borrower_id": BORROWER, "enabled": True, "card_id": card.id}
        switch_autopay(conn, **wish, asked=Asked("k", "borrower", "chat"), now=clock.now())
        due = autopay_now(conn, borrower_id=BORROWER, today=business_date(clock.now())).autopay.enabled_from
    at(clock, "10:00", days=(due - business_date(clock.now())).days)
    return build(Settings(_env_file=None, data_dir=tmp_path, database_url=database.url), clock=clock)


def charge(services: Services, bank: Bank) -> int:
    return charge_autopay(services.database, gateway=bank, clock=services.clock, hooks=services.after_payment)


def test_the_chosen_card_is_charged_once_on_the_due_day(services: Services) -> None:
    bank = Bank()
    assert [charge(services, bank) for _ in range(3)] == [1, 0, 0]
    (asked,) = bank.asked
    with services.database.reading() as conn:
        (kept,) = conn.execute(select(payment_order)).mappings().all()
    assert (asked["card"], asked["amount_fen"], kept["kind"]) == ("token-of-the-card", kept["amount_fen"], "bill")


@pytest.mark.parametrize(("clock_time", "days"), [("08:59", 0), ("10:00", -1), ("10:00", 1)])
def test_not_before_nine_and_on_no_other_day(
    services: Services, clock: FrozenClock, clock_time: str, days: int
) -> None:
    at(clock, clock_time, days=days)
    assert (charge(services, bank := Bank()), bank.asked) == (0, [])


def test_what_the_bank_refuses_is_told_and_not_tried_again_that_day(services: Services, clock: FrozenClock) -> None:
    bank = Bank(GatewayState.FAILED)
    charge(services, bank)
    clock.instant += timedelta(hours=2)
    charge(services, bank)
    assert len(bank.asked) == 1
    assert "余额不足" in turns(services.database)[-1].text


def test_whose_debt_is_disputed_is_not_charged(services: Services, clock: FrozenClock) -> None:
    with services.database.transaction() as conn:
        made = pause(conn, borrower_id=BORROWER, reason="dispute", by="borrower", now=clock.now())
    assert made.reason == "dispute"
    assert (charge(services, bank := Bank()), bank.asked) == (0, [])


def test_who_has_paid_is_not_charged(services: Services, clock: FrozenClock) -> None:
    pay(services.database, clock=clock, borrower_id=BORROWER, amount_fen=None)
    assert (charge(services, bank := Bank()), bank.asked) == (0, [])


def test_switched_off_before_the_day_nobody_is_charged(services: Services, clock: FrozenClock) -> None:
    at(clock, "10:00", days=-2)
    with services.database.transaction() as conn:
        off = Asked("off", "borrower", "chat")
        switch_autopay(conn, borrower_id=BORROWER, enabled=False, asked=off, now=clock.now())
    at(clock, "10:00", days=2)
    assert (charge(services, bank := Bank()), bank.asked) == (0, [])
