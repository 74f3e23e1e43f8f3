"""What may be promised: parts with sums and days, within what is owed and within the policy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.collect.promise import SHORT, Part, Promise, PromiseState
from service.domain.collect.rules import PromiseRule
from service.domain.days import business_date
from service.domain.errors import Refused
from service.domain.money import yuan

ZH_NUMBERS = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Wished:
    """A part as it is wished for; without a sum it is what is left. `condition`: in the borrower's words, 发工资."""

    amount_fen: int | None
    due_on: date
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """Fen: what is asked for now, and what it costs today to be rid of everything."""

    bill_fen: int
    payoff_fen: int


def parts_of(wished: Sequence[Wished], *, owed: Owed, rule: PromiseRule, today: date) -> tuple[Part, ...]:
    """The parts in the order of their days, the rest fixed as a sum.

    Raises Refused: too_many_parts, date_in_past, date_too_far, nothing_owed, amount_not_positive, amount_too_large,
    rest_not_clear (said of more than one part), nothing_left.
    """
    if not 1 <= len(wished) <= rule.max_parts:
        detail = f"一次最多约{_count(rule.max_parts)}笔，请合并一下；需要分更多笔，可以回复“转人工”商量。"
        raise Refused(detail, code="too_many_parts")
    for one in wished:
        _check_day(one.due_on, today, rule)
    if owed.payoff_fen == 0:
        raise Refused("您目前没有需要还的款项，不用约定还款日。", code="nothing_owed")
    named = [one.amount_fen for one in wished if one.amount_fen is not None]
    if any(fen <= 0 for fen in named):
        raise Refused("约定的金额要大于 0 元，请重新告诉我金额。", code="amount_not_positive")
    if sum(named) > owed.payoff_fen:
        told = f"您现在全部结清只需 {yuan(owed.payoff_fen)} 元，{yuan(sum(named))} 元超过了这个数，请改一个金额。"
        raise Refused(told, code="amount_too_large")
    rest_fen = _rest_fen(sum(named), len(wished) - len(named), owed)
    in_order = sorted(wished, key=lambda one: one.due_on)
    return tuple(
        Part(
            no=no,
            amount_fen=rest_fen if one.amount_fen is None else one.amount_fen,
            due_on=one.due_on,
            counts_until=one.due_on + timedelta(days=rule.grace_days),
            is_rest=one.amount_fen is None,
            condition=one.condition,
        )
        for no, one in enumerate(in_order, 1)
    )


def _check_day(due_on: date, today: date, rule: PromiseRule) -> None:
    if due_on < today:
        raise Refused("这个日期已经过去了，请告诉我今天或以后的一天。", code="date_in_past")
    latest = latest_day(today, rule=rule)
    if due_on > latest:
        detail = f"约定还款日最晚可以到{latest.month}月{latest.day}日，请换一个日期；需要更久，可以回复“转人工”商量。"
        raise Refused(detail, code="date_too_far")


def latest_day(today: date, *, rule: PromiseRule) -> date:
    """The last day that may be promised."""
    return today + timedelta(days=rule.max_days)


def _rest_fen(named_fen: int, rests: int, owed: Owed) -> int:
    """What "the rest" comes to: of what is asked for now, where the sums named are less than that, else of all."""
    if rests == 0:
        return 0
    if rests > 1:
        raise Refused("“剩下的”只能约一笔，请告诉我每一笔的金额。", code="rest_not_clear")
    left = (owed.bill_fen if named_fen < owed.bill_fen else owed.payoff_fen) - named_fen
    if left <= 0:
        raise Refused("按前面说的金额还完，已经没有剩下的了，请再核对一下金额。", code="nothing_left")
    return left


def renegotiations(earlier: Iterable[Promise], *, today: date, rule: PromiseRule) -> int:
    """How many promises were not kept, or put off, since the last that was, within the policy's days.

    One that was put right on the day on which it was made was a slip and no renegotiation."""
    count = 0
    for one in sorted(earlier, key=lambda one: one.created_at, reverse=True):
        if one.state is PromiseState.KEPT or business_date(one.created_at) < today - timedelta(days=rule.count_days):
            break
        put_off_on = today if one.replaced_at is None else business_date(one.replaced_at)
        if one.state in SHORT or business_date(one.created_at) != put_off_on:
            count += 1
    return count


def check_renegotiations(earlier: Iterable[Promise], *, today: date, rule: PromiseRule) -> None:
    """Raises Refused (too_many_renegotiations): then people talk about it, and nothing more is promised."""
    if renegotiations(earlier, today=today, rule=rule) > rule.max_renegotiations:
        detail = (
            f"约定改过或没赶上已经有{_count(rule.max_renegotiations + 1)}次了，再约日子恐怕对您帮助不大。"
            "让同事和您一起看看怎么还更合适，比如调整还款安排；您现在想还款，随时都可以还。"
        )
        raise Refused(detail, code="too_many_renegotiations")


def _count(number: int) -> str:
    words = {2: "两"}
    return words.get(number) or (ZH_NUMBERS[number] if number <= 10 else str(number))
