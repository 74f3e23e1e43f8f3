"""Asking for quotes as the tests of them do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from service.db.engine import Database
from service.db.tables.payment import payment_order
from service.usecases.ports import FrozenClock
from tests.service.paying import BORROWER, TOKEN, World, world

LOAN = f"loan-{BORROWER}"


OURS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def silent(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[World]:
    """The gateway takes orders and says nothing of its own accord."""
    with world(database, clock=clock, folder=tmp_path, running=False) as found:
        yield found


def ask(at: World, *, conversation_id: str = "", **wish: Any) -> httpx.Response:
    url = f"{at.service}/loan/conversations/{conversation_id or at.conversation_id}/quotes"
    return httpx.post(url, json=wish, headers=OURS, timeout=15)


def told(at: World, **wish: Any) -> dict[str, Any]:
    answer = ask(at, **wish)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def look(at: World, quote_id: str, *, conversation_id: str = "") -> httpx.Response:
    url = f"{at.service}/loan/conversations/{conversation_id or at.conversation_id}/quotes/{quote_id}"
    return httpx.get(url, headers=OURS, timeout=15)


def orders(at: World) -> list[tuple[str, str | None]]:
    with at.database.reading() as conn:
        made = select(payment_order.c.state, payment_order.c.quote_id).order_by(payment_order.c.created_at)
        return [(row.state, row.quote_id) for row in conn.execute(made)]
