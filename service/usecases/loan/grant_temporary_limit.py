"""A credit line gets a temporary part for some days; it ends by itself, or is cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from service.domain.days import business_date
from service.domain.errors import Refused
from service.domain.loan.credit_line import CreditLine, EventKind, LineEvent, LineStatus, Reason
from service.domain.loan.limit_rules import LimitRules
from service.domain.money import spoken_yuan
from service.usecases.loan.changing_line import LineOrder, change_line, check_cap, new_event


def grant_temporary_limit(
    conn: Connection, order: LineOrder, *, extra_fen: int, from_on: date, until_on: date
) -> CreditLine:
    """`extra_fen` on top of the base from `from_on` through `until_on`; the same key again changes nothing.

    Raises what `change_line` raises, and Refused: line_not_active, temporary_not_positive, temporary_running,
    temporary_dates, temporary_too_high, cap_exceeded.
    """

    def make(line: CreditLine, reason: Reason) -> LineEvent:
        _check_line(line)
        _check_days(from_on, until_on, today=business_date(order.now), rules=order.rules)
        _check_sum(line, extra_fen, rules=order.rules)
        check_cap(conn, line, order, total_fen=line.state.limit_fen + extra_fen)
        event = new_event(line, EventKind.TEMPORARY, order, reason=reason, amount_fen=extra_fen)
        return replace(event, from_on=from_on, until_on=until_on)

    return change_line(conn, order, kind=EventKind.TEMPORARY, wish=(extra_fen, from_on, until_on), make=make)


def _check_line(line: CreditLine) -> None:
    if line.state.status is not LineStatus.ACTIVE:
        raise Refused(f"这个额度暂时不能使用：{line.state.status_reason}。", code="line_not_active")
    if line.state.temporary_fen:
        detail = f"已有临时额度 {spoken_yuan(line.state.temporary_fen)} 元，用到 {line.state.temporary_until}。"
        raise Refused(detail + "到期后可以再办理。", code="temporary_running")


def _check_days(from_on: date, until_on: date, *, today: date, rules: LimitRules) -> None:
    lasts = (until_on - from_on).days + 1
    ahead = (from_on - today).days
    if not 0 <= ahead <= rules.temporary_ahead_days or not 1 <= lasts <= rules.temporary_max_days:
        soon, most = rules.temporary_ahead_days, rules.temporary_max_days
        detail = f"临时额度要在今天起 {soon} 天内开始，最长 {most} 天，请调整日期。"
        raise Refused(detail, code="temporary_dates")


def _check_sum(line: CreditLine, extra_fen: int, *, rules: LimitRules) -> None:
    if extra_fen <= 0:
        raise Refused("临时额度要大于 0 元。", code="temporary_not_positive")
    most_fen = line.state.limit_fen * rules.temporary_share_percent // 100 - line.state.limit_fen
    if extra_fen > most_fen:
        detail = f"这个额度的临时额度最多 {spoken_yuan(most_fen)} 元，请减少金额。"
        raise Refused(detail, code="temporary_too_high")
