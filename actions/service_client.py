"""The only file of the actions that does I/O: asks the service, answers its JSON or raises one of three failures."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypedDict
from urllib.parse import quote

import httpx

TIMEOUT_SECONDS = 3.0
IDENTITY_REQUIRED = "identity_required"


class NotLoggedIn(Exception):
    """The conversation has no verified borrower; says nothing about whether an account exists."""


class Refused(Exception):
    """A rule of the service says no: `code` is stable, `detail` is Chinese for the borrower."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class ServiceDown(Exception):
    """The service did not answer, or not sensibly; the turn is abandoned and asked again."""


class Plan(TypedDict):
    kind: str
    amount_fen: int
    to_suspense_fen: int
    shares: list[dict[str, Any]]
    after: dict[str, int]


class Order(TypedDict):
    order_id: str
    state: str
    amount_fen: int


class Promise(TypedDict):
    amount_fen: int
    due_on: str


class Queue(TypedDict):
    position: int
    state: str
    hours: str
    open: bool


Json = dict[str, Any]


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    """One client a process, made when first needed; its environment is read then, not at import."""
    return httpx.Client(
        base_url=os.environ.get("XIAOQING_SERVICE_URL", "http://127.0.0.1:8000"),
        headers={"Authorization": f"Bearer {os.environ.get('XIAOQING_SERVICE_TOKEN', '')}"},
        timeout=TIMEOUT_SECONDS,
        trust_env=False,
    )


def forget_client() -> None:
    """Make the next call read the environment again."""
    _client.cache_clear()


@dataclass(frozen=True, slots=True)
class Service:
    """What the service knows of, and does for, the borrower of one conversation. Money is integer fen.

    Every call may raise `NotLoggedIn`, `Refused` or `ServiceDown`. An effect is keyed by the message that
    asked for it, so that the same message asked again has it once.
    """

    conversation_id: str
    message_id: str

    async def limit(self) -> Json:
        return await self._loan("limit")

    async def bill(self) -> Json:
        return await self._loan("bill")

    async def schedule(self) -> Json:
        return await self._loan("schedule")

    async def payments(self, *, limit: int = 5) -> Json:
        return await self._loan("payments", limit=limit)

    async def payoff(self) -> Json:
        return await self._loan("payoff")

    async def payment_plan(self, *, kind: str, amount_fen: int | None) -> Plan:
        wanted = {"kind": kind} if amount_fen is None else {"kind": kind, "amount_fen": amount_fen}
        plan: Plan = await self._loan("payment-plan", **wanted)  # type: ignore[assignment]
        return plan

    async def pay(self, *, kind: str, amount_fen: int | None) -> Order:
        body = {"kind": kind} if amount_fen is None else {"kind": kind, "amount_fen": amount_fen}
        order: Order = await self._post("loan", "payments", body, action="repay")  # type: ignore[assignment]
        return order

    async def order(self, order_id: str) -> Order:
        order: Order = await self._loan(f"payments/{quote(order_id, safe='')}")  # type: ignore[assignment]
        return order

    async def promise(self, *, amount_fen: int, due_on: str, text: str) -> Promise:
        body = {"amount_fen": amount_fen, "due_on": due_on, "text": text}
        made: Promise = await self._post("collect", "promises", body, action="promise_to_pay")  # type: ignore[assignment]
        return made

    async def pause(self, *, reason: str, note: str) -> Json:
        return await self._post("collect", "pauses", {"reason": reason, "note": note}, action=f"pause:{reason}")

    async def hand_over(self, *, reason: str) -> Queue:
        queue: Queue = await self._post("desk", "handover", {"reason": reason}, action="hand_over")  # type: ignore[assignment]
        return queue

    async def _loan(self, what: str, **query: str | int) -> Json:
        return await self._ask("GET", self._path("loan", what), params=query)

    async def _post(self, room: str, what: str, body: Mapping[str, Any], *, action: str) -> Json:
        key = f"{self.conversation_id}:{self.message_id}:{action}"
        return await self._ask("POST", self._path(room, what), json=body, headers={"Idempotency-Key": key})

    def _path(self, room: str, what: str) -> str:
        return f"/{room}/conversations/{quote(self.conversation_id, safe='')}/{what}"

    async def _ask(self, method: str, path: str, **request: Any) -> Json:
        try:
            answer = await asyncio.to_thread(_client().request, method, path, **request)
        except httpx.HTTPError as failure:
            raise ServiceDown(f"{method} {path}: {failure!r}") from failure
        return _read(answer)


def _read(answer: httpx.Response) -> Json:
    try:
        body = answer.json()
    except ValueError as failure:
        raise ServiceDown(f"{answer.url}: {answer.status_code} without JSON") from failure
    if answer.is_success and isinstance(body, dict):
        return body
    code = str(body.get("code", "")) if isinstance(body, dict) else ""
    if answer.status_code == 401 and code == IDENTITY_REQUIRED:
        raise NotLoggedIn
    if code and answer.status_code in {400, 404, 409, 422}:
        raise Refused(code, str(body.get("detail") or ""))
    raise ServiceDown(f"{answer.url}: {answer.status_code} {code}")
