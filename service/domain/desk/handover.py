"""Who holds a conversation — the bot, the queue or one agent — and who may change that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

BOT, WAITING, AGENT = "bot", "waiting", "agent"  # who owns a conversation
TAKEN, CLOSED = "taken", "closed"  # with WAITING, the states of a handover


class AgentRole(StrEnum):
    """Everybody at the desk answers borrowers; an admin also looks after the others' tokens."""

    AGENT = "agent"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who answers borrowers. A log-in of an older `generation` no longer counts."""

    id: str
    name: str
    role: str
    generation: int

    @property
    def may_manage_tokens(self) -> bool:
        return self.role == AgentRole.ADMIN


@dataclass(frozen=True, slots=True)
class Handover:
    """One request for a person in one conversation, open until it is `closed`."""

    id: int
    conversation_id: str
    reason: str
    brief: str
    state: str
    created_at: datetime
    taken_by: str | None = None
    taken_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a conversation now; `agent` is an agent's id and only there where `state` is AGENT."""

    state: str
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """Why an agent may not do it; `detail` tells him in Chinese what to do instead."""

    code: str
    detail: str


def may_take(owner: Owner, *, agent_id: str, holder_name: str = "") -> NotAllowed | None:
    """Anyone may take what no other agent holds; taking one's own again changes nothing."""
    if owner.state == AGENT and owner.agent != agent_id:
        return NotAllowed("held_by_other", f"该会话正由{holder_name or '其他坐席'}接待，如需转接请先联系对方交回。")
    return None


def may_speak(owner: Owner, *, agent_id: str, holder_name: str = "") -> NotAllowed | None:
    """Only the agent who holds a conversation writes in it or gives it back."""
    if owner.state != AGENT:
        return NotAllowed("not_taken", "您还没有接管该会话，请先点击“接管会话”，再进行操作。")
    return may_take(owner, agent_id=agent_id, holder_name=holder_name)


def compose_brief(said: tuple[str, ...]) -> str:
    """What an agent should know before the first word: the borrower's last messages, newest last."""
    return "客户最近说：" + " ／ ".join(said) if said else "客户还没有发过消息。"
