"""How the service asks the bot what a message means and what to say: one HTTP request a turn.

Where there are several bots, each conversation has one of them for its own (rendezvous hashing: one bot more or less
moves no conversation but its own), so that what a bot keeps in memory of it is never out of date. A bot that does not
take connections is passed over for the next in the conversation's order; they share one store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from service.domain.errors import Unavailable
from service.usecases.ports import Reply, Understanding

TIMEOUT = httpx.Timeout(20.0, connect=2.0)


class HttpUnderstander:
    """The bots at `base_urls`. Thread-safe. Whatever goes wrong is `Unavailable`: asking again is always safe."""

    def __init__(self, *, base_urls: Sequence[str], token: str, timeout: httpx.Timeout = TIMEOUT) -> None:
        self._bots = tuple(url.rstrip("/") for url in base_urls)
        # trust_env: the bot listens on loopback, where no proxy has a say
        self._http = httpx.Client(timeout=timeout, trust_env=False, headers={"Authorization": f"Bearer {token}"})

    def understand(
        self, *, conversation_id: str, message_id: str, text: str, context: Mapping[str, Any]
    ) -> Understanding:
        body = {"conversation_id": conversation_id, "message_id": message_id, "text": text, "context": dict(context)}
        response = self._ask(in_order(self._bots, conversation_id), body)
        if response.status_code != 200:
            raise Unavailable(f"the bot answered {response.status_code}")
        try:
            return _understanding(response.json())
        except (ValueError, KeyError, TypeError, AttributeError) as failure:
            raise Unavailable(f"the bot's answer is not what was agreed: {type(failure).__name__}") from None

    def _ask(self, bots: Sequence[str], body: Mapping[str, Any]) -> httpx.Response:
        first, *others = bots
        try:
            return self._http.post(f"{first}/webhooks/xiaoqing/turn", json=body)
        except httpx.ConnectError as failure:  # it cannot have begun the turn
            if others:
                return self._ask(others, body)
            raise Unavailable(f"the bot did not answer: {type(failure).__name__}") from None
        except httpx.HTTPError as failure:
            raise Unavailable(f"the bot did not answer: {type(failure).__name__}") from None

    def close(self) -> None:
        self._http.close()


def in_order(bots: Sequence[str], conversation_id: str) -> list[str]:
    """The bots in the order in which a conversation prefers them."""
    return sorted(bots, key=lambda bot: hashlib.sha256(f"{bot}|{conversation_id}".encode()).digest(), reverse=True)


def _understanding(body: Mapping[str, Any]) -> Understanding:
    understood = body["understood"]
    return Understanding(
        replies=tuple(_reply(reply) for reply in body["replies"]),
        intent=str(understood["intent"]),
        confidence=float(understood["confidence"]),
        ranking=tuple(dict(guess) for guess in understood["ranking"]),
        entities=tuple(dict(entity) for entity in understood["entities"]),
    )


def _reply(reply: Mapping[str, Any]) -> Reply:
    buttons = tuple(
        {"title": str(button["title"]), "payload": str(button["payload"])} for button in reply.get("buttons") or ()
    )
    return Reply(text=str(reply.get("text") or ""), buttons=buttons, card=reply.get("card") or None)
