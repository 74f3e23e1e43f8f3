"""What a process may be in the middle of when it is killed, on a ledger that can be put back to how it was before."""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Table, event, select, text

from service.db.engine import Database
from service.db.tables import kept_answer as answers
from service.db.tables import loan as tables
from service.db.tables import metadata
from service.db.tables import payment as orders
from service.domain.errors import InProgress
from service.domain.loan.payment_order import GatewayAnswer, GatewayState, Order, PaymentCallback
from service.usecases.loan.answer_once import answer_once
from service.usecases.loan.close_day import close_day
from service.usecases.loan.move_payment import move_payment
from service.usecases.loan.plan_payment import PaymentKind, plan_payment
from service.usecases.loan.reverse_payment import reverse_payment
from service.usecases.loan.settle_payment import settle_payment
from service.usecases.loan.start_payment import ASKS_FOR_AT_MOST, start_payment
from service.usecases.loan.verify_journal import verify_borrower
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import BORROWER, CASH, assert_projection_is_the_journal, book_of, borrow, noon, pay_on

TODAY = date(2026, 11, 25)
CLOCK = FrozenClock(noon(TODAY))
BORROWERS = (BORROWER, "b-2", "b-3")
KEY = "c:m:repay"
Work = Callable[[Database], None]


class Gateway:
    """Takes every order and says nothing more."""

    def create(self, *, order_id: str, borrower_id: str, amount_fen: int, card: str = "") -> GatewayAnswer:
        return GatewayAnswer(GatewayState.PENDING, reference=f"gw-{order_id}")

    def query(self, *, order_id: str) -> GatewayAnswer:
        return GatewayAnswer(GatewayState.PENDING)


def prepared(database: Database) -> None:
    """Three borrowers: two loans of which one is overdue, one overdue with a deposit used up, one in time."""
    with database.transaction() as conn:
        borrow(conn)
        borrow(conn, loan_id=CASH, product_code="cash", principal_fen=1_000_000, on=date(2026, 10, 28))
        for number, borrower_id in enumerate(BORROWERS[1:], 2):
            borrow(conn, borrower_id=borrower_id, loan_id=f"l-{number}", on=date(2026, 7, 20 + number))
        pay_on(conn, date(2026, 8, 18), 60_000, payment_id="p-early")
        pay_on(conn, date(2026, 8, 22), 90_000, borrower_id="b-2", payment_id="p-deposit")


def post_a_payment(database: Database) -> None:
    with database.transaction() as conn:
        pay_on(conn, TODAY, 200_000, payment_id="p-1")


def settle_everything(database: Database) -> None:
    """A plan is made, and paid; the price includes taking back interest. Once paid there is nothing to plan."""
    with database.transaction() as conn:
        if not book_of(conn, "b-2").active:
            return
        plan = plan_payment(conn, borrower_id="b-2", kind="all", today=date(2026, 8, 30))
        pay_on(conn, date(2026, 8, 30), plan.amount_fen, borrower_id="b-2", payment_id="p-all", shares=plan)


def post_late(database: Database) -> None:
    """Ages to today, then money of September arrives: penalty is taken back and charged anew."""
    with database.transaction() as conn:
        pay_on(conn, TODAY, 1, payment_id="p-now")
        pay_on(conn, date(2026, 9, 18), 130_000, payment_id="p-late")


def reverse_a_payment(database: Database) -> None:
    """Posted today, and taken back with what it was worth in August."""
    post_a_payment(database)
    with database.transaction() as conn:
        reverse_payment(conn, payment_id="p-early", by="王敏", reason="bounced", now=noon(TODAY))


def move_a_payment(database: Database) -> None:
    """Two borrowers in one transaction."""
    with database.transaction() as conn:
        move_payment(conn, payment_id="p-deposit", to="b-3", by="王敏", now=noon(TODAY))


def reverse_by_request(database: Database) -> None:
    """As an operator's request with a key; its answer is the same whenever it comes."""
    with database.transaction() as conn:

        def act() -> dict[str, Any]:
            done = reverse_payment(conn, payment_id="p-early", by="王敏", reason="bounced", now=noon(TODAY))
            return {"amount_fen": done.amount_fen, "duplicate": done.duplicate}

        request = {"payment": "p-early"}
        told = answer_once(conn, scope="operator:王敏", key=KEY, request=request, act=act, now=noon(TODAY))
    assert told == {"amount_fen": 60_000, "duplicate": False}


def start(database: Database, kind: PaymentKind) -> Order:
    """Whoever asks again while the first request may still be at the gateway is told to wait, and does."""
    asked = {"conversation_id": "c", "borrower_id": BORROWER, "kind": kind, "key": KEY, "gateway": Gateway()}
    try:
        return start_payment(database, clock=CLOCK, **asked)  # type: ignore[arg-type]
    except InProgress:
        later = FrozenClock(CLOCK.now() + ASKS_FOR_AT_MOST)
        return start_payment(database, clock=later, **asked)  # type: ignore[arg-type]


def pay_through_the_gateway(database: Database) -> None:
    """start_payment and settle_payment with one key: asked, called back, called back again."""
    order = start(database, "minimum")
    told = PaymentCallback("cb-1", order.id, succeeded=True, amount_fen=order.amount_fen, reference="gw", paid_at=None)
    settle_payment(database, callback=told, clock=CLOCK)
    settle_payment(database, callback=told, clock=CLOCK)


