"""Messages while the bot is away, a person talks or a worker dies: each is answered once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from service.channels.memory_chat import Asked, MemoryUnderstander, repeat
from service.db.engine import Database
from service.db.tables.chat import conversation
from service.domain.errors import Refused
from service.usecases.chat.answer import answer_next, release_claims
from service.usecases.chat.receive import MOST_UNANSWERED
from service.usecases.chat.say import say, say_to_borrower
from service.usecases.ports import FrozenClock, Reply, Understanding
from tests.service.talking import BORROWER, answer, register, turns, write


class Killed(BaseException):
    """The process ends in the middle of things: nothing of ours runs any more."""


@pytest.fixture(autouse=True)
def _borrower(database: Database, clock: FrozenClock) -> None:
    register(database, clock)


def test_a_bot_that_is_down_is_asked_again_and_the_borrower_is_told_once(
    database: Database, clock: FrozenClock
) -> None:
    write(database, clock, "查账单", message_id="m1")
    write(database, clock, "查额度", message_id="m2")
    bot = MemoryUnderstander(down=True)
    tries = []
    for second in range(60):
        if answer(database, clock, bot):
            tries.append(second)
        clock.instant += timedelta(seconds=1)
    assert tries == [0, 1, 3, 7, 15, 20, 35, 50]
    assert {asked.message_id for asked in bot.asked} == {"m1"}, "the second message waits behind the first"
    told = turns(database, direction="out")
    assert [(row.sender, row.message_id) for row in told] == [("system", "m1#late")]
    assert told[0].buttons == [{"title": "转人工", "payload": "/human_agent"}]
    bot.down = False
    clock.instant += timedelta(seconds=15)
    assert answer(database, clock, bot)
    assert answer(database, clock, bot)
    assert [row.text for row in turns(database, sender="bot")] == ["您说：查账单", "您说：查额度"]
    assert len(turns(database, sender="system")) == 1


def test_after_ten_minutes_a_message_is_given_up_and_a_person_offered(database: Database, clock: FrozenClock) -> None:
    write(database, clock, "查账单", message_id="m1")
    bot = MemoryUnderstander(down=True)
    answer(database, clock, bot)
    clock.instant += timedelta(minutes=10)
    assert answer(database, clock, bot)
    assert not answer(database, clock, bot)
    assert turns(database, message_id="m1")[0].state == "failed"
    assert [row.message_id for row in turns(database, sender="system")] == ["m1#lost"]


def test_who_asks_for_a_person_gets_one_though_the_bot_is_down(database: Database, clock: FrozenClock) -> None:
    asked_for: list[str] = []

    def hand_over(conn: Connection, *, conversation_id: str, reason: str, now: Any) -> str:
        asked_for.append(reason)
        return "人工在这里"

    write(database, clock, "查账单", message_id="m1")
    write(database, clock, "转人工", message_id="m2")
    answer(database, clock, MemoryUnderstander(down=True), hand_over=hand_over)
    assert asked_for == ["bot_unavailable"]
    assert turns(database, message_id="m2")[0].state == "answered"
    assert [(row.message_id, row.text) for row in turns(database, sender="system")] == [("m2#person", "人工在这里")]


def test_an_agent_who_takes_over_while_the_bot_thinks_is_not_spoken_over(
    database: Database, clock: FrozenClock
) -> None:
    def taken_meanwhile(asked: Asked) -> Understanding:
        with database.transaction() as conn:
            conn.exec_driver_sql("UPDATE conversation SET owner = 'agent', agent = 'a'")
        return repeat(asked)

    write(database, clock, "查账单", message_id="m1")
    assert answer(database, clock, MemoryUnderstander(answer=taken_meanwhile))
    kept = turns(database, message_id="m1")[0]
    assert (kept.state, kept.intent) == ("answered", "greeting_chitchat")
    assert turns(database, direction="out") == []


def test_an_error_nobody_thought_of_does_not_hold_up_the_conversation(database: Database, clock: FrozenClock) -> None:
    def broken(asked: Asked) -> Understanding:
        raise ZeroDivisionError(f"private: {asked.text}")

    write(database, clock, "查账单", message_id="m1")
    assert answer(database, clock, MemoryUnderstander(answer=broken))
    kept = turns(database, message_id="m1")[0]
    assert (kept.state, kept.failure) == ("received", "ZeroDivisionError")


def test_a_worker_that_is_killed_leaves_a_message_that_is_answered_at_the_next_start(
    database: Database, clock: FrozenClock
) -> None:
    def killed(asked: Asked) -> Understanding:
        raise Killed

    write(database, clock, "查账单", message_id="m1")
    with pytest.raises(Killed):
        answer(database, clock, MemoryUnderstander(answer=killed))
    assert turns(database, message_id="m1")[0].state == "claimed"
    bot = MemoryUnderstander()
    assert not answer(database, clock, bot), "it is another's until his lease runs out"
    with database.transaction() as conn:
        assert release_claims(conn, now=clock.now()) == 1
    assert answer(database, clock, bot)
    assert len(turns(database, direction="out")) == 1


def test_a_lease_that_ran_out_lets_another_worker_answer_and_the_slow_one_changes_nothing(
    database: Database, clock: FrozenClock
) -> None:
    quick = MemoryUnderstander()

    def slow(asked: Asked) -> Understanding:
        clock.instant += timedelta(seconds=61)
        assert answer_next(database, clock=clock, understander=quick, worker_id="w2")
        return Understanding(replies=(Reply("太晚了"),))

    write(database, clock, "查账单", message_id="m1")
    answer(database, clock, MemoryUnderstander(answer=slow))
    assert [row.text for row in turns(database, direction="out")] == ["您说：查账单"]
    assert turns(database, message_id="m1")[0].attempts == 2


def test_the_bot_is_silent_where_an_agent_talks(database: Database, clock: FrozenClock) -> None:
    talk = write(database, clock, "查账单", message_id="m1").conversation_id
    with database.transaction() as conn:
        conn.execute(update(conversation).where(conversation.c.id == talk).values(owner="agent"))
    bot = MemoryUnderstander()
    assert answer(database, clock, bot)
    assert bot.asked == []
    assert turns(database, message_id="m1")[0].state == "answered"
    assert turns(database, direction="out") == []


def test_a_pressed_button_reaches_the_bot_as_its_payload_and_typed_slashes_do_not(
    database: Database, clock: FrozenClock
) -> None:
    offered = Understanding(replies=(Reply("确认吗？", ({"title": "确认", "payload": "/affirm"},)),))
    bot = MemoryUnderstander(answer=lambda asked: offered)
    for number, (text, payload) in enumerate(
        [("还款", None), ("确认", "/affirm"), ("/restart", None), ("好", "/restart")]
    ):
        write(database, clock, text, payload=payload, message_id=f"m{number}")
        answer(database, clock, bot)
    assert [asked.text for asked in bot.asked] == ["还款", "/affirm", "restart", "好"]


def test_a_conversation_that_is_never_answered_is_bounded(database: Database, clock: FrozenClock) -> None:
    for number in range(MOST_UNANSWERED):
        write(database, clock, "在吗", message_id=f"m{number}")
    with pytest.raises(Refused) as refused:
        write(database, clock, "在吗", message_id="one-too-many")
    assert refused.value.code == "too_many_unanswered"


def test_what_is_said_twice_under_one_id_is_said_once(database: Database, clock: FrozenClock) -> None:
    def receipt() -> int:
        with database.transaction() as conn:
            return say_to_borrower(
                conn, borrower_id=BORROWER, message_id="receipt:1", text="已收到", sender="system", now=clock.now()
            )

    assert receipt() == receipt()
    assert len(turns(database)) == 1


def test_the_ids_of_a_conversation_grow_in_the_order_in_which_they_become_visible(
    database: Database, clock: FrozenClock
) -> None:
    """A reader who asks for what came after the last turn he saw misses none, though many write at once."""
    talk = write(database, clock, "你好", message_id="m0").conversation_id
    missed: list[int] = []
    done = threading.Event()

    def speak(number: int) -> None:
        with database.transaction() as conn:
            say(conn, conversation_id=talk, message_id=f"s{number}", text="话", sender="system", now=clock.now())

    def read() -> None:
        seen, last = set(), 0
        while not done.is_set():
            new = [row.id for row in turns(database) if row.id not in seen]
            missed.extend(one for one in new if one < last)
            seen.update(new)
            last = max([last, *new])

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(speak, range(24)))
    done.set()
    reader.join()
    assert missed == []
