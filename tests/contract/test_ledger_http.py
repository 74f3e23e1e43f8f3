"""What agents read of a borrower's ledger over HTTP: every event and entry in order, page by page, and its proof."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from service.db.engine import Database
from service.usecases.ports import FrozenClock
from tests.contract.operating import Desk, desk_over, problem
from tests.service.loan.ledger import BORROWER, FRIDGE, borrow, pay_on

OF = f"/borrowers/{BORROWER}"


@pytest.fixture
def desk(database: Database, clock: FrozenClock) -> Iterator[Desk]:
    with database.transaction() as conn:
        borrow(conn)
        pay_on(conn, date(2026, 8, 18), 60_000, payment_id="p-aug")
        pay_on(conn, date(2026, 10, 2), 60_000, payment_id="p-oct")
    with desk_over(database, clock=clock) as found:
        found.ask("/payments/p-aug/reversal", cause="bounced")
        yield found


def pages(desk: Desk, what: str, number: str, *, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        page = desk.look(f"{OF}/{what}", after_id=after, limit=limit).json()
        rows = page["events" if what == "events" else "entries"]
        assert len(rows) <= limit
        found += rows
        if not page["more"]:
            return found
        after = rows[-1][number]


def test_pages_are_the_whole_in_order(desk: Desk) -> None:
    for what, number in (("events", "event_id"), ("journal", "entry_id")):
        whole = pages(desk, what, number, limit=500)
        assert pages(desk, what, number, limit=1) == pages(desk, what, number, limit=3) == whole
        assert [one[number] for one in whole] == sorted({one[number] for one in whole})
        assert len(whole) >= 4


def test_the_hashes_can_be_worked_out_from_what_is_read(desk: Desk) -> None:
    """Whoever keeps the answers can prove later that nothing of them was changed."""
    previous = ""
    entries = pages(desk, "journal", "entry_id", limit=500)
    for one in entries:
        assert sum(line["amount_fen"] for line in one["lines"]) == 0
        lines = ";".join(
            f"{line['account']},{line['loan_id'] or ''},{line['instalment_no'] or ''},{line['amount_fen']}"
            for line in one["lines"]
        )
        head = [previous, one["entry_key"], one["kind"], one["business_date"], one["event_key"], one["reverses"]]
        previous = hashlib.sha256(f"{'|'.join(head)}|{lines}".encode()).hexdigest()
        assert one["hash"] == previous
    assert any(one["reverses"] == "payment:p-aug" for one in entries)


def test_a_sound_ledger_is_verified_and_a_forged_one_is_not(desk: Desk) -> None:
    assert desk.look(f"{OF}/verification").json() == {"borrower_id": BORROWER, "verified": True, "faults": []}
    with desk.database.transaction() as conn:
        conn.execute(text("UPDATE instalment SET penalty_fen = penalty_fen + 1 WHERE loan_id = :id AND no = 2"),
                     {"id": FRIDGE})  # fmt: skip
    told = desk.look(f"{OF}/verification").json()
    assert told["verified"] is False
    assert any("penalty" in one for one in told["faults"])


def test_nobody_is_made_up_and_a_page_has_bounds(desk: Desk) -> None:
    for what in ("events", "journal", "verification"):
        assert problem(desk.look(f"/borrowers/b-none/{what}")) == (404, "borrower_unknown")
    for query in ({"limit": 0}, {"limit": 501}, {"after_id": -1}, {"after_id": 2**63}):
        assert problem(desk.look(f"{OF}/events", **query)) == (422, "invalid_request")
