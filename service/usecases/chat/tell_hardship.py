"""Tells a borrower what became of his hardship proposal: received, agreed, not agreed, kept, broken, over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.loan.hardship_policy import HardshipKind
from service.domain.loan.hardship_proposal import HardshipState, Proposal
from service.domain.money import spoken_yuan
from service.usecases.chat.say import say, say_to_borrower

BILL = {"title": "查账单", "payload": "/query_bill"}
PERSON = {"title": "转人工", "payload": "/human_agent"}
NAMES = {
    HardshipKind.DEFER: "延期",
    HardshipKind.PLAN: "分期还款",
    HardshipKind.REDUCE: "费用减免",
    HardshipKind.STOP: "暂停联系",
}


def tell_hardship(conn: Connection, proposal: Proposal, now: datetime) -> int | None:
    """Say it in the conversation of the proposal, or where it has none in the borrower's own; once a state and day.
    Returns the turn's id; None for what he did himself and need not be told."""
    words = TEXTS.get(proposal.state)
    if words is None:
        return None
    # a plan may run again after a correction, and be told of again
    stamp = proposal.ended_on or (proposal.pause_id if proposal.state is HardshipState.ACTIVE else "") or ""
    message: dict[str, Any] = {
        "message_id": f"hardship:{proposal.id}:{proposal.state.value}:{stamp}",
        "text": words(proposal),
        "buttons": (BILL, PERSON),
        "sender": "system",
        "now": now,
    }
    if proposal.conversation_id:
        return say(conn, conversation_id=proposal.conversation_id, **message)
    return say_to_borrower(conn, borrower_id=proposal.borrower_id, **message)


def _received(proposal: Proposal) -> str:
    why = "".join(one["text"] for one in proposal.findings)
    return f"您的{NAMES[proposal.kind]}申请已经收到，会由人工来决定，有结果会在这里告诉您。{why}"


def _agreed(proposal: Proposal) -> str:
    news = f"{proposal.outcome}。" if proposal.outcome else f"您的{NAMES[proposal.kind]}申请已经通过。"
    return f"{news}{AGREED[proposal.kind](proposal)}有不清楚的地方可以转人工。"


def _deferred(proposal: Proposal) -> str:
    effect = _effect(proposal)
    return f"还没还的各期都往后推 {proposal.asked.months} 个月，最近一期的还款日是{_day(effect['first_on'])}。"


def _planned(proposal: Proposal) -> str:
    effect = _effect(proposal)
    parts = effect["parts"]
    first, total = parts[0], sum(part["fen"] for part in parts)
    free = "按方案还款期间不计罚息，" if effect["stops_penalty"] else ""
    return (
        f"共 {spoken_yuan(total)} 元，分 {len(parts)} 期，第一期{_day(first['due_on'])}前还 "
        f"{spoken_yuan(first['fen'])} 元，最后一期在{_day(parts[-1]['due_on'])}。{free}"
        f"每一期最多可以晚 {effect['grace_days']} 天。"
    )


def _reduced(proposal: Proposal) -> str:
    given = sum(fen for _, _, fen in _effect(proposal)["waived"])
    return f"已经减免 {spoken_yuan(given)} 元。"


def _stopped(proposal: Proposal) -> str:
    until = "" if proposal.until_on is None else _day(proposal.until_on.isoformat())
    free = "期间不计罚息。" if _effect(proposal)["stops_penalty"] else "利息和罚息仍按合同计算。"
    return f"到{until}为止，我们不会主动联系您，这些天也不计入逾期天数。{free}"


def _rejected(proposal: Proposal) -> str:
    return (
        f"您的{NAMES[proposal.kind]}申请这次没有通过，原因是：{proposal.reason}。{proposal.advice}，也可以转人工商量。"
    )


def _kept(_: Proposal) -> str:
    return "您的还款方案已经按约完成，谢谢您的坚持。"


def _broken(_: Proposal) -> str:
    return (
        "您的还款方案有一期没有按时收到，方案已经停止，之后按原合同的还款日计算。如果是暂时有困难，可以转人工重新商量。"
    )


def _over(proposal: Proposal) -> str:
    return f"您的{NAMES[proposal.kind]}安排已经结束，原因是：{proposal.outcome}。如果还有困难，可以转人工。"


def _effect(proposal: Proposal) -> Mapping[str, Any]:
    return proposal.effect or {}


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.year}年{day.month}月{day.day}日"


AGREED: Mapping[HardshipKind, Callable[[Proposal], str]] = {
    HardshipKind.DEFER: _deferred,
    HardshipKind.PLAN: _planned,
    HardshipKind.REDUCE: _reduced,
    HardshipKind.STOP: _stopped,
}
TEXTS: Mapping[HardshipState, Callable[[Proposal], str]] = {
    HardshipState.PROPOSED: _received,
    HardshipState.ACTIVE: _agreed,
    HardshipState.REJECTED: _rejected,
    HardshipState.KEPT: _kept,
    HardshipState.BROKEN: _broken,
    HardshipState.ENDED: _over,
}
