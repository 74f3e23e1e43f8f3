"""Keeps what an agent says a turn meant; a later word replaces an earlier one and forgets nothing."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

from sqlalchemy import Connection

from service.db import desk_learning
from service.domain.desk.handover import Agent
from service.domain.desk.learning import ACCEPTED, REJECTED
from service.domain.errors import NotFound, Refused


def label_turn(
    conn: Connection, *, turn_id: int, intent: str | None, intents: Container[str], agent: Agent, now: datetime
) -> None:
    """Label the turn with one of `intents`, or with None reject it as an example; the same again changes nothing.

    Raises NotFound for what no borrower typed or the bot never read, Refused(intent_unknown).
    """
    if intent is not None and intent not in intents:
        raise Refused("请从列表中选择一个意图。", code="intent_unknown")
    if not desk_learning.is_typed(conn, turn_id):
        raise NotFound("没有找到这条消息，或它不是客户输入的文字，请返回列表重新选择。")
    state = REJECTED if intent is None else ACCEPTED
    kept = desk_learning.label_of(conn, turn_id)
    if kept is not None and (kept.intent, kept.state) == (intent or "", state):
        return
    desk_learning.set_label(conn, turn_id, intent=intent or "", state=state, agent_id=agent.id, now=now)
