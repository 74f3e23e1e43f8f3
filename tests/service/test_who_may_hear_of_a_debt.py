"""A debt is spoken of to nobody who has not proved who he is, and what was decided about one is kept."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import service_client
from actions.check_bill import CheckBill
from service.api import loan
from service.db.engine import Database
from service.domain.collect.outreach import Surface
from service.domain.collect.wording import lint
from service.settings import ROOT
from service.usecases.chat.receive import receive
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.loan.ledger import BORROWER, PRODUCTS, borrow
from tests.service.routes import OURS, app_of

GOLDEN = {case["id"]: case for case in json.loads((ROOT / "tests/golden/compliance.json").read_text())}


@pytest.fixture
def service(sqlite_database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """The service's own routes, asked by the actions' own client."""
    client = TestClient(app_of(loan.router, database=sqlite_database, clock=clock, products=PRODUCTS), headers=OURS)
    monkeypatch.setattr(service_client, "_client", lambda: client)
    return client


def ask_for_the_bill(conversation_id: str, text: str) -> list[dict[str, Any]]:
    """What the action answers, as Rasa would get it."""
    context = {"message_id": "m1", "today": "2026-11-23", "verified": False}
    message = {"text": text, "intent": {"name": "query_bill"}, "intent_ranking": [], "entities": []}
    tracker = Tracker(conversation_id, {}, {**message, "metadata": context}, [], False, None, {}, None)
    dispatcher = CollectingDispatcher()
    asyncio.run(CheckBill().run(dispatcher, tracker, {}))
    said: list[dict[str, Any]] = dispatcher.messages
    return said


def write_in_wechat(database: Database, clock: FrozenClock, text: str, *, borrower_id: str | None = None) -> str:
    with database.transaction() as conn:
        return receive(
            conn, channel="wechat", message_id="w1", channel_user_id="openid-1", text=text, borrower_id=borrower_id,
            now=clock.now(),
        ).conversation_id  # fmt: skip


@pytest.mark.parametrize("borrower_id", [None, BORROWER], ids=["unknown", "known-but-not-verified"])
def test_who_has_not_proved_who_he_is_is_asked_to_log_in(
    service: TestClient, sqlite_database: Database, clock: FrozenClock, borrower_id: str | None
) -> None:
    """Golden case I-unverified: the same words whether he owes something or nobody knows him."""
    given = GOLDEN["I-unverified"]["given"]
    with sqlite_database.transaction() as conn:
        borrow(conn)
    conversation_id = write_in_wechat(sqlite_database, clock, given["ask"], borrower_id=borrower_id)
    (said,) = ask_for_the_bill(conversation_id, given["ask"])
    assert said["response"] == "utter_log_in"
    text = yaml.safe_load((ROOT / "domain.yml").read_text())["responses"]["utter_log_in"][0]["text"]
    assert "登录" in text
    assert lint(text, rules=policy().wording, surface=Surface.OPEN) == ()


@pytest.mark.parametrize("what", ["limit", "bill", "schedule", "payments", "payoff", "payment-plan?kind=bill"])
def test_the_service_tells_the_bot_nothing_of_an_unverified_conversation(
    service: TestClient, sqlite_database: Database, clock: FrozenClock, what: str
) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
    conversation_id = write_in_wechat(sqlite_database, clock, "我欠多少钱", borrower_id=BORROWER)
    answer = service.get(f"/loan/conversations/{conversation_id}/{what}")
    assert (answer.status_code, answer.json()["code"]) == (401, "identity_required")
    assert lint(answer.json()["detail"], rules=policy().wording, surface=Surface.OPEN) == ()


def test_no_record_of_a_conversation_or_a_decision_is_ever_deleted() -> None:
    """Golden case R-keep (five years, and until settled): the code keeps everything, for longer than any rule asks."""
    assert GOLDEN["R-keep"]["expect"].startswith("RETAIN")
    # but for the temporary tables of a close of day, counts that are made anew from the decisions each night, and
    # answers kept for callers who might ask again
    deletes = re.compile(r"\bdelete\((?!bandit_count\)|kept_answer\))|DELETE FROM (?!closing_)")
    rooms = ("db", "usecases")  # nobody else opens the database
    found = [path for room in rooms for path in (ROOT / "service" / room).rglob("*.py")]
    assert len(found) > 20
    assert [path.name for path in found if deletes.search(path.read_text())] == []
