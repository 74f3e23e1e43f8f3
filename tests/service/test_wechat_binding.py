"""A borrower's WeChat becomes known as his by a code that he could only read in the app, and stops being so."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from service.db import chat
from service.db import wechat as accounts
from service.db.engine import Database
from service.db.tables.chat import conversation, turn
from service.db.tables.collect import pause
from service.db.tables.contact import contact_point
from service.db.tables.wechat import wechat_code, wechat_event
from service.domain.chat import wechat_binding as words
from service.domain.collect.outreach import Surface
from service.domain.collect.wording import lint
from service.domain.errors import Refused
from service.usecases.chat.bind_wechat import Written, end_binding, issue_code, take_message, unbind_in_app
from service.usecases.chat.identity import verified_borrower
from service.usecases.chat.say import say
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.talking import register, turns

ANNA, BERT = "b1", "b2"


class Wechat:
    """What users of WeChat write, and what they are answered."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        self.database, self.clock = database, clock
        self.numbers: Iterator[int] = itertools.count(1)
        for borrower_id in (ANNA, BERT):
            register(database, clock, borrower_id=borrower_id)

    def code(self, borrower_id: str = ANNA) -> str:
        with self.database.transaction() as conn:
            return issue_code(conn, borrower_id=borrower_id, now=self.clock.now(), policy=policy()).code

    def write(self, text: str, *, openid: str = "o-1", key: str = "") -> str:
        """The answer; empty where the message is left to the bot."""
        self.clock.instant += timedelta(seconds=1)
        key = key or f"m{next(self.numbers)}"
        with self.database.transaction() as conn:
            if not take_message(conn, Written(openid, key, text), now=self.clock.now(), policy=policy()):
                return ""
        return str(turns(self.database, message_id=f"{key}#system")[0].text)

    def bind(self, borrower_id: str = ANNA, *, openid: str = "o-1") -> None:
        assert self.write(f"绑定 {self.code(borrower_id)}", openid=openid) == words.BOUND

    def owner(self, openid: str = "o-1") -> str | None:
        with self.database.reading() as conn:
            found = accounts.bound_to(conn, openid)
        return found.borrower_id if found else None

    def events(self) -> list[tuple[str, str, str, str | None]]:
        with self.database.reading() as conn:
            rows = conn.execute(select(wechat_event).order_by(wechat_event.c.id)).mappings()
            return [(row["act"], row["by"], row["reason"], row["borrower_id"]) for row in rows]


@pytest.fixture
def wechat(database: Database, clock: FrozenClock) -> Wechat:
    return Wechat(database, clock)


def test_the_code_of_the_app_binds_the_wechat_that_sends_it_and_who_when_and_why_are_kept(wechat: Wechat) -> None:
    wechat.bind()
    assert wechat.owner() == ANNA
    assert wechat.events() == [("bound", "borrower", "code", ANNA)]
    with wechat.database.reading() as conn:
        point = conn.execute(select(contact_point).where(contact_point.c.kind == "wechat")).mappings().one()
    assert (point["address"], point["target"], point["verified_at"]) == ("o-1", "debtor", wechat.clock.now())


def test_a_bound_wechat_is_his_and_still_proves_nothing_of_who_reads_it(wechat: Wechat) -> None:
    wechat.bind()
    talk = turns(wechat.database, direction="in")[0].conversation_id
    with wechat.database.reading() as conn:
        assert verified_borrower(conn, conversation_id=talk, now=wechat.clock.now()) is None


@pytest.mark.parametrize("text", ["绑定{}", "绑定码：{}", " 绑定 {}。", "绑定 {}", "绑定:{}"])
def test_it_may_be_written_as_people_write(wechat: Wechat, text: str) -> None:
    code = wechat.code()
    assert wechat.write(text.format(code.lower())) == words.BOUND


def test_a_code_binds_once(wechat: Wechat) -> None:
    code = wechat.code()
    assert wechat.write(f"绑定 {code}") == words.BOUND
    assert wechat.write(f"绑定 {code}", openid="o-2") == words.REFUSALS[words.Unfit.USED]
    assert (wechat.owner(), wechat.owner("o-2")) == (ANNA, None)


def test_a_push_that_comes_again_changes_nothing(wechat: Wechat) -> None:
    code = wechat.code()
    for _ in range(3):
        assert wechat.write(f"绑定 {code}", key="m-same") == words.BOUND
    assert len(wechat.events()) == 1
    assert [one.sender for one in turns(wechat.database)] == ["borrower", "system"]


def test_after_ten_minutes_a_code_binds_nothing(wechat: Wechat) -> None:
    code = wechat.code()
    wechat.clock.instant += timedelta(minutes=10)
    assert wechat.write(f"绑定 {code}") == words.REFUSALS[words.Unfit.EXPIRED]
    assert wechat.owner() is None
    assert wechat.events() == [("refused", "borrower", "expired_code", ANNA)]


