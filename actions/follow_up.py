"""Answers what means something only after what was just shown: its interest, one of its items, the month before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from actions import numerals, pick, replies, than_before, words
from actions.replies import SHANGHAI, Said, yuan
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

Row = Mapping[str, Any]
# Figures that these responses showed; what follows is asked of them. Read anew, for they may have changed meanwhile.
SHOWS = {"utter_bill": "bill", "utter_due_day": "bill", "utter_schedule": "schedule", "utter_payoff": "payoff"}
SHOWS_NOTHING = {
    "utter_bill_none", "utter_bill_nothing_due", "utter_bill_date", "utter_schedule_none", "utter_payoff_none",
}  # fmt: skip
# From end to end: 那利息怎么算 and 第二期 are other questions. Each word can be read in one way only, so that none of
# these takes long to refuse.
INTEREST = re.compile(
    r"(?:那么?|其中|里面?|当中|包?含|的|这|它)*利息(?:部分)?(?:一共|总共|呢|是|有|占|要|多少|钱|元|几块)*[啊呀？?。.!！]*"
)
# 利息一共多少 is of what one owes, whatever was shown.
ALL_INTEREST = re.compile(
    r"(?:我的?|请问)?(?:一共|总共)利息(?:要|得|是|有)*多少钱?[啊呀呢？?。.!！]*|(?:我的?|请问)?(?:全部|所有|一共|总共)?的?利息(?:全部|一共|总共|加起来)(?:要|得|是|有|还)*(?:多少|几块)钱?[啊呀呢？?。.!！]*"
)
NTH = re.compile(
    r"(?:那么?|我|想|要|看|查|一下|请问)*第([一二两三四五六七八九十]|[1-9]\d?)[笔个条](?:借款|贷款)?"
    r"(?:呢|的|是|要|还|有|剩下?|欠|多少|钱|利息|本金|怎么样|详情|明细)*[啊呀？?。.!！]*"
)
# The name of one that was listed, and nothing else: 那随心借呢.
AROUND_A_NAME = re.compile(r"^(?:那么?|就|看|查)+|(?:那笔|这笔|那个|这个|的|呢|吧|[？?。.!！])+$")
LONGEST_NAME = 20
ASKS_FIGURE, ONE_OF_THEM = re.compile("多少|几[号期]|哪天|还剩|什么时候"), re.compile("那[笔个]|这[笔个]|的|第")
WHY = re.compile(r"[那这我]?(?:为啥|为什么|怎么|咋|凭什么)[会要是有]?(?:这么|那么)?[多高贵]?[呢啊呀]?[？?。.!！]*")
HOW_MUCH = re.compile(r"[那要是]*(?:一共|总共)?(?:多少|几块)钱?[呢啊呀]?[？?。.!！]*")
NEXT = re.compile("那?下(?:一?[次期]|个?月)的?呢[?？。]*")
LAST_MONTH = re.compile(
    r"(?:那么?|请问|帮|给|我|想|要|查|看|一下|询)*上个?月份?(?:的|账单|账|还款|记录|应还|该还|要还|还了)*"
    r"(?:呢|是|有|吗|多少|钱|明细|情况)*[啊呀？?。.!！]*"
)
PARTS = {
    "principal_fen": "本金", "interest_fen": "利息", "penalty_fen": "罚息", "fee_fen": "费用",
    "early_fee_fen": "提前还款手续费",
}  # fmt: skip
NONE = {"bill": "utter_bill_none", "schedule": "utter_schedule_none", "payoff": "utter_payoff_none"}
FEWER = {"bill": "utter_bill_fewer", "schedule": "utter_schedule_fewer", "payoff": "utter_payoff_fewer"}
INTEREST_OF_ONE = {"bill": "utter_bill_interest", "payoff": "utter_payoff_interest"}
INTEREST_OF_EACH = {"bill": "utter_bill_interest_each", "payoff": "utter_payoff_interest_each"}
PAYMENTS_READ = 50  # as many as the service gives at once


async def follow_up(turn: Turn, service: Service) -> Outcome | None:
    """The answer, where the message only asks on about what was shown; None where it stands for itself."""
    kind, text = shown(turn), turn.text.strip()
    if turn.form is None and turn.verified and than_before.compares(text):
        return say(*await than_before.told(turn, service))
    if turn.form is None and turn.verified and NEXT.fullmatch(text):
        return say(replies.due_day(await service.bill(), today=turn.today))
    if turn.form is None and turn.verified and ALL_INTEREST.fullmatch(text):
        return say(await _interest(kind or "schedule", turn, service))
    if kind is None or turn.form is not None:
        return None
    if INTEREST.fullmatch(text) or (kind == "bill" and WHY.fullmatch(text)):  # what it is made of
        return say(await _interest(kind, turn, service))
    if kind == "bill" and HOW_MUCH.fullmatch(text):
        return say(replies.bill(await service.bill(), today=turn.today))
    if (found := NTH.fullmatch(text)) is not None:
        said = numerals.number(found[1])
        place = pick.place_of_number(await _rows(kind, turn, service), said)
        return say(await _one(kind, place, turn, service, called=said))
    if not words.PAYS.search(text) and (number := await _place_by_figure(kind, turn, service)):
        return say(await _one(kind, number, turn, service))
    if number := await _place_of(AROUND_A_NAME.sub("", text), kind, turn, service):
        return say(await _one(kind, number, turn, service))
    return await last_month(turn, service) if asks_last_month(turn) else None


async def of_one(turn: Turn, service: Service) -> Outcome | None:
    """How a loan stands that is asked for by its name: 随心借那笔还多少."""
    if turn.form is not None or not turn.verified or not ASKS_FIGURE.search(turn.text):
        return None
    rows = await _rows("schedule", turn, service)
    one = pick.named(turn, rows) if ONE_OF_THEM.search(turn.text) else None
    places = [place for place, row in enumerate(rows, 1) if one and row["loan"] == one["loan"]]
    return say(await _one("schedule", places[0], turn, service)) if places else None


def shown(turn: Turn) -> str | None:
    """Which figures the last answer showed."""
    kinds = (SHOWS[prefix] for prefix in SHOWS for name in turn.last_said - SHOWS_NOTHING if name.startswith(prefix))
    return next(kinds, None)


def asks_last_month(turn: Turn) -> bool:
    return LAST_MONTH.fullmatch(turn.text.strip()) is not None


async def last_month(turn: Turn, service: Service) -> Outcome:
    """What was due and what was paid in the month before this one: bills of the past are not kept as such."""
    end = turn.today.replace(day=1) - timedelta(days=1)
    loans = (await service.schedule())["loans"]
    due = [_due(loan, row) for loan in loans for row in loan["instalments"] if _is_in(row["due_on"], end)]
    rows = (await service.payments(limit=PAYMENTS_READ))["payments"]
    paid = [row for row in rows if _is_in(row["paid_at"], end)]
    month = {"month": str(end.month)}
    lines = [f"{replies.short_day(row['paid_at'], today=turn.today)} {yuan(row['amount_fen'])} 元" for row in paid]
    return say(
        Said("utter_last_month_due" if due else "utter_last_month_no_due", month | {"due": "\n".join(due)}),
        Said("utter_last_month_paid" if paid else "utter_last_month_not_paid", month | {"paid": "\n".join(lines)}),
    )


def _is_in(iso: str, month: date) -> bool:
    at = datetime.fromisoformat(iso)
    local = at.astimezone(SHANGHAI) if at.tzinfo is not None else at
    return (local.year, local.month) == (month.year, month.month)


def _due(loan: Row, row: Row) -> str:
    left = "已还清" if not row["unpaid_fen"] else f"还有 {yuan(row['unpaid_fen'])} 元没还"
    return f"{loan['title']}（第{row['no']}期）{yuan(row['total_fen'])} 元，{left}"


async def _interest(kind: str, turn: Turn, service: Service) -> Said:
    if kind == "schedule":
        loans = _active(await service.schedule())
        lines = "\n".join(_planned_interest(loan) for loan in loans)
        return Said("utter_schedule_interest", {"loans": lines}) if loans else Said("utter_schedule_none")
    answer = await (service.payoff() if kind == "payoff" else service.bill())
    items = answer["items"]
    if not items:
        return Said(NONE[kind])
    total = {part: sum(item.get(part) or 0 for item in items) for part in PARTS}
    each = [f"{item['title']} {yuan(item['interest_fen'])} 元" for item in items]
    parts = _parts(total) + replies.apart(answer)
    variables = {"interest": yuan(total["interest_fen"]), "parts": parts, "items": "、".join(each)}
    return Said((INTEREST_OF_ONE if len(items) == 1 else INTEREST_OF_EACH)[kind], variables)


def _planned_interest(loan: Row) -> str:
    """Of the instalments that are to come; what is paid of one that is not paid whole is not told apart."""
    rows = [row for row in loan["instalments"] if row["state"] != "paid"]
    if not rows:
        return f"{loan['title']}：0 元"
    rest = yuan(sum(row["interest_fen"] for row in rows))
    return (
        f"{loan['title']}：第{rows[0]['no']}期 {yuan(rows[0]['interest_fen'])} 元，没还的 {len(rows)} 期一共 {rest} 元"
    )


async def _place_of(name: str, kind: str, turn: Turn, service: Service) -> int | None:
    """The place in the list of the only one of that name."""
    if not 2 <= len(name) <= LONGEST_NAME:
        return None
    rows = await _rows(kind, turn, service)
    found = [number for number, row in enumerate(rows, 1) if name in pick.names(row["title"])]
    return found[0] if len(found) == 1 else None


async def _place_by_figure(kind: str, turn: Turn, service: Service) -> int | None:
    """The place in the list of the loan that is told from others by a sum or a day: 8000那笔."""
    one = pick.by_figure(turn, _active(await service.schedule()))
    rows = await _rows(kind, turn, service) if one else []
    return next((place for place, row in enumerate(rows, 1) if one and row["loan_id"] == one["loan_id"]), None)


async def _rows(kind: str, turn: Turn, service: Service) -> Sequence[Row]:
    """What was listed, in the order in which it was."""
    if kind == "schedule":
        active, today = _active(await service.schedule()), turn.today
        lines = [{"loan": replies.loan_line(one, today=today), **_next(one)} for one in active]
        named = [{"title": one["title"], "loan_id": one["loan_id"]} for one in active]
        return [line | name for line, name in zip(lines, named, strict=True)]
    return list((await (service.payoff() if kind == "payoff" else service.bill()))["items"])


async def _one(kind: str, number: int, turn: Turn, service: Service, *, called: int | None = None) -> Said:
    """The `number`th of what was listed, `called` by another where it bears one of its own."""
    rows = await _rows(kind, turn, service)
    if number > len(rows):
        return Said((FEWER if rows else NONE)[kind], {"count": str(len(rows))})
    row, variables = rows[number - 1], {"number": str(called or number), "parts": _parts(rows[number - 1])}
    if kind == "schedule":
        return Said("utter_schedule_one", variables | {"loan": row["loan"]})
    if kind == "payoff":
        return Said("utter_payoff_one", variables | {"title": row["title"], "total": yuan(row["total_fen"])})
    told = {"title": row["title"], "no": str(row["no"]), "unpaid": yuan(row["unpaid_fen"])}
    return Said("utter_bill_one", variables | told | {"due_on": replies.day(row["due_on"], today=turn.today)})


def _active(answer: Row) -> Sequence[Row]:
    """The loans in the order in which the plan lists them."""
    return replies.overdue_first([loan for loan in answer["loans"] if loan["status"] == "active"])


def _next(loan: Row) -> Row:
    """The first instalment that is not paid; under a hardship plan its next part, which bills have as principal."""
    if plan := loan.get("plan_parts"):
        return {"principal_fen": plan[0]["unpaid_fen"]}
    return next((row for row in loan["instalments"] if row["state"] != "paid"), {})


def _parts(row: Row) -> str:
    parts = [f"{name} {yuan(row[part])} 元" for part, name in PARTS.items() if row.get(part)]
    return "、".join(parts) or "0 元"
