"""What was agreed with a debtor on when he may be reached: told by the lender's people, held to by the gate."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from service.api.agents import Operator, Viewer
from service.api.deps import services
from service.api.iso import Clock
from service.api.problems import refuses
from service.db import contact
from service.domain.collect.contact import ContactTerms
from service.usecases.collect.agree_hours import agree_hours

router = APIRouter(prefix="/collect")
BorrowerId = Annotated[str, Path(max_length=64)]
PATH = "/borrowers/{borrower_id}/contact-hours"


class HoursWish(BaseModel):
    """The hours that were agreed, and how; without both the hours of the rules hold again."""

    agreed_from: Clock | None = None
    agreed_until: Clock | None = None
    timezone: str = Field("Asia/Shanghai", min_length=1, max_length=64)
    note: str = Field(min_length=1, max_length=400)


class HoursAgreed(BaseModel):
    """What holds now; all but `borrower_id` null where nothing was ever agreed."""

    borrower_id: str
    agreed_from: str | None
    agreed_until: str | None
    timezone: str | None
    agreed_at: datetime | None
    agreed_by: str | None
    note: str | None


@router.get(PATH)
def get_contact_hours(request: Request, agent: Viewer, borrower_id: BorrowerId) -> HoursAgreed:
    """When a borrower may be reached, as agreed with him."""
    with services(request).database.reading() as conn:
        return _shown(borrower_id, contact.terms_of(conn, borrower_id))


@router.put(PATH)
@refuses(
    "borrower_unknown", "person_required", "reason_required", "hours_incomplete", "hours_reversed", "timezone_unknown"
)
def put_contact_hours(request: Request, agent: Operator, borrower_id: BorrowerId, wish: HoursWish) -> HoursAgreed:
    """Keep what was agreed; what is queued already is held to it as well. The same again changes nothing."""
    at = services(request)
    with at.database.transaction() as conn:
        made = agree_hours(
            conn, borrower_id=borrower_id, **wish.model_dump(), by=agent.agent, now=at.clock.now()
        )  # fmt: skip
    return _shown(borrower_id, made)


def _shown(borrower_id: str, terms: ContactTerms | None) -> HoursAgreed:
    return HoursAgreed(
        borrower_id=borrower_id,
        agreed_from=_clock(terms and terms.agreed_from),
        agreed_until=_clock(terms and terms.agreed_until),
        timezone=terms and terms.timezone,
        agreed_at=terms and terms.agreed_at,
        agreed_by=terms and terms.agreed_by,
        note=terms and terms.note,
    )


def _clock(at: time | None) -> str | None:
    return None if at is None else f"{at:%H:%M}"
