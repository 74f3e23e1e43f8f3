"""A gateway of messages or calls over HTTP: hands one over, and reads what it tells later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from service.channels.gateway.wire import HEADER, Credentials, header, proof
from service.domain.collect.compliance import Cleared
from service.domain.collect.outreach import NotDelivered
from service.domain.collect.receipt import Event, Reason, Receipt
from service.domain.errors import Unavailable
from service.usecases.ports import Clock

TIMEOUT_SECONDS, CONNECT_SECONDS = 5.0, 2.0
LONGEST_TEXT, LONGEST_CALL_SECONDS = 1000, 24 * 3600
# The request never left, or was turned away at the door.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
TURNED_AWAY = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.TOO_MANY_REQUESTS})
# Told of a moment, or of a message that is there already: no certain refusal of this one.
NOT_CERTAIN = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.CONFLICT})


@dataclass(slots=True)
class MessageGateway:
    """One channel of a gateway at `base_url`. Thread-safe."""

    channel: str
    base_url: str
    credentials: Credentials
    clock: Clock
    timeout_seconds: float = TIMEOUT_SECONDS
    _http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        local = urlsplit(self.base_url).hostname in {"127.0.0.1", "localhost", "::1"}
        timeout = httpx.Timeout(self.timeout_seconds, connect=CONNECT_SECONDS)
        self._http = httpx.Client(timeout=timeout, trust_env=not local)

    def submit(self, cleared: Cleared, **more: Any) -> None:
        """Hand it over once, under the outreach's id. Raises NotDelivered where the gateway certainly does not have
        it, Unavailable where nobody can know."""
        draft = cleared.draft
        if not draft.address:
            raise NotDelivered("没有登记可用的号码", permanent=True)
        if self.clock.now() >= cleared.expires_at:
            raise NotDelivered("已过当天可以送达的时间，没有提交", permanent=True)
        message = {
            "id": draft.outreach_id,
            "to": draft.address,
            "text": draft.text,
            "expires_at": cleared.expires_at.isoformat(),
            **more,
        }
        self._read_answer(self._post(json.dumps(message, ensure_ascii=False).encode()), message_id=draft.outreach_id)

    def read_receipt(self, *, signature: str, method: str, path: str, body: bytes) -> Receipt | None:
        """The receipt in a request to us, or None where the gateway did not sign it or it makes no sense."""
        now = int(self.clock.now().timestamp())
        if proof(signature, who=self.credentials, now=now, method=method, path=path, body=body) is None:
            return None
        try:
            return _receipt(self.channel, json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def close(self) -> None:
        self._http.close()

    def _post(self, body: bytes) -> httpx.Response:
        url = self.base_url.rstrip("/") + "/messages"
        now = int(self.clock.now().timestamp())
        signed = header(self.credentials, now=now, method="POST", path=urlsplit(url).path, body=body)
        try:
            return self._http.post(url, content=body, headers={HEADER: signed, "Content-Type": "application/json"})
        except NEVER_SENT as failure:
            raise NotDelivered(f"网关连接不上（{type(failure).__name__}）", permanent=False) from None
        except httpx.HTTPError as failure:
            raise Unavailable(f"网关没有答复（{type(failure).__name__}）") from None

    def _read_answer(self, response: httpx.Response, *, message_id: str) -> None:
        status = response.status_code
        if status in TURNED_AWAY:
            raise NotDelivered(f"网关暂时不受理（HTTP {status}）", permanent=False)
        if response.is_client_error and status not in NOT_CERTAIN:
            raise NotDelivered(f"网关拒绝（HTTP {status}）{_code(response)}", permanent=True)
        if not response.is_success or _told(response).get("id") != message_id:
            raise Unavailable(f"网关的答复不能确认是否受理（HTTP {status}）")


def _told(response: httpx.Response) -> Mapping[str, Any]:
    try:
        told = response.json()
    except ValueError:
        return {}
    return told if isinstance(told, Mapping) else {}


def _code(response: httpx.Response) -> str:
    """The gateway's own word for it, as far as it is a word."""
    code = str(_told(response).get("code", ""))
    return f"：{code}" if code.isascii() and code.replace("_", "").isalnum() and len(code) <= 40 else ""


def _receipt(channel: str, told: Mapping[str, Any]) -> Receipt:
    at = datetime.fromisoformat(told["at"])
    if at.tzinfo is None:
        raise ValueError("an instant without a time zone")
    receipt = Receipt(
        id=str(told["receipt_id"])[:64],
        channel=channel,
        event=Event(told["event"]),
        at=at,
        message_id=str(told.get("message_id") or "")[:64],
        address=str(told.get("address") or "")[:128],
        reason=Reason(told["reason"]) if told.get("reason") else None,
        seconds=_seconds(told.get("seconds")),
        text=str(told.get("text") or "")[:LONGEST_TEXT],
    )
    if not receipt.id or not (receipt.message_id or (receipt.event is Event.REPLY and receipt.address)):
        raise ValueError("nothing it belongs to")
    return receipt


def _seconds(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_CALL_SECONDS:
        raise ValueError("a call lasts whole seconds, a day at most")
    return value
