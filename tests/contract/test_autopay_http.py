"""The shapes of cards and automatic payment, what is kept of each change, and that nobody changes another's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from service.api import autopay as routes
from service.db.engine import Database
from service.db.tables.autopay import autopay, autopay_event, payment_card
from service.usecases.loan.autopay import keep_card
from service.usecases.ports import FrozenClock
from tests.service.paying import BORROWER, lend, log_in
from tests.service.routes import asking


@pytest.fixture
def client(database: Database, clock: FrozenClock) -> Iterator[TestClient]:
    with asking(routes.router, database=database, clock=clock) as found:
        yield found


def card(database: Database, last_four: str = "0001", *, clock: FrozenClock, borrower_id: str = BORROWER) -> str:
    with database.transaction() as conn:
        kept = {"bank_name": "演示银行", "last_four": last_four, "token": f"t-{borrower_id}-{last_four}"}
        made = keep_card(conn, borrower_id=borrower_id, **kept, now=clock.now())
    clock.instant += timedelta(seconds=1)
    return made.id


def post(client: TestClient, conversation: str, what: str, *, key: str = "k", **body: Any) -> Response:
    path = f"/loan/conversations/{conversation}/{what}"
    return client.post(path, json=body, headers={"Idempotency-Key": key})


def get(client: TestClient, conversation: str, what: str) -> dict[str, Any]:
    answer = client.get(f"/loan/conversations/{conversation}/{what}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def events(database: Database) -> list[Any]:
    with database.reading() as conn:
        return list(conn.execute(select(autopay_event).order_by(autopay_event.c.no)))


def test_nothing_is_charged_before_it_was_asked_for(client: TestClient, conversation: str) -> None:
    assert get(client, conversation, "autopay") == {
        "enabled": False, "enabled_from": None, "card": None, "card_from": None, "collecting_today": False,
        "switch_from": "2026-12-18", "free_from": "2026-12-18",
    }  # fmt: skip
    assert get(client, conversation, "cards") == {"cards": [], "charged_card_id": None, "card_from": None}


def test_a_switch_holds_from_the_next_due_day_and_is_kept_with_who_and_why(
    client: TestClient, conversation: str, database: Database, clock: FrozenClock
) -> None:
    mine = card(database, clock=clock)
    on = post(client, conversation, "autopay", enabled=True, reason="卡 6222020200001234567 扣")
    assert on.status_code == 200, on.text
    assert on.json() == {
        "enabled": True, "enabled_from": "2026-12-18",
        "card": {"card_id": mine, "bank_name": "演示银行", "last_four": "0001"}, "card_from": "2026-12-18",
        "collecting_today": False, "switch_from": "2026-11-23", "free_from": "2026-12-18",
    }  # fmt: skip
    assert post(client, conversation, "autopay", enabled=True, reason="again").json() == on.json()
    (kept,) = events(database)
    assert (kept.no, kept.kind, kept.by, kept.source, kept.conversation_id) == (
        1,
        "switch",
        "borrower",
        "chat",
        conversation,
    )
    assert kept.reason == "卡 6222********4567 扣"


def test_each_change_stays_in_the_history(
    client: TestClient, conversation: str, database: Database, clock: FrozenClock
) -> None:
    first, second = (card(database, end, clock=clock) for end in ("0001", "1001"))
    post(client, conversation, "autopay", key="1", enabled=True, card_id=first)
    post(client, conversation, "cards/choice", key="2", card_id=second)
    post(client, conversation, "autopay", key="3", enabled=False)
    assert [(one.kind, one.enabled, one.card_id) for one in events(database)] == [
        ("switch", True, first), ("card", True, second), ("switch", False, second),
    ]  # fmt: skip
    with database.reading() as conn:
        assert [(row.version, row.enabled) for row in conn.execute(select(autopay))] == [(3, False)]
    # Asked again later, an earlier request changes nothing.
    assert post(client, conversation, "autopay", key="1", enabled=True, card_id=first).json()["enabled"] is False
    assert len(events(database)) == 3
    found = get(client, conversation, "cards")
    assert [one["card_id"] for one in found["cards"]] == [first, second]
    assert found["charged_card_id"] == second


def test_what_is_due_today_is_collected_whatever_is_switched(
    client: TestClient, conversation: str, database: Database, clock: FrozenClock
) -> None:
    card(database, clock=clock)
    post(client, conversation, "autopay", key="1", enabled=True)
    clock.instant += timedelta(days=25)  # 12-18
    log_in(database, BORROWER, now=clock.now())
    assert get(client, conversation, "autopay")["collecting_today"] is True
    off = post(client, conversation, "autopay", key="2", enabled=False).json()
    assert (off["collecting_today"], off["enabled_from"]) == (True, "2027-01-18")


def test_several_cards_must_be_chosen_from_and_none_is_no_card(
    client: TestClient, conversation: str, database: Database, clock: FrozenClock
) -> None:
    assert post(client, conversation, "autopay", enabled=True).json()["code"] == "no_card_kept"
    card(database, clock=clock)
    card(database, "1001", clock=clock)
    assert post(client, conversation, "autopay", enabled=True).json()["code"] == "card_required"
    assert events(database) == []


def test_a_card_is_for_its_borrower_and_a_key_for_one_change(
    client: TestClient, conversation: str, database: Database, clock: FrozenClock
) -> None:
    mine = card(database, clock=clock)
    lend(database, clock=clock, borrower_id="another")
    theirs = card(database, "9999", clock=clock, borrower_id="another")
    for what, body in (("autopay", {"enabled": True}), ("cards/choice", {})):
        answer = post(client, conversation, what, card_id=theirs, **body)
        assert (answer.status_code, answer.json()["code"]) == (404, "card_unknown")
    post(client, conversation, "cards/choice", card_id=mine)
    assert post(client, conversation, "autopay", enabled=False).json()["code"] == "idempotency_key_reused"
    assert post(client, "nobody", "autopay", enabled=False).status_code == 401
    path = f"/loan/conversations/{conversation}/cards"
    assert client.get(path, headers={"Authorization": "Bearer x"}).status_code == 401


def test_of_a_card_four_digits_are_kept_and_it_is_kept_once(database: Database, clock: FrozenClock) -> None:
    lend(database, clock=clock)
    with pytest.raises(ValueError, match="last four"):
        card(database, "6222020200001234567", clock=clock)
    assert card(database, clock=clock) == card(database, clock=clock)
    with database.reading() as conn:
        assert [row.last_four for row in conn.execute(select(payment_card))] == ["0001"]
