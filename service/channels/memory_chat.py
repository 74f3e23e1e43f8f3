"""Stand-ins for the bot and for a channel that keep everything in memory: for tests and for trying the page alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.domain.chat.delivery import SendFailed
from service.domain.errors import Unavailable
from service.usecases.ports import Reply, Understanding


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to the bot."""

    conversation_id: str
    message_id: str
    text: str
    context: Mapping[str, Any]


def repeat(asked: Asked) -> Understanding:
    """Says back what was said."""
    return Understanding(replies=(Reply(text=f"您说：{asked.text}"),), intent="greeting_chitchat", confidence=0.9)


@dataclass(slots=True)
class MemoryUnderstander:
    """Answers by `answer`, and remembers as the real bot does: the same message id gives the same answer."""

    answer: Callable[[Asked], Understanding] = repeat
    down: bool = False
    asked: list[Asked] = field(default_factory=list)
    _answers: dict[str, Understanding] = field(default_factory=dict)

    def understand(
        self, *, conversation_id: str, message_id: str, text: str, context: Mapping[str, Any]
    ) -> Understanding:
        question = Asked(conversation_id, message_id, text, context)
        self.asked.append(question)
        if self.down:
            raise Unavailable("the bot is down")
        if message_id not in self._answers:
            self._answers[message_id] = self.answer(question)
        return self._answers[message_id]


@dataclass(slots=True)
class MemoryTurnSender:
    """Remembers what was sent as (user, text, buttons); each failure in `failures` is raised once, first to last."""

    failures: list[SendFailed] = field(default_factory=list)
    sent: list[tuple[str, str, tuple[Mapping[str, str], ...]]] = field(default_factory=list)

    def send(self, *, channel_user_id: str, text: str, buttons: Sequence[Mapping[str, str]] = ()) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((channel_user_id, text, tuple(buttons)))
