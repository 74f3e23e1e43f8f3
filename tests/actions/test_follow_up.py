"""What is asked on about what was just shown, over HTTP with the trained bot."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from actions.follow_up import ALL_INTEREST, INTEREST, NTH, WHY
from actions.months import ALONE
from tests.actions.small_service import CASH, LOAN
from tests.actions.stage import Stage

pytestmark = pytest.mark.system

BILL, PLAN, PAYOFF = "查一下账单", "每期要还多少", "现在全部提前结清要多少钱"


@pytest.mark.parametrize(
    ("first", "then", "words"),
    [
        (BILL, "那利息呢", ("利息是 58.13 元", "本金 480 元", "罚息 1.80 元")),
        (BILL, "其中利息多少", ("利息是 58.13 元",)),
        (PLAN, "利息呢", ("第4期 58.13 元", "没还的 2 期一共 116.26 元")),
        (PAYOFF, "那利息呢", ("利息是 9.12 元", "本金 4,560 元")),
        (BILL, "第一笔", ("第 1 笔是家电分期", "539.93 元", "11月18日", "利息 58.13 元")),
        (PLAN, "第一个呢", ("已还 3/12 期", "本金 480 元、利息 58.13 元")),
        (PAYOFF, "第1笔呢", ("第 1 笔是家电分期", "6,799.93 元")),
        (BILL, "第二笔呢", ("只有 1 笔",)),
        (PLAN, "第二笔", ("一共 1 笔",)),
        (BILL, "上个月的呢", ("上个月（10月）到期", "第3期", "538.13 元，已还清", "10月18日 538.13 元")),
        (PLAN, "那上个月呢", ("上个月（10月）到期",)),
        (BILL, "那罚息呢", ("罚息是 1.80 元", "本金 480 元")),
        (BILL, "怎么算出来的", ("利息是 58.13 元", "罚息 1.80 元")),
        (BILL, "下个月呢", ("下个月（12月）到期", "第5期", "还有 538.13 元没还")),
        (BILL, "再上个月的呢", ("再上个月（9月）到期", "第2期", "已还清", "没有还款记录")),
        (BILL, "再下个月", ("再下个月（2027年1月）目前没有要还的",)),
        ("还款记录", "8月份呢", ("8月到期的账单", "第1期")),
        (PLAN, "总共利息多少", ("没还的 2 期一共 116.26 元",)),
        ("你好", "利息多少", ("没还的 2 期一共 116.26 元",)),
        (PLAN, "第五期呢", ("第5期 538.13 元（本金 480 元、利息 58.13 元）", "12月18日")),
        (PLAN, "第20期多少", ("没有第 20 期",)),
    ],
)
def test_what_is_asked_on_is_answered_of_what_was_shown(
    on: Stage, first: str, then: str, words: tuple[str, ...]
) -> None:
    talk = on.talk(f"follow-{first}-{then}")
    talk.say(first)
    told = talk.say(then)
    for word in words:
        assert word in told, told


@pytest.fixture
def two(on: Stage) -> Iterator[Stage]:
    """The borrower has two loans."""
    on.world.loans = 2
    yield on
    on.world.loans = 1


@pytest.mark.parametrize(
    ("first", "then", "words"),
    [
        (BILL, "那利息呢", ("利息一共 116.26 元", f"{LOAN} 58.13 元、{CASH} 58.13 元", "本金 960 元")),
        (PLAN, "那利息呢", (LOAN, CASH)),
        (PAYOFF, "那利息呢", ("利息一共 18.24 元", f"{CASH} 9.12 元")),
        (BILL, "第二笔呢", (f"第 2 笔是{CASH}",)),
        (PLAN, "看第二笔", (f"{CASH}：已还 3/12 期",)),
        (PAYOFF, "第二个", (f"第 2 笔是{CASH}",)),
        (BILL, "第三笔", ("只有 2 笔",)),
        (BILL, "上个月的呢", (LOAN, CASH)),
    ],
)
def test_of_two_loans_each_is_told_and_the_second_can_be_asked_for(
    two: Stage, first: str, then: str, words: tuple[str, ...]
) -> None:
    talk = two.talk(f"two-{first}-{then}")
    talk.say(first)
    told = talk.say(then)
    for word in words:
        assert word in told, told


def test_what_was_taken_off_a_bill_is_told_beside_what_it_is_made_of(on: Stage) -> None:
    on.world.suspense_fen = 1000
    talk = on.talk("suspense-of-a-bill")
    talk.say(BILL)
    told = talk.say("那利息呢")
    on.world.suspense_fen = 0
    assert "已扣除预存款 10 元" in told


def test_one_follow_up_may_follow_another(on: Stage) -> None:
    talk = on.talk("follow-follow")
    talk.say(BILL)
    talk.say("那利息呢")
    assert "第 1 笔是" in talk.say("第一笔呢")
    assert "利息是 58.13 元" in talk.say("利息呢")


def test_last_months_bill_may_be_asked_for_at_once(on: Stage) -> None:
    assert "上个月（10月）到期" in on.talk("last-month").say("上个月的账单呢")


@pytest.mark.parametrize(("said", "not_said"), [("那利息呢", "58.13"), ("第一笔", "第 1 笔"), ("上个月的呢", "10月")])
def test_where_nothing_was_shown_nothing_is_taken_for_it(on: Stage, said: str, not_said: str) -> None:
    talk = on.talk(f"nothing-shown-{said}")
    talk.say("你好")
    assert not_said not in talk.say(said)


def test_a_question_that_stands_for_itself_is_answered_as_such_after_a_bill(on: Stage) -> None:
    talk = on.talk("rate")
    talk.say(BILL)
    assert "这期账单里" not in talk.say("利息怎么算的")


@pytest.mark.parametrize("pattern", [INTEREST, ALL_INTEREST, NTH, WHY, ALONE])
@pytest.mark.parametrize(
    "word", ["这里", "里面", "包含", "那么", "看一下", "账单", "还款", "利息呢是", "上个月的", "第二笔的"]
)
def test_no_message_takes_long_to_refuse(pattern: re.Pattern[str], word: str) -> None:
    began = time.thread_time()  # not the machine's other work
    assert pattern.fullmatch(word * 250 + "嗯") is None
    assert time.thread_time() - began < 0.5


def test_inside_a_form_a_number_of_a_list_shows_nothing(on: Stage) -> None:
    talk = on.talk("in-form")
    talk.say(BILL)
    talk.say("我要还款")
    assert "第 1 笔是" not in talk.say("第一笔")
