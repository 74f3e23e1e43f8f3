"""A dispute and a complaint taken down in conversation, and what the real service keeps of them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from service.db.tables.desk import handover
from service.db.tables.matter import matter
from tests.actions.forms import Forms, Office


def filed(at: Office) -> list[Any]:
    return at.rows(matter)


def brief(at: Office, talk: Forms) -> str:
    with at.database.reading() as conn:
        mine = select(handover.c.brief).where(handover.c.conversation_id == talk.conversation_id)
        return str(conn.scalar(mine))


def test_what_is_wrong_with_which_loan_is_read_back_and_filed_with_the_stop_and_a_person(at: Office) -> None:
    talk = at.talk("overdue-5", says=("我有异议", "dispute_debt"))
    said = "\n".join(talk.said)
    assert "核实期间暂停自动提醒" in said
    assert "哪一笔有问题" in said
    assert "“随心借·第 1 笔”哪里不对" in talk.press("随心借")
    assert "利息多收了五十多块" in talk.say("利息多收了五十多块", "interest_and_fees")
    assert filed(at) == []
    said = talk.say("对", "affirm")
    (made,) = filed(at)
    assert (made.kind, made.loan_id, made.words) == ("dispute", f"{at.borrower_id}-2", "利息多收了五十多块")
    assert f"编号 D261123-{made.id[-6:].upper()}" in said
    assert "12月8日" in said
    assert (talk.form, at.stops(), at.people(talk)) == ("", ["dispute"], ["dispute"])
    assert "利息多收了五十多块" in brief(at, talk)


def test_what_was_said_at_once_is_read_back_at_once(at: Office) -> None:
    talk = at.talk(says=("这笔钱不是我借的，我不承认", "dispute_debt"))
    assert "您对“医美分期·见山护肤套餐”有异议" in "\n".join(talk.said)
    talk.press("确认登记")
    assert [(one.words, one.loan_id) for one in filed(at)] == [("这笔钱不是我借的，我不承认", f"{at.borrower_id}-1")]


def test_words_are_added_to_and_said_anew_before_the_yes(at: Office) -> None:
    talk = at.talk(says=("这笔钱不是我借的", "dispute_debt"))
    assert "不是我借的；还有，签名也不是我的" in talk.say("还有，签名也不是我的", "nlu_fallback")
    assert "重新说一遍" in talk.press("改一下")
    talk.say("身份证去年丢过，被人冒用了", "fraud_security")
    talk.say("确认", "affirm")
    assert [one.words for one in filed(at)] == ["身份证去年丢过，被人冒用了"]


def test_a_loan_that_is_not_listed_is_taken_down_as_it_is_called(at: Office) -> None:
    talk = at.talk("overdue-5", says=("我有异议", "dispute_debt"))
    talk.say("去年那笔八千的", "nlu_fallback")
    talk.say("早就还清了，怎么还在扣", "already_paid")
    talk.say("对", "affirm")
    assert [(one.about, one.loan_id) for one in filed(at)] == [("去年那笔八千的", None)]


@pytest.mark.parametrize(("start", "intent"), [("我有异议", "dispute_debt"), ("我要投诉", "complaint")])
def test_left_in_the_middle_nothing_is_filed_and_reminders_stay_stopped(at: Office, start: str, intent: str) -> None:
    talk = at.talk("overdue-5", says=(start, intent))
    talk.say("算了，不弄了", "cancel")
    assert (talk.form, filed(at), len(at.stops()), len(at.people(talk))) == ("", [], 1, 1)


def test_a_question_is_answered_and_the_form_asks_again(at: Office) -> None:
    talk = at.talk(says=("我有异议", "dispute_debt"))
    said = talk.say("查一下账单", "query_bill")
    assert "应还" in said
    assert "哪里不对" in said


def test_the_same_yes_again_files_once(at: Office) -> None:
    talk = at.talk(says=("这笔钱不是我借的", "dispute_debt"))
    before = (talk.form, talk.asked, dict(talk.slots))
    first = talk.say("对", "affirm", message_id="yes")
    talk.form, talk.asked, talk.slots = before
    assert talk.say("对", "affirm", message_id="yes") == first
    assert len(filed(at)) == 1


def test_a_complaint_is_taken_down_in_its_own_words_with_the_hotline_and_nothing_sold(at: Office) -> None:
    talk = at.talk("overdue-5", says=("我要投诉", "complaint"))
    assert "投诉我已转给人工" in "\n".join(talk.said)
    assert "发生了什么" in talk.press("催收方式")
    words = "昨天晚上十点给我妈打电话骂人，你们凭什么？"
    assert words in talk.say(words, "third_party")
    said = talk.say("对", "affirm")
    (made,) = filed(at)
    assert (made.kind, made.about, made.words) == ("complaint", "催收方式", words)
    assert "12378" in said
    assert "12月8日" in said
    assert "还款" not in said
    assert (at.stops(), at.people(talk)) == (["complaint"], ["complaint"])


def test_a_complaint_that_says_it_all_is_read_back_at_once(at: Office) -> None:
    talk = at.talk(says=("我要投诉你们骚扰我的家人", "complaint"))
    assert talk.asked == "complaint_confirm"
    talk.say("转人工", "human_agent")
    assert (talk.form, filed(at)) == ("", [])


def test_words_of_self_harm_are_nobodys_complaint(at: Office) -> None:
    talk = at.talk(says=("我要投诉", "complaint"))
    talk.press("催收方式")
    assert "12356" in talk.say("被你们催得不想活了", "crisis")
    assert (talk.form, filed(at)) == ("", [])


def test_a_dispute_turns_into_a_complaint(at: Office) -> None:
    talk = at.talk("overdue-5", says=("我有异议", "dispute_debt"))
    talk.say("我要投诉你们", "complaint")
    assert talk.form == "complaint_form"
    assert at.stops() == ["complaint", "dispute"]


def test_somebody_who_is_not_logged_in_is_given_a_person_and_no_form(at: Office) -> None:
    talk = at.visitor()
    talk.say("我要投诉", "complaint")
    assert (talk.form, at.people(talk)) == ("", ["complaint"])
