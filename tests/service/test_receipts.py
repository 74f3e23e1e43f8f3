"""What gateways tell us: believed only where they signed it, counted once, in whatever order it comes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path

import httpx
import pytest

from service.channels.gateway.wire import HEADER, Credentials
from service.channels.sandbox.behaviour import Behaviour
from service.db import collect
from service.db.engine import Database
from service.usecases.collect.send import Counts
from service.usecases.ports import FrozenClock
from tests.service.collecting import at, owe, states
from tests.service.messaging import PHONE, STEP_DAY, WHO, Messaging, messaging
from tests.service.serving import eventually


@pytest.fixture
def world(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[Messaging]:
    """A text message is out, and the gateway is silent: the tests speak for it."""
    with messaging(database, clock=clock, folder=tmp_path, running=False) as made:
        owe(database, clock=clock, days=STEP_DAY["sms"])
        made.plan("sms")
        assert made.send() == Counts(sent=1)
        yield made


@pytest.fixture
def call(sqlite_database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[Messaging]:
    """The same with a call."""
    with messaging(sqlite_database, clock=clock, folder=tmp_path, running=False) as made:
        owe(sqlite_database, clock=clock, days=STEP_DAY["voice"])
        made.plan("voice")
        assert made.send() == Counts(sent=1)
        yield made


def stops(world: Messaging) -> list[str]:
    with world.database.reading() as conn:
        return [one.reason.value for one in collect.open_pauses(conn, "b1")]


@pytest.mark.parametrize(
    "who", [Credentials("lender", "guessed"), Credentials("somebody", WHO["sms"].secret), WHO["voice"]]
)
def test_a_forged_receipt_is_refused_and_changes_nothing(world: Messaging, who: Credentials) -> None:
    assert world.tell("sms", who=who, event="failed", reason="disconnected") == 403
    assert world.receipts() == []
    assert world.suppressed() == []


def test_a_receipt_with_another_body_under_its_signature_is_refused(world: Messaging) -> None:
    body, headers = world.signed("sms", event="delivered")
    assert world.post("sms", body.replace(b"delivered", b"failed"), headers).status_code == 403
    assert world.post("sms", body, {HEADER: ""}).status_code == 403
    assert world.receipts() == []


def test_an_old_receipt_is_a_replay(world: Messaging) -> None:
    assert world.tell("sms", seconds_ago=301, event="delivered") == 403
    body, headers = world.signed("sms", event="delivered")
    assert world.post("sms", body, headers).json() == {"new": True}
    assert world.post("sms", body, headers).json() == {"new": False}
    at(world.clock, "11:00")
    assert world.post("sms", body, headers).status_code == 403
    assert world.receipts() == ["delivered"]


@pytest.mark.parametrize(
    "wrong", [{"event": "eaten"}, {"reason": "moon", "event": "failed"}, {"event": ""}, {"seconds": -1}]
)
def test_a_receipt_that_makes_no_sense_is_refused(world: Messaging, wrong: dict[str, object]) -> None:
    assert world.tell("sms", **{"event": "delivered", **wrong}) == 403


def test_a_receipt_of_a_message_that_was_never_sent_is_not_found(world: Messaging) -> None:
    assert world.tell("sms", event="delivered", message_id="outreach-nobody") == 404
    assert world.tell("voice", event="connected") == 404, "a text message is no call"
    assert httpx.post(f"{world.service}/channels/fax/receipts", content=b"{}", timeout=15).status_code == 404


@pytest.mark.parametrize("order", list(permutations(["submitted", "failed", "delivered"])))
def test_whatever_the_order_a_message_that_arrived_arrived(world: Messaging, order: tuple[str, ...]) -> None:
    for event in (*order, *order):
        assert world.tell("sms", event=event) == 200
    assert (world.row()["state"], world.attempt()["outcome"]) == ("sent", "delivered")
    assert world.row()["sent_at"] is not None
    assert sorted(world.receipts()) == ["delivered", "failed", "submitted"]


@pytest.mark.parametrize("reason", ["expired", "blocked", "carrier", None])
def test_a_failure_that_may_still_arrive_uses_up_the_day(world: Messaging, reason: str | None) -> None:
    """A carrier that says `failed` and hours later `delivered`: the borrower has one message on that day, not two."""
    assert world.tell("sms", event="failed", **({"reason": reason} if reason else {})) == 200
    assert (world.row()["state"], world.attempt()["outcome"]) == ("failed", "unknown")
    at(world.clock, "14:00")
    assert (world.plan("sms", "inapp"), world.send()) == (0, Counts())
    assert world.tell("sms", event="delivered") == 200
    assert (states(world.database), world.attempt()["outcome"]) == (["sent"], "delivered")
    assert world.tell("sms", event="failed", reason="carrier", receipt_id="told again later") == 200
    assert (states(world.database), world.attempt()["outcome"]) == (["sent"], "delivered")


def test_after_a_failure_that_may_still_arrive_the_next_channel_has_its_turn_on_the_next_day(world: Messaging) -> None:
    assert world.tell("sms", event="failed", reason="carrier") == 200
    at(world.clock, "10:00", days=1)
    assert world.plan("sms", "inapp") == 1
    assert (world.row()["channel"], world.row()["basis"]["passed_over"]) == ("inapp", {"sms": "failed_before"})


@pytest.mark.parametrize("reason", ["invalid_number", "disconnected"])
def test_a_number_that_nobody_has_lets_the_next_channel_go_on_the_same_day(world: Messaging, reason: str) -> None:
    assert world.tell("sms", event="failed", reason=reason) == 200
    assert world.tell("sms", event="failed", reason="carrier", receipt_id="says less") == 200
    assert (world.row()["state"], world.attempt()["outcome"]) == ("failed", "not_delivered")
    at(world.clock, "14:00")
    assert world.plan("sms", "inapp") == 1
    assert world.row()["channel"] == "inapp"


def test_the_same_receipt_from_many_threads_is_kept_once(world: Messaging) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: world.tell("sms", event="delivered"), range(16)))
    assert set(found) == {200}
    assert world.receipts() == ["delivered"]


def test_a_receipt_faster_than_our_own_note_stands(world: Messaging) -> None:
    """The worker died between handing over and writing it down."""
    from sqlalchemy import update

    from service.db.tables.collect import outreach

    with world.database.transaction() as conn:
        conn.execute(update(outreach).values(state="claimed", sent_at=None))
    assert world.tell("sms", event="delivered") == 200
    at(world.clock, "18:00")
    assert world.send() == Counts()
    assert states(world.database) == ["sent"]


@pytest.mark.parametrize("text", ["T", "退订"])
def test_whoever_writes_back_to_stop_it_gets_nothing_more(world: Messaging, text: str) -> None:
    assert world.tell("sms", event="reply", text=text) == 200
    assert stops(world) == ["opt_out"]
    at(world.clock, "10:00", days=7)
    world.plan()
    assert world.send().sent == 0


def test_a_reply_of_which_only_the_number_is_known_finds_its_debtor(world: Messaging) -> None:
    assert world.tell("sms", event="reply", text="TD", message_id="", address="19900009999") == 404
    assert world.tell("sms", event="reply", text="TD", message_id="", address=PHONE) == 200
    assert stops(world) == ["opt_out"]


def test_a_wrong_number_is_suppressed_and_everything_stops(world: Messaging) -> None:
    assert world.tell("sms", event="reply", text="你发错人了") == 200
    assert stops(world) == ["wrong_person"]
    assert world.suppressed() == ["reply"]


def test_other_words_are_left_for_a_person(world: Messaging) -> None:
    assert world.tell("sms", event="reply", text="我明天处理") == 200
    assert stops(world) == []
    assert [one["code"] for one in world.row()["reasons"]] == ["replied"]


def test_a_text_is_in_the_app_too_with_what_can_be_done(world: Messaging) -> None:
    from sqlalchemy import select

    from service.db.tables.chat import turn

    with world.database.reading() as conn:
        said = conn.execute(select(turn).where(turn.c.id == world.row()["turn_id"])).mappings().one()
    assert (said["text"], said["sender"], said["channel"]) == (world.row()["text"], "outreach", "inapp")
    assert next(one["title"] for one in said["buttons"]) == "马上还款"


@pytest.mark.parametrize(
    ("told", "outcome", "seconds"),
    [
        ({"event": "connected", "seconds": 42}, "connected", 42),
        ({"event": "unanswered"}, "unanswered", None),
        ({"event": "voicemail"}, "voicemail", None),
        ({"event": "failed", "reason": "disconnected"}, "not_delivered", None),
        ({"event": "failed", "reason": "carrier"}, "unknown", None),
    ],
)
def test_what_became_of_a_call(call: Messaging, told: dict[str, object], outcome: str, seconds: int | None) -> None:
    assert call.tell("voice", **told) == 200
    assert (call.attempt()["outcome"], call.attempt()["seconds"]) == (outcome, seconds)


def test_a_call_to_somebody_else_was_a_call_and_stops(call: Messaging) -> None:
    assert call.tell("voice", event="wrong_person", seconds=6) == 200
    assert (call.attempt()["outcome"], call.attempt()["seconds"]) == ("connected", 6)
    assert stops(call) == ["wrong_person"]
    assert call.suppressed() == ["wrong_person"]


def test_whoever_says_no_more_calls_gets_none(call: Messaging) -> None:
    assert call.tell("voice", event="opted_out", seconds=9) == 200
    assert stops(call) == ["opt_out"]


def test_the_sandbox_takes_a_captured_request_once(
    sqlite_database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    with messaging(sqlite_database, clock=clock, folder=tmp_path, running=False) as world:
        from service.channels.gateway.wire import header

        body = b'{"id":"m","to":"1","text":"t","expires_at":"2026-11-23T21:00:00+08:00"}'
        now = int(clock.now().timestamp())
        headers = {HEADER: header(WHO["sms"], now=now, method="POST", path="/sms/messages", body=body)}
        url = f"{world.gateway_url}/sms/messages"
        assert httpx.post(url, content=body, headers=headers, timeout=15).status_code == 200
        assert httpx.post(url, content=body, headers=headers, timeout=15).status_code == 403


def test_a_phone_that_writes_back_is_heard(database: Database, clock: FrozenClock, tmp_path: Path) -> None:
    with messaging(database, clock=clock, folder=tmp_path, behaviour=Behaviour(swapped=1.0)) as world:
        owe(database, clock=clock, days=STEP_DAY["sms"])
        world.plan("sms")
        world.send()
        eventually(lambda: world.got() == ["delivered"])
        httpx.post(f"{world.gateway_url}/reply", json={"address": PHONE, "text": "退订"}, timeout=15)
        eventually(lambda: stops(world) == ["opt_out"])
        page = httpx.get(f"{world.gateway_url}/", timeout=15).text
        assert PHONE in page
        assert "账户服务提醒" in page
        assert "回复：退订" in page