def test_a_new_code_ends_the_one_before(wechat: Wechat) -> None:
    first, second = wechat.code(), wechat.code()
    assert wechat.write(f"绑定 {first}") == words.REFUSALS[words.Unfit.EXPIRED]
    assert wechat.write(f"绑定 {second}") == words.BOUND


def test_after_five_wrong_codes_even_the_right_one_is_not_looked_at_for_a_day(wechat: Wechat) -> None:
    for _ in range(5):
        assert wechat.write("绑定 ZZZZ2222") == words.REFUSALS[words.Unfit.WRONG]
    code = wechat.code()
    assert wechat.write(f"绑定 {code}") == words.REFUSALS[words.Unfit.TOO_MANY]
    assert wechat.owner() is None
    assert wechat.write(f"绑定 {code}", openid="o-2") == words.BOUND  # another's mistakes are not his
    wechat.clock.instant += timedelta(hours=24)
    wechat.bind(openid="o-1")


def test_ten_codes_a_day_are_enough(wechat: Wechat) -> None:
    for _ in range(10):
        wechat.code()
    with pytest.raises(Refused) as refused:
        wechat.code()
    assert refused.value.code == "too_many_codes"
    wechat.code(BERT)
    wechat.clock.instant += timedelta(hours=24)
    wechat.code()


def test_no_code_is_kept_in_the_database(wechat: Wechat) -> None:
    code = wechat.code()
    with wechat.database.reading() as conn:
        assert code not in str(conn.execute(select(wechat_code)).mappings().all())


def test_a_wechat_is_anothers_only_after_it_was_unbound_and_the_same_code_binds_it_then(wechat: Wechat) -> None:
    wechat.bind(ANNA)
    code = wechat.code(BERT)
    assert wechat.write(f"绑定 {code}") == words.REFUSALS[words.Unfit.OF_ANOTHER]
    assert wechat.owner() == ANNA
    assert wechat.write("解绑") == words.UNBOUND
    assert wechat.write(f"绑定 {code}") == words.BOUND
    assert wechat.owner() == BERT


def test_whoever_has_the_wechat_next_is_in_another_conversation_than_whoever_had_it(wechat: Wechat) -> None:
    """The phone changed hands: neither reads a word of the other's, and what nobody known writes is nobody's."""
    wechat.bind(ANNA)
    wechat.write("怎么绑定", key="anna")
    wechat.write("绑定", key="anna-1")
    wechat.write("解绑", key="anna-2")
    wechat.write("绑定", key="nobody")
    wechat.bind(BERT)
    wechat.write("解绑", key="bert")
    wechat.write("解绑", key="bert")  # pushed again
    wechat.bind(ANNA)
    with wechat.database.reading() as conn:
        kept = select(turn.c.conversation_id, turn.c.text, conversation.c.borrower_id, conversation.c.channel_user_id)
        found = conn.execute(kept.join(conversation).where(turn.c.direction == "in").order_by(turn.c.id)).all()
    talks = list(dict.fromkeys(row.conversation_id for row in found))
    whose = {row.conversation_id: row.borrower_id for row in found}
    assert [whose[one] for one in talks] == [ANNA, BERT, ANNA]
    assert [row.text for row in found if row.conversation_id == talks[1]][-1] == "解绑"
    assert {row.channel_user_id for row in found} == {"o-1#1", "o-1#2", "o-1"}


def test_what_waits_in_a_conversation_that_was_parted_from_goes_to_nobody(wechat: Wechat) -> None:
    wechat.bind(ANNA)
    wechat.write("解绑")
    with wechat.database.reading() as conn:
        old = chat.with_user(conn, channel="wechat", channel_user_id="o-1")
    assert old is not None
    wechat.bind(BERT)
    with wechat.database.transaction() as conn:
        say(conn, conversation_id=old.id, message_id="late", text="您好", sender="agent", now=wechat.clock.now())
        job = conn.execute(select(conversation.c.channel_user_id).where(conversation.c.id == old.id)).scalar_one()
    assert job == "o-1#1", "no openid of anybody's"


def test_the_database_itself_refuses_a_wechat_of_two_borrowers(wechat: Wechat) -> None:
    wechat.bind(ANNA)
    with pytest.raises(IntegrityError), wechat.database.transaction() as conn:
        accounts.bind(conn, borrower_id=BERT, openid="o-1", now=wechat.clock.now())


def test_a_second_wechat_takes_the_place_of_the_first_and_back(wechat: Wechat) -> None:
    wechat.bind(openid="o-1")
    wechat.bind(openid="o-2")
    assert (wechat.owner("o-1"), wechat.owner("o-2")) == (None, ANNA)
    wechat.bind(openid="o-1")
    assert (wechat.owner("o-1"), wechat.owner("o-2")) == (ANNA, None)
    assert [one[0] + ":" + one[2] for one in wechat.events()] == [
        "bound:code", "unbound:replaced", "bound:code", "unbound:replaced", "bound:code",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["解绑", "解除绑定。", "取消绑定"])
