"""Puts a conversation in the queue for a person; the bot goes on answering until somebody takes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from service.db import chat, desk, desk_pages
from service.domain.desk.handover import WAITING, Handover, Owner, compose_brief
from service.domain.desk.hours import Hours
from service.domain.desk.mask import mask_numbers
from service.domain.errors import NotFound

CRISIS = "crisis"
BRIEF_AT_MOST = 2000
REMEMBERED = 3  # of the borrower's last messages, in a brief nobody wrote


def hand_over(conn: Connection, *, conversation_id: str, reason: str, brief: str = "", now: datetime) -> Handover:
    """The open handover of the conversation, made if there is none yet. Raises NotFound.

    Asking again while one is open changes nothing, whoever asks; only words of self-harm become its reason,
    whatever it was before. Without a `brief` the borrower's last messages are it.
    """
    if chat.locked_conversation(conn, conversation_id) is None:
        raise NotFound("没有找到这个会话。")
    existing = desk.open_handover(conn, conversation_id)
    if existing is not None:
        return _urgent(conn, existing) if reason == CRISIS != existing.reason else existing
    text = mask_numbers(brief or compose_brief(desk_pages.last_said(conn, conversation_id, limit=REMEMBERED)))
    made = desk.add_handover(
        conn,
        conversation_id=conversation_id,
        reason=reason[:64],
        brief=text[:BRIEF_AT_MOST],
        created_at=now,
    )
    desk.set_owner(conn, conversation_id, owner=Owner(WAITING), now=now)
    return made


def hand_over_and_tell(conn: Connection, *, conversation_id: str, reason: str, hours: Hours, now: datetime) -> str:
    """Hand over where the bot cannot say so itself. Returns what the borrower is to be told. Raises NotFound."""
    made = hand_over(conn, conversation_id=conversation_id, reason=reason, now=now)
    if made.state != WAITING:
        return "人工坐席已经在这个对话里了，请直接说您的问题。"
    if hours.is_open(now):
        return f"已为您转接人工客服，您排在第 {position(conn, made)} 位，客服人员会在本会话里回复您。"
    return f"已为您登记转人工。现在不在人工服务时间（{hours}），上班后会在本会话里回复您。"


def _urgent(conn: Connection, existing: Handover) -> Handover:
    desk.change_reason(conn, existing.id, reason=CRISIS)
    return replace(existing, reason=CRISIS)


def position(conn: Connection, handover: Handover) -> int:
    """1 for the next to be taken; 0 once somebody has taken it."""
    return desk.waiting_until(conn, handover.id) if handover.state == WAITING else 0
