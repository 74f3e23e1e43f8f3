"""A borrower's kept cards and whether one is charged by itself: looked at, switched, changed to another card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import autopay as rows
from service.db import loan as ledger
from service.domain.days import business_date
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.autopay import Autopay, Card, charged_to, free_from, never_set, switch_from, switched
from service.usecases.loan.current import current_book

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class AutopayNow:
    """What is decided, and from when a change would hold: a switch the other way from `switch_from`, another card from
    `free_from`. `collecting_today`: what is due today is being charged, and no change reaches it."""

    autopay: Autopay
    cards: tuple[Card, ...]
    collecting_today: bool
    switch_from: date
    free_from: date

    @property
    def card(self) -> Card | None:
        return next((one for one in self.cards if one.id == self.autopay.card_id), None)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a change, through what, in which words; the same `key` again is the same change."""

    key: str
    by: str
    source: str
    conversation_id: str = ""
    reason: str = ""


def autopay_now(conn: Connection, *, borrower_id: str, today: date) -> AutopayNow:
    """Raises NotFound (borrower_unknown)."""
    claims = current_book(conn, borrower_id=borrower_id, today=today).claims()
    now = rows.current(conn, borrower_id) or never_set(today)
    free = free_from((one.due_on for one in claims), today)
    return AutopayNow(
        autopay=now,
        cards=rows.cards_of(conn, borrower_id),
        collecting_today=now.charges_on(today) and any(one.due_on == today for one in claims),
        switch_from=switch_from(now, free=free, today=today),
        free_from=free,
    )


def switch_autopay(
    conn: Connection, *, borrower_id: str, enabled: bool, card_id: str | None = None, asked: Asked, now: datetime
) -> AutopayNow:
    """On or off, from the next due day that is not being collected already. Raises NotFound (borrower_unknown,
    card_unknown), Refused (no_card_kept, card_required), KeyReused."""
    today = business_date(now)

    def decide(at: AutopayNow) -> Autopay:
        free, kept = at.free_from, at.cards
        return switched(at.autopay, enabled=enabled, card_id=card_id, cards=kept, free=free, today=today)

    wish = ("switch", str(enabled), card_id or "")
    return _change(conn, decide, borrower_id=borrower_id, wish=wish, asked=asked, now=now)


def choose_card(conn: Connection, *, borrower_id: str, card_id: str, asked: Asked, now: datetime) -> AutopayNow:
    """Which kept card is charged, where one is. Raises NotFound (borrower_unknown, card_unknown), KeyReused."""

    def decide(at: AutopayNow) -> Autopay:
        return charged_to(at.autopay, card_id=card_id, cards=at.cards, free=at.free_from)

    return _change(conn, decide, borrower_id=borrower_id, wish=("card", card_id), asked=asked, now=now)


def keep_card(conn: Connection, *, borrower_id: str, bank_name: str, last_four: str, token: str, now: datetime) -> Card:
    """A card that the gateway has just been given, by its `token` there. Raises ValueError for more of its number than
    the last four digits, NotFound (borrower_unknown), Refused (card_of_another)."""
    if len(last_four) != 4 or not last_four.isdecimal():
        raise ValueError("of a card's number the last four digits are kept, and no others")
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    made = Card(id="card-" + _hash(borrower_id, token)[:32], bank_name=bank_name, last_four=last_four)
    if (known := next((one for one in rows.cards_of(conn, borrower_id) if one.id == made.id), None)) is not None:
        return known
    if rows.is_token_known(conn, token):
        raise Refused("这张卡已绑定在另一个账户上，请核对后重新绑定。", code="card_of_another")
    rows.add_card(conn, made, borrower_id=borrower_id, token=token, now=now)
    return made


def _change(
    conn: Connection,
    decide: Callable[[AutopayNow], Autopay],
    *,
    borrower_id: str,
    wish: tuple[str, ...],
    asked: Asked,
    now: datetime,
) -> AutopayNow:
    """Asked again under its key, it is told how things stand and nothing is changed."""
    today = business_date(now)
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    before = autopay_now(conn, borrower_id=borrower_id, today=today)
    request = _hash(*wish)
    known = rows.request_of(conn, borrower_id, asked.key)
    if known is not None:
        if known != request:
            raise KeyReused("这个请求编号已用于另一项操作，请重新发起。")
        return before
    rows.change(
        conn,
        decide(before),
        borrower_id=borrower_id,
        key=asked.key,
        request=request,
        kind=wish[0],
        by=asked.by,
        source=asked.source,
        conversation_id=asked.conversation_id,
        reason=asked.reason[:LONGEST_REASON],
        now=now,
    )
    return autopay_now(conn, borrower_id=borrower_id, today=today)


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
