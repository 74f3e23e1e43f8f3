"""WeChat accounts of borrowers, to and from their rows: codes, bindings, and the history of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from service.db.contact import add_point
from service.db.many_ids import among_these
from service.db.tables.contact import contact_attempt, contact_point
from service.db.tables.wechat import wechat_code, wechat_event
from service.domain.chat.wechat_binding import Act
from service.domain.collect.contact import UNUSED, PointKind
from service.domain.collect.outreach import Target


@dataclass(frozen=True, slots=True)
class Code:
    """Whose it is, and whether it still binds."""

    borrower_id: str
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bound:
    """A WeChat account that is a borrower's now."""

    borrower_id: str
    point_id: str
    openid: str
    bound_at: datetime


def add_code(conn: Connection, *, code_hash: str, borrower_id: str, now: datetime, expires_at: datetime) -> None:
    """In place of those he was given before and did not use."""
    open_ones = (wechat_code.c.borrower_id == borrower_id) & wechat_code.c.used_at.is_(None)
    ended = update(wechat_code).where(open_ones, wechat_code.c.expires_at > now).values(expires_at=now)
    conn.execute(ended)
    values = {"code_hash": code_hash, "borrower_id": borrower_id, "created_at": now, "expires_at": expires_at}
    conn.execute(insert(wechat_code).values(**values))


def count_codes(conn: Connection, borrower_id: str, *, since: datetime) -> int:
    mine = (wechat_code.c.borrower_id == borrower_id) & (wechat_code.c.created_at > since)
    return int(conn.execute(select(func.count()).select_from(wechat_code).where(mine)).scalar_one())


def code_with(conn: Connection, code_hash: str) -> Code | None:
    found = conn.execute(select(wechat_code).where(wechat_code.c.code_hash == code_hash)).mappings().first()
    return Code(found["borrower_id"], found["expires_at"], found["used_at"]) if found is not None else None


def use_code(conn: Connection, code_hash: str, *, openid: str, now: datetime) -> bool:
    """Compare-and-swap: of two who send the same code at once, one binds with it."""
    fresh = wechat_code.c.used_at.is_(None) & (wechat_code.c.expires_at > now)
    using = update(wechat_code).where(wechat_code.c.code_hash == code_hash, fresh)
    return conn.execute(using.values(used_at=now, openid=openid)).rowcount == 1


def bind(conn: Connection, *, borrower_id: str, openid: str, now: datetime) -> str:
    """The id of the contact point, in use from now on whatever it was before."""
    point_id = add_point(conn, borrower_id=borrower_id, kind=PointKind.WECHAT, address=openid, now=now)
    values = {"verified_at": now, "suppressed_at": None, "suppressed_reason": None}
    conn.execute(update(contact_point).where(contact_point.c.id == point_id).values(**values))
    return point_id


def bound_to(conn: Connection, openid: str) -> Bound | None:
    """Whose WeChat this is now."""
    return _first(conn, contact_point.c.address == openid)


def bound_of(conn: Connection, borrower_id: str) -> Bound | None:
    """The WeChat that is this borrower's now."""
    return _first(conn, contact_point.c.borrower_id == borrower_id)


def _first(conn: Connection, mine: ColumnElement[bool]) -> Bound | None:
    bound = (contact_point.c.kind == PointKind.WECHAT.value) & (contact_point.c.target == Target.DEBTOR.value)
    in_use = contact_point.c.suppressed_at.is_(None) & contact_point.c.verified_at.is_not(None)
    row = conn.execute(select(contact_point).where(mine, bound, in_use)).mappings().first()
    return Bound(row["borrower_id"], row["id"], row["address"], row["verified_at"]) if row is not None else None


def add_event(
    conn: Connection,
    *,
    act: Act,
    openid: str,
    borrower_id: str | None,
    point_id: str | None = None,
    by: str,
    reason: str,
    note: str = "",
    message_id: str = "",
    now: datetime,
) -> None:
    whose = {"borrower_id": borrower_id, "contact_point_id": point_id, "openid": openid}
    told = {"act": act.value, "by": by, "reason": reason, "note": note, "message_id": message_id, "at": now}
    conn.execute(insert(wechat_event).values(**whose, **told))


def count_refused(conn: Connection, openid: str, *, since: datetime) -> int:
    """Codes from this WeChat that bound nothing."""
    mine = (wechat_event.c.openid == openid) & (wechat_event.c.act == Act.REFUSED.value) & (wechat_event.c.at > since)
    return int(conn.execute(select(func.count()).select_from(wechat_event).where(mine)).scalar_one())


def was_told(conn: Connection, *, openid: str, act: Act, message_id: str) -> bool:
    """Whether this was kept before: the platform pushes an event up to three times."""
    mine = (wechat_event.c.openid == openid) & (wechat_event.c.act == act.value)
    return (
        conn.execute(select(wechat_event.c.id).where(mine, wechat_event.c.message_id == message_id)).first() is not None
    )


def consents_left(conn: Connection, borrower_ids: Sequence[str], *, channel: str) -> dict[str, int]:
    """How many notices each still allowed, of those whose WeChat is bound: what he agreed to since it was bound or he
    last withdrew, less what was sent on `channel` since, or may have been. An attempt is the unit that is kept before
    sending, and one that certainly did not arrive gives it back."""
    allowed: dict[str, tuple[str, int, datetime]] = {}
    for row in conn.execute(_history_of_bound(borrower_ids)):
        if row.act == Act.CONSENTED.value:
            whose, units, since = allowed.get(row.contact_point_id, (row.borrower_id, 0, row.at))
            allowed[row.contact_point_id] = whose, units + 1, since
        else:
            allowed[row.contact_point_id] = row.borrower_id, 0, row.at
    left: dict[str, int] = {whose: 0 for whose, _, _ in allowed.values()}
    if not any(units for _, units, _ in allowed.values()):
        return left
    used = Counter(
        row.contact_point_id
        for row in conn.execute(_attempts_on(list(allowed), channel))
        if row.at >= allowed[row.contact_point_id][2]
    )
    for point_id, (whose, units, _) in allowed.items():
        left[whose] += max(0, units - used[point_id])
    return left


def _history_of_bound(borrower_ids: Sequence[str]) -> Select[Any]:
    in_use = (contact_point.c.id == wechat_event.c.contact_point_id) & contact_point.c.suppressed_at.is_(None)
    acts = [one.value for one in Act if one is not Act.REFUSED]
    history = select(wechat_event.c.borrower_id, wechat_event.c.contact_point_id, wechat_event.c.act, wechat_event.c.at)
    mine = among_these(wechat_event.c.borrower_id, borrower_ids) & wechat_event.c.act.in_(acts)
    return history.join(contact_point, in_use).where(mine).order_by(wechat_event.c.id)


def _attempts_on(points: Sequence[str], channel: str) -> Select[Any]:
    mine = among_these(contact_attempt.c.contact_point_id, points) & (contact_attempt.c.channel == channel)
    used = contact_attempt.c.outcome.not_in([one.value for one in UNUSED])
    return select(contact_attempt.c.contact_point_id, contact_attempt.c.at).where(mine, used)
