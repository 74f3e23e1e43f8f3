"""A person decides an application for a higher limit that the rules left open or that is looked at again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import limit_application as applications
from service.domain.errors import NotFound, Refused
from service.domain.loan.limit_application import Application
from service.domain.loan.limit_rules import LimitRules, Outcome, PersonReason
from service.domain.money import spoken_yuan
from service.usecases.loan.changing_line import LineOrder, held_line
from service.usecases.loan.raise_limit import raise_limit


def decide_limit_application(
    conn: Connection,
    *,
    application_id: str,
    outcome: Outcome,
    amount_fen: int = 0,
    reason_code: str,
    by: str,
    note: str = "",
    now: datetime,
    rules: LimitRules,
) -> Application:
    """Approve with an amount (at most what was asked) or refuse, for a reason of the policy; the same decision by the
    same person again changes nothing.

    Only the cap per borrower binds the person, too. Raises NotFound, Refused: person_missing, already_decided,
    reason_unknown, amount_not_asked, and what `raise_limit` refuses.
    """
    found = _held(conn, application_id)
    amount_fen = amount_fen if outcome is Outcome.APPROVED else 0
    if found.state is not Outcome.REFERRED:
        if (found.state, found.amount_fen, found.decided_by) == (outcome, amount_fen, by):
            return found
        raise Refused("这个申请已经有决定了，请刷新页面查看。", code="already_decided")
    if not by.strip() or by.startswith("rule:"):
        raise Refused("请写明是谁做的决定。", code="person_missing")
    reason = rules.person_reasons.get(reason_code)
    if reason is None or reason.outcome is not outcome:
        raise Refused("请选择与决定相符的原因。", code="reason_unknown")
    if outcome is Outcome.APPROVED:
        _raise(conn, found, amount_fen=amount_fen, by=by, note=note, now=now, rules=rules)
    applications.decide(
        conn,
        found.id,
        state=outcome,
        amount_fen=amount_fen,
        reasons=[_as_dict(reason)],
        by=by,
        note=note,
        now=now,
    )
    decided = applications.by_id(conn, found.id)
    assert decided is not None
    return decided


def _held(conn: Connection, application_id: str) -> Application:
    """The application as it is once its line is held: nobody else decides it meanwhile."""
    found = applications.by_id(conn, application_id)
    if found is None:
        raise NotFound("没有找到这个提额申请。", code="application_unknown")
    held_line(conn, found.line_id)
    again = applications.by_id(conn, application_id)
    assert again is not None, "applications are never deleted"
    return again


def _raise(
    conn: Connection, found: Application, *, amount_fen: int, by: str, note: str, now: datetime, rules: LimitRules
) -> None:
    if amount_fen > found.asked_fen:
        detail = f"批准的额度不能超过申请的 {spoken_yuan(found.asked_fen)} 元。"
        raise Refused(detail, code="amount_not_asked")
    key = f"application:{found.id}"
    order = LineOrder(
        found.line_id, "application_approved", by=by, key=key, now=now, rules=rules, note=note, of_a_decision=True
    )
    raise_limit(conn, order, limit_fen=amount_fen)


def _as_dict(reason: PersonReason) -> dict[str, object]:
    """As a rule's finding is kept, so that a borrower reads both in the same way."""
    return {
        "code": reason.code,
        "effect": "person",
        "held": reason.outcome is Outcome.APPROVED,
        "text": reason.text,
        "advice": reason.advice,
        "points": 0,
        "source": "人工决定",
    }
