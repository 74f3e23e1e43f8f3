"""What is answered alike to everybody, for the bot's actions: no borrower, no account, clauses with their source."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from service.api.deps import internal, services
from service.domain.chat.knowledge import LONGEST_TEXT
from service.domain.days import business_date

router = APIRouter(prefix="/knowledge")
OURS = [Depends(internal)]


class KnowledgeButton(BaseModel):
    """What the borrower may press next."""

    title: str
    payload: str


class Clause(BaseModel):
    """One answer of the knowledge base, numbers filled in."""

    id: str
    title: str
    answer: str
    source: str
    version: str
    only_asks: bool
    strong: bool
    on_topic: bool
    buttons: list[KnowledgeButton]


class KnowledgeAnswer(BaseModel):
    """The clause that is nearest to the question; null where none is near enough."""

    clause: Clause | None


@router.get("/answer", dependencies=OURS)
def get_answer(
    request: Request,
    text: Annotated[str, Query(min_length=1, max_length=LONGEST_TEXT)],
    intent: Annotated[str, Query(max_length=64)] = "",
    topic: Annotated[str, Query(max_length=64)] = "",
) -> KnowledgeAnswer:
    """The clause that answers a question, among those of the intent first, and of the intent that was answered before
    it, where the question leans on that (要什么材料); only clauses in force today."""
    at = services(request)
    found = at.knowledge.find(text, intents=(intent,), topic=topic, day=business_date(at.clock.now()))
    if found is None:
        return KnowledgeAnswer(clause=None)
    buttons = [KnowledgeButton(title=one["title"], payload=one["payload"]) for one in found.buttons]
    return KnowledgeAnswer(
        clause=Clause(
            id=found.id,
            title=found.title,
            answer=found.answer,
            source=found.source,
            version=found.version,
            only_asks=found.only_asks,
            strong=found.strong,
            on_topic=found.on_topic,
            buttons=buttons,
        )
    )
