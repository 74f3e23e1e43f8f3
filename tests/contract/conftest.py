"""What the tests of the HTTP API share: a borrower who is logged in, and the operators' desk over another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from service.db.engine import Database
from service.usecases.loan.open_line import open_line
from service.usecases.ports import FrozenClock
from tests.contract.operating import Desk, desk_over
from tests.service.loan.ledger import BORROWER, PRODUCTS, borrow, noon
from tests.service.paying import lend


@pytest.fixture
def conversation(database: Database, clock: FrozenClock) -> str:
    """Of a borrower whose first instalment was due on 11-18; the next falls due on 12-18."""
    return lend(database, clock=clock)


@pytest.fixture
def desk(database: Database, clock: FrozenClock) -> Iterator[Desk]:
    """Over a borrower with a loan and a line to shop with, who is sound in the end."""
    now = noon(date(2026, 7, 18))
    with database.transaction() as conn:
        borrow(conn)
        open_line(conn, borrower_id=BORROWER, product_code="shopping", limit_fen=100_000, now=now, products=PRODUCTS)
    with desk_over(database, clock=clock) as found:
        yield found
        found.assert_sound(BORROWER)
