"""How the lender's app lets a borrower who is logged in make his WeChat known, and end that."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from service.api.chat_tokens import Caller, caller
from service.api.deps import services
from service.api.problems import refuses
from service.db import wechat as accounts
from service.db.wechat import Bound
from service.domain.errors import IdentityRequired, NotFound
from service.usecases.chat.bind_wechat import issue_code, unbind_in_app

router = APIRouter(prefix="/chat/wechat")


class WechatCode(BaseModel):
    """What the borrower writes in WeChat to bind it."""

    code: str
    say: str
    expires_at: datetime


class WechatBinding(BaseModel):
    """Whether a WeChat account is known as his."""

    bound: bool
    bound_at: datetime | None


@refuses("identity_required", "not_found")
def logged_in(request: Request, who: Annotated[Caller, Depends(caller)]) -> str:
    """The borrower. Raises IdentityRequired for a visitor, NotFound where there is no WeChat."""
    if services(request).wechat is None:
        raise NotFound("微信渠道没有开通。")
    if who.borrower_id is None:
        raise IdentityRequired("为了保护您的账户安全，请先登录后再绑定微信。")
    return who.borrower_id


Borrower = Annotated[str, Depends(logged_in)]


@router.get("")
def get_binding(request: Request, borrower_id: Borrower) -> WechatBinding:
    """Whether his WeChat is bound."""
    with services(request).database.reading() as conn:
        return _shown(accounts.bound_of(conn, borrower_id))


@router.post("/code", status_code=201)
@refuses("too_many_codes")
def make_code(request: Request, borrower_id: Borrower) -> WechatCode:
    """A code that binds the WeChat account from which it is sent, once; earlier ones count no more."""
    at = services(request)
    with at.database.transaction() as conn:
        made = issue_code(conn, borrower_id=borrower_id, now=at.clock.now(), policy=at.policy)
    return WechatCode(code=made.code, say=f"绑定 {made.code}", expires_at=made.expires_at)


@router.delete("")
def end(request: Request, borrower_id: Borrower) -> WechatBinding:
    """Unbind; where nothing is bound nothing changes."""
    at = services(request)
    with at.database.transaction() as conn:
        unbind_in_app(conn, borrower_id=borrower_id, now=at.clock.now())
    return WechatBinding(bound=False, bound_at=None)


def _shown(found: Bound | None) -> WechatBinding:
    return WechatBinding(bound=found is not None, bound_at=found.bound_at if found is not None else None)
