"""Whole dialogues over HTTP with the trained bot and the real action server, against the small service."""

from __future__ import annotations

import httpx
import pytest

from actions.service_client import ASKED_AT_MOST
from tests.actions.stage import Stage

pytestmark = pytest.mark.system


@pytest.mark.parametrize(
    ("asked", "figure", "card"),
    [
        ("我还有多少额度", "35,000", "limit"),
        ("查一下账单", "539.93", "bill"),
        ("每期要还多少", "已还 3/12 期", "schedule"),
        ("看看最近的还款记录", "10月18日", "payments"),
        ("现在全部提前结清要多少钱", "6,799.93", "payoff"),
    ],
)
def test_questions_about_the_account_are_answered_in_text_and_as_a_card(
    on: Stage, asked: str, figure: str, card: str
) -> None:
    talk = on.talk(f"ask-{card}")
    assert figure in talk.say(asked)
    assert talk.cards == [card]


def test_a_named_amount_is_read_back_confirmed_and_ordered_once(on: Stage) -> None:
    talk = on.talk("pay")
    assert "500 元" in talk.say("我先还五百吧")
    assert on.world.bodies_of("pay") == []
    assert "处理中" in talk.say("对", message_id="yes")
    assert "处理中" in talk.say("对", message_id="yes")
    assert on.world.paid_by("pay") == [("amount", 50000)]
    assert "处理中" not in talk.say("对")


@pytest.mark.parametrize("answers", [1, ASKED_AT_MOST])
def test_a_payment_that_is_being_worked_on_is_said_to_be_processed(on: Stage, answers: int) -> None:
    talk = on.talk(f"in-progress-{answers}")
    talk.say("我先还五百吧")
    on.world.in_progress = answers
    assert "已提交还款 500 元" in talk.say("对")
    on.world.in_progress = 0


def test_a_correction_and_a_digression_leave_the_right_amount_in_the_form(on: Stage) -> None:
    talk = on.talk("correct")
    talk.say("帮我还款")
    talk.say("还五百")
    after = talk.say("我的额度是多少")
    assert "35,000" in after
    assert "现在还款 500 元" in after
    assert "现在还款 5,000 元" in talk.say("不是五百是五千")
    talk.say("确认")
    assert on.world.paid_by("correct") == [("amount", 500000)]


@pytest.mark.parametrize(("said", "kind"), [("还最低", "minimum"), ("全部还清", "all"), ("还这个月的", "bill")])
def test_words_for_sums_are_kinds_of_payment(on: Stage, said: str, kind: str) -> None:
    talk = on.talk(f"kind-{kind}")
    talk.say("我要还款")
    assert "请确认" in talk.say(said)
    talk.say("/affirm")
    assert [paid for paid, _ in on.world.paid_by(f"kind-{kind}")] == [kind]


def test_a_no_at_the_read_back_asks_for_another_amount_and_cancelling_pays_nothing(on: Stage) -> None:
    talk = on.talk("deny")
    talk.say("我要还500元")
    assert "改成还多少" in talk.say("不要")
    assert "800 元" in talk.say("八百")
    assert "没有扣款" in talk.say("算了，取消")
    assert on.world.bodies_of("deny") == []


def test_noise_at_the_read_back_pays_nothing(on: Stage) -> None:
    talk = on.talk("noise")
    talk.say("我要还500元")
    talk.say("呜啦呜啦咕噜咕噜")
    talk.say("真的对吗？")
    assert on.world.bodies_of("noise") == []


def test_too_large_an_amount_is_explained_and_the_form_goes_on(on: Stage) -> None:
    talk = on.talk("large")
    assert "全部结清也只需要 6,799.93 元" in talk.say("还五百万")
    assert "现在还款 1,000 元" in talk.say("一千")


def test_a_figure_that_changed_since_it_was_read_back_is_read_back_again(on: Stage) -> None:
    talk = on.talk("changed")
    talk.say('/repay_now{"amount_word": "bill"}')
    on.world.bill_fen += 8
    try:
        again = talk.say("确认")
        assert "有变化" in again
        assert "540.01" in again
        assert on.world.bodies_of("changed") == []
        talk.say("确认")
        assert on.world.paid_by("changed") == [("bill", 54001)]
    finally:
        on.world.bill_fen -= 8


