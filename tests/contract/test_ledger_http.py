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


def test_how_late_a_loan_is_and_was_is_read_with_its_pauses_and_its_class(desk: Desk) -> None:
    told = desk.look(f"{OF}/ageing").json()
    (loan,) = told["loans"]
    assert (told["as_of"], told["days_past_due"]) == ("2026-11-23", loan["days_past_due"])
    first = loan["late"][0]
    assert (first["no"], first["days_past_due"]) == (2, 66), "that of August was paid in October"
    assert [one["days_past_due"] for one in loan["late"]] == sorted(
        (one["days_past_due"] for one in loan["late"]), reverse=True
    )
    assert (loan["bucket"], loan["asset_class_floor"], loan["non_accrual"]) == ("M3", "关注", False)
    assert [one["left_on"] for one in loan["tags"]][-1] is None
    assert loan["tags"][0]["bucket"] == "M0"
    days = {"effective_on": "2026-11-04", "until_on": "2026-11-30"}
    paused_by = desk.ask(f"/loans/{FRIDGE}/ageing-pauses", key="k-2", **days)
    assert paused_by.status_code == 200, paused_by.json()
    (paused,) = desk.look(f"{OF}/ageing").json()["loans"]
    assert paused["days_past_due"] == loan["days_past_due"] - 20
    assert [one["ends_on"] for one in paused["pauses"]] == ["2026-11-30"]


def test_nobody_is_made_up_and_a_page_has_bounds(desk: Desk) -> None:
    for what in ("events", "journal", "verification", "ageing"):
        assert problem(desk.look(f"/borrowers/b-none/{what}")) == (404, "borrower_unknown")
    for query in ({"limit": 0}, {"limit": 501}, {"after_id": -1}, {"after_id": 2**63}):
        assert problem(desk.look(f"{OF}/events", **query)) == (422, "invalid_request")
