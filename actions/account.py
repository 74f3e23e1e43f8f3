"""Tells of the borrower's account, kind by kind: what is read only, so that one turn may answer several questions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from actions import months, replies
from actions.replies import Said
from actions.service_client import Json, Quote, Refused, Service
from actions.turn import Outcome, Turn

Telling = Callable[[Turn, Service], Awaitable[tuple[Said, ...]]]


async def told(kinds: Sequence[str], turn: Turn, service: Service) -> Outcome:
    """In that order; the day with the bill."""
    wanted = list(kinds)
    if {"bill", "due_day"} <= set(wanted):
        wanted.remove("due_day")
        wanted[wanted.index("bill")] = "bill_and_day"
    return Outcome(says=tuple([said for kind in wanted for said in await TELLS[kind](turn, service)]))


async def limit(turn: Turn, service: Service) -> tuple[Said, ...]:
    return (replies.limit(await service.limit()),)


async def bill(turn: Turn, service: Service) -> tuple[Said, ...]:
    answer = await service.bill()
    return (replies.bill(answer, today=turn.today, quote=await _quote_of(answer, service)),)


async def bill_and_day(turn: Turn, service: Service) -> tuple[Said, ...]:
    """A bill says its day, too, where nothing of it is overdue."""
    answer = await service.bill()
    told_ = replies.bill(answer, today=turn.today, quote=await _quote_of(answer, service))
    return (told_, replies.due_day(answer, today=turn.today)) if answer["overdue_fen"] else (told_,)


async def due_day(turn: Turn, service: Service) -> tuple[Said, ...]:
    return (replies.due_day(await service.bill(), today=turn.today),)


async def payments(turn: Turn, service: Service) -> tuple[Said, ...]:
    return (replies.payments(await service.payments(), today=turn.today),)


async def schedule(turn: Turn, service: Service) -> tuple[Said, ...]:
    return (replies.schedule(await service.schedule(), today=turn.today),)


async def payoff(turn: Turn, service: Service) -> tuple[Said, ...]:
    try:
        return (replies.payoff(await service.make_quote(kind="all")),)
    except Refused as refusal:
        if refusal.code != "nothing_due":
            raise
        return (Said("utter_payoff_none"),)


async def principal(turn: Turn, service: Service) -> tuple[Said, ...]:
    return _each_loan(await service.schedule(), "utter_principal", _principal_of)


async def last_day(turn: Turn, service: Service) -> tuple[Said, ...]:
    def of(loan: Mapping[str, Any]) -> str:
        if plan := loan.get("plan_parts"):
            due_on, left = replies.day(plan[-1]["due_on"], today=turn.today), replies.yuan(plan[-1]["unpaid_fen"])
            return f"{loan['title']}（还款方案）：第{plan[-1]['no']}期，{due_on}到期，还有 {left} 元没还"
        last = loan["instalments"][-1]
        state = "已还清" if last["state"] == "paid" else f"还有 {replies.yuan(last['unpaid_fen'])} 元没还"
        return f"{loan['title']}：第{last['no']}期，{replies.day(last['due_on'], today=turn.today)}到期，{state}"

    return _each_loan(await service.schedule(), "utter_last_day", of)


async def instalment(no: int, turn: Turn, service: Service) -> tuple[Said, ...]:
    """The one of that number of each loan that has one."""
    loans = [one for one in (await service.schedule())["loans"] if one["status"] == "active"]
    rows = [(loan, row) for loan in loans for row in loan["instalments"] if row["no"] == no]
    if not rows:
        return (Said("utter_instalment_none", {"no": str(no)}) if loans else Said("utter_schedule_none"),)
    lines = []
    for loan, row in rows:
        due_on = replies.day(row["due_on"], today=turn.today)
        named = {"本金": row["principal_fen"], "利息": row["interest_fen"], "费用": row["fee_fen"]}
        of = "、".join(f"{name} {replies.yuan(fen)} 元" for name, fen in named.items() if fen)
        left = "已还清" if not row["unpaid_fen"] else f"还有 {replies.yuan(row['unpaid_fen'])} 元没还"
        lines.append(f"{loan['title']}：第{no}期 {replies.yuan(row['total_fen'])} 元（{of}），{due_on}到期，{left}")
    return (Said("utter_instalment", {"loans": replies.some(lines, "\n")}),)


async def month_before(turn: Turn, service: Service) -> tuple[Said, ...]:
    before = months.from_now(-1, today=turn.today, called="上个月")
    return (await months.told(before, turn, service)).says


async def month_after(turn: Turn, service: Service) -> tuple[Said, ...]:
    after = months.from_now(1, today=turn.today, called="下个月")
    return (await months.told(after, turn, service)).says


TELLS: Mapping[str, Telling] = {
    "limit": limit,
    "bill": bill,
    "bill_and_day": bill_and_day,
    "due_day": due_day,
    "payments": payments,
    "schedule": schedule,
    "payoff": payoff,
    "principal": principal,
    "last_day": last_day,
    "last_month": month_before,
    "next_month": month_after,
}


def _each_loan(answer: Json, response: str, line: Callable[[Mapping[str, Any]], str]) -> tuple[Said, ...]:
    loans = replies.overdue_first([one for one in answer["loans"] if one["status"] == "active" and one["instalments"]])
    if not loans:
        return (Said("utter_schedule_none"),)
    return (Said(response, {"loans": replies.some([line(one) for one in loans], "\n")}),)


def _principal_of(loan: Mapping[str, Any]) -> str:
    return f"{loan['title']}：剩余本金 {replies.yuan(loan['outstanding_principal_fen'])} 元"


async def _quote_of(answer: Json, service: Service) -> Quote | None:
    """The quote of a bill that was just read; None where there is nothing to pay, or it has changed meanwhile."""
    if not answer["bill_fen"]:
        return None
    try:
        made = await service.make_quote(kind="bill")
    except Refused:
        return None
    return made if made["amount_fen"] == answer["bill_fen"] else None