def test_the_button_of_a_payoff_pays_exactly_what_was_quoted(on: Stage) -> None:
    talk = on.talk("quoted")
    talk.say("现在全部提前结清要多少钱")
    [card] = [reply["card"] for reply in talk.replies if reply["card"]]
    assert talk.buttons["现在全部结清"] == f'/repay_now{{"quote_id": "{card["quote_id"]}"}}'
    read_back = talk.say(talk.buttons["现在全部结清"])
    assert "现在还款 6,799.93 元" in read_back
    assert "有变化" not in read_back
    assert [reply["card"]["quote_id"] for reply in talk.replies] == [card["quote_id"]]
    talk.say("确认")
    assert on.world.bodies_of("quoted") == [{"quote_id": card["quote_id"]}]


def test_a_button_of_yesterday_is_read_back_anew_and_said_to_have_changed(on: Stage) -> None:
    talk = on.talk("yesterday")
    talk.say("现在全部提前结清要多少钱")
    old = talk.buttons["现在全部结清"]
    on.world.day += 1
    try:
        again = talk.say(old)
        assert "有变化" in again
        assert "现在还款 6,799.93 元" in again
        assert on.world.bodies_of("yesterday") == []
        talk.say("确认")
        assert [body["quote_id"][:9] for body in on.world.bodies_of("yesterday")] == ["Q20261124"]
    finally:
        on.world.day -= 1


def test_what_changed_on_the_account_is_never_paid_silently_though_the_sum_is_the_same(on: Stage) -> None:
    talk = on.talk("moved")
    talk.say("我要还500元")
    on.world.version += 1
    again = talk.say("确认")
    assert "有变化" in again
    assert again.count("请确认：") == 1
    assert on.world.bodies_of("moved") == []
    talk.say("确认")
    assert on.world.paid_by("moved") == [("amount", 50000)]


def test_an_amount_beside_a_quote_in_a_payload_and_a_quote_that_is_none_mean_nothing(on: Stage) -> None:
    talk = on.talk("forged")
    talk.say("现在全部提前结清要多少钱")
    [quote_id] = [reply["card"]["quote_id"] for reply in talk.replies if reply["card"]]
    assert "现在还款 6,799.93 元" in talk.say(f'/repay_now{{"quote_id": "{quote_id}", "amount": 1}}')
    talk.say("/cancel")
    for none in ("Q20261123-0000000000000000", "", ".", "../bill", "x" * 99):
        assert "想还多少" in talk.say(f'/repay_now{{"quote_id": "{none}", "amount": 1}}')
        talk.say("/cancel")
    assert on.world.bodies_of("forged") == []


def test_the_bill_is_paid_by_the_quote_on_its_card(on: Stage) -> None:
    talk = on.talk("bill-quote")
    talk.say("查一下账单")
    [card] = [reply["card"] for reply in talk.replies if reply["card"]]
    talk.say(talk.buttons["还本期 539.93 元"])
    talk.say("/affirm")
    assert on.world.bodies_of("bill-quote") == [{"quote_id": card["quote_id"]}]


@pytest.mark.parametrize(("state", "words"), [("failed", "没有成功，没有扣款"), ("succeeded", "已经到账")])
def test_an_order_that_has_an_outcome_at_once_is_not_said_to_be_on_its_way(on: Stage, state: str, words: str) -> None:
    talk = on.talk(f"outcome-{state}")
    talk.say("我要还500元")
    on.world.order_state = state
    try:
        said = talk.say("确认")
    finally:
        on.world.order_state = "pending"
    assert words in said
    assert "已提交" not in said


