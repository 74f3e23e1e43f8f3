"""A yes is a yes from end to end, a question is no wish, and somebody else's account is not one's own; over HTTP."""

from __future__ import annotations

import pytest

from tests.actions.stage import Stage

pytestmark = pytest.mark.system


@pytest.mark.parametrize(
    "said", ["好吧不弄了", "好的先放放", "行，改天", "好，下周", "嗯，过几天", "可是", "好难", "ok cancel", "嘟嘟行"]
)
def test_second_thoughts_at_the_read_back_order_nothing(on: Stage, said: str) -> None:
    talk = on.talk(f"second-{said}")
    talk.say("我要还500元")
    talk.say(said)
    assert on.world.bodies_of(f"second-{said}") == []


@pytest.mark.parametrize("asked", ["我这个月要还多少", "提前结清要多少钱"])
def test_a_question_at_the_read_back_is_answered_and_the_sum_stays(on: Stage, asked: str) -> None:
    talk = on.talk(f"asked-{asked}")
    talk.say("我要还500元")
    assert "现在还款 500 元" in talk.say(asked)


@pytest.mark.parametrize("said", ["过几天还五百", "下个月还五百"])
def test_a_vague_later_day_is_asked_for_and_offers_no_payment_now(on: Stage, said: str) -> None:
    answer = on.talk(f"vaguely-{said}").say(said)
    assert "还不是具体的一天" in answer
    assert "现在还款" not in answer


@pytest.mark.parametrize("said", ["帮我查一下张三的账单", "我老公的欠款是多少"])
def test_an_account_of_somebody_else_is_not_told_of(on: Stage, said: str) -> None:
    talk = on.talk(f"else-{said}")
    talk.say(said)
    assert talk.cards == []


def test_settling_said_after_the_figure_is_the_wish_to_pay_it(on: Stage) -> None:
    talk = on.talk("settle")
    talk.say("提前结清要多少钱")
    assert "请确认：现在还款 6,799.93 元" in talk.say("全部结清")


@pytest.mark.parametrize(("name", "noise"), [("letters", "asdfgh"), ("sounds", "嘟嘟嘟嘟")])
def test_noise_again_and_again_brings_a_person(on: Stage, name: str, noise: str) -> None:
    talk = on.talk(f"noise-again-{name}")
    for _ in range(3):
        talk.say(noise)
    assert {"reason": "not_understood"} in on.world.bodies_of(f"noise-again-{name}")
