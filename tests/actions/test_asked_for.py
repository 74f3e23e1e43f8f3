"""Which figures and which wishes are in a message, clause by clause."""

from __future__ import annotations

import pytest

from actions.asked_for import asked_for
from actions.second_wish import stops, wishes


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("额度多少，账单多少", "limit bill"),
        ("查下账单还有额度", "bill limit"),
        ("我要还多少，几号还", "bill due_day"),
        ("额度、账单、还款计划都发我", "limit bill schedule"),
        ("上个月还了多少，这个月还多少", "last_month bill"),
        ("上次还了多少，还剩几期", "payments schedule"),
        ("提前结清要多少，额度多少", "payoff limit"),
        ("剩多少本金，最后一期是哪天", "principal last_day"),
        ("什么时候能还完", "last_day"),
        ("额度还有多少", "limit"),
        ("额度和账单有什么区别", "limit"),
        ("我要还200", ""),
        ("本金多少", "principal"),
        ("/query_bill", ""),
    ],
)
def test_each_plain_clause_asks_for_its_kind(said: str, kinds: str) -> None:
    assert asked_for(said) == tuple(kinds.split())


def test_a_clause_that_is_not_plain_is_of_the_kind_of_the_intent() -> None:
    assert asked_for("我这个月该准备多少给你们，额度多少", own="bill") == ("bill", "limit")
    assert asked_for("还了五百，还差多少", own="bill") == ("bill",)


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("关掉自动扣款然后还200", "autopay pay"),
        ("我要提额，顺便帮我关掉自动扣款", "limit autopay"),
        ("先还200，剩下的10号还", "pay"),
        ("怎么关掉自动扣款，怎么提额", ""),
    ],
)
def test_what_is_to_be_done_is_told_from_what_is_asked(said: str, kinds: str) -> None:
    assert wishes(said) == frozenset(kinds.split())


@pytest.mark.parametrize(
    "said", ["没钱了，还有别打电话", "还200，别再给我打电话", "先还200，别催了", "不要再联系我，账单多少"]
)
def test_to_be_left_alone_is_a_clause_of_its_own(said: str) -> None:
    assert stops(said)


@pytest.mark.parametrize("said", ["别打给我家里人，还200", "账单多少", "别再扣了", "你们怎么天天打电话"])
def test_to_leave_others_alone_is_none(said: str) -> None:
    assert not stops(said)
