"""Figures that an answer showed: which they were, what of them is interest, and one of their list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions import pick, replies
from actions.replies import Said, yuan
from actions.service_client import Service
from actions.turn import Turn

Row = Mapping[str, Any]
# Figures that these responses showed; what follows is asked of them. Read anew, for they may have changed meanwhile.
SHOWS = {"utter_bill": "bill", "utter_due_day": "bill", "utter_schedule": "schedule", "utter_payoff": "payoff"}
SHOWS_NOTHING = {
    "utter_bill_none", "utter_bill_nothing_due", "utter_bill_date", "utter_schedule_none", "utter_payoff_none",
}  # fmt: skip
LONGEST_NAME = 20
PARTS = {**replies.COMPONENTS, "early_fee_fen": "提前还款手续费"}
NONE = {"bill": "utter_bill_none", "schedule": "utter_schedule_none", "payoff": "utter_payoff_none"}
FEWER = {"bill": "utter_bill_fewer", "schedule": "utter_schedule_fewer", "payoff": "utter_payoff_fewer"}
INTEREST_OF_ONE = {"bill": "utter_bill_interest", "payoff": "utter_payoff_interest"}
INTEREST_OF_EACH = {"bill": "utter_bill_interest_each", "payoff": "utter_payoff_interest_each"}


def shown(turn: Turn) -> str | None:
    """Which figures the last answer showed."""
    kinds = (SHOWS[prefix] for prefix in SHOWS for name in turn.last_said - SHOWS_NOTHING if name.startswith(prefix))
    return next(kinds, None)


async def interest(kind: str, turn: Turn, service: Service, *, of: str = "利息") -> Said:
    if kind == "schedule" and of in {"罚息", "手续费", "费用"}:  # a plan has none
        kind = "bill"
    if kind == "schedule":
        loans = active_loans(await service.schedule())
        lines = "\n".join(_planned_interest(loan) for loan in loans)
        return Said("utter_schedule_interest", {"loans": lines}) if loans else Said("utter_schedule_none")
    answer = await (service.payoff() if kind == "payoff" else service.bill())
    items = answer["items"]
    if not items:
        return Said(NONE[kind])
    total = {part: sum(item.get(part) or 0 for item in items) for part in PARTS}
    fee = "early_fee_fen" if kind == "payoff" else "fee_fen"
    name = ({called: part for part, called in PARTS.items()} | {"手续费": fee})[of]
    each = [f"{item['title']} {yuan(item[name])} 元" for item in items if item.get(name)]
    parts = _parts(total) + replies.apart(answer)
    variables = {"part": of, "sum": yuan(total[name]), "parts": parts, "items": "、".join(each)}
    return Said((INTEREST_OF_ONE if len(each) < 2 else INTEREST_OF_EACH)[kind], variables)


def _planned_interest(loan: Row) -> str:
    """Of the instalments that are to come; what is paid of one that is not paid whole is not told apart."""
    rows = [row for row in loan["instalments"] if row["state"] != "paid"]
    if not rows:
        return f"{loan['title']}：0 元"
    rest = yuan(sum(row["interest_fen"] for row in rows))
    return (
        f"{loan['title']}：第{rows[0]['no']}期 {yuan(rows[0]['interest_fen'])} 元，没还的 {len(rows)} 期一共 {rest} 元"
    )


async def place_of(name: str, kind: str, turn: Turn, service: Service) -> int | None:
    """The place in the list of the only one of that name."""
    if not 2 <= len(name) <= LONGEST_NAME:
        return None
    rows = await listed(kind, turn, service)
    found = [number for number, row in enumerate(rows, 1) if name in pick.names(row["title"])]
    return found[0] if len(found) == 1 else None


async def place_by_figure(kind: str, turn: Turn, service: Service) -> int | None:
    """The place in the list of the loan that is told from others by a sum or a day: 8000那笔."""
    one = pick.by_figure(turn, active_loans(await service.schedule()))
    rows = await listed(kind, turn, service) if one else []
    return next((place for place, row in enumerate(rows, 1) if one and row["loan_id"] == one["loan_id"]), None)


async def listed(kind: str, turn: Turn, service: Service) -> Sequence[Row]:
    """What was listed, in the order in which it was."""
    if kind == "schedule":
        active, today = active_loans(await service.schedule()), turn.today
        lines = [{"loan": replies.loan_line(one, today=today), **_next(one)} for one in active]
        named = [{"title": one["title"], "loan_id": one["loan_id"]} for one in active]
        return [line | name for line, name in zip(lines, named, strict=True)]
    return list((await (service.payoff() if kind == "payoff" else service.bill()))["items"])


async def one(kind: str, number: int, turn: Turn, service: Service, *, called: int | None = None) -> Said:
    """The `number`th of what was listed, `called` by another where it bears one of its own."""
    rows = await listed(kind, turn, service)
    if number > len(rows):
        return Said((FEWER if rows else NONE)[kind], {"count": str(len(rows))})
    row, variables = rows[number - 1], {"number": str(called or number), "parts": _parts(rows[number - 1])}
    if kind == "schedule":
        return Said("utter_schedule_one", variables | {"loan": row["loan"]})
    if kind == "payoff":
        return Said("utter_payoff_one", variables | {"title": row["title"], "total": yuan(row["total_fen"])})
    told = {"title": row["title"], "no": str(row["no"]), "unpaid": yuan(row["unpaid_fen"])}
    return Said("utter_bill_one", variables | told | {"due_on": replies.day(row["due_on"], today=turn.today)})


def active_loans(answer: Row) -> Sequence[Row]:
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
