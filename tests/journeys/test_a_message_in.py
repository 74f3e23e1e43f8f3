"""A message in: what a borrower says is kept, understood, done once, and answered."""

from __future__ import annotations

import uuid

import pytest

from tests.running import FrozenSystem

pytestmark = pytest.mark.system


def test_a_borrower_five_days_overdue_asks_and_pays_and_the_ledger_changes(system: FrozenSystem) -> None:
    borrower = system.borrower("demo-overdue-5")
    borrower.say("我这个月要还多少")
    conversation = system.conversation("demo-overdue-5")
    before = system.ledger(conversation, "bill")
    assert before["overdue_fen"] > 50_000
    limit = borrower.say("还剩多少额度")
    available = system.ledger(conversation, "limit")["available_fen"]
    assert f"{available / 100:,.2f}" in limit[-1]["text"]
    payoff = borrower.say("提前结清要多少钱")
    assert f"{system.ledger(conversation, 'payoff')['total_fen'] / 100:,.2f}" in payoff[-1]["text"]
    asked = borrower.say("我先还五百吧")
    assert "500 元" in asked[-1]["text"]
    assert asked[-1]["buttons"]
    borrower.post("对")
    receipt = borrower.wait_for("已收到您的还款 500 元")
    assert receipt["card"]["amount_fen"] == 50_000
    after = system.ledger(conversation, "bill")
    assert after["overdue_fen"] == before["overdue_fen"] - 50_000
    assert next(paid["amount_fen"] for paid in system.ledger(conversation, "payments")["payments"]) == 50_000


def test_every_message_delivered_three_times_is_answered_and_paid_once(system: FrozenSystem) -> None:
    borrower = system.borrower("demo-overdue-20")
    borrower.say("你好")
    conversation = system.conversation("demo-overdue-20")
    paid_before = len(system.ledger(conversation, "payments?limit=50")["payments"])
    overdue_before = system.ledger(conversation, "bill")["overdue_fen"]
    for text, answered in (("我先还三百", "300 元"), ("对", "已收到您的还款 300 元")):
        message_id = uuid.uuid4().hex
        answers = [borrower.post(text, message_id=message_id) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 202]
        assert [answer.json()["duplicate"] for answer in answers] == [False, True, True]
        borrower.wait_for(answered)
    payments = system.ledger(conversation, "payments?limit=50")["payments"]
    assert len(payments) == paid_before + 1
    assert system.ledger(conversation, "bill")["overdue_fen"] == overdue_before - 30_000
    said = [turn["text"] for turn in borrower.turns() if turn["direction"] == "in"]
    assert said == ["你好", "我先还三百", "对"]
    receipts = [turn for turn in borrower.turns() if "已收到您的还款" in turn["text"]]
    assert len(receipts) == 1


def test_a_correction_in_the_middle_counts_and_a_digression_keeps_the_amount(system: FrozenSystem) -> None:
    borrower = system.borrower("demo-overdue-45")
    borrower.say("我想先还五百")
    corrected = borrower.say("不是五百是八百")
    assert "800 元" in corrected[-1]["text"]
    limit = borrower.say("我还剩多少额度")
    assert any("额度" in turn["text"] for turn in limit)
    assert "800 元" in limit[-1]["text"]  # back to the question that was open, with the amount
    borrower.post("对")
    borrower.wait_for("已收到您的还款 800 元")


def test_a_failed_payment_is_told_and_leaves_the_ledger_alone(system: FrozenSystem) -> None:
    borrower = system.borrower("demo-overdue-75")
    borrower.say("你好")
    conversation = system.conversation("demo-overdue-75")
    before = system.ledger(conversation, "bill")
    borrower.say("我先还100.13元")
    borrower.post("对")
    told = borrower.wait_for("没有成功")
    assert "余额不足" in told["text"]
    assert system.ledger(conversation, "bill") == before


def test_a_visitor_is_told_nothing_about_any_account(system: FrozenSystem) -> None:
    visitor = system.visitor()
    for question in ("我这个月要还多少", "还剩多少额度", "我先还五百", "我的还款计划"):
        reply = visitor.say(question)[-1]
        assert "登录" in reply["text"]
        assert reply["card"] is None
        assert "元" not in reply["text"]
    assert "登录" not in visitor.say("怎么还款")[0]["text"].split("。")[0]


def test_asking_for_a_person_puts_the_conversation_in_the_queue(system: FrozenSystem) -> None:
    borrower = system.borrower("demo-due-in-3")
    reply = borrower.say("转人工")[-1]
    assert "人工" in reply["text"]
    with system.services.database.reading() as conn:
        owner = conn.exec_driver_sql(
            "SELECT owner FROM conversation WHERE channel_user_id = 'demo-due-in-3' AND channel = 'inapp'"
        ).scalar_one()
    assert owner == "waiting"


def test_two_turns_in_a_row_that_nobody_understands_end_with_a_person(system: FrozenSystem) -> None:
    borrower = system.borrower("demo-paid-up")
    first = borrower.say("嗡嘛呢叭咪吽咕噜咕噜")[-1]
    assert first["buttons"]
    second = borrower.say("咕叽咕叽哇啦哇啦")[-1]
    assert "人工" in second["text"]
