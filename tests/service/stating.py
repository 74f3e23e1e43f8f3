"""A borrower with three loans, the routes of documents around them, and what a PDF says when it is read."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI
from pypdf import PdfReader
from sqlalchemy import Connection, update

from service.api import errors, statements
from service.api.chat_tokens import mint
from service.db.engine import Database
from service.db.tables.loan import borrower
from service.domain.days import SHANGHAI
from service.domain.loan.payment import Share
from service.domain.loan.statement import Statement, StatementKind
from service.usecases.chat.conversation import open_conversation
from service.usecases.loan.payoff import payoff
from service.usecases.loan.statement import statement
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import BORROWER, CASH, FRIDGE, borrow, pay_on

INSTITUTION = "小清消费金融"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
TODAY = NOW.date()
SMALL = "l-small"
OTHER, OTHERS_LOAN = "b-2", "l-of-another"
KEY, SERVICE_TOKEN, STATEMENT_KEY = "the-app-signs-with-this-key-of-the-tests", "service-token", "statement-key"


def lend(conn: Connection) -> None:
    """A fridge five days overdue, cash that is due on the 28th, a small loan settled today; and another's loan."""
    borrow(conn)
    for month in (8, 9, 10):
        pay_on(conn, date(2026, month, 18), 53_985, shares=(Share(FRIDGE, 53_985),))
    borrow(conn, loan_id=CASH, product_code="cash", principal_fen=1_000_000, on=date(2026, 10, 28))
    borrow(conn, loan_id=SMALL, product_code="cash", principal_fen=100_000, on=date(2026, 6, 28))
    settle(conn, SMALL)
    borrow(conn, borrower_id=OTHER, loan_id=OTHERS_LOAN)


def settle(conn: Connection, loan_id: str, *, on: date = TODAY) -> None:
    price = payoff(conn, borrower_id=BORROWER, today=on, loan_id=loan_id).total_fen
    pay_on(conn, on, price, payment_id=f"end-of-{loan_id}", shares=(Share(loan_id, price, settles=True),))


def rename(conn: Connection, name: str) -> None:
    conn.execute(update(borrower).where(borrower.c.id == BORROWER).values(name=name))


def stated(database: Database, kind: StatementKind, **more: Any) -> Statement:
    asked = {"borrower_id": BORROWER, "institution": INSTITUTION, "now": NOW, **more}
    with database.reading() as conn:
        return statement(conn, kind=kind, **asked)


def application(database: Database, clock: FrozenClock, **settings: str) -> FastAPI:
    app = FastAPI()
    secrets = {"app_signing_key": KEY, "service_token": SERVICE_TOKEN, "statement_key": STATEMENT_KEY, **settings}
    app.state.services = SimpleNamespace(
        database=database,
        clock=clock,
        settings=SimpleNamespace(**secrets),
        policy=SimpleNamespace(templates=SimpleNamespace(institution=INSTITUTION)),
    )
    errors.install(app)
    statements.install(app)
    return app


def token(clock: FrozenClock, subject: str = BORROWER, *, minutes: int = 30) -> dict[str, str]:
    signed = mint(subject=subject, key=KEY, now=clock.now(), lifetime=timedelta(minutes=minutes))
    return {"Authorization": f"Bearer {signed}"}


def conversation(database: Database, clock: FrozenClock, *, verified: bool = True) -> str:
    now = clock.now()
    proved = {"borrower_id": BORROWER, "verified_until": now + timedelta(minutes=30)} if verified else {}
    with database.transaction() as conn:
        opened = open_conversation(conn, channel="inapp", channel_user_id=f"{verified}", now=now, **proved)
    return opened.id


def text_of(pdf: bytes) -> str:
    """All that a reader can copy out of it, without spaces."""
    return "".join(re.sub(r"\s", "", page.extract_text()) for page in PdfReader(BytesIO(pdf)).pages)
