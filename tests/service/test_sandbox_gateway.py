"""The sandbox gateway as a process of its own: killed without warning it forgets nothing, and it behaves as told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import httpx
import pytest

from service.channels.gateway.client import MessageGateway
from service.channels.sandbox.behaviour import Answer, Behaviour, fate, read_behaviours
from service.db.engine import Database
from service.usecases.collect.send import Counts
from service.usecases.ports import FrozenClock
from tests.ports import free_port
from tests.service.collecting import owe
from tests.service.messaging import STEP_DAY, WHO, Messaging, receipts_app, senders_of
from tests.service.serving import eventually, serving

ROOT = Path(__file__).parents[2]


@contextmanager
def process(folder: Path, *, port: int, service_port: int, clock: FrozenClock) -> Iterator[subprocess.Popen[bytes]]:
    file = folder / "behaviour.toml"
    file.write_text("[sms]\ndelay_seconds = [5, 5]\nrepeated = 1.0\n", encoding="utf-8")
    given = {
        "XIAOQING_DATA_DIR": str(folder),
        "XIAOQING_SERVICE_PORT": str(service_port),
        "XIAOQING_CLOCK_OFFSET_SECONDS": str(int((clock.now() - datetime.now(timezone.utc)).total_seconds())),
        "XIAOQING_SMS_KEY": WHO["sms"].key,
        "XIAOQING_SMS_SECRET": WHO["sms"].secret,
    }
    command = [sys.executable, "-m", "service.cli", "sandbox-gateway", "--port", str(port), "--behaviour", str(file)]
    child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **given}, stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: _answers(port), seconds=60)
        yield child
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(timeout=10)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/phones", timeout=2).is_success
    except httpx.HTTPError:
        return False


def test_a_killed_gateway_delivers_and_tells_when_it_is_back(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    port, service_port = free_port(), free_port()
    here, there = f"http://127.0.0.1:{service_port}", f"http://127.0.0.1:{port}"
    gateways = {
        one: MessageGateway(channel=one, base_url=f"{there}/{one}", credentials=WHO[one], clock=clock) for one in WHO
    }
    owe(database, clock=clock, days=STEP_DAY["sms"])
    with serving(receipts_app(database, clock, gateways), port=service_port):
        senders = senders_of(gateways, database, clock)
        with process(tmp_path, port=port, service_port=service_port, clock=clock) as child:
            world = Messaging(database, clock, here, there, None, gateways, senders)  # type: ignore[arg-type]
            assert world.plan("sms") == 1
            assert world.send() == Counts(sent=1)
            child.send_signal(signal.SIGKILL)
            child.wait(timeout=10)
        assert world.receipts() == []
        with process(tmp_path, port=port, service_port=service_port, clock=clock):
            eventually(lambda: world.attempt()["outcome"] == "delivered", seconds=20)
            assert world.got() == ["delivered"]
    for gateway in gateways.values():
        gateway.close()


def test_fates_come_as_often_as_the_file_says_and_the_same_with_the_same_seed() -> None:
    one = Behaviour(refused=0.1, lost_answer=0.2, disconnected=0.3, unanswered=0.4, repeated=0.5)
    drawn = [fate(one, seed=7, message_id=f"m{number}", is_call=True) for number in range(4000)]
    assert drawn == [fate(one, seed=7, message_id=f"m{number}", is_call=True) for number in range(4000)]
    answers, events = Counter(each.answer for each in drawn), Counter(each.event for each in drawn)
    for count, chance in [
        (answers[Answer.REFUSED], 0.1),
        (answers[Answer.LOST], 0.2),
        (events["failed"], 0.3),
        (events["unanswered"], 0.4),
        (sum(each.told == 2 for each in drawn), 0.5),
    ]:
        assert abs(count / 4000 - chance) < 0.03


def test_the_file_that_ships_is_one_that_can_be_read() -> None:
    assert {"sms", "voice"} <= set(read_behaviours())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[sms]\nrefusd = 0.1", "sms: refusd: there is no such setting"),
        ("[sms]\nrefused = 2", "sms: refused: is a chance"),
        ("[sms]\ndelay_seconds = 3", ""),
        ("[sms]\nrefused = true", "sms: refused: must be a number"),
        ("[voice]\ntalk_seconds = [1, -2]", "voice: talk_seconds: must be two numbers"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "b.toml"
    file.write_text(text, encoding="utf-8")
    if not complaint:
        assert read_behaviours(file)["sms"].delay_seconds == (3.0, 3.0)
        return
    with pytest.raises(ValueError, match=complaint):
        read_behaviours(file)