def fail_at_the_gateway(database: Database) -> None:
    """The gateway says no, then takes the money after all: posted, once."""
    order = start(database, "bill")
    for number, succeeded in enumerate((False, True)):
        told = PaymentCallback(f"cb-{number}", order.id, succeeded=succeeded, amount_fen=order.amount_fen)
        settle_payment(database, callback=told, clock=CLOCK)


def close_two_days(database: Database) -> None:
    """With chunks of two, as the tests set them, each day has two of them."""
    for ahead in (1, 0):
        close_day(database, business_date=TODAY - timedelta(days=ahead), clock=CLOCK)


WORKS: dict[str, Work] = {
    work.__name__: work
    for work in (
        post_a_payment,
        settle_everything,
        post_late,
        reverse_a_payment,
        move_a_payment,
        reverse_by_request,
        pay_through_the_gateway,
        fail_at_the_gateway,
        close_two_days,
    )
}


@contextmanager
def watched(database: Database, at_each: Callable[[int], None] = lambda _: None) -> Iterator[list[str]]:
    """Lists statements and commits; before each of them `at_each` is told its number, from 1."""
    seen: list[str] = []

    def count(what: str) -> None:
        seen.append(what)
        at_each(len(seen))

    def statement(_conn: Any, _cursor: Any, said: str, *_: Any) -> None:
        count(said.split("\n")[0][:60])

    def commit(_conn: Any) -> None:
        count("COMMIT")

    event.listen(database.engine, "before_cursor_execute", statement)
    event.listen(database.engine, "commit", commit)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", statement)
        event.remove(database.engine, "commit", commit)


def killed_at(moment: int, url: str, work: Work) -> None:
    """Do the work in a process of its own that kills itself (SIGKILL: no handler runs, no rollback is sent) before its
    statement or commit with number `moment`. Fails where it ends in any other way."""

    def die(number: int) -> None:
        if number == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()  # not started anew: there are hundreds of them
    if child == 0:
        try:
            database = Database(url)
            with watched(database, die):
                work(database)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"it ended with {os.waitstatus_to_exitcode(status)}"
    assert os.WTERMSIG(status) == signal.SIGKILL


class Stage(Protocol):
    """A prepared database that can be put back."""

    def reset(self) -> Database:
        """The database as prepared."""


@dataclass
class File:
    """SQLite: the prepared file is copied."""

    folder: Path
    open: Database | None = None
    copies: int = 0

    def __post_init__(self) -> None:
        first = Database(f"sqlite:///{self.folder / 'prepared.db'}")
        metadata.create_all(first.engine)
        prepared(first)
        first.close()

    def reset(self) -> Database:
        if self.open:
            self.open.close()
        self.copies += 1
        copy = shutil.copy(self.folder / "prepared.db", self.folder / f"copy-{self.copies}.db")
        self.open = Database(f"sqlite:///{copy}")
        return self.open


@dataclass
class Schema:
    """PostgreSQL: rows are put back from copies of their tables, past the triggers that forbid it."""

    database: Database

    def __post_init__(self) -> None:
        prepared(self.database)
        with self.database.transaction() as conn:
            for name in KEPT:
                conn.execute(text(f"CREATE TABLE prepared_{name} AS SELECT * FROM {name}"))

    def reset(self) -> Database:
        with self.database.transaction() as conn:
            conn.execute(text("SET LOCAL session_replication_role = replica"))
            for name in KEPT:
                conn.execute(text(f"DELETE FROM {name}"))
                conn.execute(text(f"INSERT INTO {name} SELECT * FROM prepared_{name}"))
        return self.database


KEPT = sorted({one.name for room in (tables, orders, answers) for one in vars(room).values() if isinstance(one, Table)})
# day_close.counts are those of the run that finished the day, which after a crash is not all that was aged
COUNTERS = {("journal_entry", "id"), ("journal_line", "entry_id"), ("ledger_event", "id"), ("day_close", "counts")}
COUNTERS |= {("journal_entry", "reverses_id"), ("ledger_event", "cancels_id"), ("ageing_tag", "id")}
Rows = dict[str, list[tuple[Any, ...]]]


def all_of(database: Database) -> Rows:
    """Every row of the ledger, without what merely counts rows."""
    found = {}
    with database.reading() as conn:
        for name in KEPT:
            columns = [one for one in metadata.tables[name].c if (name, one.name) not in COUNTERS]
            found[name] = sorted(map(tuple, conn.execute(select(*columns)).all()), key=repr)
    return found


def assert_whole(database: Database) -> None:
    """The journal says what the balances say, a payment is in both of its places or in none, and nothing is doubled."""
    with database.reading() as conn:
        for borrower_id in BORROWERS:
            balances = assert_projection_is_the_journal(conn, borrower_id)
            assert verify_borrower(conn, borrower_id) == ()
            book = book_of(conn, borrower_id)
            stands = (tables.receipt.c.borrower_id == borrower_id) & tables.receipt.c.reversed_at.is_(None)
            paid = sum(conn.execute(select(tables.receipt.c.amount_fen).where(stands)).scalars())
            assert balances.cash_fen == paid - sum(loan.principal_fen for loan in book.loans)
        receipts = set(conn.execute(select(tables.receipt.c.payment_id)).scalars())
        keys = select(tables.ledger_event.c.event_key).where(tables.ledger_event.c.kind == "paid")
        assert {key.removeprefix("payment:") for key in conn.execute(keys).scalars()} == receipts
        done = select(orders.payment_order.c.id).where(orders.payment_order.c.state == "succeeded")
        assert set(conn.execute(done).scalars()) == {one for one in receipts if one.startswith("pay-")}
