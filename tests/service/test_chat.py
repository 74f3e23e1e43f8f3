"""A message comes in once, is answered once and in its turn, whatever fails in between; on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from service.channels.memory_chat import Asked, MemoryUnderstander, repeat
from service.db.engine import Database
from service.domain.chat.card_number import HIDDEN
from service.domain.errors import KeyReused, Refused
from service.usecases.chat.answer import answer_next
from service.usecases.chat.conversation import open_conversation
from service.usecases.chat.identity import verified_borrower
from service.usecases.chat.say import say_to_borrower
from service.usecases.ports import FrozenClock, Reply, Understanding
from tests.service.talking import BORROWER, answer, register, turns, write


@pytest.fixture(autouse=True)
def _borrower(database: Database, clock: FrozenClock) -> None:
    register(database, clock)


def test_the_same_message_twice_is_kept_and_answered_once(database: Database, clock: FrozenClock) -> None:
    first = write(database, clock, "查账单", message_id="m1")
    second = write(database, clock, "查账单", message_id="m1")
    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.turn_id == second.turn_id
    bot = MemoryUnderstander()
    assert answer(database, clock, bot)
    assert write(database, clock, "查账单", message_id="m1").duplicate
    assert not answer(database, clock, bot)
    assert [row.text for row in turns(database, direction="out")] == ["您说：查账单"]


def test_a_card_number_is_neither_kept_nor_told_to_the_bot(database: Database, clock: FrozenClock) -> None:
    number = "6222020200001234567"
    write(database, clock, f"换成{number}", message_id="m1")
    assert write(database, clock, f"换成{number}", message_id="m1").duplicate
    bot = MemoryUnderstander()
    assert answer(database, clock, bot)
    assert [one.text for one in bot.asked] == [f"换成{HIDDEN}"]
    assert number not in str(turns(database))


def test_the_same_message_from_many_threads_is_kept_once(database: Database, clock: FrozenClock) -> None:
    with ThreadPoolExecutor(8) as pool:
        received = list(pool.map(lambda _: write(database, clock, "查账单", message_id="m1"), range(16)))
    assert sorted(one.duplicate for one in received) == [False] + [True] * 15
    assert len({one.turn_id for one in received}) == 1


def test_an_id_that_comes_back_with_other_words_is_refused(database: Database, clock: FrozenClock) -> None:
    write(database, clock, "查账单", message_id="m1")
    with pytest.raises(KeyReused):
        write(database, clock, "查额度", message_id="m1")


def test_replies_are_kept_with_what_was_understood(database: Database, clock: FrozenClock) -> None:
    understanding = Understanding(
        replies=(
            Reply("您本期应还 541.30 元。", ({"title": "立即还款", "payload": "/repay_now"},), {"kind": "bill"}),
            Reply("还有吗？"),
        ),
        intent="query_bill",
        confidence=0.93,
        ranking=({"name": "query_bill", "confidence": 0.93},),
        entities=({"entity": "amount", "value": 50000},),
    )
    received = write(database, clock, "查账单", message_id="m1")
    answer(database, clock, MemoryUnderstander(answer=lambda asked: understanding))
    asked, first, second = turns(database)
    assert (asked.state, asked.intent, asked.confidence) == ("answered", "query_bill", 0.93)
    assert asked.entities == [{"entity": "amount", "value": 50000}]
    assert (first.message_id, second.message_id) == ("m1#r1", "m1#r2")
    assert (first.sender, first.state, first.reply_to) == ("bot", "delivered", received.turn_id)
    assert first.buttons == [{"title": "立即还款", "payload": "/repay_now"}]
    assert first.card == {"kind": "bill"}


def test_the_bot_is_told_the_day_and_whether_the_borrower_is_known(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        say_to_borrower(
            conn,
            borrower_id=BORROWER,
            message_id="outreach:1",
            text="您有一条账户提醒",
            sender="outreach",
            template="due_reminder",
            now=clock.now(),
        )
    write(database, clock, "查账单", message_id="m1")
    bot = MemoryUnderstander()
    answer(database, clock, bot)
    context = bot.asked[0].context
    assert (context["today"], context["verified"], context["channel"]) == ("2026-11-23", True, "inapp")
    assert context["last_outreach"] == {"template": "due_reminder", "sent_at": "2026-11-23T02:00:00+00:00"}
    clock.instant += timedelta(minutes=31)
    write(database, clock, "查额度", message_id="m2", verified_until=None)
    answer(database, clock, bot)
    assert bot.asked[1].context["verified"] is False


def test_identity_ends_when_its_proof_does(database: Database, clock: FrozenClock) -> None:
    talk = write(database, clock, "你好", message_id="m1").conversation_id
    with database.reading() as conn:
        assert verified_borrower(conn, conversation_id=talk, now=clock.now()) == BORROWER
        assert verified_borrower(conn, conversation_id=talk, now=clock.now() + timedelta(minutes=30)) is None
        assert verified_borrower(conn, conversation_id="nobody's", now=clock.now()) is None


def test_a_conversation_never_changes_hands(database: Database, clock: FrozenClock) -> None:
    register(database, clock, borrower_id="somebody-else")
    write(database, clock, "你好", message_id="m1")
    with pytest.raises(Refused) as refused:
        write(database, clock, "你好", message_id="m2", borrower_id="somebody-else")
    assert refused.value.code == "conversation_of_another"


def test_two_workers_never_take_the_same_message(database: Database, clock: FrozenClock) -> None:
    """Twelve conversations, four threads: each message reaches the bot once."""
    for number in range(12):
        with database.transaction() as conn:
            open_conversation(conn, channel="wechat", channel_user_id=f"o{number}", now=clock.now())
        write(
            database,
            clock,
            f"第{number}条",
            message_id=f"m{number}",
            channel="wechat",
            channel_user_id=f"o{number}",
            borrower_id=None,
            verified_until=None,
        )
    bot = MemoryUnderstander()

    def work(name: str) -> None:
        while answer_next(database, clock=clock, understander=bot, worker_id=name):
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, ["w1", "w2", "w3", "w4"]))
    assert sorted(asked.message_id for asked in bot.asked) == sorted(f"m{number}" for number in range(12))
    assert len(turns(database, direction="out")) == 12


def test_a_conversation_is_answered_in_its_order_by_one_worker_at_a_time(
    database: Database, clock: FrozenClock
) -> None:
    for number in range(6):
        write(database, clock, f"第{number}句", message_id=f"m{number}")
    at_work, most, lock = 0, 0, threading.Lock()

    def slowly(asked: Asked) -> Understanding:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        threading.Event().wait(0.02)
        with lock:
            at_work -= 1
        return repeat(asked)

    bot = MemoryUnderstander(answer=slowly)

    def work(name: str) -> None:
        for _ in range(60):
            if not answer_next(database, clock=clock, understander=bot, worker_id=name):
                threading.Event().wait(0.01)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, ["w1", "w2", "w3"]))
    assert [asked.message_id for asked in bot.asked] == [f"m{number}" for number in range(6)]
    assert most == 1
