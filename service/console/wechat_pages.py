"""What an agent does about a borrower's WeChat from the console: end the binding where a phone changed hands."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.console.forms import Back, Remark
from service.console.route import HOME, Acting, ConsoleRoute, safe_next
from service.usecases.chat.bind_wechat import unbind_by_hand

router = APIRouter(prefix=HOME, route_class=ConsoleRoute, include_in_schema=False)


@router.post("/borrowers/{borrower_id}/wechat/unbind")
def unbind(request: Request, desk: Acting, borrower_id: str, reason: Remark = "", back: Back = HOME) -> Response:
    """From now on nothing is sent there; a new code binds it, or another one, again."""
    services = request.app.state.services
    with services.database.transaction() as conn:
        unbind_by_hand(conn, borrower_id=borrower_id, by=desk.agent.name, reason=reason, now=services.clock.now())
    return RedirectResponse(safe_next(back), status_code=303)
