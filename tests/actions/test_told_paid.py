"""What is a detail of a payment that was looked for, and what is said of something else."""

from __future__ import annotations

from typing import Any

import pytest

from actions.told_paid import is_detail
from actions.turn import Turn
from bot.text.promise import read
from tests.actions.test_turn import turn, user


def said(text: str, *, after: str = "utter_arrival") -> Turn:
    looked: dict[str, Any] = {"event": "bot", "text": "…", "data": {"buttons": []}, "metadata": {"utter_action": after}}
    before = turn(user("already_paid", "已经还了"))
    reading = read(text, today=before.today)
    values = {"amount": reading.amount.fen} if reading.amount else {}
    if reading.day and reading.day.day:
        values["date"] = reading.day.day.isoformat()
    return turn(user("already_paid", "已经还了"), looked, user("nlu_fallback", text, **values))


@pytest.mark.parametrize(
    "text",
    [
        "用的农行",
        "微信转的",
        "昨天晚上",
        "五百",
        "541块3",
        "5号还的",
        "昨天下午三点多",
        "招商银行尾号1234",
        "短信都来了",
        "用的支付宝",
    ],
)
def test_a_bank_a_time_or_a_sum_is_a_detail(text: str) -> None:
    assert is_detail(said(text))
    assert not is_detail(said(text, after="utter_greet"))


@pytest.mark.parametrize(
    "text",
    [
        "还五百",
        "再还500",
        "明天还300",
        "银行卡丢了",
        "app打不开",
        "今天天气真好",
        "昨天怎么没扣",
        "帮我转人工",
        "5号还300",
    ],
)
def test_an_order_a_question_and_another_matter_are_none(text: str) -> None:
    assert not is_detail(said(text))
