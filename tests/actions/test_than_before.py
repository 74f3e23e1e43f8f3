"""Why a bill is more or less than that of the month before is told from the figures of the ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actions.than_before import compared, compares

TODAY = date(2026, 11, 20)


def row(no: int, due_on: str, *, principal: int = 40_000, penalty: int = 0, paid: int = 0) -> dict[str, Any]:
    total = principal + 3_000 + penalty
    return {
        "no": no, "due_on": due_on, "principal_fen": principal, "interest_fen": 3_000, "fee_fen": 0,
        "penalty_fen": penalty, "unpaid_fen": total - paid,
    }  # fmt: skip


def loan(title: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": title, "status": "active", "instalments": list(rows), **more}


def bill(*items: tuple[str, dict[str, Any]], suspense: int = 0) -> dict[str, Any]:
    kept = [{"title": title, **one} for title, one in items if one["unpaid_fen"]]
    asked = sum(one["unpaid_fen"] for one in kept) - suspense
    return {
        "items": kept, "bill_fen": asked, "penalty_fen": sum(one["penalty_fen"] for one in kept),
        "suspense_fen": suspense, "overdue_fen": 0, "minimum_fen": asked, "next_due_on": None, "next_due_fen": 0,
        "due_on": kept[0]["due_on"] if kept else None, "days_past_due": 0, "statements": [],
    }  # fmt: skip


def told(asked: dict[str, Any], *loans: dict[str, Any]) -> str:
    return " ".join([str(value) for value in compared(asked, loans, today=TODAY).variables.values()])


@pytest.mark.parametrize(
    "text",
    [
        "怎么比上个月多", "这期咋比以前高了", "为什么这个月比平时少", "上个月才还540，这个月怎么多了", "跟上期不一样啊",
        "这个月要还的怎么多了，上个月没这么多",
    ],
)  # fmt: skip
def test_it_hears_that_two_bills_are_compared(text: str) -> None:
    assert compares(text)


@pytest.mark.parametrize(
    "text",
    [
        "额度怎么比以前少了", "利率怎么比之前高", "这个月工资比上个月少", "我上个月比之前多还了五百", "上个月的账单",
        "上个月还了吗", "这个月多少",
    ],
)  # fmt: skip
def test_it_hears_no_comparison_of_something_else(text: str) -> None:
    assert not compares(text)


def test_what_is_carried_and_what_lateness_added_are_told_apart() -> None:
    late, now = row(3, "2026-10-18", penalty=250), row(4, "2026-11-18")
    words = told(bill(("家电分期", late), ("家电分期", now)), loan("家电分期", late, now))
    assert "430 " in words
    assert "862.50" in words
    assert "多 432.50 元" in words
    assert "之前到期还没还上的 430 元：家电分期第3期" in words
    assert "罚息 2.50 元" in words


def test_a_loan_that_begins_is_named_with_what_is_paid_of_it() -> None:
    old, now = row(3, "2026-10-18", paid=43_000), row(4, "2026-11-18")
    begun = row(1, "2026-11-25", paid=10_000)
    words = told(bill(("家电分期", now), ("现金", begun)), loan("家电分期", old, now), loan("现金", begun))
    assert "现金上一个月没有到期的，这次第1期 430 元，其中已还 100 元" in words
    assert "家电分期" not in words


def test_a_loan_that_ended_is_why_it_is_less() -> None:
    old, now = row(12, "2026-10-18", paid=43_000), row(4, "2026-11-18")
    before = row(3, "2026-10-18", paid=43_000)
    ended = {**loan("手机", old), "status": "settled"}
    words = told(bill(("家电分期", now)), loan("家电分期", before, now), ended)
    assert "少 430 元" in words
    assert "手机这次没有要还的，上一个月有 430 元" in words


def test_another_sum_is_told_with_its_parts_and_money_in_hand_with_what_it_takes_off() -> None:
    before, now = row(3, "2026-10-18", paid=43_000), row(4, "2026-11-18", principal=45_000)
    words = told(bill(("随心借", now), suspense=1_000), loan("随心借", before, now))
    assert "随心借上一个月 430 元，这次 480 元（本金 450 元、利息 30 元）" in words
    assert "多 40 元" in words
    assert "多还的 10 元" in words


def test_the_bill_of_a_month_to_come_is_set_beside_the_month_before_it() -> None:
    paid, to_come = row(4, "2026-11-18", paid=43_000), row(5, "2026-12-18")
    said = compared(bill(("家电分期", to_come)), [loan("家电分期", paid, to_come)], today=TODAY)
    assert said.response == "utter_bill_than_before_same"
    assert said.variables["month"] == "11月"


def test_a_plan_in_the_place_of_instalments_is_told_as_the_bill_it_is() -> None:
    due = row(1, "2026-11-18")
    said = compared(bill(("家电分期", due)), [loan("家电分期", plan_parts=[{"no": 1}])], today=TODAY)
    assert not said.response.startswith("utter_bill_than")
