"""The borrowers of the conversations: each its own, in the state of one of the demonstration's cast."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

from service.demo.cast import cast_stories
from service.demo.play import play
from service.demo.story import LoanStory, Story, loan_due_on
from service.domain.days import business_date
from service.domain.loan.products import Products
from service.usecases.collect.pause import pause
from service.wiring import Services
from tests.talks.script import Conversation

VISITOR = "visitor"
TWO_ALIKE = "two-alike"  # two loans of one product, of which the second is overdue


def borrower_of(conversation: Conversation) -> str:
    """The id of its borrower: what no other conversation changes."""
    return f"talks-{sha256(conversation.name.encode()).hexdigest()[:16]}"


def register(services: Services, conversations: Iterable[Conversation]) -> None:
    """Write each conversation's borrower, through the use cases."""
    now = services.clock.now()
    today = business_date(now)
    stories = {story.borrower_id: story for story in cast_stories(today, services.products)}
    stories[f"demo-{TWO_ALIKE}"] = _two_alike(stories["demo-paid-up"], today, services.products)
    for one in conversations:
        if one.who == VISITOR:
            continue
        story = replace(stories[f"demo-{one.who}"], borrower_id=borrower_of(one))
        with services.database.transaction() as conn:
            play(conn, story, products=services.products, price_caps=services.price_caps, now=now, pause=pause)


def _two_alike(like: Story, today: date, products: Products) -> Story:
    def loan(yuan: int, *, of: int, no: int, days: int, name: str) -> LoanStory:
        due_on = today + timedelta(days=days)
        return loan_due_on(
            products["cash"], principal_fen=yuan * 100, periods=of, no=no, due_on=due_on, paid=False, purpose=name
        )

    loans = (
        loan(8_000, of=6, no=2, days=12, name="随心借·第 1 笔"),
        loan(5_000, of=12, no=3, days=-5, name="随心借·第 2 笔"),
    )
    return replace(like, loans=loans, limits=(("cash", 3_000_000),), autopay=False)
