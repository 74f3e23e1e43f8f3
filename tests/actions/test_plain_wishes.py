"""What orders a payment, tells of one or asks how, and what only sounds like it: by the words, whatever the intent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from actions import (
    check_bill,
    explain_limit,
    figure,
    general,
    glue,
    named_loan,
    not_understood,
    nth_instalment,
    plain_wish,
    promise_or_pay,
    promise_to_pay,
    propose_hardship,
    repay_help,
    so_many,
    told_paid,
)
from actions.replies import Said
from actions.turn import Outcome, Turn
from bot.text.promise import read
from tests.actions.test_turn import turn, user

HELP = "我有困难，先还500，剩下的分12期"


def said(text: str, *, after: str = "utter_greet", intent: str = "nlu_fallback") -> Turn:
    told: dict[str, Any] = {"event": "bot", "text": "…", "data": {"buttons": []}, "metadata": {"utter_action": after}}
    before = turn(user("greet", "你好"))
    reading = read(text, today=before.today)
    values: dict[str, Any] = {"amount": reading.amount.fen} if reading.amount else {}
    if reading.day and reading.day.day:
        values["date"] = reading.day.day.isoformat()
    return turn(user("greet", "你好"), told, user(intent, text, **values))


@pytest.mark.parametrize("text", ["还第5期", "第5期先还", "把第4期还了", "第3期我现在还", "第2期还不上，先还第1期"])
def test_an_instalment_by_its_number_is_meant(text: str) -> None:
    assert nth_instalment.is_meant(said(text))


@pytest.mark.parametrize(
    "text",
    [
        "第3期还不上",
        "第三期还不了",
        "第3期我还不了了",
        "我还第2期的时候失败了",
        "第五期还要多少",
        "第3期还能晚点",
        "没还第2期",
        "先不还第3期",
    ],
)
def test_an_instalment_that_cannot_be_paid_or_failed_is_none(text: str) -> None:
    assert not nth_instalment.is_meant(said(text))


@pytest.mark.parametrize(("text", "count"), [("两期都还了", 2), ("先还一期", 1), ("还最早那一期", 1)])
def test_so_many_instalments(text: str, count: int) -> None:
    assert so_many.said(said(text)) == count


@pytest.mark.parametrize("text", ["3期都还不上了", "两期我都还不起", "还两期的时候失败了"])
def test_instalments_that_cannot_be_paid_are_not_counted(text: str) -> None:
    assert so_many.said(said(text)) is None


def test_no_bill_is_fetched_where_no_instalments_are_spoken_of() -> None:
    service: Any = None
    assert asyncio.run(so_many.what_they_are(said("利息多少"), service)) is None


@pytest.mark.parametrize("text", ["卡里有钱", "卡里有钱啊", "余额够的", "卡上有足够的钱"])
def test_money_on_the_card(text: str) -> None:
    assert repay_help.HAS_MONEY.search(text)


@pytest.mark.parametrize("text", ["卡里哪有钱啊", "等卡里有钱了", "要是卡里有钱", "卡里没有钱", "等我卡里有钱"])
def test_money_that_is_not_there_yet_is_none(text: str) -> None:
    assert not repay_help.HAS_MONEY.search(text)


@pytest.mark.parametrize("text", ["还到不逾期", "还清逾期", "已经逾期了 帮我还清逾期", "还到不逾期就行了"])
def test_up_to_date_is_wanted(text: str) -> None:
    assert plain_wish.up_to_date(said(text))
    assert not told_paid.tells(said(text))


@pytest.mark.parametrize("text", ["我已经还到没有逾期了", "我早就还清逾期了"])
def test_up_to_date_already_tells_of_a_payment(text: str) -> None:
    assert not plain_wish.up_to_date(said(text))
    assert told_paid.tells(said(text))


@pytest.mark.parametrize("text", ["我转了 可能要等等吧", "钱打过去了", "我转了12000", "刚汇了"])
def test_money_that_went_is_told_of(text: str) -> None:
    assert told_paid.tells(said(text))


@pytest.mark.parametrize("text", ["我打了110", "打了三个电话都没人接", "转了半天人工", "我转了怎么还没到？"])
def test_a_call_and_a_question_tell_of_no_payment(text: str) -> None:
    assert not told_paid.tells(said(text))


@pytest.mark.parametrize(
    "text", ["账号给我，我转五百", "发一下卡号", "给个账号", "给我个对公账户", "收款账号是多少", "往哪转"]
)
def test_where_to_transfer_is_asked(text: str) -> None:
    assert figure.WHERE_TO.search(text)


@pytest.mark.parametrize(
    "text", ["我给我购物账户还500", "给冰箱账户还300", "这个账号不是我的", "别给我账号发短信", "给我账号注销了"]
)
def test_an_account_of_something_else_asks_for_none(text: str) -> None:
    assert not figure.WHERE_TO.search(text)


def test_after_a_promise_what_cannot_be_paid_today_is_no_payment() -> None:
    assert promise_or_pay.pays_now(said("今天先还100", after="utter_promise_made"))
    cannot = said("今天还不了500", after="utter_promise_made")
    assert not promise_or_pay.pays_now(cannot)
    assert promise_to_pay._not_today(cannot)


@pytest.mark.parametrize(
    ("text", "pays"), [("第二笔先还", True), ("先还第2笔", True), ("第2笔不用先还", False), ("不先还第2笔", False)]
)
def test_which_loan_first(text: str, pays: bool) -> None:
    assert promise_or_pay.pays_now(said(text)) is pays


def helped(outcome: Outcome) -> Outcome:
    return repay_help.followed(outcome, replace(said("好"), slots={repay_help.SLOT: HELP}), opens=False)


def test_the_application_begins_after_the_order_it_waited_for() -> None:
    ordered = helped(Outcome(says=(Said("utter_repay_started"),), slots={"last_order": "o1"}, leaves_form=True))
    assert ordered.then == "hardship_form"
    assert repay_help.SLOT not in ordered.slots  # the application opens with it


@pytest.mark.parametrize("response", ["utter_repay_cancelled", "utter_only_own", "utter_refused"])
def test_no_application_begins_where_nothing_was_ordered(response: str) -> None:
    ended = helped(Outcome(says=(Said(response),), leaves_form=True))
    assert ended.then is None
    assert ended.slots[repay_help.SLOT] is None
    offered = [button["title"] for one in ended.says for button in one.buttons]
    assert offered == (["申请协商"] if response == "utter_repay_cancelled" else [])


def test_words_that_an_application_opened_with_are_of_no_later_one() -> None:
    form = propose_hardship.ValidateHardshipForm()
    assert form.ended(Said("utter_bill_none")).slots[repay_help.SLOT] is None


@pytest.mark.parametrize(
    ("text", "pays"), [("我就还1000 多一分没有", True), ("还500不可能", False), ("还5000块做梦去吧", False)]
)
def test_who_refuses_may_pay_some_and_may_not(text: str, pays: bool) -> None:
    service: Any = None
    assert asyncio.run(glue._pays_some(said(text), service)) is pays


@pytest.mark.parametrize("text", ["只结冰箱", "结第一笔", "太多了 只结冰箱", "那结吧", "先结了平板", "结平板那笔"])
def test_one_is_settled(text: str) -> None:
    assert not_understood.SETTLES_ONE.search(text)


@pytest.mark.parametrize("text", ["总结一下这几笔", "先结合我的情况", "我先结了婚再说", "我结婚花了一笔"])
def test_what_else_is_bound_up_settles_none(text: str) -> None:
    assert not not_understood.SETTLES_ONE.search(text)


@pytest.mark.parametrize(
    ("text", "orders"), [("先还冰箱这期", True), ("还本期", True), ("还不上这期", False), ("我还不起本期账单", False)]
)
def test_this_instalment_is_ordered(text: str, orders: bool) -> None:
    assert bool(check_bill.ORDERS.search(text)) is orders


@pytest.mark.parametrize(("text", "two"), [("还逾期那笔 另外一笔还500", True), ("这笔我还过了，另外一笔还没还", False)])
def test_two_loans_are_paid_of_which_another_is_one(text: str, two: bool) -> None:
    assert bool(named_loan.ANOTHER.search(text)) is two


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("额度怎么降了", True),
        ("怎么没额度了", True),
        ("为什么少了", True),
        ("怎么还没到账", False),
        ("怎么还多少都一样", False),
    ],
)
def test_why_a_limit_is_less(text: str, why: bool) -> None:
    assert bool(explain_limit.WHY_LESS.search(text)) is why


@pytest.mark.parametrize(
    ("text", "rhetoric"), [("怎么变八千了", True), ("怎么又多出来1块4", True), ("怎么变更手机号", False)]
)
def test_what_only_sounds_like_a_question(text: str, rhetoric: bool) -> None:
    assert bool(general.RHETORIC.search(text)) is rhetoric
