"""Opens the conversation of a person on a channel, and keeps who he has proved to be."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import chat
from service.domain.chat.identity import Conversation, longer_proof
from service.domain.errors import Refused


def open_conversation(
    conn: Connection,
    *,
    channel: str,
    channel_user_id: str,
    borrower_id: str | None = None,
    verified_until: datetime | None = None,
    now: datetime,
) -> Conversation:
    """The one conversation of this person on this channel, made if there is none.

    `borrower_id` must be a borrower of the ledger; `verified_until` says how long his identity is proved. A
    conversation never changes hands: Refused(conversation_of_another) where it is another borrower's.
    """
    found = chat.ensure_conversation(conn, channel=channel, channel_user_id=channel_user_id, now=now)
    if borrower_id is None:
        return found
    if found.borrower_id not in (None, borrower_id):
        raise Refused("这个会话属于另一位客户，请重新登录后再试。", code="conversation_of_another")
    proof = longer_proof(found.verified_until, verified_until)
    if (found.borrower_id, found.verified_until) != (borrower_id, proof):
        chat.set_identity(conn, found.id, borrower_id=borrower_id, verified_until=proof, now=now)
    opened = chat.conversation_of(conn, found.id)
    assert opened is not None
    return opened
