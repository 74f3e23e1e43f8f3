"""Learning from use: which turns need a look, what becomes of a label, and what is exported, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from service.db import desk_learning
from service.db.engine import Database
from service.db.tables.chat import turn
from service.db.tables.desk import turn_label
from service.domain.desk import learning
from service.domain.desk.learning import LOOK_BACK
from service.domain.errors import NotFound, Refused
from service.usecases.chat.say import say
from service.usecases.desk.hand_over import hand_over
from service.usecases.desk.label_turn import label_turn
from service.usecases.desk.learning import PAGE_SIZE, examples_from_labels, turns_to_label
from service.usecases.ports import FrozenClock
from tests.service.desk_cast import NAME, PHONE, agent
from tests.service.learning_cast import ASKED, fell_back, heard

INTENTS = ("query_bill", "repay_now", "interest_and_fees")


def shown(database: Database, clock: FrozenClock, state: str = "") -> list[tuple[int, tuple[str, ...]]]:
    with database.reading() as conn:
        return [(row.turn_id, row.reasons) for row in turns_to_label(conn, state=state, number=1, now=clock.now()).rows]


def put(database: Database, clock: FrozenClock, turn_id: int, intent: str | None, *, by: str = "苏禾") -> None:
    with database.transaction() as conn:
        who = agent(conn, name=by, now=clock.now())
        label_turn(conn, turn_id=turn_id, intent=intent, intents=INTENTS, agent=who, now=clock.now())


def test_turns_that_fell_back_or_were_answered_with_doubt_are_shown_newest_first(
    database: Database, clock: FrozenClock
) -> None:
    with database.transaction() as conn:
        lost = fell_back(conn, "那个咋整", clock=clock)
        heard(conn, "查账单", "query_bill", sure=0.97, clock=clock)
        unsure = heard(conn, "账上那个", "query_bill", sure=0.55, clock=clock)
    assert shown(database, clock) == [(unsure, ("unsure",)), (lost, ("fell_back",))]


@pytest.mark.parametrize("answer", ["correct", "deny", "cancel"])
def test_a_turn_that_the_borrower_corrects_in_his_next_one_is_shown(
    database: Database, clock: FrozenClock, answer: str
) -> None:
    with database.transaction() as conn:
        misread = heard(conn, "看看额度", "query_bill", clock=clock)
        heard(conn, "不是这个", answer, clock=clock)
    assert shown(database, clock) == [(misread, ("corrected",))]


@pytest.mark.parametrize("answer", ["deny", "cancel"])
def test_a_no_to_a_question_of_ours_corrects_nothing(database: Database, clock: FrozenClock, answer: str) -> None:
    with database.transaction() as conn:
        heard(conn, "还五百", "repay_now", reply="确认还 500 元吗？", buttons=ASKED, clock=clock)
        heard(conn, "不了", answer, clock=clock)
    assert shown(database, clock) == []


def test_a_no_to_what_the_system_said_meanwhile_corrects_nothing(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        said = heard(conn, "查账单", "query_bill", clock=clock)
        cid = conn.execute(select(turn.c.conversation_id).where(turn.c.id == said)).scalar_one()
        say(conn, conversation_id=cid, message_id="o", text="明天是还款日。", sender="outreach", now=clock.now())
        heard(conn, "不", "deny", clock=clock)
    assert shown(database, clock) == []


def test_the_turn_before_a_request_for_a_person_is_shown_and_the_request_is_not(
    database: Database, clock: FrozenClock
) -> None:
    with database.transaction() as conn:
        before = heard(conn, "为什么扣我两次", "autopay_deduction", clock=clock)
        heard(conn, "转人工", "human_agent", payload="/human_agent", clock=clock)
    assert shown(database, clock) == [(before, ("handed_over",))]


def test_a_turn_that_led_to_a_person_at_once_is_shown_unless_a_person_came_by_himself(
    database: Database, clock: FrozenClock
) -> None:
    with database.transaction() as conn:
        led = heard(conn, "这账不对", "dispute_debt", clock=clock)
        other = heard(conn, "查账单", "query_bill", number=2, clock=clock)
        for said, reason in ((led, "dispute"), (other, "agent_initiative")):
            cid = conn.execute(select(turn.c.conversation_id).where(turn.c.id == said)).scalar_one()
            hand_over(conn, conversation_id=cid, reason=reason, now=clock.now() - timedelta(seconds=30))
        heard(conn, "好的", "affirm", clock=clock)
    assert shown(database, clock) == [(led, ("handed_over",))]


def test_pressed_buttons_unread_turns_and_old_ones_are_not_shown(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        fell_back(conn, "很久以前", clock=clock)
        clock.instant += LOOK_BACK
        heard(conn, "查账单", "query_bill", sure=0.1, payload="/query_bill", clock=clock)
        conn.execute(update(turn).where(turn.c.id == heard(conn, "对坐席说的", "x", clock=clock)).values(intent=""))
    assert shown(database, clock) == []


def test_only_the_newest_turns_are_looked_through(
    database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "LOOK_THROUGH", 2)
    with database.transaction() as conn:
        made = [fell_back(conn, f"第{n}句", clock=clock) for n in range(3)]
    assert [turn_id for turn_id, _ in shown(database, clock)] == made[:0:-1]


def test_a_row_shows_guesses_and_what_was_said_around_it_without_telling_who_it_is(
    database: Database, clock: FrozenClock
) -> None:
    with database.transaction() as conn:
        heard(conn, "你好", "greeting_chitchat", reply=f"{NAME}您好", clock=clock)
        fell_back(conn, f"我是{NAME}，电话{PHONE}，先还3000元行不", clock=clock)
        heard(conn, f"{PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}", "inform", clock=clock)
    with database.reading() as conn:
        (row,) = turns_to_label(conn, state="", number=1, now=clock.now()).rows
    assert (row.before, row.text, row.after) == ("某某您好", "我是某某，电话***，先还3000元行不", "***")
    assert [(one.name, one.percent) for one in row.guesses] == [("query_bill", 31), ("repay_now", 22)]


def test_pages_are_clamped_and_newest_first(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        made = [fell_back(conn, f"第{n}句", clock=clock) for n in range(PAGE_SIZE + 3)]
    with database.reading() as conn:
        last = turns_to_label(conn, state="", number=99, now=clock.now())
    assert (last.number, last.total, [row.turn_id for row in last.rows]) == (2, PAGE_SIZE + 3, made[2::-1])


def test_a_labelled_turn_leaves_the_list_and_can_be_found_by_its_state(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        meant, nothing = (fell_back(conn, text, clock=clock) for text in ("那个咋整", "哦"))
    put(database, clock, meant, "repay_now")
    put(database, clock, nothing, None)
    assert shown(database, clock) == []
    assert [turn_id for turn_id, _ in shown(database, clock, "accepted")] == [meant]
    assert [turn_id for turn_id, _ in shown(database, clock, "rejected")] == [nothing]


def test_a_later_label_replaces_an_earlier_one_which_is_kept(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        said = fell_back(conn, "那个咋整", clock=clock)
    put(database, clock, said, "repay_now")
    put(database, clock, said, "repay_now", by="林舟")
    put(database, clock, said, "query_bill", by="林舟")
    put(database, clock, said, None)
    with database.reading() as conn:
        kept = [(one.intent, one.state, one.agent) for one in desk_learning.labels_of(conn, said)]
        counting = desk_learning.label_of(conn, said)
    assert kept == [("repay_now", "accepted", "苏禾"), ("query_bill", "accepted", "林舟"), ("", "rejected", "苏禾")]
    assert counting is not None
    assert counting.state == "rejected"


def test_agents_who_label_at_once_leave_one_label_that_counts(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        said = fell_back(conn, "那个咋整", clock=clock)
        people = [agent(conn, name=name, now=clock.now()) for name in ("苏禾", "林舟", "何川", "江晚")]

    def press(number: int) -> None:
        with database.transaction() as conn:
            intent = INTENTS[number % len(INTENTS)]
            label_turn(
                conn, turn_id=said, intent=intent, intents=INTENTS, agent=people[number % 4], now=clock.now()
            )  # fmt: skip

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(press, range(12)))
    with database.reading() as conn:
        counting = select(turn_label.c.id).where(turn_label.c.replaced_at.is_(None))
        assert len(conn.execute(counting).all()) == 1


def test_the_database_itself_refuses_a_second_label_that_counts(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        said = fell_back(conn, "那个咋整", clock=clock)
    put(database, clock, said, "repay_now")
    values = {"turn_id": said, "intent": "query_bill", "state": "accepted", "agent_id": "agent-苏禾"}
    with pytest.raises(IntegrityError), database.transaction() as conn:
        conn.execute(turn_label.insert().values(created_at=clock.now(), **values))


def test_only_what_a_borrower_typed_and_an_intent_there_is_can_be_labelled(
    database: Database, clock: FrozenClock
) -> None:
    with database.transaction() as conn:
        said = fell_back(conn, "那个咋整", clock=clock)
        pressed = heard(conn, "查账单", "query_bill", payload="/query_bill", clock=clock)
    for turn_id in (said + 1, pressed, 10**9):  # the bot's answer, a button, nothing
        with pytest.raises(NotFound):
            put(database, clock, turn_id, "query_bill")
    for intent in ("nlu_fallback", "", "x"):
        with pytest.raises(Refused, match="意图"):
            put(database, clock, said, intent)


def test_accepted_labels_are_exported_masked_once_and_since_a_day(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        first = fell_back(conn, f"我{NAME}咋还钱", clock=clock)
        again, said, no = (fell_back(conn, text, clock=clock) for text in (f"我{NAME}咋还钱！", "利息咋算的", "哦"))
    for turn_id, intent in ((first, "repay_now"), (again, "repay_now"), (no, None)):
        put(database, clock, turn_id, intent)
    clock.instant += timedelta(days=1)
    put(database, clock, said, "interest_and_fees")
    with database.reading() as conn:
        found = examples_from_labels(conn, since=None, trained={})
        late = examples_from_labels(conn, since=clock.now() - timedelta(hours=1), trained={})
        none = examples_from_labels(conn, since=None, trained={"利息咋算的": "interest_and_fees"})
    assert found.by_intent == {"interest_and_fees": ("利息咋算的",), "repay_now": ("我某某咋还钱",)}
    assert found.known == 1
    assert (late.by_intent, late.known) == ({"interest_and_fees": ("利息咋算的",)}, 0)
    assert (none.by_intent, none.known) == ({"repay_now": ("我某某咋还钱",)}, 2)
