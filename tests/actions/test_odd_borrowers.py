"""What borrowers also say: numbers that are none, signs, insults, fears, second thoughts; over HTTP."""

from __future__ import annotations

import pytest

from tests.actions.stage import Stage

pytestmark = pytest.mark.system


def test_pressing_a_button_that_carries_an_amount_pays_it_and_logs_no_error(on: Stage) -> None:
    talk = on.talk("press")
    talk.say("提前结清要多少钱")
    assert "现在还款 6,799.93 元" in talk.say(talk.buttons["现在全部结清"])
    talk.say("/cancel")
    talk.say("/partial_or_min_payment")
    assert "现在还款 539.93 元" in talk.say(talk.buttons["还最低"])
    assert "interpolat" not in on.bot_log.read_text()


@pytest.mark.parametrize("said", ["-100", "0.001元", "零", "一个亿", "还负一百"])
def test_what_is_no_sum_of_money_is_said_to_be_none_and_not_read_back_as_another(on: Stage, said: str) -> None:
    talk = on.talk(f"no-sum-{said}")
    talk.say("我要还500元")
    answer = talk.say(said)
    assert "没法办理" in answer
    assert "确认" not in answer
    assert "现在还款 300 元" in talk.say("300")


def test_a_negative_promise_is_none_and_one_of_more_than_is_owed_is_not_read_back(on: Stage) -> None:
    talk = on.talk("promise-sums")
    assert "打算还多少" in talk.say("我下周五还负一百")
    assert "全部结清也只要 6,799.93 元" in talk.say("一百万")
    assert "12月4日（周五）还 300 元" in talk.say("三百")


def test_the_name_of_the_bill_alone_asks_for_it(on: Stage) -> None:
    assert "539.93" in on.talk("name-of-bill").say("账单")
    assert "539.93" in on.talk("name-of-bill-2").say('/inform{"amount_word": "bill"}')


def test_asking_for_the_least_to_pay_opens_no_payment(on: Stage) -> None:
    talk = on.talk("least")
    assert "确认还款" not in talk.say("最低还多少")
    assert "没有正在办理" in talk.say("/cancel")


@pytest.mark.parametrize(
    ("fear", "answer"),
    [
        ("会不会告诉我家人", "只和您本人"),
        ("会不会坐牢", "不要被吓到"),
        ("会上门吗", "不会上门"),
        ("会起诉我吗", "书面通知"),
    ],
)
def test_a_fear_named_is_answered_and_threatens_nobody(on: Stage, fear: str, answer: str) -> None:
    assert answer in on.talk(f"fear-{fear}").say(fear)


@pytest.mark.parametrize("said", ["😭", "。。。", "？"])
def test_signs_without_words_are_no_yes(on: Stage, said: str) -> None:
    assert "我在呢" in on.talk(f"signs-{said}").say(said)


def test_letters_at_random_are_no_yes_and_a_no_to_nothing_asks_what_is_wrong(on: Stage) -> None:
    assert "没听明白" in on.talk("letters").say("asdfgh")
    assert "哪里不对" in on.talk("wrong").say("不对")


def test_after_words_of_self_harm_small_words_are_not_answered_with_business(on: Stage) -> None:
    talk = on.talk("crisis-after")
    talk.say("我不想活了")
    for small in ("嗯", "谢谢", "/nlu_fallback", "😭"):
        said = talk.say(small)
        assert "12356" in said
        assert "还款" not in said
        assert not talk.buttons


def test_out_of_hours_nobody_in_danger_is_told_to_wait_for_a_person(on: Stage) -> None:
    on.world.open = False
    try:
        said = on.talk("crisis-night").say("我不想活了")
    finally:
        on.world.open = True
    assert "12356" in said
    assert "不要等我们" in said
    assert "尽快" not in said


def test_who_waits_for_a_person_already_is_not_put_in_the_queue_again(on: Stage) -> None:
    talk = on.talk("waits")
    assert "已为您转人工" in talk.say("转人工")
    again = talk.say("我要投诉")
    assert "人工已经收到" in again
    assert "已为您转人工" not in again


def test_insults_are_met_with_an_apology_and_no_guesses(on: Stage) -> None:
    talk = on.talk("angry")
    assert "很抱歉" in talk.say("我操你妈")
    assert "现在还款" not in talk.buttons


def test_a_payment_on_its_way_cannot_be_taken_back_and_is_said_to_be_on_its_way(on: Stage) -> None:
    talk = on.talk("on-its-way")
    talk.say("我要还500元")
    talk.say("确认")
    assert "撤不回来" in talk.say("取消")
    assert "500 元还在处理中" in talk.say("我已经还了")


def test_a_promise_made_is_not_said_to_be_nothing(on: Stage) -> None:
    talk = on.talk("promise-stays")
    talk.say("我下周五还五百")
    talk.say("对")
    assert "已经登记的约定" in talk.say("取消")


def test_who_does_not_know_the_day_is_let_go(on: Stage) -> None:
    talk = on.talk("no-day")
    talk.say("/promise_to_pay")
    assert "先不约" in talk.say("不知道")
    assert on.world.bodies_of("no-day") == []


def test_a_sum_that_is_not_exact_is_asked_again_in_the_form(on: Stage) -> None:
    talk = on.talk("about")
    talk.say("我要还款")
    again = talk.say("两千多")
    assert "准确" in again
    assert "您想还多少" in again


def test_a_borrower_in_hospital_is_wished_well_and_not_taken_for_somebody_else(on: Stage) -> None:
    talk = on.talk("ill")
    assert "安心养病" in talk.say("我生病住院了")
    assert on.world.bodies_of("ill")[0]["reason"] == "hardship"
    assert "不能谈" in on.talk("ill-father").say("我爸住院了，他接不了电话")


def test_the_day_to_pay_is_told_to_the_borrower_and_to_a_visitor_only_where_to_find_it(on: Stage) -> None:
    assert "11月18日（周三）" in on.talk("due-day").say("还款日是几号")
    assert "11月18日" not in on.talk("visitor-due-day").say("还款日是几号")


@pytest.mark.parametrize("said", ["不还了", "我还没想好"])
def test_who_will_not_or_is_not_sure_at_the_read_back_is_let_go_without_a_payment(on: Stage, said: str) -> None:
    talk = on.talk(f"let-go-{said}")
    talk.say("我要还500元")
    answer = talk.say(said)
    assert "没有扣款" in answer
    assert "确认还款" not in answer
    assert on.world.bodies_of(f"let-go-{said}") == []


@pytest.mark.parametrize("said", ["我想查我老婆的账单", "帮我查下我妈的额度"])
def test_somebody_elses_account_is_not_answered_with_ones_own(on: Stage, said: str) -> None:
    talk = on.talk(f"own-{said}")
    assert "您本人的账户" in talk.say(said)
    assert talk.cards == []
