"""General questions are answered from the knowledge base with the clause cited; one's own figures from the account."""

from __future__ import annotations

import pytest

from tests.actions.stage import Stage

pytestmark = pytest.mark.system


@pytest.mark.parametrize(
    ("asked", "says", "source"),
    [
        ("等额本息怎么计算", "899.75", "依据：小清消费金融产品规则"),
        ("个人征信报告去哪查要钱吗", "免费查两次", "依据：《征信业管理条例》第十七条"),
        ("退款退到哪里", "冲抵", "依据：小清消费金融产品规则"),
        ("逾期罚息怎么算", "罚息年化 21.6%", "依据：小清消费金融产品规则"),
        ("你们怎么有我的号码", "申请或签约", "依据：《个人信息保护法》第十三条"),
    ],
)
@pytest.mark.parametrize("who", ["borrower", "visitor"])
def test_a_general_question_is_answered_alike_for_everybody_with_what_it_rests_on(
    on: Stage, who: str, asked: str, says: str, source: str
) -> None:
    lines = on.talk(f"{who}-general-{asked}").say(asked).splitlines()
    assert says in lines[0]
    assert lines[-1] == source


def test_a_question_without_a_clause_gets_the_text_of_its_intent(on: Stage) -> None:
    assert "依据" not in (said := on.talk("general-button").say("/interest_and_fees"))
    assert "综合融资成本明示表" in said


@pytest.mark.parametrize(
    ("asked", "general", "own"),
    [
        ("提前还款要手续费吗", "不收手续费", "6,799.93"),
        ("临时额度到期会怎么样", "固定额度不变", "35,000"),
    ],
)
def test_a_general_question_under_an_intent_of_the_account_is_answered_in_general(
    on: Stage, asked: str, general: str, own: str
) -> None:
    said = on.talk(f"general-{asked}").say(asked)
    assert general in said
    assert own not in said


def test_the_borrowers_own_figures_come_from_the_account_all_the_same(on: Stage) -> None:
    assert "6,799.93" in on.talk("general-payoff").say("提前结清要多少钱")
    assert "35,000" in on.talk("general-limit").say("我还有多少额度")


def test_a_visitor_is_told_the_law_and_then_where_his_own_account_is(on: Stage) -> None:
    said = on.talk("visitor-early").say("提前还款利息怎么算")
    assert "《民法典》第六百七十七条" in said


@pytest.mark.parametrize(
    ("asked", "says"),
    [("个性化分期最长多少期是怎么规定的", "60 期"), ("一天打十几个电话催款合法吗", "不超过 3 次")],
)
def test_who_only_asks_how_it_is_stops_no_reminders_and_calls_nobody(on: Stage, asked: str, says: str) -> None:
    conversation_id = f"only-asks-{len(asked)}"
    assert says in on.talk(conversation_id).say(asked)
    assert on.world.bodies_of(conversation_id) == []


def test_who_asks_for_help_is_still_helped(on: Stage) -> None:
    on.talk("general-help").say("我还不上了，能不能申请延期")
    assert {"reason": "hardship"} in [
        {"reason": body["reason"]} for body in on.world.bodies_of("general-help") if "reason" in body
    ]


def test_a_question_that_comes_with_a_wish_is_answered_and_the_wish_is_met_all_the_same(on: Stage) -> None:
    said = on.talk("general-both").say("催收的人骂我还恐吓我，该怎么办")
    assert said.index("《刑法》第二百九十三条之一") < said.index("您的投诉我已转给人工")
    assert [body["reason"] for body in on.world.bodies_of("general-both")] == ["complaint", "complaint"]


def test_the_credit_repair_that_is_over_is_said_to_be_over(on: Stage) -> None:
    said = on.talk("repair").say("央行的一次性信用修复还能办吗")
    assert "已经结束" in said


def test_a_general_question_in_the_middle_of_a_payment_is_answered_and_the_payment_goes_on(on: Stage) -> None:
    talk = on.talk("general-form")
    talk.say("我要还500元")
    said = talk.say("退款退到哪里")
    assert "依据" in said
    assert "现在还款 500 元" in said
    assert on.world.bodies_of("general-form") == []
