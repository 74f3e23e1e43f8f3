"""Changing a credit line as a person at the desk does, for the tests of limits."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from service.db import credit_line as store
from service.domain.loan.credit_line import CreditLine, replay
from service.usecases.loan.changing_line import LineOrder
from service.usecases.loan.grant_temporary_limit import grant_temporary_limit
from service.usecases.loan.open_line import open_line
from service.usecases.loan.register_borrower import register_borrower
from tests.domain.loan.limit_cases import RULES
from tests.service.loan.ledger import BORROWER, PRODUCTS, noon

LINE = f"line:{BORROWER}:cash"


START = date(2026, 8, 3)


PERSON = "王敏"


def opened(conn: Connection, *, limit_fen: int = 2_000_000, borrower_id: str = BORROWER) -> CreditLine:
    now = noon(START)
    register_borrower(conn, borrower_id=borrower_id, name="云小满", phone="19900000001", now=now)
    return open_line(
        conn, borrower_id=borrower_id, product_code="cash", limit_fen=limit_fen, now=now, products=PRODUCTS
    )


class Desk:
    """Somebody who changes a line; every act has a key of its own unless one is given."""

    def __init__(self, conn: Connection, line_id: str = LINE) -> None:
        self.conn, self.line_id, self.acts = conn, line_id, 0

    def do(self, act: Any, reason_code: str, *, on: date, key: str | None = None, by: str = PERSON, **more: Any) -> Any:
        self.acts += 1
        key = key or f"act-{self.acts}"
        return act(self.conn, LineOrder(self.line_id, reason_code, by=by, key=key, now=noon(on), rules=RULES), **more)

    def temporary(self, extra_fen: int, *, on: date, days: int, **more: Any) -> Any:
        until = on + timedelta(days - 1)
        return self.do(grant_temporary_limit, "holiday", on=on, extra_fen=extra_fen, from_on=on, until_on=until, **more)


def events(conn: Connection, line_id: str = LINE) -> list[tuple[str, int]]:
    return [(one.kind.value, one.amount_fen) for one in store.events_of(conn, line_id)]


def stored(conn: Connection, line_id: str = LINE) -> CreditLine:
    owner = store.owner_of_line(conn, line_id)
    assert owner is not None
    return next(one for one in store.lines_of(conn, owner) if one.id == line_id)


def assert_row_is_its_events(conn: Connection, line_id: str = LINE) -> None:
    assert stored(conn, line_id).state == replay(store.events_of(conn, line_id))
