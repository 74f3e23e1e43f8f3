"""The payment gateway over HTTP: asks it to take money, asks what became of an order, reads its callbacks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from service.domain.errors import Unavailable
from service.domain.loan.payment_order import GatewayAnswer, GatewayState, PaymentCallback
from service.domain.money import LARGEST_FEN
from service.payments.signing import HEADER, is_signed, signature
from service.usecases.ports import Clock

TIMEOUT_SECONDS, CONNECT_SECONDS = 3.0, 1.0
# Told of a moment or of an order that is there already, and so no certain refusal of this one.
NOT_CERTAIN = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.CONFLICT, httpx.codes.TOO_MANY_REQUESTS})
REFUSED = "支付渠道未受理本次支付，请稍后重新发起或改用其他方式还款"


@dataclass(slots=True)
class HttpGateway:
    """Signed requests to `base_url`; what it does not answer in time is `Unavailable`, never a guess."""

    base_url: str
    key: str
    clock: Clock
    timeout_seconds: float = TIMEOUT_SECONDS
    _http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        local = urlsplit(self.base_url).hostname in {"127.0.0.1", "localhost", "::1"}
        timeout = httpx.Timeout(self.timeout_seconds, connect=CONNECT_SECONDS)
        self._http = httpx.Client(timeout=timeout, trust_env=not local)

    def create(self, *, order_id: str, borrower_id: str, amount_fen: int, card: str = "") -> GatewayAnswer:
        """Ask for the money, from the card of that token where one is named; the same order_id again is the same
        order. Raises Unavailable."""
        order = {"order_id": order_id, "borrower_id": borrower_id, "amount_fen": amount_fen}
        order |= {"card": card} if card else {}
        response = self._request("POST", "/orders", body=json.dumps(order).encode())
        if response.status_code in NOT_CERTAIN:
            raise Unavailable(f"支付渠道没有响应（HTTP {response.status_code}）")
        if response.is_client_error:
            return GatewayAnswer(state=GatewayState.FAILED, reason=REFUSED)
        return _answer(response)

    def query(self, *, order_id: str) -> GatewayAnswer:
        """What became of an order; UNKNOWN where the gateway never heard of it. Raises Unavailable."""
        response = self._request("GET", f"/orders/{quote(order_id, safe='')}")
        if response.status_code == httpx.codes.NOT_FOUND:
            return GatewayAnswer(state=GatewayState.UNKNOWN)
        if response.is_client_error:
            raise Unavailable(f"支付渠道没有响应（HTTP {response.status_code}）")
        return _answer(response)

    def signed(self, *, signature: str, method: str, path: str, body: bytes) -> bool:
        """Whether a request to us is the gateway's own."""
        now = int(self.clock.now().timestamp())
        return is_signed(signature, key=self.key, now=now, method=method, path=path, body=body)

    def read_callback(self, *, signature: str, method: str, path: str, body: bytes) -> PaymentCallback | None:
        """The callback in a request to us, or None where the gateway did not sign it or it makes no sense."""
        if not self.signed(signature=signature, method=method, path=path, body=body):
            return None
        try:
            told = json.loads(body)
            return _callback(told)
        except (ValueError, KeyError, TypeError):
            return None

    def close(self) -> None:
        self._http.close()

    def _request(self, method: str, path: str, *, body: bytes = b"") -> httpx.Response:
        url = self.base_url.rstrip("/") + path
        now = int(self.clock.now().timestamp())
        signed = signature(key=self.key, timestamp=now, method=method, path=urlsplit(url).path, body=body)
        headers = {HEADER: signed, "Content-Type": "application/json"}
        try:
            response = self._http.request(method, url, content=body, headers=headers)
        except httpx.HTTPError as failure:
            raise Unavailable(f"支付渠道没有响应（{type(failure).__name__}）") from None
        if response.is_server_error or response.is_redirect:
            raise Unavailable(f"支付渠道没有响应（HTTP {response.status_code}）")
        return response


def _answer(response: httpx.Response) -> GatewayAnswer:
    try:
        told = response.json()
        return GatewayAnswer(
            state=GatewayState(told["state"]),
            reference=str(told["reference"]),
            reason=str(told.get("reason", "")),
            amount_fen=_fen(told["amount_fen"]),
            paid_at=_instant(told),
        )
    except (ValueError, KeyError, TypeError) as failure:
        raise Unavailable(f"支付渠道的答复无法识别（{type(failure).__name__}）") from None


def _callback(told: Mapping[str, Any]) -> PaymentCallback:
    state = GatewayState(told["state"])
    if state not in {GatewayState.SUCCEEDED, GatewayState.FAILED}:
        raise ValueError(state)
    return PaymentCallback(
        id=str(told["callback_id"])[:64],
        order_id=str(told["order_id"])[:64],
        succeeded=state is GatewayState.SUCCEEDED,
        amount_fen=_fen(told["amount_fen"]),
        reference=str(told.get("reference", ""))[:64],
        reason=str(told.get("reason", ""))[:200],
        paid_at=_instant(told),
    )


def _fen(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("an amount is a whole number of fen")
    if abs(value) > LARGEST_FEN:
        raise ValueError("more money than there is")
    return value


def _instant(told: Mapping[str, Any]) -> datetime | None:
    at = datetime.fromisoformat(told["paid_at"]) if told.get("paid_at") else None
    if at is not None and at.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return at