@pytest.mark.parametrize("said", ["我要还款", "我过几天还"])
def test_who_owes_nothing_is_told_so_and_asked_nothing(on: Stage, said: str) -> None:
    talk, owed = on.talk(f"none-{said}"), on.world.bill_fen
    on.world.bill_fen = 0
    try:
        assert "不用还款" in talk.say(said)
        assert "没有正在办理" in talk.say("/cancel")
    finally:
        on.world.bill_fen = owed


def test_a_promise_with_amount_and_day_is_read_back_and_kept(on: Stage) -> None:
    talk = on.talk("promise")
    assert "12月4日（周五）还 500 元" in talk.say("我下周五还五百")
    assert "已登记" in talk.say("对的")
    made = on.world.bodies_of("promise")
    assert made == [{"amount_fen": 50000, "due_on": "2026-12-04", "text": "我下周五还五百"}]


def test_a_vague_day_is_asked_again_and_a_missing_amount_is_asked_for(on: Stage) -> None:
    talk = on.talk("vague")
    assert "“过几天”" in talk.say("我过几天还")
    assert "打算还多少" in talk.say("月底吧")
    assert "11月30日（周一）还 300 元" in talk.say("先还三百")
    assert "还 400 元" in talk.say("改成四百")
    talk.say("可以")
    assert [(p["amount_fen"], p["due_on"]) for p in on.world.bodies_of("vague")] == [(40000, "2026-11-30")]


def test_a_day_that_is_over_and_one_too_far_are_refused_and_asked_again(on: Stage) -> None:
    talk = on.talk("days")
    assert "已经过去了" in talk.say('/promise_to_pay{"date": "2026-11-20", "amount": 30000}')
    refused = talk.say('/inform{"date": "2027-03-20"}')
    assert "最晚可以到12月23日" in refused
    assert "哪一天还" in refused
    assert "还 300 元" in talk.say("12月1号")
    assert "已登记" in talk.say("确认")


def test_a_later_day_named_at_the_read_back_of_a_payment_makes_it_a_promise(on: Stage) -> None:
    talk = on.talk("later")
    talk.say("我先还五百吧")
    assert "11月24日（周二）还 500 元" in talk.say("明天")
    talk.say("好")
    assert [set(body) for body in on.world.bodies_of("later")] == [{"amount_fen", "due_on", "text"}]


def test_putting_a_payment_off_without_a_day_asks_for_one(on: Stage) -> None:
    talk = on.talk("put-off")
    talk.say("我先还五百吧")
    assert "哪天能还" in talk.say('/cancel{"vague_date": "过两天"}')
    assert "11月30日（周一）还 500 元" in talk.say("30号")


@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-24"])
def test_wanting_to_pay_on_another_day_than_today_pays_nothing_now(on: Stage, day: str) -> None:
    talk = on.talk(f"day-{day}")
    said = talk.say(f'/repay_now{{"amount": 50000, "date": "{day}"}}')
    assert ("最近收到的一笔" if day < "2026-11-23" else "还 500 元，对吗") in said
    talk.say("/cancel")
    assert on.world.bodies_of(f"day-{day}") == []


def test_three_failures_in_a_form_offer_a_person_and_keep_the_form(on: Stage) -> None:
    talk = on.talk("stuck")
    talk.say("我要还款")
    for _ in range(2):
        assert "没听明白" in talk.say("/nlu_fallback")
        assert "转人工" not in talk.buttons
    talk.say("/nlu_fallback")
    assert {"取消", "转人工"} <= set(talk.buttons)
    assert "现在还款 300 元" in talk.say("三百")


def test_two_failures_in_a_row_call_a_person(on: Stage) -> None:
    talk = on.talk("lost")
    talk.say("/nlu_fallback")
    assert talk.buttons["转人工"] == "/human_agent"
    assert "已为您转人工" in talk.say("/nlu_fallback")
    assert on.world.bodies_of("lost") == [{"reason": "not_understood"}]


def test_a_person_called_in_mid_form_ends_the_form_without_a_payment(on: Stage) -> None:
    talk = on.talk("person")
    talk.say("我要还500元")
    assert "没有提交" in talk.say("转人工")
    talk.say("对")
    assert on.world.bodies_of("person") == [{"reason": "asked"}]


