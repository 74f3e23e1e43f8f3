"""Many rows are written and read back, column by column, as a statement for each would have written and read them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from service.db.engine import Database
from service.db.many_ids import among, among_these, by_column, raw
from service.db.many_rows import add_rows, change_rows, sent_ahead, sent_together
from service.db.tables.loan import borrower, loan, receipt
from service.domain.days import SHANGHAI
from tests.service.loan.ledger import BORROWER, FRIDGE, borrow, open_shopping

NOW = datetime(2026, 11, 23, 10, 0, 0, 120_000, SHANGHAI)
AWKWARD = ("o'neill", 'a"b', "a,b", "{a}", "云小满", "%s", "NULL", "\\", "a\nb", "")


def person(borrower_id: str) -> dict[str, Any]:
    return {"id": borrower_id, "name": "云小满", "phone": "19900000001", "created_at": NOW, "suspense_fen": 7}


def payment(payment_id: str, **other: Any) -> dict[str, Any]:
    row = {
        "payment_id": payment_id,
        "borrower_id": BORROWER,
        "request": "x",
        "channel": "bank",
        "amount_fen": 2**60,
        "settled_loans": ["l-1", "云"],
        "paid_at": NOW,
        "created_at": NOW.astimezone(timezone.utc),
        "reversed_at": None,
    }
    return {**row, **other}


def found(conn: Connection) -> list[tuple[Any, ...]]:
    return [tuple(one) for one in conn.execute(select(receipt).order_by(receipt.c.payment_id))]


def test_rows_are_those_that_a_statement_each_writes(database: Database) -> None:
    later = NOW + timedelta(days=40)
    rows = [payment("a"), payment("b", paid_at=later, reversed_at=later), payment("c", settled_loans=())]
    with database.transaction() as conn:
        conn.execute(insert(borrower), [person(BORROWER)])
        for row in rows:
            conn.execute(insert(receipt), row)
        expected = found(conn)
        conn.execute(receipt.delete())
        add_rows(conn, receipt, rows)
        assert found(conn) == expected
        add_rows(conn, receipt, [])
        change_rows(conn, receipt, [{"payment_id": "a", "reversed_at": NOW, "paid_at": later}], by=("payment_id",))
        changed = {one.payment_id: (one.reversed_at, one.paid_at) for one in conn.execute(select(receipt))}
        assert changed["a"] == (NOW, later)
        assert changed["b"] == (later, later)


def test_a_moment_without_a_zone_is_refused_by_sqlite_and_never_guessed(sqlite_database: Database) -> None:
    with (
        pytest.raises(ValueError, match="naive"),
        sqlite_database.transaction() as conn,
    ):
        add_rows(conn, receipt, [payment("a", paid_at=datetime(2026, 11, 23))])  # noqa: DTZ001


def test_ids_are_found_whatever_stands_in_them_and_no_others(database: Database) -> None:
    asked = select(borrower.c.id).where(among(borrower.c.id, "ids"))
    with database.transaction() as conn:
        add_rows(conn, borrower, [person(one) for one in (*AWKWARD, "other")])
        for one in AWKWARD:
            assert list(conn.execute(asked, {"ids": [one]}).scalars()) == [one]
        assert set(conn.execute(asked, {"ids": [*AWKWARD, *AWKWARD, "nobody"]}).scalars()) == set(AWKWARD)
        assert list(conn.execute(asked, {"ids": []}).scalars()) == []


def test_columns_are_what_rows_say_of_every_type_a_loan_has(database: Database) -> None:
    columns = tuple(loan.c)
    with database.transaction() as conn:
        open_shopping(conn, on=date(2026, 7, 18))
        borrow(conn, loan_id=FRIDGE)
        rows = [tuple(one) for one in conn.execute(select(loan).order_by(loan.c.id))]
        asked = select(*raw(columns)).where(among(loan.c.borrower_id, "ids")).order_by(loan.c.id)
        assert list(zip(*by_column(conn, asked, columns, [BORROWER]), strict=True)) == rows
        assert list(map(len, by_column(conn, asked, columns, []))) == [0] * len(columns)
    assert len(rows) == 2


@pytest.mark.parametrize("asked", [among(loan.c.borrower_id, "ids"), among_these(loan.c.borrower_id, ["b1"])])
def test_many_ids_are_looked_up_in_an_index_and_no_table_is_read_through(sqlite_database: Database, asked: Any) -> None:
    statement = str(select(loan).where(asked, loan.c.status == "active").compile(sqlite_database.engine))
    with sqlite_database.reading() as conn:
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ('["b1"]', "active")).all()
    steps = [step for *_, step in plan]
    assert any(step.startswith("SEARCH loan") for step in steps), steps
    assert not any(step.startswith("SCAN loan") for step in steps), steps


def test_a_row_is_left_alone_where_what_has_to_be_nothing_is_something(database: Database) -> None:
    with database.transaction() as conn:
        add_rows(conn, borrower, [person(BORROWER)])
        add_rows(conn, receipt, [payment("a"), payment("b", reversed_at=NOW)])
        later = [{"payment_id": one, "paid_at": NOW + timedelta(days=1)} for one in ("a", "b")]
        change_rows(conn, receipt, later, by=("payment_id",), where_null=("reversed_at",))
        paid = {one.payment_id: one.paid_at - NOW for one in conn.execute(select(receipt))}
    assert paid == {"a": timedelta(days=1), "b": timedelta()}


def write_together(database: Database, *, people: int, receipts: int) -> None:
    with database.transaction() as conn, sent_together(conn):
        add_rows(conn, borrower, [person(BORROWER)] * people)
        add_rows(conn, receipt, [payment("a")] * receipts)
        change_rows(conn, borrower, [{"id": BORROWER, "suspense_fen": 9}], by=("id",))


def test_rows_sent_together_are_there_afterwards(database: Database) -> None:
    write_together(database, people=1, receipts=1)
    with database.reading() as conn:
        assert [one.payment_id for one in conn.execute(select(receipt))] == ["a"]
        assert conn.execute(select(borrower.c.suspense_fen)).scalar_one() == 9


@pytest.mark.parametrize(("people", "receipts"), [(2, 1), (1, 2)])
def test_a_refusal_among_rows_sent_together_is_raised_as_any_other_and_nothing_stays(
    database: Database, people: int, receipts: int
) -> None:
    with pytest.raises(IntegrityError):
        write_together(database, people=people, receipts=receipts)
    with database.transaction() as conn:  # the connection is as good as before
        assert conn.execute(select(borrower)).all() == []


def test_what_is_asked_between_rows_sent_ahead_knows_them(database: Database) -> None:
    with database.transaction() as conn, sent_ahead(conn):
        for name in ("a", "b"):
            with sent_together(conn):
                add_rows(conn, borrower, [{**person(BORROWER), "id": name}])
            found = conn.execute(select(borrower.c.id).order_by(borrower.c.id)).scalars().all()
            assert found == ["a", "b"][: len(found)]
            assert name in found


@pytest.mark.parametrize("then_asked", [True, False], ids=["asked something", "at the end"])
def test_a_refusal_of_rows_sent_ahead_is_raised_when_they_are_waited_for(database: Database, then_asked: bool) -> None:
    def write() -> None:
        with database.transaction() as conn, sent_ahead(conn):
            with sent_together(conn):
                add_rows(conn, borrower, [person(BORROWER)])
            with sent_together(conn):
                add_rows(conn, borrower, [person(BORROWER)])
            if then_asked:
                conn.execute(select(borrower)).all()

    with pytest.raises(IntegrityError):
        write()
    with database.transaction() as conn:  # the connection is as good as before
        assert conn.execute(select(borrower)).all() == []


def test_an_error_of_ours_between_rows_sent_ahead_is_the_one_that_is_raised_and_nothing_stays(
    database: Database,
) -> None:
    def write() -> None:
        with database.transaction() as conn, sent_ahead(conn):
            with sent_together(conn):
                add_rows(conn, borrower, [person(BORROWER)] * 2)
            raise LookupError("of ours")

    heard_first = LookupError if database.engine.dialect.name == "postgresql" else IntegrityError
    with pytest.raises(heard_first):
        write()
    with database.transaction() as conn:
        assert conn.execute(select(borrower)).all() == []


def test_a_connection_that_is_cut_while_rows_are_on_their_way_is_told_as_such(postgres_database: Database) -> None:
    def write() -> None:
        with postgres_database.transaction() as conn, sent_ahead(conn):
            mine = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with sent_together(conn):
                add_rows(conn, borrower, [person(BORROWER)])
            with postgres_database.transaction() as other:
                assert other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": mine}).scalar_one()
            with sent_together(conn):
                add_rows(conn, receipt, [payment("a")])

    with pytest.raises(OperationalError):
        write()
    with postgres_database.transaction() as conn:
        assert conn.execute(select(borrower)).all() == []
