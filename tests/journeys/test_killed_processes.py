"""The three processes killed one after another in mid-conversation: nothing lost, nothing doubled."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.running import Borrower, RunningSystem

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    running = RunningSystem(tmp_path_factory.mktemp("killed"), borrowers=12)
    running.start()
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()


def post_until_taken(borrower: Borrower, text: str, message_id: str, *, seconds: float = 60) -> httpx.Response:
    """Send as the page does: the same message under the same id, until the service has taken it."""
    until = time.monotonic() + seconds
    while True:
        try:
            return borrower.post(text, message_id=message_id)
        except httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.2)


def answers_to(borrower: Borrower, text: str) -> list[dict[str, Any]]:
    turns = borrower.turns()
    asked = [turn["id"] for turn in turns if turn["direction"] == "in" and turn["text"] == text]
    assert len(asked) == 1, asked
    return [turn for turn in turns if turn["reply_to"] == asked[0] and turn["sender"] == "bot"]


def test_a_question_asked_while_the_bot_is_dead_is_answered_once_when_it_is_back(system: RunningSystem) -> None:
    borrower = system.borrower("demo-overdue-5")
    borrower.say("我这个月要还多少")
    system.kill("bot")
    assert borrower.post("还剩多少额度").status_code == 202
    time.sleep(1)
    system.start("bot")
    system.wait_until_ready("bot")
    borrower.wait_for("额度")
    time.sleep(2)
    assert len(answers_to(borrower, "还剩多少额度")) == 1


def test_a_payment_confirmed_while_the_actions_are_dead_is_made_once(system: RunningSystem) -> None:
    borrower = system.borrower("demo-overdue-20")
    borrower.say("我先还五百吧")
    conversation = system.conversation("demo-overdue-20")
    before = system.ledger(conversation, "payments?limit=50")["payments"]
    system.kill("actions")
    assert borrower.post("对").status_code == 202
    time.sleep(1.5)  # the bot has tried, and given the turn back
    assert not answers_to(borrower, "对")
    system.start("actions")
    system.wait_until_ready("actions")
    borrower.wait_for("已收到您的还款 500 元", seconds=60)
    after = system.ledger(conversation, "payments?limit=50")["payments"]
    assert len(after) == len(before) + 1
    assert len(answers_to(borrower, "对")) == 1


def test_the_service_killed_in_mid_turn_answers_and_pays_once_after_its_restart(system: RunningSystem) -> None:
    borrower = system.borrower("demo-overdue-45")
    borrower.say("我先还六百")
    conversation = system.conversation("demo-overdue-45")
    before = system.ledger(conversation, "bill")["overdue_fen"]
    message_id = uuid.uuid4().hex
    assert post_until_taken(borrower, "对", message_id).status_code == 202
    system.kill("service")
    system.start("service")
    system.wait_until_ready("service")
    assert post_until_taken(borrower, "对", message_id).json()["duplicate"] is True  # the page did not hear the answer
    borrower.wait_for("已收到您的还款 600 元", seconds=60)
    time.sleep(2)
    assert system.ledger(conversation, "bill")["overdue_fen"] == before - 60_000
    assert len(answers_to(borrower, "对")) == 1
    receipts = [turn for turn in borrower.turns() if "已收到您的还款" in turn["text"]]
    assert len(receipts) == 1


@pytest.mark.parametrize("name", ["bot", "actions", "service"])
def test_each_process_killed_between_question_and_confirmation_loses_no_amount(
    system: RunningSystem, name: str
) -> None:
    borrower = system.borrower("demo-overdue-75")
    asked = borrower.say("我要还两百")
    assert "200 元" in asked[-1]["text"]
    system.kill(name)
    system.start(name)
    system.wait_until_ready(name)
    borrower.post("取消")
    cancelled = borrower.wait_for("取消", seconds=60)
    assert cancelled["sender"] == "bot"
    receipts = [turn for turn in borrower.turns() if "已收到您的还款" in turn["text"]]
    assert not receipts


def test_bot_and_actions_listen_on_loopback_only_and_want_a_token(system: RunningSystem) -> None:
    bot, actions = system.ports["bot"], system.ports["actions"]
    listening = _listeners()
    assert listening[bot] == {"127.0.0.1"}
    assert listening[actions] == {"127.0.0.1"}
    assert httpx.post(f"http://127.0.0.1:{bot}/model/parse", json={"text": "你好"}).status_code == 401
    turn = {"conversation_id": "c", "message_id": "m", "text": "你好", "context": {}}
    assert httpx.post(f"http://127.0.0.1:{bot}/webhooks/xiaoqing/turn", json=turn).status_code == 401
    assert httpx.post(f"http://127.0.0.1:{actions}/webhook", json={"next_action": "x"}).status_code == 401
    assert httpx.get(f"{system.url}/loan/conversations/x/bill").status_code == 401


def _listeners() -> dict[int, set[str]]:
    """Listening TCP addresses by port, as the kernel tells."""
    found: dict[int, set[str]] = {}
    for file, size in (("/proc/net/tcp", 8), ("/proc/net/tcp6", 32)):
        for line in Path(file).read_text().splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            host, port = address.split(":")
            if state == "0A":
                dotted = ".".join(str(int(host[i : i + 2], 16)) for i in (6, 4, 2, 0)) if size == 8 else host
                found.setdefault(int(port, 16), set()).add(dotted)
    return found
