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
# Above what the service gives the payment gateway, below what the bot gives an action.
PAY_SECONDS = 6.0
IDENTITY_REQUIRED = "identity_required"
IN_PROGRESS = "request_in_progress"  # the same request, sent before, has not been answered yet
PAUSE_SECONDS, ASKED_AT_MOST = 1.0, 3
TELLS_OF_THE_ACCOUNT = {"promises", "filed"}  # beside all that is the loan's


class NotLoggedIn(Exception):
    """The conversation has no verified borrower; says nothing about whether an account exists."""


class NotTheBorrower(Exception):
    """Somebody else writes on the borrower's phone, so nothing of the account may be read or done."""


class Refused(Exception):
    """A rule of the service says no: `code` is stable, `detail` is Chinese for the borrower."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class ServiceDown(Exception):
    """The service did not answer, or not sensibly; the turn is abandoned and asked again."""


class Quote(TypedDict):
    """What a payment costs and does; by `quote_id` it is honoured to the fen until `valid_until`, or refused."""

    quote_id: str
    valid_until: str
    kind: str
    loan_id: str | None
    asked_fen: int | None
    amount_fen: int
    to_suspense_fen: int
    suspense_fen: int
    refund_claim_fen: int
    bill_fen: int
    shares: list[dict[str, Any]]
    items: list[dict[str, Any]]
    after: dict[str, int]


class Order(TypedDict):
    """`state` is created, pending, succeeded or failed."""

    order_id: str
    state: str
    amount_fen: int
    failure_reason: str
    quote_id: str | None


class Clause(TypedDict):
    """An answer that is the same for everybody. `strong`: near enough whatever the intent; `on_topic`: of what was just
    spoken of; `only_asks`: whoever asks it wants to know, and nothing done."""

    id: str
    answer: str
    source: str
    strong: bool
    on_topic: bool
    only_asks: bool
    buttons: list[dict[str, str]]


class Promise(TypedDict):
    amount_fen: int
    due_on: str
    parts: list[dict[str, Any]]


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
    asked for it, so that the same message asked again has it once. `for_a_stranger`: who writes has said that he is
    not the borrower; whatever would read of the account raises `NotTheBorrower`.
    """

    conversation_id: str
    message_id: str
    for_a_stranger: bool = False

    async def limit(self) -> Json:
        return await self._loan("limit")

    async def limit_history(self) -> Json:
        return await self._loan("limit-history")

    async def limit_applications(self) -> Json:
        return await self._loan("limit-applications")

    async def apply_for_limit(self, *, line_id: str, amount_fen: int) -> Json:
        body = {"line_id": line_id, "amount_fen": amount_fen}
        return await self._post("loan", "limit-applications", body, action="raise_limit")

    async def review_limit(self, application_id: str) -> Json:
        path = f"limit-applications/{quote(application_id, safe='')}/review"
        return await self._post("loan", path, {}, action="review_limit")

    async def hardship(self) -> Json:
        """What was proposed before, and the bounds of what may be proposed."""
        return await self._loan("hardship-proposals")

    async def propose_hardship(self, body: Mapping[str, Any]) -> Json:
        return await self._post("loan", "hardship-proposals", body, action="propose_hardship")

    async def autopay(self) -> Json:
        """Whether what falls due is charged by itself, to which card, and from when a change would hold."""
        return await self._loan("autopay")

    async def switch_autopay(self, *, enabled: bool, card_id: str | None) -> Json:
        return await self._post("loan", "autopay", {"enabled": enabled, "card_id": card_id}, action="switch_autopay")

    async def cards(self) -> Json:
        """The kept cards, and which is charged; never a number in full."""
        return await self._loan("cards")

    async def choose_card(self, card_id: str) -> Json:
        return await self._post("loan", "cards/choice", {"card_id": card_id}, action="choose_card")

    async def bill(self) -> Json:
        return await self._loan("bill")

    async def schedule(self) -> Json:
        return await self._loan("schedule")

    async def payments(self, *, limit: int = 5) -> Json:
        return await self._loan("payments", limit=limit)

    async def payoff(self) -> Json:
        return await self._loan("payoff")

    async def make_quote(self, *, kind: str, amount_fen: int | None = None, loan_id: str | None = None) -> Quote:
        """What a payment comes to now. The same offer again is the same quote, so this needs no key; another
        `quote_id` means that something has changed."""
        wish = {"kind": kind, "amount_fen": amount_fen, "loan_id": loan_id}
        body = {name: value for name, value in wish.items() if value is not None}
        made: Quote = await self._ask("POST", self._path("loan", "quotes"), json=body)  # type: ignore[assignment]
        return made

    async def payment_plan(self, *, kind: str, amount_fen: int | None, loan_id: str | None) -> Json:
        """What a payment would do, and which parts of the debt it would pay; nothing is kept of it."""
        wish = {"kind": kind, "amount_fen": amount_fen, "loan_id": loan_id}
        return await self._loan("payment-plan", **{name: value for name, value in wish.items() if value is not None})

    async def quote_of(self, quote_id: str) -> Quote:
        """A quote of this borrower's own. Raises Refused 'quote_unknown'."""
        found: Quote = await self._loan(f"quotes/{quote(quote_id, safe='')}")  # type: ignore[assignment]
        return found

    async def pay(self, *, quote_id: str) -> Order:
        """Order exactly what was quoted. Where an earlier try of the same message still asks the gateway, its answer
        is waited for; `Refused` with IN_PROGRESS means that it is on its way all the same. Raises Refused
        quote_expired, quote_changed, quote_used, quote_unknown."""
        body = {"quote_id": quote_id}
        for left in reversed(range(ASKED_AT_MOST)):
            try:
                return await self._post("loan", "payments", body, action="repay", timeout=PAY_SECONDS)  # type: ignore[return-value]
            except Refused as refusal:
                if refusal.code != IN_PROGRESS or not left:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError("the last try answers or raises")

    async def order(self, order_id: str) -> Order:
        order: Order = await self._loan(f"payments/{quote(order_id, safe='')}")  # type: ignore[assignment]
        return order

    async def promises(self) -> Json:
        """What was promised, and `latest_on`: the last day that may be."""
        return await self._ask("GET", self._path("collect", "promises"))

    async def clause(self, *, text: str, intent: str, topic: str = "") -> Clause | None:
        """The clause of the knowledge base that answers a question, None where none is near enough."""
        params = {"text": text, "intent": intent, "topic": topic}
        found = await self._ask("GET", "/knowledge/answer", params=params)
        clause: Clause | None = found["clause"]
        return clause

    async def promise(self, *, parts: list[Json], text: str) -> Promise:
        """Record a promise of one part {amount_fen, due_on, condition} or several."""
        one = {name: parts[0][name] for name in ("amount_fen", "due_on")}
        body = {**(one if len(parts) == 1 else {"parts": parts}), "text": text}
        made: Promise = await self._post("collect", "promises", body, action="promise_to_pay")  # type: ignore[assignment]
        return made

    async def pause(self, *, reason: str, note: str) -> Json:
        return await self._post("collect", "pauses", {"reason": reason, "note": note}, action=f"pause:{reason}")

    async def file_matter(self, *, kind: str, about: str, words: str, loan_id: str | None) -> Json:
        """File a dispute or a complaint; outreach stops and a person is asked for with it."""
        body = {"kind": kind, "about": about, "words": words, "loan_id": loan_id}
        return await self._post("desk", "matters", body, action=f"file:{kind}")

    async def filed(self) -> Json:
        """How all stands that the borrower filed: disputes, complaints, hardship proposals, limit applications."""
        return await self._ask("GET", self._path("desk", "filed"))

    async def hand_over(self, *, reason: str) -> Queue:
        queue: Queue = await self._post("desk", "handover", {"reason": reason}, action="hand_over")  # type: ignore[assignment]
        return queue

    async def _loan(self, what: str, **query: str | int) -> Json:
        return await self._ask("GET", self._path("loan", what), params=query)

    async def _post(
        self, room: str, what: str, body: Mapping[str, Any], *, action: str, timeout: float = TIMEOUT_SECONDS
    ) -> Json:
        headers = {"Idempotency-Key": f"{self.conversation_id}:{self.message_id}:{action}"}
        return await self._ask("POST", self._path(room, what), json=body, headers=headers, timeout=timeout)

    def _path(self, room: str, what: str) -> str:
        if self.for_a_stranger and (room == "loan" or what in TELLS_OF_THE_ACCOUNT):
            raise NotTheBorrower
        return f"/{room}/conversations/{quote(self.conversation_id, safe='')}/{what}"

    async def _ask(self, method: str, path: str, **request: Any) -> Json:
        try:
            answer = await asyncio.to_thread(_client().request, method, path, **request)
        except httpx.HTTPError as failure:
            raise ServiceDown(f"{method} {path}: {failure!r}") from failure
        return _read(answer)


def _read(answer: httpx.Response) -> Json:
    where = (
        f"{answer.request.method} {answer.url.path}"  # never the query, which has the borrower's words: it is logged
    )
    try:
        body = answer.json()
    except ValueError as failure:
        raise ServiceDown(f"{where}: {answer.status_code} without JSON") from failure
    if answer.is_success and isinstance(body, dict):
        return body
    code = str(body.get("code", "")) if isinstance(body, dict) else ""
    if answer.status_code == 401 and code == IDENTITY_REQUIRED:
        raise NotLoggedIn
    if code and answer.status_code in {400, 404, 409, 422}:
        raise Refused(code, str(body.get("detail") or ""))
    raise ServiceDown(f"{where}: {answer.status_code} {code}")
