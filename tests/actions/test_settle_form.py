"""Settling early in conversation, and the orders that the real service keeps of it."""

from __future__ import annotations

from typing import Any

from service.db.tables.payment import payment_order
from service.usecases.loan.payoff import payoff
from tests.actions.forms import Office


def orders(at: Office) -> list[Any]:
    return at.rows(payment_order)


def price(at: Office, loan_id: str | None = None) -> int:
    with at.database.reading() as conn:
        return payoff(conn, borrower_id=at.borrower_id, today=at.now.date(), loan_id=loan_id).total_fen


def test_the_price_of_the_only_loan_is_read_back_and_ordered_to_the_fen(at: Office) -> None:
    talk = at.talk(says=("我想提前结清", "early_settlement"))
    said = "\n".join(talk.said)
    assert "结清“医美分期·见山护肤套餐”" in said
    assert "少付利息" in said
    assert orders(at) == []
    wanted = price(at)
    talk.say("对", "affirm")
    assert [one.amount_fen for one in orders(at)] == [wanted]
    assert talk.form == ""


def test_of_two_loans_one_is_settled_and_another_may_be_named_before_the_yes(at: Office) -> None:
    talk = at.talk("overdue-5", says=("我想提前结清", "early_settlement"))
    assert "哪一笔" in "\n".join(talk.said)
    assert "结清“家电分期·云朵冰箱”" in talk.press("家电分期")
    assert "结清“全部借款”" in talk.say("还是全部结清吧", "early_settlement")
    assert "结清“随心借·第 1 笔”" in talk.say("不，随心借那笔", "correct")
    talk.press("确认")
    assert [one.amount_fen for one in orders(at)] == [price(at, f"{at.borrower_id}-2")]


def test_the_same_yes_again_orders_once(at: Office) -> None:
    talk = at.talk(says=("我想提前结清", "early_settlement"))
    before = (talk.form, talk.asked, dict(talk.slots))
    talk.say("对", "affirm", message_id="yes")
    talk.form, talk.asked, talk.slots = before
    talk.say("对", "affirm", message_id="yes")
    assert len(orders(at)) == 1


def test_a_question_orders_nothing_and_opens_no_form(at: Office) -> None:
    talk = at.talk(says=("提前结清要多少钱", "early_settlement"))
    assert (talk.form, orders(at)) == ("", [])


def test_no_yes_no_order(at: Office) -> None:
    talk = at.talk(says=("我要提前还清", "early_settlement"))
    assert "没有扣款" in talk.say("算了", "cancel")
    assert (talk.form, orders(at)) == ("", [])


def test_a_sum_instead_goes_to_the_payment_form_and_a_look_at_the_bill_comes_back(at: Office) -> None:
    talk = at.talk(says=("我要提前还清", "early_settlement"))
    said = talk.say("查一下账单", "query_bill")
    assert "确认还款吗" in said
    assert "现在还款 500 元" in talk.say("先还500", "repay_now")
    assert talk.form == "repay_form"
