"""Sends an agent's words to the borrower, once they have passed the check that everything else passes, too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from service.domain.chat.turn import clean
from service.domain.collect.outreach import Surface, Violation
from service.domain.collect.wording import Wording, lint
from service.domain.days import business_date
from service.domain.desk.handover import Agent, may_speak
from service.domain.errors import Refused
from service.usecases.chat.say import say
from service.usecases.desk.holding import held


def reply(
    conn: Connection,
    *,
    conversation_id: str,
    agent: Agent,
    text: str,
    key: str,
    wording: Iterable[Wording],
    now: datetime,
) -> int:
    """The id of the turn; the same `key` of the same agent again is the same turn.

    `wording` is the policy's table; where the borrower's identity is not proved, its rows for open surfaces hold,
    too. Raises NotFound, Refused: not_taken, held_by_other, empty_message, text_too_long, wording.
    """
    found = held(conn, conversation_id=conversation_id, agent=agent, rule=may_speak)
    said = clean(text)
    rules = [rule for rule in wording if rule.origin.holds_on(business_date(now))]
    surface = Surface.VERIFIED if found.borrower_at(now) else Surface.OPEN
    breaches = lint(said, rules=rules, surface=surface)
    if breaches:
        raise Refused(_explained(breaches), code="wording")
    return say(
        conn, conversation_id=conversation_id, message_id=f"desk:{agent.id}:{key}", text=said, sender="agent", now=now
    )


def _explained(breaches: tuple[Violation, ...]) -> str:
    reasons = "\n".join(f"· {breach.detail}（依据：{breach.source}）" for breach in breaches)
    return f"这条回复没有发出，请修改后再发送：\n{reasons}"
