"""The console's page of turns that need a look: what was said, what the bot guessed, what an agent says it meant."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from service.console import labels
from service.console.forms import PageNumber, Short, State
from service.console.route import HOME, Acting, AtDesk, ConsoleRoute, Desk, render
from service.domain.desk.learning import FALLBACK_INTENT
from service.domain.errors import Refused
from service.usecases.desk.label_turn import label_turn
from service.usecases.desk.learning import turns_to_label

router = APIRouter(prefix=f"{HOME}/learning", route_class=ConsoleRoute, include_in_schema=False)

INTENTS = {name: title for name, title in labels.INTENTS.items() if name != FALLBACK_INTENT}
NONE_OF_THESE = "-"
TurnId = Annotated[int, Path(ge=1, le=2**62)]


@router.get("")
def turns(request: Request, desk: AtDesk, state: State = "", page: PageNumber = 1) -> Response:
    return _list(request, desk, state=state, page=page)


@router.post("/{turn_id}/label")
def label(
    request: Request,
    desk: Acting,
    turn_id: TurnId,
    intent: Short = "",
    state: Annotated[str, Form(max_length=16)] = "",
    page: Annotated[int, Form(ge=1, le=1_000_000)] = 1,
    following: Annotated[int, Form(ge=0, le=2**62)] = 0,
) -> Response:
    """Keep the label and go on with the turn that follows in the list; `intent` may be "-", none of these."""
    services = request.app.state.services
    chosen = None if intent == NONE_OF_THESE else intent
    try:
        with services.database.transaction() as conn:
            label_turn(
                conn, turn_id=turn_id, intent=chosen, intents=INTENTS, agent=desk.agent, now=services.clock.now()
            )
    except Refused as refused:
        return _list(request, desk, state=state, page=page, error=refused.detail, status=422)
    known = state if state in labels.LABEL_STATES else ""
    place = f"#turn-{following}" if following else ""
    return RedirectResponse(f"{HOME}/learning?state={known}&page={page}{place}", status_code=303)


def _list(request: Request, desk: Desk, *, state: str, page: int, error: str = "", status: int = 200) -> Response:
    services = request.app.state.services
    state = state if state in labels.LABEL_STATES else ""
    with services.database.reading() as conn:
        found = turns_to_label(conn, state=state, number=page, now=services.clock.now())
    context = {"desk": desk, "found": found, "state": state, "intents": INTENTS, "error": error}
    return render(request, "learning.html", status=status, none_of_these=NONE_OF_THESE, **context)
