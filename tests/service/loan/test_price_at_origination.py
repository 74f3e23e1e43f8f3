"""No loan is paid out whose own yearly cost, its fen rounded, is over a cap, whatever the products were checked by."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from service.db.engine import Database
from service.db.tables import loan as tables
from service.domain.errors import Refused
from service.domain.loan.price import all_in_cost
from service.domain.loan.products import Products, parse_products
from service.usecases.loan.disburse import disburse
from service.usecases.loan.open_account import open_account
from service.usecases.loan.open_line import open_line
from service.usecases.loan.register_borrower import register_borrower
from tests.service.loan.ledger import BORROWER, CAPS, PRODUCTS, TABLE, noon

ON = date(2026, 11, 23)
CAP = Decimal("0.24")


def near_the_cap() -> Products:
    """A nominal 24 %, which rounding carries over the cap for some sums and for others not."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    row = {"code": "near", "name": "分期", "brand": "样例", "scene": "样例", "method": "equal_installment",
           "annual_rate": "0.24", "penalty_multiplier": "1", "periods": [3], "min_principal_fen": 10_000,
           "max_principal_fen": 1_000_000}  # fmt: skip
    return parse_products({**table, "product": [row]})


def test_just_the_sums_that_cost_more_are_refused_and_leave_nothing(database: Database) -> None:
    products = near_the_cap()
    lent = refused = 0
    with database.transaction() as conn:
        register_borrower(conn, borrower_id=BORROWER, name="云小满", phone="19900000001", now=noon(ON))
        line = {"borrower_id": BORROWER, "product_code": "near", "products": products, "now": noon(ON)}
        open_line(conn, limit_fen=10_000_000, **line)
        for number in range(30):
            wish = {"principal_fen": 100_000 + number, "periods": 3, "due_day": 23 if number % 2 else 5}
            costs = all_in_cost(products["near"].terms(start_on=ON, **wish)).nominal
            asked = {
                "loan_id": f"l-{number}",
                "disbursed_on": ON,
                "purpose": "样例",
                "price_caps": CAPS,
                **wish,
                **line,
            }
            if costs > CAP:
                with pytest.raises(Refused) as refusal:
                    disburse(conn, **asked)
                assert refusal.value.code == "price_over_cap"
                refused += 1
            else:
                disburse(conn, **asked)
                lent += 1
        assert min(lent, refused) > 0
        assert conn.execute(select(func.count()).select_from(tables.loan)).scalar_one() == lent


def test_a_cap_counts_on_the_day_of_the_loan(sqlite_database: Database) -> None:
    before_it = min(cap.origin.in_force for cap in CAPS.on(ON) if cap.binds) - timedelta(days=1)
    line = {"borrower_id": BORROWER, "product_code": "near", "products": near_the_cap()}
    wish = {"principal_fen": 100_000, "periods": 3, "purpose": "样例", "price_caps": CAPS, **line}
    with sqlite_database.transaction() as conn:
        register_borrower(conn, borrower_id=BORROWER, name="云小满", phone="19900000001", now=noon(before_it))
        open_line(conn, limit_fen=10_000_000, now=noon(before_it), **line)
        disburse(conn, loan_id="old", disbursed_on=before_it, now=noon(before_it), **wish)
        with pytest.raises(Refused) as refused:
            disburse(conn, loan_id="new", disbursed_on=ON, now=noon(ON), **wish)
        assert refused.value.code == "price_over_cap"


def test_no_account_is_opened_over_a_cap_that_began_while_the_service_ran(sqlite_database: Database) -> None:
    """The products were checked when it started, and the account is priced by what holds on its own day."""
    row = next(cap for cap in CAPS.on(ON) if cap.binds)
    begins = replace(row, rate=Decimal("0.12"), origin=replace(row.origin, in_force=ON, until=None))
    caps = replace(CAPS, rows=(begins,))
    with sqlite_database.transaction() as conn:
        register_borrower(conn, borrower_id=BORROWER, name="云小满", phone="19900000001", now=noon(ON))
        line = {"borrower_id": BORROWER, "product_code": "shopping", "products": PRODUCTS, "now": noon(ON)}
        open_line(conn, limit_fen=1_000_000, **line)
        wish = {"loan_id": "a", "statement_day": 5, "purpose": "购物账户", "price_caps": caps, **line}
        with pytest.raises(Refused) as refused:
            open_account(conn, opened_on=ON, **wish)
        assert refused.value.code == "price_over_cap"
        open_account(conn, opened_on=ON - timedelta(days=1), **wish)
