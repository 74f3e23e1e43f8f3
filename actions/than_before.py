"""Answers why this bill is more, or less, than that of the month before: 这期怎么比上个月多了."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from actions import replies
from actions.replies import Said, yuan
from actions.service_client import Service
from actions.turn import Turn

Row = Mapping[str, Any]
_BEFORE = "(?:上个?月|上一?[期次回]|之前|以前|从前|原来|原先|平时|平常|往常|前几?个?[月期次])"
_NOW = "(?:这个?月|本月|这[一期次回]期?|本期|现在|今天)"
_MORE = "(?:多|高|贵|涨|少|低|不一样|不同)"
COMPARES = re.compile(
    rf"比{_BEFORE}[^，,。？?]{{0,6}}{_MORE}"
    rf"|(?:和|跟|与){_BEFORE}[^，,。？?]{{0,6}}(?:不一样|不同|对不上)"
    rf"|{_BEFORE}[^。？?]{{0,12}}{_NOW}[^。？?]{{0,8}}{_MORE}"
    rf"|{_NOW}[^。？?]{{0,8}}{_MORE}[^。？?]{{0,6}}{_BEFORE}"
)
# What is more or less there is not what is to be paid.
_OF_ELSE = re.compile("额度|利率|年化|工资|收入|电话|短信|优惠|券|活动|分数|征信|手续费率")
# 我比之前多还了五百 tells of a payment.
_I_PAID = re.compile("我[^，,。？?]{0,8}(?:多还|少还)了")


def compares(text: str) -> bool:
    """Whether the message sets this bill beside an earlier one."""
    return bool(COMPARES.search(text)) and not _OF_ELSE.search(text) and not _I_PAID.search(text)


async def told(turn: Turn, service: Service) -> tuple[Said, ...]:
    """Both sums and what makes the difference, from the ledger's own figures."""
    return (compared(await service.bill(), (await service.schedule())["loans"], today=turn.today),)


def compared(bill: Row, loans: Sequence[Row], *, today: date) -> Said:
    """The bill beside what fell due in the month before its last month; the bill alone where nothing is asked for, or
    where a plan stands in the place of the months' instalments."""
    if not bill["items"] or any(loan.get("plan_parts") for loan in loans):
        return replies.bill(bill, today=today)
    this = max(date.fromisoformat(item["due_on"]) for item in bill["items"])
    month = this.replace(day=1) - timedelta(days=1)
    before = sum(map(_planned, _due_in(loans, month)))
    reasons = tuple(_reasons(bill, loans, month=month, this=this))
    variables = {
        "now": yuan(bill["bill_fen"]),
        "before": yuan(before),
        "month": f"{month.month}月",
        "than": _than(bill["bill_fen"] - before),
        "reasons": "\n".join(f"· {one}" for one in reasons),
    }
    return Said("utter_bill_than_before" if reasons else "utter_bill_than_before_same", variables)


def _than(fen: int) -> str:
    return f"多 {yuan(fen)} 元" if fen > 0 else f"少 {yuan(-fen)} 元" if fen < 0 else "一样多"


def _is_in(row: Row, month: date) -> bool:
    due_on = date.fromisoformat(row["due_on"])
    return (due_on.year, due_on.month) == (month.year, month.month)


def _due_in(loans: Sequence[Row], month: date) -> list[Row]:
    return [row for loan in loans for row in loan["instalments"] if _is_in(row, month)]


def _planned(row: Row) -> int:
    """What fell due by itself, without what lateness added, fen."""
    return int(row["principal_fen"] + row["interest_fen"] + row["fee_fen"])


def _reasons(bill: Row, loans: Sequence[Row], *, month: date, this: date) -> list[str]:
    """One line for each thing that makes this bill differ, the largest kinds first."""
    found = []
    if carried := [item for item in bill["items"] if date.fromisoformat(item["due_on"]) < this.replace(day=1)]:
        each = "、".join(f"{item['title']}第{item['no']}期" for item in carried)
        fen = sum(item["unpaid_fen"] - item["penalty_fen"] for item in carried)
        found.append(f"之前到期还没还上的 {yuan(fen)} 元：{each}")
    if bill["penalty_fen"]:
        found.append(f"逾期产生的罚息 {yuan(bill['penalty_fen'])} 元，还清逾期就不再增加")
    found += filter(None, (_of_loan(loan, month=month, this=this) for loan in loans))
    if bill["suspense_fen"]:
        found.append(f"您多还的 {yuan(bill['suspense_fen'])} 元已经抵进来")
    return found


def _of_loan(loan: Row, *, month: date, this: date) -> str:
    """What of a loan fell due in both months, where that is not the same."""
    then, now = (_due_in([loan], when) for when in (month, this))
    if not now:
        return f"{loan['title']}这次没有要还的，上一个月有 {yuan(sum(map(_planned, then)))} 元" if then else ""
    fen = sum(map(_planned, now))
    paid = fen + sum(row["penalty_fen"] for row in now) - sum(row["unpaid_fen"] for row in now)
    already = f"，其中已还 {yuan(paid)} 元" if paid > 0 else ""
    if not then:
        return f"{loan['title']}上一个月没有到期的，这次第{now[0]['no']}期 {yuan(fen)} 元{already}"
    if (was := sum(map(_planned, then))) != fen:
        return f"{loan['title']}上一个月 {yuan(was)} 元，这次 {yuan(fen)} 元（{_made_of(now)}）{already}"
    return f"{loan['title']}这次的 {yuan(fen)} 元{already}" if paid > 0 else ""


def _made_of(rows: Sequence[Row]) -> str:
    parts = {"本金": "principal_fen", "利息": "interest_fen", "费用": "fee_fen"}
    sums = {name: sum(row[part] for row in rows) for name, part in parts.items()}
    return "、".join(f"{name} {yuan(fen)} 元" for name, fen in sums.items() if fen)
