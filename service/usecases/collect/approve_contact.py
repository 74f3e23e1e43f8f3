"""One person's word that somebody who owes nothing may be contacted; the gate wants two, besides the one who calls."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import contact
from service.domain.collect.outreach import Purpose, Target
from service.domain.collect.resuming import named_person, stated_reason
from service.domain.collect.third_party import ASKS
from service.domain.errors import NotFound, Refused


def approve_contact(
    conn: Connection, *, contact_point_id: str, purpose: Purpose, by: str, reason: str, now: datetime
) -> None:
    """For one purpose. Raises NotFound (contact_point_unknown), Refused (purpose_unfit, person_required,
    reason_required)."""
    point = contact.point_by_id(conn, contact_point_id)
    if point is None:
        raise NotFound("没有找到这个联系方式，请刷新后重新选择。", code="contact_point_unknown")
    if point.target is not Target.CONTACT or purpose not in ASKS:
        raise Refused("这个号码不能用于这种目的，请核对后重新选择。", code="purpose_unfit")
    contact.add_approval(
        conn, contact_point_id, purpose=purpose, by=named_person(by), reason=stated_reason(reason), now=now
    )
