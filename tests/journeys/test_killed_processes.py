"""The three processes killed one after another in mid-conversation: nothing lost, nothing doubled."""

from __future__ import annotations

import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool

from service.payments.sandbox import Sandbox
from service.usecases.ports import SystemClock
from tests.ports import free_port
from tests.running import Borrower, RunningSystem
from tests.service.serving import serving

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    folder, port = tmp_path_factory.mktemp("killed"), free_port()
    variables = {
        "XIAOQING_PAYMENT_GATEWAY_URL": f"http://127.0.0.1:{port}/pay",
        "XIAOQING_PAYMENT_GATEWAY_KEY": "gateway-key-of-the-tests",
    }
    running = RunningSystem(folder, borrowers=12, more=variables)
    running.gateway = HeldGateway(running)
    with serving(running.gateway.app, port=port):
        running.gateway.sandbox.start()
        running.start()
        try:
            running.wait_until_ready()
            yield running
        finally:
            running.gateway.opened.set()
            running.stop()
            running.gateway.sandbox.stop()


class HeldGateway:
    """The sandbox, in a process of its own from the service's view; while it is not `opened` no order is answered."""

    def __init__(self, running: RunningSystem) -> None:
        self.opened = threading.Event()
        self.opened.set()
        self.sandbox = Sandbox(
            key="gateway-key-of-the-tests",
            callback_url=f"{running.url}/loan/payment-callbacks",
            database_path=running.folder / "gateway.db",
            clock=SystemClock(timedelta(seconds=running.offset)),
            delay_seconds=0.3,
        )
        self.app = FastAPI()
        self.app.mount("/pay", self.sandbox.app())

        @self.app.middleware("http")
        async def hold(request: Request, go_on: Any) -> Any:
            if request.method == "POST":
                await run_in_threadpool(self.opened.wait, 20)
            return await go_on(request)


def post_until_taken(borrower: Borrower, text: str, message_id: str, *, seconds: float = 60) -> httpx.Response:
    """Send as the page does: the same message under the same id, until the service has taken it."""
    until = time.monotonic() + seconds
    while True:
        try:
            return borrower.post(text, message_id=message_id)
        except httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.2)


def wait_until(look: Callable[[], bool], *, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < until
        time.sleep(0.02)


def claimed(system: RunningSystem, text: str) -> bool:
    return system.rows("SELECT state FROM turn WHERE text = ? ORDER BY id DESC LIMIT 1", text) == [("claimed",)]


def orders_of(system: RunningSystem, borrower_id: str) -> list[tuple[int, str]]:
    """(fen, state) of each order of a borrower."""
    return system.rows("SELECT amount_fen, state FROM payment_order WHERE borrower_id = ?", borrower_id)


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


def test_the_bot_killed_while_its_action_is_at_work_answers_and_pays_once(system: RunningSystem) -> None:
    """The action is held, so that the turn is claimed and nothing is ordered yet when the bot dies."""
    borrower = system.borrower("demo-overdue-2")
    borrower.say("我先还一百五")
    system.signal("actions", signal.SIGSTOP)
    assert borrower.post("对").status_code == 202
    wait_until(lambda: claimed(system, "对"))
    time.sleep(1)  # the bot has asked the action
    system.kill("bot")
    system.signal("actions", signal.SIGCONT)
    system.start("bot")
    system.wait_until_ready("bot")
    borrower.wait_for("已收到您的还款 150 元", seconds=60)
    wait_until(lambda: len(answers_to(borrower, "对")) == 1)
    time.sleep(2)
    assert len(answers_to(borrower, "对")) == 1
    assert orders_of(system, "demo-overdue-2") == [(15_000, "succeeded")]


def test_the_bot_killed_after_the_bill_was_ordered_says_so_and_pays_nothing_else(system: RunningSystem) -> None:
    """The gateway is held, so that the order is kept and the turn is not answered when the bot dies; by the time it
    is back the bill is paid, and what there is to pay is another sum than was confirmed."""
    borrower = system.borrower("demo-overdue-120")
    (bill,) = [turn for turn in borrower.say("查账单") if turn["buttons"]]
    button = next(one for one in bill["buttons"] if one["title"].startswith("还本期"))
    borrower.say(button["title"], payload=button["payload"])
    system.gateway.opened.clear()
    assert borrower.post("对").status_code == 202
    wait_until(lambda: len(orders_of(system, "demo-overdue-120")) == 1)
    system.kill("bot")
    system.gateway.opened.set()
    borrower.wait_for("已收到您的还款", seconds=60)
    assert not answers_to(borrower, "对")
    system.start("bot")
    system.wait_until_ready("bot")
    answer = borrower.wait_for("已经到账", seconds=60)
    time.sleep(2)
    assert [turn["id"] for turn in answers_to(borrower, "对")] == [answer["id"]]
    ((fen, state),) = orders_of(system, "demo-overdue-120")
    assert (f"{fen // 100:,}" in button["title"], state) == (True, "succeeded")


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
    borrower.post("还剩多少额度")  # and back to what was open, with its amount
    borrower.wait_for("现在还款 200 元", seconds=60)
    borrower.post("取消")
    borrower.wait_for("还款已取消，没有扣款", seconds=60)
    receipts = [turn for turn in borrower.turns() if "已收到您的还款" in turn["text"]]
    assert not receipts
    assert orders_of(system, "demo-overdue-75") == []


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
