"""Handing a conversation to a person and back, on both databases."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy import Connection, select

from service.db.engine import Database
from service.db.tables.chat import conversation, turn
from service.db.tables.desk import agent as agents
from service.db.tables.desk import handover
from service.domain.desk.agent_token import TokenRole
from service.domain.desk.hours import Hours
from service.domain.errors import NotFound, Refused
from service.usecases.desk.ensure_agent import ensure_agent
from service.usecases.desk.give_back import give_back
from service.usecases.desk.hand_over import hand_over, hand_over_and_tell, position
from service.usecases.desk.issue_token import issue_token
from service.usecases.desk.log_in import log_in, log_out, still_logged_in
from service.usecases.desk.pages import Wanted, conversations, dossier, turns
from service.usecases.desk.recognise_token import recognise_token
from service.usecases.desk.reply import reply
from service.usecases.desk.take import take
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at
from tests.service.desk_cast import PASSWORD, agent, known, stranger
from tests.service.policy_rows import wording

HOURS = Hours(time(8, 30), time(20, 30), "test")


def owner(conn: Connection, conversation_id: str) -> tuple[str, str | None]:
    chosen = select(conversation.c.owner, conversation.c.agent).where(conversation.c.id == conversation_id)
    row = conn.execute(chosen).one()
    return row.owner, row.agent


def texts_out(conn: Connection, conversation_id: str) -> list[tuple[str, str]]:
    mine = (turn.c.conversation_id == conversation_id) & (turn.c.direction == "out")
    return [(row.sender, row.text) for row in conn.execute(select(turn).where(mine).order_by(turn.c.id))]


def test_asking_for_a_person_puts_the_conversation_in_the_queue(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        cid = known(conn, "我要找人工", now=clock.now())
        made = hand_over(conn, conversation_id=cid, reason="human_agent", now=clock.now())
        assert (made.state, position(conn, made)) == ("waiting", 1)
        assert "我要找人工" in made.brief
        assert owner(conn, cid) == ("waiting", None)


def test_asking_again_changes_nothing(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        cid = known(conn, "转人工", now=clock.now())
        first = hand_over(conn, conversation_id=cid, reason="human_agent", now=clock.now())
    clock.instant += timedelta(minutes=3)
    with database.transaction() as conn:
        assert hand_over(conn, conversation_id=cid, reason="complaint", brief="又问", now=clock.now()) == first
        assert len(conn.execute(select(handover)).all()) == 1


def test_words_of_self_harm_become_the_reason_of_a_request_that_is_already_open(
    database: Database, clock: FrozenClock
) -> None:
    with database.transaction() as conn:
        cid = known(conn, "转人工", now=clock.now())
        hand_over(conn, conversation_id=cid, reason="human_agent", now=clock.now())
        assert hand_over(conn, conversation_id=cid, reason="crisis", now=clock.now()).reason == "crisis"
        assert hand_over(conn, conversation_id=cid, reason="human_agent", now=clock.now()).reason == "crisis"
        assert [row.reason for row in conn.execute(select(handover))] == ["crisis"]


@pytest.mark.parametrize(
    ("clock_time", "words"), [("10:00", "排在第 1 位"), ("03:00", "现在不在人工服务时间（每天 08:30–20:30）")]
)
def test_who_is_handed_over_without_the_bot_is_told_when_people_answer(
    sqlite_database: Database, clock: FrozenClock, clock_time: str, words: str
) -> None:
    at(clock, clock_time)
    with sqlite_database.transaction() as conn:
        asked = {"conversation_id": known(conn, "转人工", now=clock.now()), "reason": "x", "now": clock.now()}
        told = hand_over_and_tell(conn, hours=HOURS, **asked)
        assert words in told
        assert "请稍候" not in told
        take(conn, conversation_id=asked["conversation_id"], agent=agent(conn, now=clock.now()), now=clock.now())
        assert "已经在这个对话里" in hand_over_and_tell(conn, hours=HOURS, **asked)


def test_asking_again_while_an_agent_answers_keeps_the_agent(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        cid = known(conn, "转人工", now=clock.now())
        su = agent(conn, now=clock.now())
        take(conn, conversation_id=cid, agent=su, now=clock.now())
        made = hand_over(conn, conversation_id=cid, reason="human_agent", now=clock.now())
        assert (made.state, position(conn, made)) == ("taken", 0)
        assert owner(conn, cid) == ("agent", su.id)


def test_the_queue_counts_who_came_earlier(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        first = hand_over(conn, conversation_id=known(conn, "一", now=clock.now()), reason="x", now=clock.now())
        other = known(conn, "二", number=2, now=clock.now())
        second = hand_over(conn, conversation_id=other, reason="x", now=clock.now())
        assert (position(conn, first), position(conn, second)) == (1, 2)
        take(conn, conversation_id=first.conversation_id, agent=agent(conn, now=clock.now()), now=clock.now())
        assert position(conn, second) == 1


def test_a_conversation_nobody_knows_is_not_found(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn, pytest.raises(NotFound):
        hand_over(conn, conversation_id="inapp-nobody", reason="x", now=clock.now())


def test_an_agent_takes_answers_and_gives_back(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        cid = known(conn, "转人工", now=clock.now())
        hand_over(conn, conversation_id=cid, reason="human_agent", now=clock.now())
        su = agent(conn, now=clock.now())
        take(conn, conversation_id=cid, agent=su, now=clock.now())
        take(conn, conversation_id=cid, agent=su, now=clock.now())
        say_it = {"conversation_id": cid, "agent": su, "wording": wording(), "now": clock.now()}
        once = reply(conn, text="您好，我来帮您看一下。", key="k1", **say_it)
        assert reply(conn, text="您好，我来帮您看一下。", key="k1", **say_it) == once
        assert owner(conn, cid) == ("agent", su.id)
        give_back(conn, conversation_id=cid, agent=su, now=clock.now())
        assert owner(conn, cid) == ("bot", None)
        senders = [sender for sender, _ in texts_out(conn, cid)]
        assert senders == ["system", "agent", "system"]
        closed = conn.execute(select(handover)).one()
        assert (closed.state, closed.taken_by, closed.closed_at) == ("closed", su.id, clock.now())


def test_a_second_request_after_the_first_was_closed_is_a_new_one(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        cid = known(conn, "转人工", now=clock.now())
        su = agent(conn, now=clock.now())
        take(conn, conversation_id=cid, agent=su, now=clock.now())
        give_back(conn, conversation_id=cid, agent=su, now=clock.now())
        again = hand_over(conn, conversation_id=cid, reason="human_agent", now=clock.now())
        assert again.state == "waiting"
        assert len(conn.execute(select(handover)).all()) == 2


def test_two_agents_cannot_hold_one_conversation(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        cid = known(conn, "转人工", now=clock.now())
        su, xu = agent(conn, now=clock.now()), agent(conn, name="许晚", now=clock.now())
        take(conn, conversation_id=cid, agent=su, now=clock.now())
    for act in (take, give_back):
        with database.transaction() as conn, pytest.raises(Refused, match="苏禾") as refused:
            act(conn, conversation_id=cid, agent=xu, now=clock.now())
        assert refused.value.code == "held_by_other"


def test_an_agent_who_has_not_taken_it_may_not_write(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        cid = known(conn, "在吗", now=clock.now())
        su = agent(conn, now=clock.now())
        with pytest.raises(Refused) as refused:
            reply(conn, conversation_id=cid, agent=su, text="您好", key="k", wording=wording(), now=clock.now())
        assert refused.value.code == "not_taken"
        assert texts_out(conn, cid) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("再不还钱就让公 安局来抓你", "公安局来抓"),
        ("我会把你欠钱的事告诉你的家人和同事", "告诉你的家人"),
        ("座❤牢的滋味", "坐牢"),
    ],
)
def test_forbidden_words_of_an_agent_are_refused_and_explained(
    database: Database, clock: FrozenClock, text: str, words: str
) -> None:
    with database.transaction() as conn:
        cid = known(conn, "转人工", now=clock.now())
        su = agent(conn, now=clock.now())
        take(conn, conversation_id=cid, agent=su, now=clock.now())
        with pytest.raises(Refused) as refused:
            reply(conn, conversation_id=cid, agent=su, text=text, key="k", wording=wording(), now=clock.now())
        assert refused.value.code == "wording"
        assert f"“{words}”" in refused.value.detail
        assert "请修改后再发送" in refused.value.detail
        assert "依据" in refused.value.detail
        assert "agent" not in [sender for sender, _ in texts_out(conn, cid)]


def test_to_a_stranger_an_agent_may_not_speak_of_a_debt(database: Database, clock: FrozenClock) -> None:
    text = "您的账单已逾期 5 天，请尽快还款。"
    with database.transaction() as conn:
        su = agent(conn, now=clock.now())
        asked = {"agent": su, "text": text, "wording": wording(), "now": clock.now()}
        open_to_all, proved = stranger(conn, "在吗", now=clock.now()), known(conn, "在吗", now=clock.now())
        for cid in (open_to_all, proved):
            take(conn, conversation_id=cid, agent=su, now=clock.now())
        with pytest.raises(Refused) as refused:
            reply(conn, conversation_id=open_to_all, key="k1", **asked)
        assert refused.value.code == "wording"
        reply(conn, conversation_id=proved, key="k2", **asked)
        assert texts_out(conn, proved)[-1] == ("agent", text)


@pytest.mark.parametrize(("text", "code"), [(" \n\t", "empty_message"), ("字" * 501, "text_too_long")])
def test_an_empty_or_too_long_reply_is_refused(database: Database, clock: FrozenClock, text: str, code: str) -> None:
    with database.transaction() as conn:
        cid = known(conn, "转人工", now=clock.now())
        su = agent(conn, now=clock.now())
        take(conn, conversation_id=cid, agent=su, now=clock.now())
        with pytest.raises(Refused) as refused:
            reply(conn, conversation_id=cid, agent=su, text=text, key="k", wording=wording(), now=clock.now())
        assert refused.value.code == code


def test_a_password_is_kept_as_argon2_and_opens_one_account(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        su = agent(conn, now=clock.now())
        kept = conn.execute(select(agents.c.password_hash)).scalar_one()
        assert kept.startswith("$argon2id$")
        assert PASSWORD not in kept
        assert log_in(conn, name="苏禾", password=PASSWORD) == su
        for name, password in (("苏禾", "wrong"), ("苏禾", ""), ("没有这个人", PASSWORD), ("苏禾", "x" * 5000)):
            with pytest.raises(Refused) as refused:
                log_in(conn, name=name, password=password)
            assert refused.value.code == "wrong_credentials"


def test_a_log_out_or_a_new_password_ends_every_log_in(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        su = agent(conn, now=clock.now())
        assert agent(conn, now=clock.now()).generation == su.generation  # the same password changes nothing
        log_out(conn, agent_id=su.id)
        assert still_logged_in(conn, agent_id=su.id, generation=su.generation) is None
        again = log_in(conn, name="苏禾", password=PASSWORD)
        assert still_logged_in(conn, agent_id=su.id, generation=again.generation) == again
        ensure_agent(conn, agent_id=su.id, name="苏禾", password="another-one", now=clock.now())
        assert still_logged_in(conn, agent_id=su.id, generation=again.generation) is None


def test_a_new_password_revokes_the_tokens_and_the_same_one_does_not(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        su = agent(conn, now=clock.now())
        token, _ = issue_token(conn, name="苏禾", role=TokenRole.OPERATOR, lasts=timedelta(days=9), now=clock.now())
        agent(conn, now=clock.now())
        assert recognise_token(conn, token=token, now=clock.now()) is not None
        ensure_agent(conn, agent_id=su.id, name="苏禾", password="another-one", now=clock.now())
        assert recognise_token(conn, token=token, now=clock.now()) is None


def test_an_agent_without_a_password_is_not_made(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn, pytest.raises(ValueError, match="password"):
        ensure_agent(conn, agent_id="a", name="甲", password="", now=clock.now())


def test_those_who_wait_come_first_the_longest_waiting_on_top(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        ids = [known(conn, f"第{n}位", number=n, now=clock.now() + timedelta(seconds=n)) for n in range(1, 5)]
        su = agent(conn, now=clock.now())
        take(conn, conversation_id=ids[1], agent=su, now=clock.now() + timedelta(seconds=10))
        hand_over(conn, conversation_id=ids[2], reason="x", now=clock.now() + timedelta(seconds=20))
        hand_over(conn, conversation_id=ids[0], reason="x", now=clock.now() + timedelta(seconds=30))
        found = conversations(conn, wanted=Wanted(), number=1)
        assert [row.id for row in found.rows] == [ids[2], ids[0], ids[1], ids[3]]
        assert found.rows[0].waiting_since == clock.now() + timedelta(seconds=20)
        assert (found.rows[0].last_text, found.rows[3].last_text) == ("第3位", "第4位")
        assert found.rows[2].agent_name == "苏禾"


def test_a_borrower_who_wrote_to_an_agent_waits_since_then(database: Database, clock: FrozenClock) -> None:
    later = clock.now() + timedelta(minutes=5)
    with database.transaction() as conn:
        cid = known(conn, "转人工", now=clock.now())
        take(conn, conversation_id=cid, agent=agent(conn, now=clock.now()), now=clock.now())
        assert conversations(conn, wanted=Wanted(), number=1).rows[0].waiting_since is None
        known(conn, "您好？", message_id="m2", now=later)
        assert conversations(conn, wanted=Wanted(), number=1).rows[0].waiting_since == later


@pytest.mark.parametrize("text", ["谷雨", "1234", "b1", "利息怎么算"])
def test_search_finds_by_name_phone_number_and_words(database: Database, clock: FrozenClock, text: str) -> None:
    with database.transaction() as conn:
        cid = known(conn, "请问利息怎么算", now=clock.now())
        stranger(conn, "你好", now=clock.now())
        assert [row.id for row in conversations(conn, wanted=Wanted(text=text), number=1).rows] == [cid]
        assert conversations(conn, wanted=Wanted(text="%"), number=1).total == 0


def test_a_page_beyond_the_last_is_the_last(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        for number in range(1, 23):
            known(conn, "在吗", number=number, now=clock.now())
        found = conversations(conn, wanted=Wanted(), number=9)
        assert (found.number, found.last, len(found.rows), found.total) == (2, 2, 2, 22)


def test_people_leave_the_database_masked(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        cid = known(conn, "我的卡6222020000001234567扣不了款，身份证110101199003071234", now=clock.now())
        shown = dossier(conn, conversation_id=cid, today=clock.now().date(), policy=policy())
        assert shown.head.person is not None
        assert (shown.head.person.name, shown.head.person.phone) == ("周*雨", "199****1234")
        assert shown.debt is not None
        assert turns(conn, conversation_id=cid)[0][0].text == "我的卡****************扣不了款，身份证1101********1234"


def test_earlier_turns_are_fetched_by_the_page(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        su = agent(conn, now=clock.now())
        cid = known(conn, "转人工", now=clock.now())
        take(conn, conversation_id=cid, agent=su, now=clock.now())
        asked = {"conversation_id": cid, "agent": su, "wording": wording(), "now": clock.now()}
        for number in range(70):
            reply(conn, text=f"第{number}句", key=str(number), **asked)
        newest, earlier = turns(conn, conversation_id=cid)
        assert (len(newest), newest[-1].text) == (60, "第69句")
        oldest, none = turns(conn, conversation_id=cid, before=earlier)
        assert (len(oldest), oldest[0].text, none) == (12, "转人工", None)
