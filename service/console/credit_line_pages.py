"""The console's page of a borrower's credit lines: how each stands, what was changed, and the forms of a change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from service.console.forms import Remark, Short, day_of, fen_of, fen_or_zero
from service.console.route import HOME, Acting, AtDesk, ConsoleRoute, Desk, MayNot, render
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.domain.loan.credit_line import CreditLine, EventKind
from service.usecases.desk.credit_lines import credit_lines
from service.usecases.desk.may_change_ledger import may_change_ledger
from service.usecases.loan.cancel_temporary_limit import cancel_temporary_limit
from service.usecases.loan.changing_line import LineOrder
from service.usecases.loan.close_line import close_line
from service.usecases.loan.freeze_line import freeze_line
from service.usecases.loan.grant_temporary_limit import grant_temporary_limit
from service.usecases.loan.lower_limit import lower_limit
from service.usecases.loan.raise_limit import raise_limit
from service.usecases.loan.unfreeze_line import unfreeze_line

router = APIRouter(prefix=f"{HOME}/borrowers", route_class=ConsoleRoute, include_in_schema=False)

MAY_NOT = "调整额度需要“可以改动账目”的权限，请管理员在“接口令牌”里给您签发后再试。"
SURE = "yes"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was written in the form of a change; each change reads its own fields."""

    amount: str = ""
    from_on: str = ""
    until_on: str = ""
    lifts: str = ""
    sure: str = ""
    reason: str = ""
    note: str = ""


def _changing(request: Request, desk: Acting) -> Desk:
    services = request.app.state.services
    with services.database.reading() as conn:
        allowed = may_change_ledger(conn, agent=desk.agent, now=services.clock.now())
    if not allowed:
        raise MayNot(MAY_NOT)
    return desk


Changing = Annotated[Desk, Depends(_changing)]


def _wish(
    amount: Short = "",
    from_on: Short = "",
    until_on: Short = "",
    lifts: Short = "",
    sure: Short = "",
    reason: Short = "",
    note: Remark = "",
) -> Wish:
    return Wish(amount, from_on, until_on, lifts, sure, reason, note.strip())


@router.get("/{borrower_id}/credit-lines")
def lines(request: Request, desk: AtDesk, borrower_id: str) -> Response:
    return _page(request, desk, borrower_id)


@router.get("/{borrower_id}/credit-lines/{line_id}/{kind}")
def form_opened_anew(desk: AtDesk, borrower_id: str, line_id: str, kind: str) -> Response:
    """The address that a refused form leaves in the browser."""
    return _to_lines(borrower_id)


@router.post("/{borrower_id}/credit-lines/{line_id}/{kind}")
def change(
    request: Request,
    desk: Changing,
    borrower_id: str,
    line_id: str,
    kind: str,
    wish: Annotated[Wish, Depends(_wish)],
    key: Short = "",
) -> Response:
    """`kind` is the event that is wanted. A form sent twice changes the line once; a refused one comes back with what
    was written in it."""
    services = request.app.state.services
    act = _CHANGES.get(kind)
    if act is None:
        raise NotFound("没有这种调整，请返回额度页重新选择。")
    try:
        if not key:
            raise Refused("这个页面不完整，请刷新后再提交。")
        if not wish.note:
            raise Refused("请写明为什么调整，供同事查看。")
        with services.database.transaction() as conn:
            order = LineOrder(
                line_id,
                wish.reason,
                desk.agent.name,
                _event_key(desk, key),
                now=services.clock.now(),
                rules=services.limit_rules,
                note=wish.note,
            )
            if act(conn, order, wish).borrower_id != borrower_id:
                raise NotFound("这位客户没有这个额度，请返回额度页重新选择。", code="line_unknown")
    except Refused as refused:
        asked = {"line_id": line_id, "kind": kind} | asdict(wish)
        return _page(request, desk, borrower_id, error=refused.detail, draft=asked, status=422)
    return _to_lines(borrower_id)


def _to_lines(borrower_id: str) -> Response:
    return RedirectResponse(f"{HOME}/borrowers/{quote(borrower_id, safe='')}/credit-lines", status_code=303)


def _raise(conn: Connection, order: LineOrder, wish: Wish) -> CreditLine:
    return raise_limit(conn, order, limit_fen=fen_of(wish.amount))


def _lower(conn: Connection, order: LineOrder, wish: Wish) -> CreditLine:
    return lower_limit(conn, order, limit_fen=fen_or_zero(wish.amount))


def _give_temporarily(conn: Connection, order: LineOrder, wish: Wish) -> CreditLine:
    days = {"from_on": day_of(wish.from_on), "until_on": day_of(wish.until_on)}
    return grant_temporary_limit(conn, order, extra_fen=fen_of(wish.amount), **days)


def _cancel_temporary(conn: Connection, order: LineOrder, wish: Wish) -> CreditLine:
    return cancel_temporary_limit(conn, order)


def _freeze(conn: Connection, order: LineOrder, wish: Wish) -> CreditLine:
    return freeze_line(conn, order)


def _unfreeze(conn: Connection, order: LineOrder, wish: Wish) -> CreditLine:
    return unfreeze_line(conn, order, lifts=wish.lifts)


def _close(conn: Connection, order: LineOrder, wish: Wish) -> CreditLine:
    if wish.sure != SURE:
        raise Refused("关闭后不能再恢复，请先勾选确认。")
    return close_line(conn, order)


_CHANGES: Mapping[str, Callable[[Connection, LineOrder, Wish], CreditLine]] = {
    EventKind.RAISED.value: _raise,
    EventKind.LOWERED.value: _lower,
    EventKind.TEMPORARY.value: _give_temporarily,
    EventKind.TEMPORARY_ENDED.value: _cancel_temporary,
    EventKind.FROZEN.value: _freeze,
    EventKind.UNFROZEN.value: _unfreeze,
    EventKind.CLOSED.value: _close,
}
NO_DRAFT: Mapping[str, str] = {"line_id": "", "kind": ""} | asdict(Wish())


def _event_key(desk: Desk, key: str) -> str:
    """Of the agent's own key, however long his id is: the ledger keeps it for good."""
    return "desk:" + hashlib.sha256(json.dumps([desk.agent.id, key]).encode()).hexdigest()[:40]


def _page(
    request: Request,
    desk: Desk,
    borrower_id: str,
    *,
    error: str = "",
    draft: Mapping[str, str] = NO_DRAFT,
    status: int = 200,
) -> Response:
    services = request.app.state.services
    now, rules = services.clock.now(), services.limit_rules
    today = business_date(now)
    with services.database.reading() as conn:
        found = credit_lines(conn, borrower_id=borrower_id, today=today)
        allowed = may_change_ledger(conn, agent=desk.agent, now=now)
    return render(
        request,
        "credit_lines.html",
        status=status,
        desk=desk,
        found=found,
        allowed=allowed,
        may_not=MAY_NOT,
        rules=rules,
        reasons={kind: rules.given_by_people(EventKind(kind)) for kind in _CHANGES},
        today=today,
        begins_by=today + timedelta(days=rules.temporary_ahead_days),
        sure=SURE,
        new_key=lambda: uuid4().hex,
        error=error,
        draft=draft,
    )
