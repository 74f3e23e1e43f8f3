"""Answers 为什么我的额度变了: what changed a line between two days, as values, and in words a borrower understands.

The values add up: the limit then plus its changes is the limit now, and what was used then plus what was drawn less
what was repaid is what is used now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from service.domain.days import business_date
from service.domain.loan.credit_line import (
    ON_PLAN,
    CreditLine,
    EventKind,
    LineEvent,
    LineState,
    LineStatus,
    Standing,
    standing,
    state_on,
)
from service.domain.loan.credit_line import apply as applied
from service.domain.money import spoken_yuan


class Use(StrEnum):
    """Why principal under a line became more or less."""

    DRAWN = "drawn"
    BOUGHT = "bought"
    RETURNED = "returned"
    REPAID = "repaid"
    CORRECTED = "corrected"


ONE_BY_ONE = (Use.DRAWN, Use.BOUGHT)


@dataclass(frozen=True, slots=True)
class Movement:
    """Principal of one loan on one day, in fen: positive where it uses the line, negative where it frees it."""

    on: date
    use: Use
    title: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Change:
    """One reason why a line is not as it was. `kind` is an EventKind or a Use; `limit_fen` and `used_fen` are what it
    added to the limit and to what is used (negative: took away). `until_on` is the last day of a temporary part, or of
    several movements that are told as one. `still_frozen`: a freeze was lifted, and the line stays frozen for another
    reason."""

    kind: str
    on: date
    until_on: date | None
    limit_fen: int
    used_fen: int
    count: int
    reason_code: str
    reason: str
    before_fen: int = 0
    after_fen: int = 0
    still_frozen: bool = False


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """`then` is None where the line was opened in between."""

    line_id: str
    product_name: str
    then: Standing | None
    now: Standing
    changes: tuple[Change, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    since: date
    today: date
    days_past_due: int
    lines: tuple[LineExplanation, ...]
    text: str


def explain_line(
    line: CreditLine,
    *,
    events: Sequence[LineEvent],
    movements: Iterable[Movement],
    since: date,
    today: date,
    next_steps: Mapping[str, str],
) -> LineExplanation:
    """The line at the end of `since` and now. `events` are all there are, in order; `movements` those after `since`;
    `next_steps` says by the code of a freeze what the borrower can do about it."""
    moved = tuple(movements)
    then = _then(events, since=since, used_fen=line.used_fen - sum(one.amount_fen for one in moved))
    now = line.standing(today)
    changes = tuple(sorted((*_uses(moved), *_limits(events, since=since, today=today)), key=lambda one: one.on))
    text = _text(line, then=then, now=now, changes=changes, today=today, next_steps=next_steps)
    return LineExplanation(line.id, line.product_name, then, now, changes, text)


def explain(lines: Iterable[LineExplanation], *, since: date, today: date, days_past_due: int) -> Explanation:
    """All lines together, in one text."""
    told = tuple(lines)
    parts = [one.text for one in told] or ["您名下目前没有额度。"]
    frozen_for_it = any(one.now.status is LineStatus.FROZEN for one in told)
    if days_past_due and told and not frozen_for_it:
        parts.append(f"您有借款逾期 {days_past_due} 天，还清之前新的借款可能通不过。")
    return Explanation(since, today, days_past_due, told, "\n".join(parts))


def _then(events: Sequence[LineEvent], *, since: date, used_fen: int) -> Standing | None:
    state = state_on(events, since)
    return None if state is None else standing(state, used_fen=used_fen, day=since)


def _uses(moved: Sequence[Movement]) -> list[Change]:
    """Drawings and purchases one by one; repayments, returns and corrections together."""
    changes = [_use([one]) for one in moved if one.use in ONE_BY_ONE]
    for use in (Use.RETURNED, Use.REPAID, Use.CORRECTED):
        if several := [one for one in moved if one.use is use]:
            changes.append(_use(several))
    return [one for one in changes if one.used_fen]


def _use(several: Sequence[Movement]) -> Change:
    days = sorted({one.on for one in several})
    title = several[0].title if len(several) == 1 else ""
    return Change(
        kind=several[0].use.value,
        on=days[0],
        until_on=days[-1],
        limit_fen=0,
        used_fen=sum(one.amount_fen for one in several),
        count=len(days),
        reason_code=several[0].use.value,
        reason=title,
    )


def _limits(events: Sequence[LineEvent], *, since: date, today: date) -> list[Change]:
    changes: list[Change] = []
    state: LineState | None = None
    for one in events:
        ended = _end_of(one, events)
        # a temporary part that was cancelled before it began is told by its cancellation alone
        if _has_begun(one, ended) and (one.on > since or _begins_after(one, since=since, today=today)):
            changes.append(_change(state, one, today=today))
        state = applied(state, one)
    if state is not None and state.temporary_is_over(today) and state.temporary_until is not None:
        ended_on = state.temporary_until + timedelta(days=1)
        if ended_on > since and state.status is not LineStatus.CLOSED:  # over, and not written down yet
            fen = state.temporary_fen
            changes.append(_ended(ended_on, state.temporary_until, fen, "", "", was_fen=fen))
    return changes


def _begins_after(event: LineEvent, *, since: date, today: date) -> bool:
    """A temporary part that was granted before and counts only since then."""
    return event.kind is EventKind.TEMPORARY and event.from_on is not None and since < event.from_on <= today


def _end_of(event: LineEvent, events: Sequence[LineEvent]) -> LineEvent | None:
    """By which event a temporary part ended, if it has."""
    if event.kind is not EventKind.TEMPORARY:
        return None
    return next((one for one in events if one.kind is EventKind.TEMPORARY_ENDED and one.no > event.no), None)


def _has_begun(event: LineEvent, ended: LineEvent | None) -> bool:
    """Whether a temporary part counted on any day before it was cancelled."""
    return ended is None or event.from_on is None or event.from_on < ended.on


def _change(state: LineState | None, event: LineEvent, *, today: date) -> Change:
    if event.kind is EventKind.TEMPORARY_ENDED:
        last = event.until_on or event.on
        counted_fen = event.amount_fen if event.from_on is None or event.from_on < event.on else 0
        return _ended(event.on, last, counted_fen, event.reason.code, event.reason.text, was_fen=event.amount_fen)
    before_fen = 0 if state is None else state.limit_fen
    after = applied(state, event)
    counts = event.from_on is not None and event.from_on <= today
    limit_fen = after.limit_fen - before_fen
    if event.kind is EventKind.TEMPORARY and counts:
        limit_fen = event.amount_fen
    if event.kind is EventKind.CLOSED and state is not None:
        limit_fen = -state.limit_on(event.on)
    return Change(
        kind=event.kind.value,
        on=event.from_on or event.on,
        until_on=event.until_on,
        limit_fen=limit_fen,
        used_fen=0,
        count=1,
        reason_code=event.reason.code,
        reason=event.reason.text,
        before_fen=before_fen,
        after_fen=event.amount_fen,
        still_frozen=event.kind is EventKind.UNFROZEN and bool(after.freezes),
    )


def _ended(on: date, last: date, fen: int, code: str, reason: str, *, was_fen: int) -> Change:
    return Change(EventKind.TEMPORARY_ENDED.value, on, last, -fen, 0, 1, code, reason, before_fen=was_fen)


# ---- words -----------------------------------------------------------------------------------------------------------


def _text(
    line: CreditLine,
    *,
    then: Standing | None,
    now: Standing,
    changes: Sequence[Change],
    today: date,
    next_steps: Mapping[str, str],
) -> str:
    told = [_told(one, today=today) for one in changes if one.kind != EventKind.OPENED.value]
    head = _head(line, then=then, now=now, today=today)
    more_or_less = then is not None and then.available_fen != now.available_fen
    why = "原因是：" if more_or_less else "这段时间的变化有："
    lines = [head + (why if told and then is not None else "")]
    lines += [f"· {one}" for one in told]
    return "\n".join([*lines, *_now(line, now=now, changes=changes, today=today, next_steps=next_steps)])


def _head(line: CreditLine, *, then: Standing | None, now: Standing, today: date) -> str:
    name, have = f"“{line.product_name}”", f"{spoken_yuan(now.available_fen)} 元"
    if then is None:
        return f"{name}是{_day(business_date(line.opened_at), today=today)}开通的，现在可用额度 {have}。"
    was, day = spoken_yuan(then.available_fen), _day(then.day, today=today)
    difference = now.available_fen - then.available_fen
    if difference == 0:
        return f"{name}现在可用额度 {have}，和{day}相同。"
    more = "多了" if difference > 0 else "少了"
    return f"{name}的可用额度，{day}是 {was} 元，现在是 {have}，{more} {spoken_yuan(abs(difference))} 元。"


def _told(one: Change, *, today: date) -> str:
    day = _day(one.on, today=today)
    why = f"：{one.reason}" if one.reason else ""
    fen = spoken_yuan(abs(one.used_fen or one.limit_fen))
    if one.kind == Use.DRAWN.value:
        return f"{day}借出 {fen} 元{f'（{one.reason}）' if one.reason else ''}，占用了同样多的额度"
    if one.kind == Use.BOUGHT.value:
        return f"{day}消费 {fen} 元{f'（{one.reason}）' if one.reason else ''}，占用了同样多的额度"
    if one.kind == Use.RETURNED.value:
        last = _day(one.until_on or one.on, today=today)
        which = f"{day}的消费" if one.count == 1 else f"{day}到{last}的消费，共"
        return f"撤销了{which} {fen} 元，恢复了同样多的额度"
    if one.kind == Use.REPAID.value:
        last = _day(one.until_on or one.on, today=today)
        when = day if one.count == 1 else f"{day}到{last}"
        verb = "归还本金" if one.count == 1 else "共归还本金"
        return f"{when}{verb} {fen} 元，恢复了同样多的额度"
    if one.kind == Use.CORRECTED.value:
        return f"更正了之前的还款记录，{'重新占用' if one.used_fen > 0 else '恢复'}了 {fen} 元额度"
    if one.kind in (EventKind.RAISED.value, EventKind.LOWERED.value):
        verb = "提高" if one.kind == EventKind.RAISED.value else "调低"
        return f"{day}额度由 {spoken_yuan(one.before_fen)} 元{verb}到 {spoken_yuan(one.after_fen)} 元{why}"
    if one.kind == EventKind.TEMPORARY.value:
        last = _day(one.until_on or one.on, today=today)
        return f"{day}起增加临时额度 {spoken_yuan(one.after_fen)} 元，用到{last}{why}"
    if one.kind == EventKind.TEMPORARY_ENDED.value and one.until_on is not None and one.on <= one.until_on:
        return f"{day}起取消临时额度 {spoken_yuan(one.before_fen)} 元，原定用到{_day(one.until_on, today=today)}{why}"
    if one.kind == EventKind.TEMPORARY_ENDED.value:
        return f"临时额度 {fen} 元在{_day(one.until_on or one.on, today=today)}到期，不再计入"
    if one.still_frozen:
        return f"{day}解除了其中一项暂停{why}"
    words = {"frozen": "起暂停使用", "unfrozen": "恢复使用", "closed": "关闭"}
    return f"{day}{words[one.kind]}{why}"


def _now(
    line: CreditLine, *, now: Standing, changes: Sequence[Change], today: date, next_steps: Mapping[str, str]
) -> list[str]:
    """What stops or uses the line now, as far as the changes have not said it."""
    told = {(one.kind, one.reason_code) for one in changes}
    if any(one.still_frozen for one in changes):  # what was lifted would hide that the rest is not
        told = set()
    lines = []
    for freeze in line.state.freezes:
        if (EventKind.FROZEN.value, freeze.code) not in told:
            lines.append(f"目前仍暂停使用（{_day(freeze.since, today=today)}起）：{freeze.reason}。")
        if step := next_steps.get(freeze.code):
            lines.append(step)
    if line.plan_from is not None and now.reason == ON_PLAN:
        lines.append(f"目前暂停使用（{_day(line.plan_from, today=today)}起）：{ON_PLAN}。")
    if now.status is LineStatus.CLOSED:
        return [] if any(one.kind == EventKind.CLOSED.value for one in changes) else [f"额度已关闭：{now.reason}。"]
    if now.used_fen:
        lines.append(f"现在总额度 {spoken_yuan(now.limit_fen)} 元，借款占用 {spoken_yuan(now.used_fen)} 元。")
    if now.temporary_fen and line.state.temporary_until is not None:
        last = _day(line.state.temporary_until, today=today)
        lines.append(f"总额度里有临时额度 {spoken_yuan(now.temporary_fen)} 元，用到{last}。")
    if now.used_fen > now.limit_fen:
        lines.append("占用的已经比总额度多，还到总额度以内才会有可用额度。")
    return lines


def _day(day: date, *, today: date) -> str:
    year = f"{day.year}年" if day.year != today.year else ""
    return f"{year}{day.month}月{day.day}日"
