"""What became of a call that an agent was allowed: told once, by whoever called."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import contact
from service.db import loan as ledger
from service.domain.collect.calling import OF_OTHERS, CallResult, outcome_of
from service.domain.collect.contact import Attempt, ContactPoint, Outcome
from service.domain.collect.outreach import By, Stop, Target
from service.domain.errors import NotFound, Refused
from service.usecases.collect.pause import pause


def report_call(
    conn: Connection, *, attempt_id: str, by: str, result: CallResult, seconds: int | None, now: datetime
) -> Attempt:
    """The attempt as it is known now; told the same again, nothing changes. A wrong number stops outreach to it at
    once, and a third party's no is kept for good.

    Raises NotFound (call_unknown), Refused (call_of_another, call_reported, result_unfit).
    """
    found = contact.attempt_by_id(conn, attempt_id)
    if found is None or found.by_kind is not By.AGENT or found.outcome is Outcome.REFUSED:
        raise NotFound("没有这次通话，请刷新后重试。", code="call_unknown")
    if found.by_name != by:
        raise Refused("这次通话由另一位同事拨打，请由本人登记结果。", code="call_of_another")
    ledger.lock_borrower(conn, found.borrower_id)
    point = contact.point_by_id(conn, found.contact_point_id or "")
    assert point is not None, "a call goes to a number"
    if (result in OF_OTHERS) and point.target is Target.DEBTOR:
        raise Refused("只有联系他人时才有这种结果，请重新选择。", code="result_unfit")
    outcome = outcome_of(result)
    talked = seconds if outcome is Outcome.CONNECTED else None
    if contact.set_outcome(conn, attempt_id, to=outcome, now=now, seconds=talked):
        _follow(conn, found, point, result, by=by, now=now)
    told = contact.attempt_by_id(conn, attempt_id)
    assert told is not None
    if (told.outcome, told.seconds) != (outcome, talked):
        raise Refused("这次通话的结果已登记过，如有误请联系主管。", code="call_reported")
    return told


def _follow(
    conn: Connection, call: Attempt, point: ContactPoint, result: CallResult, *, by: str, now: datetime
) -> None:
    if result is CallResult.REFUSED:
        contact.refuse_point(conn, point.id, now=now)
    elif result is CallResult.WILLING:
        contact.offer_to_pay(conn, point.id, now=now)
    elif result is CallResult.WRONG_NUMBER and point.target is Target.CONTACT:
        contact.suppress_point(conn, point.id, reason=result.value, now=now)
    elif result is CallResult.WRONG_NUMBER:
        pause(
            conn,
            borrower_id=call.borrower_id,
            reason=Stop.WRONG_PERSON.value,
            by=by,
            note="电话接听人不是本人",
            now=now,
            contact_point_id=point.id,
        )
