"""How it stands that something was filed, asked in conversation of the real service."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from service.db.tables.desk import handover
from service.db.tables.hardship import hardship_proposal
from service.db.tables.matter import matter
from service.domain.desk.matter import MatterOutcome
from service.usecases.desk.answer_matter import answer_matter
from tests.actions.forms import Forms, Office

COMPLAINT = "你们的人半夜打我家人电话"


def complain(at: Office) -> Forms:
    talk = at.talk(says=("我要投诉", "complaint"))
    talk.press("催收方式")
    talk.say(COMPLAINT, "complaint")
    talk.say("对", "affirm")
    return talk


def ask(talk: Forms, text: str, intent: str = "loan_progress") -> str:
    return talk.say(text, intent)


def test_a_complaint_that_waits_is_told_with_its_number_and_the_day_of_the_answer(at: Office) -> None:
    talk = complain(at)
    (made,) = at.rows(matter)
    said = ask(talk, "投诉处理得怎么样了")
    assert f"投诉（编号 C261123-{made.id[-6:].upper()}，11月23日提交，催收方式）" in said
    assert "最晚在12月8日" in said
    assert at.people(talk) == ["complaint"]


def test_under_the_intent_of_a_complaint_the_question_files_no_second_one(at: Office) -> None:
    talk = complain(at)
    assert "正在由人工处理" in ask(talk, "投诉到现在没人理我", "complaint")
    assert (talk.form, len(at.rows(matter))) == ("", 1)


def test_where_none_was_filed_the_same_words_are_a_complaint(at: Office) -> None:
    talk = at.talk()
    assert "投诉我已转给人工" in ask(talk, "投诉到现在没人理我", "complaint")
    assert (talk.form, at.stops()) == ("complaint_form", ["complaint"])


def test_what_a_person_found_is_told_with_why(at: Office) -> None:
    talk = complain(at)
    answer(at, outcome=MatterOutcome.UPHELD)
    said = ask(talk, "投诉有结果了吗")
    assert "核实结果：情况属实。已停止该坐席的外呼。" in said
    assert "最晚" not in said


def answer(at: Office, *, outcome: MatterOutcome) -> None:
    (made,) = at.rows(matter)
    with at.database.transaction() as conn:
        answer_matter(
            conn,
            matter_id=made.id,
            outcome=outcome,
            answer="已停止该坐席的外呼",
            by="苏禾",
            wording=at.services.policy.wording,
            now=at.now,
        )


@pytest.mark.parametrize("intent", ["loan_progress", "overdue_hardship"])
def test_a_proposal_is_told_whatever_the_intent_and_no_form_opens(at: Office, intent: str) -> None:
    talk = propose(at)
    said = ask(talk, "延期批了吗", intent)
    assert "延期申请（编号 H261123-" in said
    assert "最晚在11月28日" in said
    assert talk.form == ""


def propose(at: Office) -> Forms:
    talk = at.talk(says=("我想申请延期还款", "overdue_hardship"))
    talk.press("生病或受伤")
    talk.say("延期三个月", "overdue_hardship")
    talk.press("确认提交")
    assert len(at.rows(hardship_proposal)) == 1
    return talk


def test_several_are_listed(at: Office) -> None:
    talk = propose(at)
    talk.say("我要投诉", "complaint")
    talk.press("催收方式")
    talk.say(COMPLAINT, "complaint")
    talk.say("对", "affirm")
    said = ask(talk, "我的申请怎么样了")
    assert "您提交的有 2 件" in said
    assert said.count("最晚在") == 2
    assert "延期申请" not in ask(talk, "投诉处理到哪了")


def test_an_answer_that_is_late_is_apologised_for_and_a_person_called(at: Office) -> None:
    talk = complain(at)
    long_ago: datetime = at.now - timedelta(days=40)
    with at.database.transaction() as conn:
        overdue = update(matter).where(matter.c.borrower_id == at.borrower_id)
        conn.execute(overdue.values(created_at=long_ago, answer_by=(at.now - timedelta(days=1)).date()))
        conn.execute(update(handover).where(handover.c.conversation_id == talk.conversation_id).values(state="closed"))
    said = ask(talk, "都过了你们说的日子了还没答复我")
    assert "很抱歉" in said
    assert "已经超过了时间" in said
    assert at.people(talk) == ["complaint", "late_answer"]


def test_where_nothing_was_filed_it_says_so_and_offers_the_ways(at: Office) -> None:
    talk = at.talk()
    assert "还没有在这里提交过" in ask(talk, "我的申请怎么样了")
    assert {"申请协商还款", "申请提额", "我有异议", "我要投诉", "转人工"} <= talk.buttons.keys()
    assert at.people(talk) == []
    assert "还没有在这里提交过" in ask(talk, "我的延期批了没", "overdue_hardship")
    assert (talk.form, at.stops()) == ("", [])


def test_a_dispute_that_was_only_said_is_owed_an_answer_too(at: Office) -> None:
    said = ask(at.talk("disputed"), "我提的异议处理好了吗")
    assert said.startswith("异议（")
    assert "编号" not in said
    assert "在这里答复您" in said or "已经超过了时间" in said


def test_an_extension_that_a_colleague_granted_is_told_as_granted(at: Office) -> None:
    said = ask(at.talk("hardship"), "我的延期审批通过了吗", "overdue_hardship")
    assert "延期（" in said
    assert "往后推了 3 个月" in said


def test_of_another_kind_what_there_is_is_told_instead(at: Office) -> None:
    talk = propose(at)
    said = ask(talk, "投诉处理到哪了")
    assert "没有找到您说的那一件" in said
    assert "延期申请" in said


def test_what_was_not_understood_but_asks_it_is_answered(at: Office) -> None:
    assert "延期申请（编号" in ask(propose(at), "怎么还没给我答复", "nlu_fallback")


def test_a_refused_limit_is_told_with_why_and_a_person_may_look(at: Office) -> None:
    talk = at.talk("overdue-5", says=("我想提额", "limit_increase"))
    talk.press("循环现金额度")
    talk.say("对", "affirm")
    said = ask(talk, "我的提额申请怎么样了")
    assert "提额申请（编号 L261123-" in said
    assert "没有通过，原因是" in said
    talk.press("请人工复核")
    assert "最晚在11月28日" in ask(talk, "复核的结果呢")


def test_who_is_not_logged_in_is_told_where_and_nothing_of_any_account(at: Office) -> None:
    talk = at.visitor()
    talk.verified = False
    said = ask(talk, "我的投诉处理得怎么样了")
    assert "登录" in said
    assert "编号" not in said
