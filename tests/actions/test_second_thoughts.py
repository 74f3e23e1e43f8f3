"""A yes is a yes from end to end, a question is no wish, and somebody else's account is not one's own; over HTTP."""

from __future__ import annotations

import pytest

from tests.actions.stage import Stage

pytestmark = pytest.mark.system
WAITING_PLAN = {
    "reference": "H261122-0A1B2C",
    "kind": "hardship",
    "title": "协商还款",
    "about": "延期 3 个月",
    "filed_on": "2026-11-22",
    "state": "waiting",
    "late": False,
    "answer_by": "2026-11-25",
    "decided_on": None,
    "outcome": "",
    "reviewable": False,
    "text": "协商还款 H261122-0A1B2C 还在处理，11月25日前答复您。",
}


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


@pytest.mark.parametrize(("name", "noise"), [("letters", "asdfgh"), ("sounds", "嘟嘟嘟嘟"), ("signs", "😭😭")])
def test_noise_again_and_again_brings_a_person(on: Stage, name: str, noise: str) -> None:
    talk = on.talk(f"noise-again-{name}")
    for _ in range(3):
        talk.say(noise)
    assert {"reason": "not_understood"} in on.world.bodies_of(f"noise-again-{name}")


@pytest.mark.parametrize("noise", ["。", "ggg", "😀", "嘟嘟"])
@pytest.mark.parametrize("wish", ["我要还500元", "下周五还五百"])
def test_noise_at_a_read_back_is_said_not_to_be_understood_and_the_third_time_a_person_is_offered(
    on: Stage, wish: str, noise: str
) -> None:
    name = f"noise-in-{(wish + noise).encode().hex()}"
    talk = on.talk(name)
    talk.say(wish)
    assert "没听明白" in talk.say(noise)
    talk.say(noise)
    talk.say(noise)
    assert "转人工" in talk.buttons
    assert on.world.bodies_of(name) == []


def test_what_is_not_understood_is_answered_once(on: Stage) -> None:
    talk = on.talk("once")
    talk.say("嘟嘟")
    assert len(talk.replies) == 1


@pytest.mark.parametrize("said", ["别给我老公打电话", "不要联系我单位", "你们不要给我妈打电话"])
def test_who_wants_others_spared_keeps_ones_own_reminders(on: Stage, said: str) -> None:
    name = f"spare-{said.encode().hex()}"
    talk = on.talk(name)
    assert "您自己的提醒没有变" in talk.say(said)
    assert on.world.bodies_of(name) == []


@pytest.mark.parametrize("said", ["我老公的欠款多少", "我帮我老公问问他的贷款", "帮我朋友还款"])
def test_somebody_elses_debt_is_not_told_of_nor_paid_and_pauses_nothing(on: Stage, said: str) -> None:
    name = f"not-own-{said.encode().hex()}"
    talk = on.talk(name)
    assert "您本人的账户" in talk.say(said)
    assert talk.cards == []
    assert on.world.bodies_of(name) == []


@pytest.mark.parametrize("said", ["逾期几天了", "罚息有多少了", "这个月还要还吗", "现在要我还吗"])
def test_a_question_about_ones_own_days_and_dues_is_answered_by_the_bill(on: Stage, said: str) -> None:
    talk = on.talk(f"own-days-{said}")
    assert "539.93" in talk.say(said)
    assert "没有正在办理" in talk.say("/cancel")


def test_a_question_about_the_grace_period_stops_no_reminders_and_a_wish_for_months_does(on: Stage) -> None:
    assert "3 天宽限期" in on.talk("grace").say("宽限期几天")
    assert "约一个具体的还款日" in on.talk("grace-days").say("能宽限几天吗")
    assert on.world.bodies_of("grace") == on.world.bodies_of("grace-days") == []
    on.talk("grace-please").say("能宽限两个月吗")
    assert on.world.bodies_of("grace-please")[0]["reason"] == "hardship"


def test_who_asks_how_far_a_plan_is_does_not_ask_for_another(on: Stage) -> None:
    on.world.filed = [WAITING_PLAN]
    assert on.talk("how-far").say("我的延期批了吗") == WAITING_PLAN["text"]
    on.world.filed = []
    assert "所以没有待处理的结果" in on.talk("how-far-none").say("我的延期批了吗")
    assert on.world.bodies_of("how-far") == on.world.bodies_of("how-far-none") == []


def test_who_waits_for_a_person_and_asks_when_is_told_his_place_and_not_of_applications(on: Stage) -> None:
    talk = on.talk("when")
    talk.say("转人工")
    assert "人工已经收到" in talk.say("处理到哪一步了")


def test_a_visitor_is_told_of_settling_early_in_general(on: Stage) -> None:
    talk = on.talk("visitor-fee")
    talk.context["verified"] = False
    assert "写明的以合同为准" in talk.say("提前还款有手续费吗")


@pytest.mark.parametrize("said", ["13800138000", "110101199003071234"])
def test_who_sends_a_number_that_is_private_is_asked_not_to(on: Stage, said: str) -> None:
    assert "请不要在这里发" in on.talk(f"private-{said}").say(said)


def test_what_is_still_not_clear_when_repeated_is_not_said_a_third_time(on: Stage) -> None:
    talk = on.talk("unclear")
    talk.say("这个月还多少")
    assert "539.93" in talk.say("没看懂")
    assert "转人工" in talk.say("没看懂")


@pytest.mark.parametrize("said", ["哦", "知道了", "哦哦，明白了"])
def test_who_takes_note_is_not_greeted(on: Stage, said: str) -> None:
    answer = on.talk(f"noted-{said}").say(said)
    assert "好的。" in answer
    assert "这里是小清" not in answer


def test_a_payment_pressed_by_mistake_is_said_to_be_on_its_way(on: Stage) -> None:
    talk = on.talk("by-mistake")
    talk.say("我要还五百")
    talk.say("嗯")
    assert "撤不回来" in talk.say("我点错了，能撤回吗")


def test_who_does_not_want_a_higher_limit_after_all_is_let_go(on: Stage) -> None:
    talk = on.talk("no-limit")
    talk.say("我想提额")
    assert "没有提交申请" in talk.say("不申请了")
