"""What a channel has to be handed is sent in order, and never again once it may have arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from service.channels.memory_chat import MemoryTurnSender
from service.db.engine import Database
from service.domain.chat.delivery import SEND_ATTEMPTS, SendFailed
from service.usecases.chat.answer import release_claims
from service.usecases.chat.conversation import open_conversation
from service.usecases.chat.deliver import deliver_next
from service.usecases.chat.say import say
from service.usecases.ports import FrozenClock
from tests.service.talking import turns

OPENID = "o-zhou"


class Killed(BaseException):
    """The process ends in the middle of things."""


def speak(database: Database, clock: FrozenClock, message_id: str, *, sender: str = "bot", to: str = OPENID) -> None:
    with database.transaction() as conn:
        talk = open_conversation(conn, channel="wechat", channel_user_id=to, now=clock.now())
        say(
            conn,
            conversation_id=talk.id,
            message_id=message_id,
            text=f"话 {message_id}",
            buttons=({"title": "转人工", "payload": "/human_agent"},),
            sender=sender,
            now=clock.now(),
        )


def states(database: Database) -> list[str]:
    return [row.state for row in turns(database)]


def deliver(database: Database, clock: FrozenClock, sender: MemoryTurnSender) -> bool:
    return deliver_next(database, clock=clock, senders={"wechat": sender})


def test_a_message_is_sent_once_with_its_buttons(database: Database, clock: FrozenClock) -> None:
    speak(database, clock, "m1")
    sender = MemoryTurnSender()
    assert deliver(database, clock, sender)
    assert not deliver(database, clock, sender)
    assert sender.sent == [(OPENID, "话 m1", ({"title": "转人工", "payload": "/human_agent"},))]
    assert states(database) == ["delivered"]


def test_a_crash_while_sending_leaves_it_unknown_and_nothing_sends_it_again_by_itself(
    database: Database, clock: FrozenClock
) -> None:
    class Crashing:
        def send(self, *, channel_user_id: str, text: str, buttons: Sequence[Mapping[str, str]] = ()) -> None:
            raise Killed

    speak(database, clock, "m1")
    with pytest.raises(Killed):
        deliver_next(database, clock=clock, senders={"wechat": Crashing()})
    clock.instant += timedelta(days=1)
    sender = MemoryTurnSender()
    assert not deliver(database, clock, sender)
    assert (sender.sent, states(database)) == ([], ["unknown"])


def test_after_a_restart_an_answer_that_was_on_its_way_is_sent_again_and_outreach_is_not(
    database: Database, clock: FrozenClock
) -> None:
    class Crashing:
        def send(self, *, channel_user_id: str, text: str, buttons: Sequence[Mapping[str, str]] = ()) -> None:
            raise Killed

    speak(database, clock, "m1")
    speak(database, clock, "m2", sender="outreach", to="o-li")
    for _ in range(2):
        with pytest.raises(Killed):
            deliver_next(database, clock=clock, senders={"wechat": Crashing()})
    with database.transaction() as conn:
        assert release_claims(conn, now=clock.now()) == 1
    sender = MemoryTurnSender()
    assert deliver(database, clock, sender)
    assert not deliver(database, clock, sender)
    assert [text for _, text, _ in sender.sent] == ["话 m1"]
    assert states(database) == ["delivered", "unknown"]


def test_an_answer_that_kills_the_service_each_time_is_left_in_the_end(
    sqlite_database: Database, clock: FrozenClock
) -> None:
    class Crashing:
        def send(self, *, channel_user_id: str, text: str, buttons: Sequence[Mapping[str, str]] = ()) -> None:
            raise Killed

    speak(sqlite_database, clock, "m1")
    for _ in range(SEND_ATTEMPTS):
        with pytest.raises(Killed):
            deliver_next(sqlite_database, clock=clock, senders={"wechat": Crashing()})
        with sqlite_database.transaction() as conn:
            release_claims(conn, now=clock.now())
    assert not deliver(sqlite_database, clock, MemoryTurnSender())
    assert states(sqlite_database) == ["unknown"]


def test_a_crash_holds_back_what_follows_for_a_minute_only(database: Database, clock: FrozenClock) -> None:
    class Crashing:
        def send(self, *, channel_user_id: str, text: str, buttons: Sequence[Mapping[str, str]] = ()) -> None:
            raise Killed

    speak(database, clock, "m1")
    speak(database, clock, "m2")
    with pytest.raises(Killed):
        deliver_next(database, clock=clock, senders={"wechat": Crashing()})
    sender = MemoryTurnSender()
    assert not deliver(database, clock, sender)
    clock.instant += timedelta(seconds=61)
    assert deliver(database, clock, sender)
    assert [text for _, text, _ in sender.sent] == ["话 m2"]


def test_an_answer_is_tried_again_and_keeps_its_place(database: Database, clock: FrozenClock) -> None:
    speak(database, clock, "m1")
    speak(database, clock, "m2")
    sender = MemoryTurnSender(failures=[SendFailed("busy", permanent=False)])
    assert deliver(database, clock, sender)
    assert not deliver(database, clock, sender), "the second may not overtake the first"
    clock.instant += timedelta(seconds=1)
    while deliver(database, clock, sender):
        pass
    assert [text for _, text, _ in sender.sent] == ["话 m1", "话 m2"]


def test_a_refusal_for_good_does_not_hold_up_the_next_message(database: Database, clock: FrozenClock) -> None:
    speak(database, clock, "m1")
    speak(database, clock, "m2")
    sender = MemoryTurnSender(failures=[SendFailed("45015: outside the reply window", permanent=True)])
    assert deliver(database, clock, sender)
    assert deliver(database, clock, sender)
    first, second = turns(database)
    assert (first.state, first.failure) == ("failed", "45015: outside the reply window")
    assert second.state == "delivered"


def test_outreach_that_may_have_arrived_is_not_repeated(database: Database, clock: FrozenClock) -> None:
    speak(database, clock, "m1", sender="outreach")
    sender = MemoryTurnSender(failures=[SendFailed("timeout", permanent=False)])
    assert deliver(database, clock, sender)
    clock.instant += timedelta(days=1)
    assert not deliver(database, clock, sender)
    assert states(database) == ["unknown"]


def test_the_app_fetches_its_messages_and_nothing_is_sent_there(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        talk = open_conversation(conn, channel="inapp", channel_user_id="visitor:x", now=clock.now())
        say(conn, conversation_id=talk.id, message_id="m1", text="话", sender="bot", now=clock.now())
    assert states(database) == ["delivered"]
    assert not deliver(database, clock, MemoryTurnSender())
