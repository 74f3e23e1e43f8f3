"""Switching automatic payment and changing the card in conversation, and what the real service keeps of it."""

from __future__ import annotations

from typing import Any

import pytest

from service.db.tables.autopay import autopay_event
from tests.actions.forms import Office

NUMBER = "6222020200001234567"


def changes(at: Office) -> list[tuple[Any, ...]]:
    """What was changed in conversation: the seed's own events come through the app."""
    return [
        (one.kind, one.enabled, one.enabled_from.isoformat()) for one in at.rows(autopay_event) if one.source == "chat"
    ]


def charged(at: Office) -> list[str]:
    return [one.card_from.isoformat() for one in at.rows(autopay_event) if one.source == "chat"]


def test_off_is_read_back_with_its_day_and_done_at_a_yes(at: Office) -> None:
    talk = at.talk("due-in-3", says=("关掉自动扣款", "autopay_deduction"))
    assert "从11月26日（周四）起不再自动扣" in "\n".join(talk.said)
    assert changes(at) == []
    assert "自动扣款已关闭，从11月26日（周四）" in talk.say("对", "affirm")
    assert (changes(at), talk.form) == ([("switch", False, "2026-11-26")], "")
    assert "不用再关" in talk.say("关掉自动扣款", "autopay_deduction")


def test_what_is_charged_today_goes_on(at: Office) -> None:
    talk = at.talk("due-today", says=("帮我把自动扣款关了", "autopay_deduction"), charged=True)
    said = "\n".join(talk.said)
    assert "今天到期的这一笔已经在扣款" in said
    assert "从12月23日（周三）起" in said
    talk.press("确认")
    assert changes(at) == [("switch", False, "2026-12-23")]


def test_on_charges_the_only_card(at: Office) -> None:
    talk = at.talk("overdue-20", says=("打开自动扣款", "autopay_deduction"))
    assert "从演示银行（尾号0006）扣" in "\n".join(talk.said)
    assert "自动扣款已打开" in talk.say("好的", "affirm")
    assert [kind for kind, *_ in changes(at)] == ["switch"]


def test_on_with_two_cards_asks_which_and_another_may_be_named_before_the_yes(at: Office) -> None:
    talk = at.talk("overdue-45", says=("给我开通自动扣款", "autopay_deduction"))
    assert "用哪张卡自动扣款" in "\n".join(talk.said)
    assert "从演示银行（尾号0007）扣" in talk.press("尾号0007")
    assert "从样例银行（尾号1007）扣" in talk.say("用尾号1007的", "nlu_fallback")
    talk.press("确认")
    (made,) = [one for one in at.rows(autopay_event) if one.source == "chat"]
    assert made.enabled


def test_no_card_no_switch(at: Office) -> None:
    talk = at.talk("overdue-120", says=("打开自动扣款", "autopay_deduction"))
    assert "银行卡管理" in "\n".join(talk.said)
    assert (talk.form, changes(at)) == ("", [])


@pytest.mark.parametrize(
    "text",
    [
        "怎么关闭自动扣款",
        "自动扣款几点扣",
        "自动还款关不掉",
        "别从余额宝扣",
        "自动还款开没开",
        "取消代扣之后怎么还",
        "关闭自动扣款有什么影响",
    ],
)
def test_a_question_keeps_its_answer_and_opens_no_form(at: Office, text: str) -> None:
    talk = at.talk("due-in-3", says=(text, "autopay_deduction"))
    assert (talk.form, changes(at)) == ("", [])
    assert talk.said


def test_left_or_denied_nothing_is_changed(at: Office) -> None:
    talk = at.talk("due-in-3", says=("关掉自动扣款", "autopay_deduction"))
    assert "没有改动" in talk.say("不是", "deny")
    talk.say("关掉自动扣款", "autopay_deduction")
    assert "没有改动" in talk.say("算了", "cancel")
    assert (talk.form, changes(at)) == ("", [])


def test_the_same_yes_again_switches_once(at: Office) -> None:
    talk = at.talk("due-in-3", says=("关掉自动扣款", "autopay_deduction"))
    before = (talk.form, talk.asked, dict(talk.slots))
    talk.say("对", "affirm", message_id="yes")
    talk.form, talk.asked, talk.slots = before
    talk.say("对", "affirm", message_id="yes")
    assert len(changes(at)) == 1


def test_a_look_at_the_bill_comes_back_to_the_form(at: Office) -> None:
    talk = at.talk("due-in-3", says=("关掉自动扣款", "autopay_deduction"))
    said = talk.say("查一下账单", "query_bill")
    assert "应还" in said
    assert "确认关闭吗" in said


def test_another_kept_card_is_chosen_and_charged_from_the_next_due_day(at: Office) -> None:
    talk = at.talk("due-in-3", says=("换一张卡扣款", "change_bank_card"))
    said = "\n".join(talk.said)
    assert "用哪张卡扣款" in said
    assert "请不要发在对话里" in said
    assert "现在用的就是演示银行（尾号0002）" in talk.press("尾号0002")
    assert "自动扣款用样例银行（尾号1002）" in talk.press("尾号1002")
    assert charged(at) == []
    assert "扣款的卡已换成样例银行（尾号1002），从11月26日" in talk.press("确认")
    assert charged(at) == ["2026-11-26"]


def test_named_at_once_it_is_read_back_at_once_and_without_autopay_that_is_said(at: Office) -> None:
    talk = at.talk("overdue-45", says=("扣款卡改成尾号1007", "change_bank_card"))
    assert "自动扣款用样例银行（尾号1007）" in "\n".join(talk.said)
    assert "自动扣款现在没有打开" in talk.say("对", "affirm")
    assert "从样例银行（尾号1007）扣" in talk.press("打开自动扣款")


def test_a_new_card_is_added_in_the_app(at: Office) -> None:
    talk = at.talk("due-in-3", says=("我想换张银行卡", "change_bank_card"))
    assert "银行卡管理" in talk.press("添加新卡")
    assert (talk.form, changes(at)) == ("", [])
    only = at.talk("due-today", says=("换卡", "change_bank_card"), charged=True)
    assert "只绑了演示银行（尾号0003）一张卡" in "\n".join(only.said)


@pytest.mark.parametrize("number", [NUMBER, "*" * 16])
def test_a_card_number_is_not_taken_nor_said_again(at: Office, number: str) -> None:
    talk = at.talk("due-in-3", says=(f"把扣款卡换成{number}", "change_bank_card"))
    said = "\n".join(talk.said)
    assert "卡号请不要发在对话里" in said
    assert number not in said
    said = talk.say(number, "nlu_fallback")
    assert "卡号请不要发在对话里" in said
    assert number not in said
    assert (talk.form, talk.asked) == ("card_form", "card_which")
    assert NUMBER not in str(talk.slots)


def test_a_question_about_cards_keeps_its_answer(at: Office) -> None:
    talk = at.talk("due-in-3", says=("怎么换绑定的银行卡", "change_bank_card"))
    assert (talk.form, changes(at)) == ("", [])
    assert "官方 App" in "\n".join(talk.said)