def test_he_writes_that_he_wants_it_ended_and_it_is(wechat: Wechat, text: str) -> None:
    wechat.bind()
    assert wechat.write(text) == words.UNBOUND
    assert wechat.owner() is None
    assert wechat.events()[-1] == ("unbound", "borrower", "asked", ANNA)
    assert wechat.write(text) == words.NOT_BOUND
    assert len(wechat.events()) == 2


def test_who_leaves_the_account_is_reached_there_no_more(wechat: Wechat) -> None:
    wechat.bind()
    for _ in range(2):
        with wechat.database.transaction() as conn:
            end_binding(conn, "o-1", by="wechat", why=words.Ended.UNFOLLOWED, now=wechat.clock.now())
    assert wechat.owner() is None
    assert wechat.events()[1:] == [("unbound", "wechat", "unfollowed", ANNA)]


def test_he_ends_it_in_the_app(wechat: Wechat) -> None:
    wechat.bind()
    with wechat.database.transaction() as conn:
        assert unbind_in_app(conn, borrower_id=ANNA, now=wechat.clock.now())
        assert not unbind_in_app(conn, borrower_id=ANNA, now=wechat.clock.now())
    assert wechat.owner() is None


def test_a_bound_wechat_that_wants_to_hear_no_more_stops_everything_without_a_log_in(wechat: Wechat) -> None:
    wechat.bind()
    assert wechat.write("不要再给我发消息了") == words.STOPPED
    with wechat.database.reading() as conn:
        (kept,) = conn.execute(select(pause).where(pause.c.borrower_id == ANNA)).mappings()
    assert (kept["reason"], kept["started_by"], kept["note"]) == ("opt_out", "borrower", "不要再给我发消息了")


@pytest.mark.parametrize("text", ["绑定银行卡", "怎么绑定新的卡", "我打错了", "n", "T恤的分期", "退款", "解绑银行卡"])
def test_what_only_looks_like_it_is_left_to_the_bot(wechat: Wechat, text: str) -> None:
    wechat.bind()
    assert wechat.write(text) == ""


def test_an_unknown_wechat_that_wants_to_hear_no_more_is_left_to_the_bot(wechat: Wechat) -> None:
    assert wechat.write("退订") == ""


@pytest.mark.parametrize("text", [words.HOW, words.BOUND, words.UNBOUND, words.NOT_BOUND, words.STOPPED])
def test_no_answer_says_a_word_of_a_debt(text: str) -> None:
    assert lint(text, rules=policy().wording, surface=Surface.OPEN) == ()


@pytest.mark.parametrize("why", list(words.Unfit))
def test_every_refusal_says_what_to_do_next(why: words.Unfit) -> None:
    told = words.REFUSALS[why]
    assert "转人工" in told
    assert lint(told, rules=policy().wording, surface=Surface.OPEN) == ()


@given(st.text(max_size=40))
def test_reading_any_text_never_fails_and_finds_only_codes(text: str) -> None:
    code = words.code_in(text)
    assert code is None or (code.isascii() and code.isalnum() and 4 <= len(code) <= 16)
    words.asks_to_unbind(text), words.asks_how(text), words.asks_for_silence(text)


ACTS = st.tuples(st.sampled_from(["bind", "unbind", "leave", "app"]), st.sampled_from([ANNA, BERT]), st.integers(1, 3))


@settings(max_examples=25)
@given(acts=st.lists(ACTS, max_size=12))
def test_however_it_goes_a_wechat_is_at_most_one_borrowers_and_a_borrower_has_at_most_one(
    acts: list[tuple[str, str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('wechat') / 'w.db'}")
    contact_point.metadata.create_all(database.engine)
    wechat = Wechat(database, FrozenClock(datetime(2026, 11, 23, 2, tzinfo=timezone.utc)))
    now: dict[str, str] = {}
    refused: Counter[str] = Counter()
    for act, who, number in acts:
        openid = f"o-{number}"
        if act == "bind" and sum(one == "bind" for one, whose, _ in acts if whose == who) <= 10:
            wechat.write(f"绑定 {wechat.code(who)}", openid=openid)
            if now.get(openid, who) != who:
                refused[openid] += 1
            elif refused[openid] < 5:
                now = {other: whose for other, whose in now.items() if whose != who} | {openid: who}
        elif act == "unbind":
            wechat.write("解绑", openid=openid)
            now.pop(openid, None)
        elif act == "leave":
            with database.transaction() as conn:
                end_binding(conn, openid, by="wechat", why=words.Ended.UNFOLLOWED, now=wechat.clock.now())
            now.pop(openid, None)
        elif act == "app":
            with database.transaction() as conn:
                unbind_in_app(conn, borrower_id=who, now=wechat.clock.now())
            now = {other: whose for other, whose in now.items() if whose != who}
        assert {one: wechat.owner(one) for one in ("o-1", "o-2", "o-3")} == {
            one: now.get(one) for one in ("o-1", "o-2", "o-3")
        }
    database.close()
