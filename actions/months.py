"""Answers what was due and what was paid in a month that is named, or in this year: bills are not kept by months."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from actions import numerals, replies
from actions.replies import SHANGHAI, Said, yuan
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

Row = Mapping[str, Any]
_NUMBER = "1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九]"
# By how many months from this one; 上个 is in 上上个, so the longer come first.
_APART = (
    ("(?:上上个?|再上个?|前个)月", -2), ("(?:下下个?|再下个?)月", 2), ("上个?月", -1), ("下个?月", 1),
    ("这个?月|本月|当月", 0),
)  # fmt: skip
_MONTH = rf"(?:{'|'.join(named for named, _ in _APART)}|(?<![\d个第.])(?:{_NUMBER})月)份?"
_A_DAY = re.compile(r"月份?\s*(?:\d|[一二三四五六七八九十]+)[号日]|月[初底中]|月份?\s*\d{1,2}(?![\d.]*[元块])")
# Each word can be read in one way only, so that none of these takes long to refuse.
ALONE = re.compile(
    rf"(?:那么?|请问|帮|给|我|想|要|查|看|一下|询)*{_MONTH}(?:的|账单|账|还款|记录|应还|该还|要还|得还|还了|我|要|得|该)*"
    r"(?:呢|是|有|吗|多少|钱|明细|情况|还)*[啊呀？?。.!！]*"
)
# In a longer message: 把上个月的账单发给我看看, 9月份还了多少, 下个月呢 要还多少.
ASKED = re.compile(
    rf"{_MONTH}(?:的|我|呢|一共|总共|总|要|应|该|得|都|\s|，)*(?:账单|账|还款|还了|还过|应还|还(?:多少|几)|记录|明细|多少钱)"
)
THIS_YEAR = re.compile(r"(?:今年|到现在|至今|目前为?止?)(?:我|一共|总共|总|都|已经)*还(?:了|过)多少[^，。]*")
_NAMED = re.compile(_MONTH)
PAYMENTS_READ = 50  # as many as the service gives at once


@dataclass(frozen=True, slots=True)
class Month:
    """`called` is how it is said: 上个月（10月）, 9月, 2025年12月."""

    year: int
    number: int
    called: str


def alone(turn: Turn) -> Month | None:
    """The month, where the message names one and nothing else; it goes on from what was shown."""
    text = turn.text.strip()
    return _month(text, turn.today) if ALONE.fullmatch(text) and not _A_DAY.search(text) else None


def asked(turn: Turn) -> Month | None:
    """The month whose bill or payments a message asks for; None for this one, which is what is told anyhow."""
    text = turn.text.strip()
    if text.startswith("/") or _A_DAY.search(text) or not (ASKED.search(text) or ALONE.fullmatch(text)):
        return None
    found = _month(text, turn.today)
    return None if found and (found.year, found.number) == (turn.today.year, turn.today.month) else found


def _month(text: str, today: date) -> Month | None:
    found = _NAMED.search(text)
    if found is None:
        return None
    for named, apart in _APART:
        if match := re.match(named, found[0]):
            return from_now(apart, today=today, called=match[0])
    number = numerals.number(found[0].rstrip("份").rstrip("月"))
    year = today.year + _nearest_year(number, today)
    return Month(year, number, _called(year, number, today))


def from_now(apart: int, *, today: date, called: str) -> Month:
    """So many months after this one, or before it."""
    at = today.year * 12 + today.month - 1 + apart
    year, number = at // 12, at % 12 + 1
    return Month(year, number, f"{called}（{_called(year, number, today)}）")


def _nearest_year(number: int, today: date) -> int:
    """1月 said in November is the next one, 12月 said in January the last."""
    apart = number - today.month
    return 1 if apart < -8 else -1 if apart > 8 else 0


def _called(year: int, number: int, today: date) -> str:
    return f"{number}月" if year == today.year else f"{year}年{number}月"


async def told(month: Month, turn: Turn, service: Service) -> Outcome:
    """What falls due in it and, where it has begun, what was paid."""
    loans = (await service.schedule())["loans"]
    to_come = date(month.year, month.number, 1) > turn.today
    of = [loan for loan in loans if loan["status"] == "active"] if to_come else loans
    due = [_due(loan, row) for loan in of for row in _rows(loan) if _is_in(row["due_on"], month)]
    name = {"month": month.called}
    if to_come:
        later = any(loan.get("by_statements") for loan in of)
        more = (Said("utter_month_not_stated"),) if later else ()
        return say(Said("utter_month_due" if due else "utter_month_no_due_yet", name | {"due": "\n".join(due)}), *more)
    rows = (await service.payments(limit=PAYMENTS_READ))["payments"]
    paid = [row for row in rows if _is_in(row["paid_at"], month)]
    lines = [f"{replies.short_day(row['paid_at'], today=turn.today)} {yuan(row['amount_fen'])} 元" for row in paid]
    return say(
        Said("utter_month_due" if due else "utter_month_no_due", name | {"due": "\n".join(due)}),
        Said("utter_month_paid" if paid else "utter_month_not_paid", name | {"paid": "\n".join(lines)}),
    )


async def this_year(turn: Turn, service: Service) -> Outcome | None:
    """The sum of what was paid; None where there may be more than is read."""
    rows = (await service.payments(limit=PAYMENTS_READ))["payments"]
    if len(rows) == PAYMENTS_READ or not rows:
        return None
    all_time = "今年" not in turn.text
    mine = [row for row in rows if all_time or _local(row["paid_at"]).year == turn.today.year]
    variables = {"amount": yuan(sum(row["amount_fen"] for row in mine)), "count": str(len(mine))}
    return say(Said("utter_paid_in_all" if all_time else "utter_paid_this_year", variables))


def _rows(loan: Row) -> Any:
    """What is asked for when: under a hardship plan its parts stand in for what is not paid of the instalments."""
    plan = loan.get("plan_parts")
    if not plan:
        return loan["instalments"]
    parts = [{**part, "total_fen": part["unpaid_fen"]} for part in plan]
    return [*(row for row in loan["instalments"] if row["state"] == "paid"), *parts]


def _local(iso: str) -> datetime:
    at = datetime.fromisoformat(iso)
    return at.astimezone(SHANGHAI) if at.tzinfo is not None else at


def _is_in(iso: str, month: Month) -> bool:
    local = _local(iso)
    return (local.year, local.month) == (month.year, month.number)


def _due(loan: Row, row: Row) -> str:
    left = "已还清" if not row["unpaid_fen"] else f"还有 {yuan(row['unpaid_fen'])} 元没还"
    day = date.fromisoformat(row["due_on"])
    return f"{loan['title']}（第{row['no']}期，{day.month}月{day.day}日到期）{yuan(row['total_fen'])} 元，{left}"
