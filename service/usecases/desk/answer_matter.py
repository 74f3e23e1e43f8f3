"""A named person answers a dispute or a complaint, and the borrower is told, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import matter as matters
from service.domain.chat.turn import clean
from service.domain.collect.resuming import named_person
from service.domain.collect.wording import Wording, lint
from service.domain.days import business_date
from service.domain.desk.matter import Matter, MatterOutcome
from service.domain.errors import NotFound, Refused
from service.usecases.chat.tell_matter import tell_matter


def answer_matter(
    conn: Connection,
    *,
    matter_id: str,
    outcome: MatterOutcome,
    answer: str,
    by: str,
    wording: Iterable[Wording],
    now: datetime,
) -> Matter:
    """The matter with its answer; the same answer by the same person again changes nothing. Outreach stays stopped
    until somebody ends the stop: an answer is no leave to collect.

    Raises NotFound (matter_unknown), Refused: person_required, already_decided, empty_message, text_too_long, wording.
    """
    name = named_person(by)
    said = clean(answer)
    rules = [rule for rule in wording if rule.origin.holds_on(business_date(now))]
    if breaches := lint(said, rules=rules):
        reasons = "\n".join(f"· {breach.detail}（依据：{breach.source}）" for breach in breaches)
        raise Refused(f"这个答复没有发出，请修改后再提交：\n{reasons}", code="wording")
    found = matters.by_id(conn, matter_id)
    if found is None:
        raise NotFound("没有找到这件异议或投诉，请刷新页面后重新选择。", code="matter_unknown")
    ledger.lock_borrower(conn, found.borrower_id)
    first = matters.answer(conn, matter_id, outcome=outcome, answer=said, by=name, now=now)
    answered = matters.by_id(conn, matter_id)
    assert answered is not None, "matters are never deleted"
    if first:
        tell_matter(conn, answered, now=now)
    elif (answered.outcome, answered.answer, answered.answered_by) != (outcome, said, name):
        raise Refused("这件已经答复过了，请刷新页面查看。", code="already_decided")
    return answered
