"""Which turns need a look, and what an agent says they meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.desk.pages import Guess

ACCEPTED, REJECTED = "accepted", "rejected"  # a rejected turn is no example of anything

# Why a turn is shown; one turn may have several reasons.
FELL_BACK, HANDED_OVER, CORRECTED, UNSURE = "fell_back", "handed_over", "corrected", "unsure"

FALLBACK_INTENT = "nlu_fallback"
PERSON_INTENT = "human_agent"
CORRECTION = "correct"
REFUSALS = ("deny", "cancel")  # a correction only where nothing was asked that they answer
SURE_PERCENT = 60  # answered below it, a turn is shown; the bot itself asks back below 42
# Older turns are no news. Looked through are as many as take a quarter of a second, however much is written.
LOOK_BACK = timedelta(days=30)
LOOK_THROUGH = 20_000
UNRELATED_HANDOVERS = ("agent_initiative", "amount_mismatch", "bot_unavailable")  # say nothing about a misread


@dataclass(frozen=True, slots=True)
class Label:
    """The label that counts; `intent` is empty where the turn was rejected, `agent` the name of who gave it."""

    intent: str
    state: str
    agent: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LearningRow:
    """A borrower's turn, masked, between what was said `before` it and `after` it (both may be empty)."""

    turn_id: int
    conversation_id: str
    channel: str
    before: str
    text: str
    after: str
    intent: str
    percent: int
    guesses: tuple[Guess, ...]
    reasons: tuple[str, ...]
    created_at: datetime
    label: Label | None
