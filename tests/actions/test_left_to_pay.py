"""Short questions of all that one owes, and their neighbours that ask for something else."""

from __future__ import annotations

import pytest

from actions.check_bill import CHANGED
from actions.day_interest import _ASKS as A_DAY
from actions.follow_up import LATER_PRICE, OVERDUE
from actions.left_to_pay import _ASKS as LEFT


@pytest.mark.parametrize(
    "text",
    [
        "还剩多少",
        "还剩多少没还",
        "我总共还剩多少钱要还？",
        "那还有多少没还清",
        "剩余多少未还",
        "还有多少钱没还啊",
        "还剩多少没付",
        "还剩多少没还掉",
    ],
)
def test_what_is_left_of_all(text: str) -> None:
    assert LEFT.fullmatch(text)


@pytest.mark.parametrize(
    "text",
    [
        "还剩多少期",
        "还剩多少额度",
        "还剩多少天",
        "还剩多少本金",
        "还有多少",
        "还有多少优惠",
        "还1000还剩多少",
        "还了多少",
    ],
)
def test_what_is_left_of_something_else(text: str) -> None:
    assert not LEFT.fullmatch(text)


@pytest.mark.parametrize(
    "text",
    [
        "我逾期了吗",
        "逾期了没有",
        "我这算逾期吗",
        "我现在有没有逾期？",
        "请问是不是逾期了",
        "我是否已经逾期",
        "我算不算逾期",
    ],
)
def test_whether_one_is_late(text: str) -> None:
    assert OVERDUE.fullmatch(text)


@pytest.mark.parametrize(
    "text",
    [
        "这算逾期吗",
        "明天还算逾期吗",
        "我会逾期吗",
        "我朋友逾期了吗",
        "我逾期了",
        "我逾期了怎么办",
        "逾期上征信吗",
        "晚一天算不算逾期",
    ],
)
def test_whether_something_would_be_late(text: str) -> None:
    assert not OVERDUE.fullmatch(text)


@pytest.mark.parametrize(
    "text",
    [
        "明天还是这个数吗",
        "那明天多少",
        "过两天会变吗",
        "明天结清要多少钱",
    ],
)
def test_what_settling_costs_later(text: str) -> None:
    assert LATER_PRICE.fullmatch(text)


@pytest.mark.parametrize(
    "text",
    [
        "明天还",
        "明天还500",
        "明天还吧",
        "下周结清",
        "明天还不上",
        "那明天呢",
        "明天多还点",
        "明天还多一点",
        "我要明天还多一点",
        "下个月还多少",
        "10号还多少",
    ],
)
def test_another_day_alone_is_no_question_of_the_price(text: str) -> None:
    assert not LATER_PRICE.fullmatch(text)


@pytest.mark.parametrize("text", ["一天多少", "那每天是多少钱", "一天要多少？"])
def test_what_a_day_costs(text: str) -> None:
    assert A_DAY.search(text)


@pytest.mark.parametrize("text", ["一天多少个电话", "每天多少点打电话", "一天能还多少", "多少天"])
def test_what_else_is_counted_by_days(text: str) -> None:
    assert not A_DAY.search(text)


@pytest.mark.parametrize("text", ["账单日可以改吗", "想换个账单日", "账单日能不能调到月底", "怎么改账单日", "改账单日"])
def test_a_statement_s_day_is_to_be_changed(text: str) -> None:
    assert CHANGED.search(text)


@pytest.mark.parametrize("text", ["账单日是哪天", "账单变少了，账单日是几号", "账单日变了吗", "几号出账"])
def test_a_statement_s_day_is_only_asked_for(text: str) -> None:
    assert not CHANGED.search(text)
