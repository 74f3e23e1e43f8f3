"""The borrowers of the conversations: each its own, in the state of one of the demonstration's cast."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from service.demo.cast import cast_stories
from service.demo.play import play
from service.domain.days import business_date
from service.usecases.collect.pause import pause
from service.wiring import Services
from tests.talks.script import Conversation

VISITOR = "visitor"


def borrower_of(conversation: Conversation) -> str:
    """The id of its borrower: what no other conversation changes."""
    return f"talks-{sha256(conversation.name.encode()).hexdigest()[:16]}"


def register(services: Services, conversations: Iterable[Conversation]) -> None:
    """Write each conversation's borrower, through the use cases."""
    now = services.clock.now()
    stories = {story.borrower_id: story for story in cast_stories(business_date(now), services.products)}
    for one in conversations:
        if one.who == VISITOR:
            continue
        story = replace(stories[f"demo-{one.who}"], borrower_id=borrower_of(one))
        with services.database.transaction() as conn:
            play(conn, story, products=services.products, now=now, pause=pause)
