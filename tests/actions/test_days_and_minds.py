"""Days that cannot be promised are refused before they are read back, and a mind may change as often as it likes
with the sums kept; over HTTP."""

from __future__ import annotations

import pytest

from tests.actions.stage import Stage

pytestmark = pytest.mark.system


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("11月20号还五百", "11月20日（周五）已经过去了"),
        ("我明年3月5号还五百", "最晚可以到12月23日（周三）"),
        ("2月30号还五百", "没有“2月30号”这一天"),
        ("32号还五百", "没有“32号”这一天"),
    ],
)
def test_a_day_that_will_not_do_is_asked_again_before_the_read_back_and_the_sum_is_kept(
    on: Stage, said: str, answer: str
) -> None:
    talk = on.talk(f"day-{said}")
    asked_again = talk.say(said)
    assert answer in asked_again
    assert "哪一天还" in asked_again
    assert "对吗" not in asked_again
    assert "12月4日（周五）还 500 元" in talk.say("下周五")


def test_a_bare_day_that_has_passed_is_next_months_and_read_back_in_full(on: Stage) -> None:
    assert "12月20日（周日）还 500 元" in on.talk("bare-day").say("20号还五百")


def test_a_day_that_will_not_do_is_told_so_at_the_read_back_of_a_payment_too(on: Stage) -> None:
    talk = on.talk("payment-day")
    talk.say("我要还五百")
    assert "没有“11月31号”这一天" in talk.say("11月31号还")
    assert on.world.bodies_of("payment-day") == []


@pytest.mark.parametrize(("said", "answer"), [("11月31号", "没有“11月31号”这一天"), ("11月20号", "已经过去了")])
def test_a_bare_day_that_will_not_do_is_told_so_where_no_form_is_open(on: Stage, said: str, answer: str) -> None:
    talk = on.talk(f"bare-{said}")
    assert answer in talk.say(said)
    assert "约定一天还" not in talk.buttons


def test_who_asks_for_the_latest_day_is_told_it(on: Stage) -> None:
    talk = on.talk("latest")
    talk.say("/promise_to_pay")
    assert "最晚可以约到12月23日（周三）" in talk.say("那最晚几号")


@pytest.mark.parametrize(("said", "sum_"), [("我要还五毛", "0.50"), ("还三块五毛", "3.50"), ("我先还两分钱", "0.02")])
def test_less_than_a_yuan_is_a_sum(on: Stage, said: str, sum_: str) -> None:
    assert f"现在还款 {sum_} 元" in on.talk(f"change-{said}").say(said)


@pytest.mark.parametrize("said", ["好吧算了", "算了", "先不还了", "那我不还了"])
@pytest.mark.parametrize("wish", ["我要还五百", "下周五还五百"])
def test_who_gives_up_at_a_read_back_is_told_plainly_and_may_begin_anew(on: Stage, said: str, wish: str) -> None:
    talk = on.talk(f"gives-up-{wish}-{said}")
    talk.say(wish)
    answer = talk.say(said)
    assert "没有扣款" in answer or "没有登记" in answer
    assert "现在还款 300 元" in talk.say("我要还三百")


@pytest.mark.parametrize(
    "said", ["不是五百是五千", "说错了，五千", "改成五千", "算了，还五千吧", "不对，5000", "换成5千"]
)
def test_a_corrected_sum_is_read_back_after_a_question_in_between(on: Stage, said: str) -> None:
    name = f"corrects-{said.encode().hex()}"  # an effect's key goes into a header
    talk = on.talk(name)
    talk.say("我要还五百")
    assert "现在还款 500 元" in talk.say("我的额度还剩多少")
    assert "现在还款 5,000 元" in talk.say(said)
    assert "现在还款 5,000 元" in talk.say("利息怎么算的")
    talk.say("对")
    assert on.world.paid_by(name) == [("amount", 500_000)]


@pytest.mark.parametrize("asked", ["罚息怎么收", "我额度多少", "到时候会有人催我吗", "这样算不算逾期", "要手续费吗"])
def test_a_question_in_a_promise_is_answered_and_the_promise_stays(on: Stage, asked: str) -> None:
    name = f"promise-asks-{asked.encode().hex()}"
    talk = on.talk(name)
    talk.say("下周五还五百")
    talk.say("不是五百，是三百")
    talk.say("不对，是下周四")
    assert "12月3日（周四）还 300 元" in talk.say(asked)
    assert "已登记" in talk.say("就这样吧")
    assert [(body["amount_fen"], body["due_on"]) for body in on.world.bodies_of(name)] == [(300_00, "2026-12-03")]


