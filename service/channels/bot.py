"""How the service asks the bot what a message means and what to say: one HTTP request a turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from service.domain.errors import Unavailable
from service.usecases.ports import Reply, Understanding

TIMEOUT = httpx.Timeout(20.0, connect=2.0)


class HttpUnderstander:
    """The bot at `base_url`. Thread-safe. Whatever goes wrong is `Unavailable`: asking again is always safe."""

    def __init__(self, *, base_url: str, token: str, timeout: httpx.Timeout = TIMEOUT) -> None:
        self._url = base_url.rstrip("/") + "/webhooks/xiaoqing/turn"
        # trust_env: the bot listens on loopback, where no proxy has a say
        self._http = httpx.Client(timeout=timeout, trust_env=False, headers={"Authorization": f"Bearer {token}"})

    def understand(
        self, *, conversation_id: str, message_id: str, text: str, context: Mapping[str, Any]
    ) -> Understanding:
        body = {"conversation_id": conversation_id, "message_id": message_id, "text": text, "context": dict(context)}
        try:
            response = self._http.post(self._url, json=body)
        except httpx.HTTPError as failure:
            raise Unavailable(f"the bot did not answer: {type(failure).__name__}") from None
        if response.status_code != 200:
            raise Unavailable(f"the bot answered {response.status_code}")
        try:
            return _understanding(response.json())
        except (ValueError, KeyError, TypeError, AttributeError) as failure:
            raise Unavailable(f"the bot's answer is not what was agreed: {type(failure).__name__}") from None

    def close(self) -> None:
        self._http.close()


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
