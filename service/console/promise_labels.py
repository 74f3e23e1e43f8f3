"""A promise's history in words: what changed, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.console.labels import PROMISE_STATES
from service.domain.collect.promise import Event
from service.domain.money import yuan

CAUSES = {
    "made": "登记约定",
    "replaced": "客户重新约定",
    "payment": "收到还款",
    "reversal": "还款被撤销",
    "moved": "还款改记",
    "refund": "退款",
    "day_over": "约定日已过",
}


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    cause: str
    what: str
    reference: str


def lines(history: Sequence[Event]) -> tuple[Line, ...]:
    """Oldest first; of the parts only those that stand otherwise than the line before."""
    before = (None, *history[:-1])
    return tuple(
        Line(
            one.at, CAUSES.get(one.why.cause.value, one.why.cause.value), "，".join(_what(one, was)), one.why.reference
        )
        for one, was in zip(history, before, strict=True)
    )


def _what(event: Event, before: Event | None) -> Iterator[str]:
    stands = PROMISE_STATES[event.state.value]
    if event.was is None or event.was is event.state:
        yield stands
    else:
        yield f"{PROMISE_STATES[event.was.value]} → {stands}"
    yield f"共已还 ¥{yuan(event.paid_fen)}"
    if before is None or len(event.parts) == 1:
        return
    known = {no: (state, fen) for no, state, fen in before.parts}
    for no, state, fen in event.parts:
        if known.get(no) != (state, fen):
            yield f"第 {no} 笔{PROMISE_STATES[state.value]}（已还 ¥{yuan(fen)}）"