def test_a_payment_put_off_and_wanted_at_once_after_all_is_a_payment_of_the_same_sum(on: Stage) -> None:
    talk = on.talk("at-once")
    talk.say("我想还300")
    assert "12月4日（周五）还 300 元" in talk.say("还是下周五还吧")
    assert "现在还款 300 元" in talk.say("不，现在还")
    talk.say("行")
    assert on.world.paid_by("at-once") == [("amount", 300_00)]


@pytest.mark.parametrize(("said", "answer"), [("现在还", "现在还款 300 元"), ("明天", "11月24日（周二）还 300 元")])
def test_a_bare_sum_is_remembered_until_it_is_said_whether_it_is_paid_or_promised(
    on: Stage, said: str, answer: str
) -> None:
    talk = on.talk(f"bare-sum-{said}")
    talk.say("三百")
    assert "现在还，还是约定" in talk.say("好")
    assert answer in talk.say(said)


def test_a_yes_with_thanks_is_a_yes(on: Stage) -> None:
    talk = on.talk("thanks")
    talk.say("我明天先还300可以吗")
    assert "已登记" in talk.say("好的，谢谢您")


def test_what_is_not_quite_a_yes_is_asked_for_a_plain_one(on: Stage) -> None:
    talk = on.talk("almost")
    talk.say("我要还五百")
    answer = talk.say("确忍")
    assert "请直接回复“对”" in answer
    assert on.world.bodies_of("almost") == []


def test_a_promise_just_made_is_changed_by_naming_another_day_or_sum(on: Stage) -> None:
    talk = on.talk("changes-promise")
    talk.say("下周五还五百")
    talk.say("对")
    assert "12月3日（周四）还 500 元" in talk.say("改到3号")
    talk.say("对")
    assert "12月3日（周四）还 300 元" in talk.say("金额改成三百")
    talk.say("对")
    made = [(body["amount_fen"], body["due_on"]) for body in on.world.bodies_of("changes-promise")]
    assert made == [(500_00, "2026-12-04"), (500_00, "2026-12-03"), (300_00, "2026-12-03")]


def test_a_yes_to_a_bare_day_promises_on_it(on: Stage) -> None:
    talk = on.talk("yes-to-day")
    talk.say("29号")
    assert "11月29日（周日）。您打算还多少" in talk.say("对")
    assert "11月29日（周日）还 300 元" in talk.say("三百")


@pytest.mark.parametrize("said", ["不是，150", "不是两百是150"])
def test_a_bare_sum_corrected_is_asked_about_anew(on: Stage, said: str) -> None:
    talk = on.talk(f"bare-corrected-{said}")
    talk.say("200")
    assert "150 元，您是想现在还" in talk.say(said)


def test_a_sum_and_a_day_with_a_rest_are_read_without_the_rest(on: Stage) -> None:
    talk = on.talk("rest")
    assert "11月24日（周二）还 300 元" in talk.say("明天还三百，月底再还剩下的")


def test_a_sum_in_figures_is_no_day(on: Stage) -> None:
    talk = on.talk("figures")
    talk.say("明天还")
    assert "11月24日（周二）还 541.30 元" in talk.say("541.30")


@pytest.mark.parametrize("said", ["等一下", "我先想想", "稍等"])
def test_who_asks_for_a_moment_is_given_it(on: Stage, said: str) -> None:
    talk = on.talk(f"moment-{said}")
    talk.say("我要还五百")
    answer = talk.say(said)
    assert "不着急" in answer
    assert "现在还款 500 元" in answer


@pytest.mark.parametrize("said", ["现在没钱", "我现在还不上", "现在不行"])
def test_who_cannot_pay_now_is_not_offered_a_payment_now(on: Stage, said: str) -> None:
    talk = on.talk(f"not-now-{said.encode().hex()}")
    talk.say("下周五还五百")
    assert "现在还款" not in talk.say(said)


def test_another_sum_said_with_paying_at_once_is_not_the_promised_one(on: Stage) -> None:
    talk = on.talk("at-once-all")
    talk.say("下周五还三百")
    assert "现在还款 6,799.93 元" in talk.say("现在就全部还清")


@pytest.mark.parametrize("said", ["等货款到账就还五百", "发了工资马上还五百", "10号以后还五百"])
def test_a_promise_that_hangs_on_something_is_asked_for_its_day_and_not_taken_as_today(on: Stage, said: str) -> None:
    answer = on.talk(f"hangs-{said.encode().hex()}").say(said)
    assert "对吗" not in answer
    assert on.world.bodies_of(f"hangs-{said.encode().hex()}") == []
