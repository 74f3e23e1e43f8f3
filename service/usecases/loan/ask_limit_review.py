"""A borrower asks that a person look at the decision on his application (个人信息保护法 24)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import limit_application as applications
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.domain.loan.limit_application import Application
from service.domain.loan.limit_rules import LimitRules, Outcome
from service.usecases.loan.changing_line import held_line


def ask_limit_review(
    conn: Connection, *, application_id: str, borrower_id: str, now: datetime, rules: LimitRules
) -> Application:
    """The application waits for a person from now on; asked again, nothing changes.

    Raises NotFound (there is none of this borrower's), Refused: nothing_to_review, already_reviewed, review_too_late,
    application_open (another one of the line).
    """
    found = applications.by_id(conn, application_id)
    if found is None or found.borrower_id != borrower_id:
        raise NotFound("没有找到这个提额申请。", code="application_unknown")
    held_line(conn, found.line_id)
    found = applications.by_id(conn, application_id)
    assert found is not None, "applications are never deleted"
    if found.state is Outcome.REFERRED:
        if found.review_asked_at is None:
            applications.note_review(conn, found.id, now=now)
    else:
        _check(conn, found, now=now, rules=rules)
        applications.refer(conn, found.id, now=now)
    again = applications.by_id(conn, found.id)
    assert again is not None
    return again


def _check(conn: Connection, found: Application, *, now: datetime, rules: LimitRules) -> None:
    if found.state is Outcome.APPROVED and found.amount_fen >= found.asked_fen:
        raise Refused("这个申请已经按您要的额度通过了，不需要复核。", code="nothing_to_review")
    if found.by_person:
        raise Refused("这个决定已经由人工作出。仍有疑问可以转人工说明情况。", code="already_reviewed")
    if not found.reviewable(business_date(now), rules):
        detail = f"结果出来超过 {rules.review_days} 天了，不能再复核，您可以重新申请。"
        raise Refused(detail, code="review_too_late")
    latest = applications.latest_of_line(conn, found.line_id)
    if latest is not None and latest.state is Outcome.REFERRED:
        raise Refused("您有一个更新的提额申请正在由人工处理，有结果会在这里告诉您。", code="application_open")
