"""What a borrower reads of a payment's outcome, and what a person is asked to look into, with the hooks as wired."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.console.labels import HANDOVER_REASONS
from service.db.engine import Database
from service.db.tables.desk import handover
from service.domain.days import SHANGHAI
from service.domain.errors import Refused
from service.domain.loan.payment_order import GatewayAnswer, GatewayState, Order, PaymentCallback
from service.settings import Settings
from service.usecases.desk.give_back import give_back
from service.usecases.desk.take import take
from service.usecases.loan.resolve_mismatch import resolve_mismatch
from service.usecases.loan.settle_payment import settle_payment
from service.usecases.loan.start_payment import start_payment
from service.usecases.ports import FrozenClock
from service.wiring import Services, build
from tests.service.desk_cast import agent
from tests.service.paying import BORROWER, lend
from tests.service.talking import turns


@dataclass
class Bank:
    """Answers an order as told, at once."""

    answer: GatewayAnswer = field(default_factory=lambda: GatewayAnswer(state=GatewayState.PENDING))

    def create(self, *, order_id: str, borrower_id: str, amount_fen: int, card: str = "") -> GatewayAnswer:
        return self.answer

    def query(self, *, order_id: str) -> GatewayAnswer:
        return self.answer


@pytest.fixture
def services(database: Database, clock: FrozenClock, tmp_path: Path) -> Services:
    return build(Settings(_env_file=None, data_dir=tmp_path, database_url=database.url), clock=clock)


def order(services: Services, *, bank: Bank | None = None, key: str = "k", **wish: Any) -> Order:
    return start_payment(
        services.database,
        conversation_id=lend(services.database, clock=services.clock) if key == "k" else wish.pop("conversation_id"),
        borrower_id=BORROWER,
        key=key,
        gateway=bank or Bank(),
        clock=services.clock,
        hooks=services.after_payment,
        **{"amount_fen": None, **wish},
    )


def tell(services: Services, made: Order, *, amount_fen: int | None = None, callback_id: str = "cb") -> None:
    fen = made.amount_fen if amount_fen is None else amount_fen
    told = PaymentCallback(id=callback_id, order_id=made.id, succeeded=True, amount_fen=fen)
    settle_payment(services.database, callback=told, clock=services.clock, hooks=services.after_payment)


def said(services: Services) -> list[str]:
    return [row.text for row in turns(services.database, direction="out")]


def waiting(services: Services) -> list[Any]:
    with services.database.reading() as conn:
        return list(conn.execute(select(handover).where(handover.c.state == "waiting")))


def test_a_refusal_at_once_is_told_with_its_reason(services: Services) -> None:
    made = order(services, bank=Bank(GatewayAnswer(GatewayState.FAILED, reason="卡已挂失")), kind="bill")
    assert made.state == "failed"
    (text,) = said(services)
    assert "没有成功" in text
    assert "卡已挂失" in text


def test_a_loan_that_is_settled_is_said_to_be(services: Services) -> None:
    tell(services, order(services, kind="all"))
    (text,) = said(services)
    assert "这笔借款已结清。" in text
    assert "还差" not in text


def test_a_payment_that_settles_nothing_says_nothing_of_settling(services: Services) -> None:
    tell(services, order(services, kind="bill"))
    assert "结清" not in said(services)[0]


def test_money_for_everything_that_comes_too_late_says_what_is_missing_and_how_to_pay_it(services: Services) -> None:
    services.clock.instant = datetime(2026, 11, 23, 23, 59, 59, tzinfo=SHANGHAI)
    made = order(services, kind="all")
    services.clock.instant += timedelta(days=3)
    tell(services, made)
    (turn,) = turns(services.database, direction="out")
    assert "还没有全部结清，还差" in turn.text
    assert "已结清" not in turn.text
    assert turn.buttons[0]["payload"] == '/repay_now{"amount_word": "all"}'


def test_another_amount_than_ordered_brings_a_person_and_the_borrower_is_told(services: Services) -> None:
    made = order(services, kind="amount", amount_fen=20_000)
    for callback_id in ("one", "two"):
        with pytest.raises(Refused, match="金额"):
            tell(services, made, amount_fen=19_900, callback_id=callback_id)
    (text,) = said(services)
    assert "已请人工核对" in text
    assert "请不要重复付款" in text
    (asked,) = waiting(services)
    assert HANDOVER_REASONS[asked.reason] == "支付金额不一致"
    assert "200 元" in asked.brief
    assert "199 元" in asked.brief
    assert made.id in asked.brief


def test_a_mismatch_that_a_person_has_closed_is_not_opened_again_by_the_same_order(services: Services) -> None:
    made = order(services, kind="amount", amount_fen=20_000)
    with pytest.raises(Refused):
        tell(services, made, amount_fen=19_900)
    with services.database.transaction() as conn:
        su = agent(conn, now=services.clock.now())
        take(conn, conversation_id=made.conversation_id, agent=su, now=services.clock.now())
        give_back(conn, conversation_id=made.conversation_id, agent=su, now=services.clock.now())
    with pytest.raises(Refused):
        tell(services, made, amount_fen=19_900, callback_id="two")
    assert waiting(services) == []


def resolve(services: Services, made: Order, taken_fen: int | None) -> None:
    resolve_mismatch(
        services.database, order_id=made.id, taken_fen=taken_fen, clock=services.clock, hooks=services.after_payment
    )


@pytest.mark.parametrize(
    ("taken_fen", "words"), [(19_900, "已收到您的还款 199 元"), (None, "经人工核对，这笔还款没有扣款")]
)
def test_what_a_person_found_out_ends_the_mismatch_and_the_borrower_can_pay_again(
    services: Services, taken_fen: int | None, words: str
) -> None:
    made = order(services, kind="amount", amount_fen=20_000)
    with pytest.raises(Refused):
        tell(services, made, amount_fen=19_900)
    services.clock.instant += timedelta(minutes=5)
    resolve(services, made, taken_fen)
    assert words in said(services)[-1]
    with pytest.raises(Refused, match="没有需要人工核对"):
        resolve(services, made, taken_fen)
    again = {"key": "k2", "conversation_id": made.conversation_id, "kind": "amount", "amount_fen": 100}
    assert order(services, **again).state == "pending"


@pytest.mark.parametrize("taken_fen", [19_901, 20_000, None])
def test_only_what_the_gateway_told_of_is_posted_and_only_where_it_disagreed(
    services: Services, taken_fen: int | None
) -> None:
    made = order(services, kind="amount", amount_fen=20_000)
    if taken_fen is not None:
        with pytest.raises(Refused):
            tell(services, made, amount_fen=19_900)
    before = said(services)
    with pytest.raises(Refused, match="没有需要人工核对"):
        resolve(services, made, taken_fen)
    assert said(services) == before
