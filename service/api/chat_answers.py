"""The shapes of what the chat page is answered; what the fields mean is in `fields.toml`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class KeptMessage(BaseModel):
    """A message that was taken in."""

    turn_id: int
    duplicate: bool
    conversation_id: str


class OfferedButton(BaseModel):
    """A quick reply under a message."""

    model_config = ConfigDict(extra="allow")

    title: str
    payload: str


class ShownTurn(BaseModel):
    """One message of a conversation, as its borrower sees it."""

    id: int
    direction: Literal["in", "out"]
    sender: str
    text: str
    buttons: list[OfferedButton]
    card: dict[str, Any] | None
    state: str
    client_id: str | None
    reply_to: int | None
    created_at: datetime


class TurnsPage(BaseModel):
    """Some turns of a conversation, in order, and how it stands."""

    turns: list[ShownTurn]
    more: bool
    owner: str
    typing: bool
    visitor: bool
    expires_at: datetime
    now: datetime


class StreamEvent(BaseModel):
    """One event of the stream, as an event source reads it."""

    event: Literal["turn", "typing", "expired"] = Field(description="What happened.", examples=["typing"])
    data: str = Field(
        description="JSON: a turn; {typing, owner}; or {code, detail}.",
        examples=['{"typing": true, "owner": "bot"}'],
    )
    id: str | None = Field(None, description="The turn's number, to go on from; only with `turn`.", examples=["42"])


class VisitorToken(BaseModel):
    """A token for somebody who is not logged in."""

    token: str
    expires_in: int