def test_a_visitor_reads_the_same_request_to_log_in_whatever_is_asked(on: Stage) -> None:
    asked = ["查账单", "我还有多少额度", "还款计划", "还款记录", "我要还款", "还五百", "我下周五还五百", "我过几天还"]
    answers = {on.talk(f"visitor-{n}").say(text) for n, text in enumerate(asked)}
    assert len(answers) == 1
    assert "登录" in answers.pop()


@pytest.mark.parametrize(
    ("said", "reason", "person"),
    [
        ("这笔钱不是我借的", "dispute", True),
        ("不要再给我发消息了", "opt_out", False),
        ("我失业了，真的没钱还", "hardship", False),
        ("我要投诉", "complaint", True),
        ("你们打错了，我不是这个人", "wrong_person", True),
    ],
)
def test_what_must_stop_reminders_pauses_them_for_the_right_reason(
    on: Stage, said: str, reason: str, person: bool
) -> None:
    on.talk(f"stop-{reason}").say(said)
    paused, *called = on.world.bodies_of(f"stop-{reason}")
    assert paused == {"reason": reason, "note": said}
    assert called == ([{"reason": reason}] if person else [])


def test_words_of_self_harm_bring_the_hotline_and_a_person_and_not_a_word_of_debt(on: Stage) -> None:
    talk = on.talk("crisis")
    talk.say("我要还500元")
    said = talk.say("活着没意思，不想活了")
    assert "12356" in said
    assert not {"还款", "欠款", "逾期"} & {word for word in ("还款", "欠款", "逾期") if word in said}
    assert {"reason": "crisis"} in on.world.bodies_of("crisis")


@pytest.mark.parametrize("conversation_id", ["down-1"])
def test_a_service_that_fails_fails_the_turn_and_asking_again_is_safe(on: Stage, conversation_id: str) -> None:
    talk = on.talk(conversation_id)
    assert talk.post("查账单", message_id="m1").status_code == 503
    assert talk.post("查账单", message_id="m1").status_code == 503


def test_the_bot_is_closed_to_who_has_no_token(on: Stage) -> None:
    body = {"conversation_id": "x", "message_id": "1", "text": "你好", "context": {}}
    assert httpx.post(f"{on.bot_url}/webhooks/xiaoqing/turn", json=body).status_code == 401


def test_a_higher_limit_is_read_back_confirmed_and_decided_with_its_reason(on: Stage) -> None:
    talk = on.talk("raise")
    assert "从 50,000 元提到 75,000 元" in talk.say("我要提额")
    assert on.world.bodies_of("raise") == []
    assert "近 12 个月按时还了 8 期" in talk.say("好的，申请")
    assert on.world.bodies_of("raise") == [{"line_id": "line-1", "amount_fen": 7500000}]


def test_a_question_in_between_leaves_the_application_open_and_a_no_ends_it(on: Stage) -> None:
    talk = on.talk("raise-digress")
    talk.say("我要提额")
    assert "539.93" in talk.say("查一下账单")
    assert "没有提交申请" in talk.say("/cancel")
    assert on.world.bodies_of("raise-digress") == []


def test_a_refusal_offers_a_person_and_the_button_asks_for_one(on: Stage) -> None:
    talk = on.talk("raise-refused")
    on.world.limit_state = "refused"
    try:
        talk.say("我要提额")
        assert "已经逾期 5 天" in talk.say("/affirm")
        assert "已经请人工复核" in talk.say(talk.buttons["请人工复核"])
        assert {"application_id": "limit-1"} in on.world.bodies_of("raise-refused")
    finally:
        on.world.limit_state = "approved"


def test_why_a_limit_is_less_is_answered_from_the_ledger_and_in_general_to_a_visitor(on: Stage) -> None:
    assert "9月2日借出 5,000 元" in on.talk("why").say("我的额度怎么变少了")
    assert "系统评估" in on.talk("visitor-why").say("我的额度怎么变少了")
    assert "提额由系统定期综合评估" in on.talk("visitor-raise").say("我要提额")
