"""What an agent does about contact hours from the console: keep those that were agreed with a borrower, end them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.console.forms import Back, Remark, Short, clock_of
from service.console.route import HOME, Acting, ConsoleRoute, safe_next
from service.usecases.collect.agree_hours import agree_hours

router = APIRouter(prefix=HOME, route_class=ConsoleRoute, include_in_schema=False)


@router.post("/borrowers/{borrower_id}/contact-hours")
def agree(
    request: Request,
    desk: Acting,
    borrower_id: str,
    agreed_from: Short = "",
    agreed_until: Short = "",
    timezone: Short = "",
    note: Remark = "",
    back: Back = HOME,
) -> Response:
    """Both times left empty: the hours of the rules hold again."""
    services = request.app.state.services
    with services.database.transaction() as conn:
        agree_hours(
            conn,
            borrower_id=borrower_id,
            agreed_from=clock_of(agreed_from),
            agreed_until=clock_of(agreed_until),
            timezone=timezone.strip(),
            by=desk.agent.name,
            note=note,
            now=services.clock.now(),
        )
    return RedirectResponse(safe_next(back), status_code=303)
