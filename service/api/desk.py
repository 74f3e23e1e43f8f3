"""Asks for a person on a conversation's behalf."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field

from service.api.answers import PlaceInQueue
from service.api.deps import internal, services
from service.api.problems import refuses
from service.usecases.desk.hand_over import hand_over, position

router = APIRouter(prefix="/desk", dependencies=[Depends(internal)])


class PersonWanted(BaseModel):
    """Why a person is wanted: a short code, and what he should know (empty: the borrower's last messages)."""

    reason: str = Field(min_length=1, max_length=64)
    brief: str = Field("", max_length=2000)


@router.post("/conversations/{conversation_id}/handover")
@refuses("not_found")
def request_person(
    conversation_id: Annotated[str, Path(max_length=64)],
    asked: PersonWanted,
    request: Request,
) -> PlaceInQueue:
    """Where the borrower stands in the queue and when people answer; asking again changes nothing.

    `position` is 1 for the next one, 0 once a person has taken it; `state` is waiting or taken.
    """
    at = services(request)
    now = at.clock.now()
    with at.database.transaction() as conn:
        made = hand_over(conn, conversation_id=conversation_id, reason=asked.reason, brief=asked.brief, now=now)
        place = position(conn, made)
    return PlaceInQueue(position=place, state=made.state, hours=str(at.desk_hours), open=at.desk_hours.is_open(now))
