"""A hardship proposal taken down in conversation, and what the real service keeps of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.db.tables.hardship import hardship_proposal
from tests.actions.forms import Forms, Office


def proposals(at: Office) -> list[Any]:
    return at.rows(hardship_proposal)


def begun(at: Office, text: str = "我想申请协商") -> Forms:
    return at.talk(says=(text, "overdue_hardship"))


def test_reason_and_monthly_sum_are_read_back_and_nothing_is_filed_before_the_yes(at: Office) -> None:
    talk = at.talk()
    said = talk.say("我想申请协商", "overdue_hardship")
    assert "自动提醒先停下" in said
    assert "什么困难" in said
    assert at.stops() == ["hardship"]
    assert "每月大概能还多少" in talk.say("公司把我裁了，三个月没发工资", "nlu_fallback")
    read_back = talk.say("每月还五百吧", "repay_now")
    assert "公司把我裁了，三个月没发工资" in read_back
    assert "只是一份申请" in read_back
    assert proposals(at) == []
    said = talk.say("对", "affirm")
    (made,) = proposals(at)
    assert (made.kind, made.note, made.state) == ("plan", "公司把我裁了，三个月没发工资", "proposed")
    assert f"H{made.created_at:%y%m%d}-{made.id[-6:].upper()}" in said
    assert "还没有决定" in said
    assert "在这里答复您" in said
    assert (talk.form, at.stops(), at.people(talk)) == ("", ["hardship"], [])


def test_what_was_said_at_once_is_not_asked_again(at: Office) -> None:
    talk = begun(at, "我失业了，想延期两个月")
    assert talk.asked == "hardship_confirm"
    talk.say("对", "affirm")
    (made,) = proposals(at)
    assert (made.kind, made.terms, made.state) == ("defer", {"months": 2}, "proposed")


@pytest.mark.parametrize("text", ["我被裁员了想每个月少还一点", "我降薪了，想少还一些", "能不能缓几个月，我失业了"])
def test_who_says_why_and_asks_for_less_is_heard_where_the_classifier_is_not_sure(at: Office, text: str) -> None:
    talk = at.talk(says=(text, "nlu_fallback"))
    assert talk.form == "hardship_form"
    assert text == talk.slots["hardship_reason"]
    assert at.stops() == ["hardship"]


@pytest.mark.parametrize("text", ["把账单分6期还", "我要把逾期的分成六期", "想分六期慢慢还"])
def test_wanting_to_pay_what_is_owed_in_parts_is_a_proposal(at: Office, text: str) -> None:
    talk = at.talk(says=(text, "installment"))
    assert talk.asked == "hardship_reason"
    assert "分 6 期" in talk.press("收入变少")
    talk.say("对", "affirm")
    assert [(one.kind, one.terms["periods"]) for one in proposals(at)] == [("plan", 6)]


@pytest.mark.parametrize("text", ["分期手续费怎么算", "买手机想分12期", "账单能分期吗"])
def test_a_question_about_instalments_or_a_purchase_opens_no_form(at: Office, text: str) -> None:
    talk = at.talk(says=(text, "installment"))
    assert (talk.form, at.stops()) == ("", [])


def test_what_a_rule_agrees_to_is_done_in_the_ledger(at: Office) -> None:
    talk = begun(at, "我失业了，想延期一个月")
    assert "已经办好" in talk.say("对", "affirm")
    (made,) = proposals(at)
    assert (made.state, made.decided_by.partition("@")[0]) == ("active", "rule:defer_one_month")
    assert at.stops() == ["plan_kept"]


def test_every_part_can_be_corrected_at_the_read_back(at: Office) -> None:
    talk = begun(at, "我失业了，想分12期")
    assert "分 12 期" in "\n".join(talk.said)
    assert "分 6 期" in talk.say("不对，分6期", "deny")
    assert "往后推 2 个月" in talk.say("还是延期两个月吧", "overdue_hardship")
    assert "生病住院" in talk.say("不是失业，是生病住院了", "correct")
    assert "想改成怎样" in talk.say("不对", "deny")
    talk.say("每月还800，从12月10号开始", "inform")
    talk.say("好的", "affirm")
    (made,) = proposals(at)
    assert (made.kind, made.terms["first_on"], made.note) == ("plan", "2026-12-10", "不是失业，是生病住院了")


def test_a_question_is_answered_and_the_form_asks_again(at: Office) -> None:
    talk = begun(at, "我失业了")
    said = talk.say("查一下账单", "query_bill")
    assert "应还" in said
    assert "每月大概能还多少" in said
    assert "分 6 期" in talk.say("分六期", "installment")


def test_of_two_loans_one_is_chosen_and_the_wish_that_came_before_is_kept(at: Office) -> None:
    talk = at.talk("overdue-5", says=("我失业了，想分六期还", "overdue_hardship"))
    assert "哪一笔借款" in "\n".join(talk.said)
    assert "“家电分期·云朵冰箱”" in talk.press("家电分期")
    assert "“随心借·第 1 笔”" in talk.say("换成随心借那笔", "correct")
    assert "分 6 期" in "\n".join(talk.said)
    talk.say("对", "affirm")
    (made,) = proposals(at)
    assert (made.loan_id, made.terms["periods"]) == (f"{at.borrower_id}-2", 6)


def test_the_same_yes_again_files_once(at: Office) -> None:
    talk = begun(at, "我失业了，想延期两个月")
    before = (talk.form, talk.asked, dict(talk.slots))
    first = talk.say("对", "affirm", message_id="yes")
    talk.form, talk.asked, talk.slots = before  # the bot was lost before it kept the turn
    assert talk.say("对", "affirm", message_id="yes") == first
    assert len(proposals(at)) == 1


def test_a_second_proposal_waits_for_the_first(at: Office) -> None:
    talk = begun(at, "我失业了，想延期两个月")
    talk.say("对", "affirm")
    assert "正在由人工审核" in talk.say("我想申请协商", "overdue_hardship")
    assert (talk.form, len(proposals(at))) == ("", 1)


@pytest.mark.parametrize(("text", "intent"), [("算了，不办了", "cancel"), ("取消", "cancel")])
def test_a_cancelled_form_files_nothing_and_reminders_rest_all_the_same(at: Office, text: str, intent: str) -> None:
    talk = begun(at, "我失业了")
    assert "没有提交申请" in talk.say(text, intent)
    assert (talk.form, proposals(at), at.stops()) == ("", [], ["hardship"])


def test_who_cannot_say_how_much_is_helped_by_a_person(at: Office) -> None:
    talk = begun(at, "我失业了")
    assert "由人工和您一起商量" in talk.say("我也说不准", "nlu_fallback")
    assert (talk.form, at.people(talk)) == ("", ["hardship"])


def test_three_messages_that_say_nothing_are_explained_and_the_fourth_brings_a_person(at: Office) -> None:
    talk = begun(at, "我失业了")
    for _ in range(3):
        assert "没听明白" in talk.say("葡萄藤上的云", "nlu_fallback")
    assert "我请人工来帮您办" in talk.say("葡萄藤上的云", "nlu_fallback")
    assert (talk.form, at.people(talk), proposals(at)) == ("", ["not_understood"], [])


def test_of_an_account_parts_of_all_it_owes_are_asked_for_and_no_deferral(at: Office) -> None:
    talk = at.talk("card-overdue", says=("我想申请协商", "overdue_hardship"))
    asked = talk.say("我失业了", "nlu_fallback")
    assert "每月大概能还多少" in asked
    assert "延期" not in asked
    refused = talk.say("延期两个月", "overdue_hardship")
    assert "办不了延期" in refused
    assert talk.asked == "hardship_terms"
    read_back = talk.say("分12期", "installment")
    talk.say("对", "affirm")
    (made,) = proposals(at)
    owed = made.facts["owed_fen"]
    assert owed > 520_000, "with the interest that no statement has asked for"
    assert f"{owed / 100:,.2f}" in asked
    assert f"{owed / 100:,.2f}" in read_back
    assert (made.kind, made.terms["periods"]) == ("plan", 12)


def test_a_day_at_the_read_back_is_the_first_of_the_parts_and_later_still_means_a_deferral(at: Office) -> None:
    talk = begun(at, "我失业了")
    talk.say("分12期", "installment")
    soon = at.now.date() + timedelta(days=9)
    said = talk.say(f"{soon.month}月{soon.day}日", "inform")
    assert f"第一期{soon.month}月{soon.day}日" in said
    assert "分 12 期" in said
    assert "往后推" in talk.say(f"算了，推迟到{soon.month}月{soon.day}日再还", "overdue_hardship")


def test_noise_is_no_yes(at: Office) -> None:
    talk = begun(at, "我失业了，想延期两个月")
    talk.say("呜啦呜啦", "affirm")
    assert (talk.asked, proposals(at)) == ("hardship_confirm", [])


@pytest.mark.parametrize(
    ("text", "hears"),
    [
        ("每月还十块", "每期不能少于"),
        ("每月还十万", "一次就能还清"),
        ("延期五年", "每月大概能还多少"),
        ("延期13个月", "1 到 12 个月"),
        ("每月还500，从明年6月1号开始", "第一期最晚"),
    ],
)
def test_what_cannot_be_is_said_before_it_is_read_back(at: Office, text: str, hears: str) -> None:
    talk = begun(at, "我失业了")
    assert hears in talk.say(text, "inform")
    assert talk.asked == "hardship_terms"


def test_wanting_to_pay_now_is_left_to_the_other_form(at: Office) -> None:
    talk = begun(at, "我失业了，想延期两个月")
    changed, _ = _validated(talk, "我现在还500", "repay_now")
    assert changed == {}


def _validated(talk: Forms, text: str, intent: str) -> tuple[dict[str, Any], str]:
    """What the open form makes of a message, before anything else is asked."""
    talk.take(text, intent)
    return talk.validate()


def test_somebody_who_is_not_logged_in_is_told_so_and_a_person_is_called(at: Office) -> None:
    talk = at.visitor()
    assert "登录" in talk.say("我想申请协商", "overdue_hardship")
    assert (talk.form, at.people(talk)) == ("", ["hardship"])
