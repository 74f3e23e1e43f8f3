"""What the desk's pages show, row by row, with people already masked and shares as whole per cent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from service.domain.collect.promise import Event, Part

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a longer list; `number` counts from 1."""

    rows: tuple[T, ...]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True, slots=True)
class Person:
    """A borrower as the desk sees him; both fields are masked."""

    id: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """`waiting_since` is when the borrower asked for a person, or wrote to the agent who has not answered yet."""

    id: str
    channel: str
    person: Person | None
    owner: str
    agent_name: str
    last_text: str
    last_sender: str
    last_at: datetime | None
    last_intent: str
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True)
class Guess:
    """One intent the bot considered, in whole per cent."""

    name: str
    percent: int


@dataclass(frozen=True, slots=True)
class Found:
    """One entity: what kind, which value, and the words it was read from (may be empty)."""

    kind: str
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class TurnRow:
    id: int
    direction: str
    sender: str
    text: str
    buttons: tuple[str, ...]
    card_kind: str
    intent: str
    percent: int
    ranking: tuple[Guess, ...]
    entities: tuple[Found, ...]
    state: str
    attempts: int
    failure: str
    created_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConversationHead:
    """A conversation without its turns; `verified_until` is None where nobody has proved who he is."""

    id: str
    channel: str
    person: Person | None
    verified_until: datetime | None
    owner: str
    agent: str | None
    agent_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an outreach was not sent: the rule's code, what it says, and where it comes from."""

    code: str
    detail: str
    source: str


@dataclass(frozen=True, slots=True)
class OutreachRow:
    id: str
    person: Person | None
    borrower_id: str
    business_date: date
    kind: str
    tier: str
    step: str
    channel: str
    template: str
    template_version: str
    policy_version: str
    state: str
    profile: str
    risk: str
    score: str
    why: tuple[Mapping[str, Any], ...]
    treatment: str
    basis: Mapping[str, Any]
    reasons: tuple[Reason, ...]
    text: str
    not_before: datetime
    decided_at: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """`parts` and `history` (oldest first) only where they were asked for."""

    id: str
    person: Person | None
    conversation_id: str
    amount_fen: int
    paid_fen: int
    due_on: date
    state: str
    text: str
    created_at: datetime
    decided_at: datetime | None
    parts: tuple[Part, ...] = ()
    history: tuple[Event, ...] = ()
