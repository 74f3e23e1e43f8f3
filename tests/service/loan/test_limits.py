"""Credit lines in the database: the row is its events, changes happen once, and what ran out is ended by the close."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DatabaseError

from service.db import credit_line as store
from service.db.engine import Database
from service.db.tables.credit_line import credit_line_event
from service.domain.errors import KeyReused, NotFound, Refused, XiaoqingError
from service.domain.loan.credit_line import CreditLine, EventKind, LineStatus, replay
from service.usecases.loan.changing_line import LineOrder
from service.usecases.loan.close_line import close_line
from service.usecases.loan.expire_temporary_limits import CHUNK, expire_temporary_limits
from service.usecases.loan.explain_limit import explain_limit
from service.usecases.loan.freeze_line import freeze_line
from service.usecases.loan.grant_temporary_limit import grant_temporary_limit
from service.usecases.loan.limit import limit
from service.usecases.loan.lower_limit import lower_limit
from service.usecases.loan.open_line import open_line
from service.usecases.loan.plan_payment import plan_payment
from service.usecases.loan.raise_limit import raise_limit
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.loan.take_back_purchase import take_back_purchase
from service.usecases.loan.unfreeze_line import unfreeze_line
from service.usecases.ports import FrozenClock
from tests.domain.loan.limit_cases import RULES
from tests.service.loan.ledger import BORROWER, PRODUCTS, borrow, buy_on, noon, open_shopping, pay_on

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


def test_a_line_lives_and_each_change_is_an_event_with_reason_and_person(database: Database) -> None:
    with database.transaction() as conn:
        opened(conn)
        desk, on = Desk(conn), START + timedelta(10)
        desk.do(raise_limit, "periodic_review", on=on, limit_fen=3_000_000)
        desk.do(lower_limit, "debt_elsewhere", on=on, limit_fen=2_500_000)
        desk.temporary(500_000, on=on, days=20)
        desk.do(freeze_line, "security_check", on=on)
        desk.do(unfreeze_line, "check_passed", on=on, lifts="security_check")
        desk.do(close_line, "account_closed", on=on)
    with database.reading() as conn:
        assert events(conn) == [
            ("opened", 2_000_000),
            ("raised", 3_000_000),
            ("lowered", 2_500_000),
            ("temporary", 500_000),
            ("frozen", 0),
            ("unfrozen", 0),
            ("closed", 0),
        ]
        found = store.events_of(conn, LINE)
        assert [one.by for one in found] == [f"rule:open_line@{PRODUCTS.version}", *[PERSON] * 6]
        assert found[1].reason.text == "定期评估后调整"
        assert (found[3].from_on, found[3].until_on) == (START + timedelta(10), START + timedelta(29))
        assert_row_is_its_events(conn)
        assert limit(conn, borrower_id=BORROWER, today=START + timedelta(11)).limit_fen == 0


def test_the_same_key_changes_a_line_once_and_another_wish_under_it_is_refused(database: Database) -> None:
    with database.transaction() as conn:
        opened(conn)
    for _ in range(2):
        with database.transaction() as conn:
            line = Desk(conn).do(raise_limit, "periodic_review", on=START, key="k", limit_fen=3_000_000)
            assert line.state.limit_fen == 3_000_000
    with database.reading() as conn:
        assert len(events(conn)) == 2
    with pytest.raises(KeyReused), database.transaction() as conn:
        Desk(conn).do(raise_limit, "periodic_review", on=START, key="k", limit_fen=3_000_100)
    with pytest.raises(KeyReused), database.transaction() as conn:
        Desk(conn).do(freeze_line, "overdue", on=START, key="k")


@pytest.mark.parametrize("change", ["UPDATE credit_line_event SET amount_fen = 1", "DELETE FROM credit_line_event"])
def test_events_can_be_neither_changed_nor_removed(database: Database, change: str) -> None:
    with database.transaction() as conn:
        opened(conn)
    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as conn:
        conn.execute(text(change))


@pytest.mark.parametrize(
    ("act", "reason", "more", "code"),
    [
        (raise_limit, "periodic_review", {"limit_fen": 2_000_000}, "limit_not_higher"),
        (raise_limit, "periodic_review", {"limit_fen": 2_000_001}, "limit_uneven"),
        (raise_limit, "periodic_review", {"limit_fen": 20_010_000}, "cap_exceeded"),
        (raise_limit, "overdue", {"limit_fen": 3_000_000}, "reason_unknown"),
        (raise_limit, "periodic_review", {"limit_fen": 3_000_000, "by": " "}, "person_missing"),
        (lower_limit, "periodic_review", {"limit_fen": 2_000_000}, "limit_not_lower"),
        (lower_limit, "periodic_review", {"limit_fen": -1}, "limit_negative"),
        (freeze_line, "no such reason", {}, "reason_unknown"),
        (unfreeze_line, "check_passed", {"lifts": "overdue"}, "not_frozen"),
    ],
)
def test_what_may_not_be_is_refused_with_a_code_and_a_sentence(
    sqlite_database: Database, act: Any, reason: str, more: dict[str, Any], code: str
) -> None:
    with sqlite_database.transaction() as conn:
        opened(conn)
        with pytest.raises(Refused) as refused:
            Desk(conn).do(act, reason, on=START, **more)
        assert refused.value.code == code
        assert refused.value.detail.endswith("。")
        assert events(conn) == [("opened", 2_000_000)]


def test_a_line_nobody_knows_is_not_found(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn, pytest.raises(NotFound):
        Desk(conn, "line:nobody").do(freeze_line, "overdue", on=START)


def test_a_line_with_debt_is_not_closed_and_a_closed_one_not_changed(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn, product_code="cash", principal_fen=600_000, on=START)
        desk = Desk(conn)
        with pytest.raises(Refused, match=r"6,000 元本金没有还清") as refused:
            desk.do(close_line, "account_closed", on=START)
        assert refused.value.code == "line_in_use"
        plan = plan_payment(conn, borrower_id=BORROWER, kind="all", today=START)
        pay_on(conn, START, plan.amount_fen, shares=plan)
        desk.do(close_line, "account_closed", on=START)
        with pytest.raises(Refused) as refused:
            desk.do(raise_limit, "periodic_review", on=START, limit_fen=3_000_000)
        assert refused.value.code == "line_closed"


def test_the_cap_counts_all_lines_of_a_borrower_and_what_is_temporary(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        opened(conn, limit_fen=12_000_000)
        open_line(
            conn, borrower_id=BORROWER, product_code="home", limit_fen=7_000_000, now=noon(START), products=PRODUCTS
        )
        desk = Desk(conn)
        with pytest.raises(Refused, match=r"最多可以到 130,000 元"):
            desk.do(raise_limit, "periodic_review", on=START, limit_fen=13_010_000)
        desk.temporary(1_000_000, on=START, days=10)
        with pytest.raises(Refused, match="200,000 元"):
            desk.do(raise_limit, "periodic_review", on=START, limit_fen=12_010_000)
        other = Desk(conn, f"line:{BORROWER}:home")
        with pytest.raises(Refused):
            other.do(raise_limit, "periodic_review", on=START, limit_fen=7_010_000, key="x")
        other.do(raise_limit, "periodic_review", on=START + timedelta(10), limit_fen=8_000_000, key="y")


def test_a_temporary_part_has_its_bounds(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        opened(conn)
        desk = Desk(conn)
        for more, code in (
            ({"extra_fen": 1_000_001, "days": 5}, "temporary_too_high"),
            ({"extra_fen": 0, "days": 5}, "temporary_not_positive"),
            ({"extra_fen": 100, "days": 61}, "temporary_dates"),
            ({"extra_fen": 100, "days": 0}, "temporary_dates"),
        ):
            with pytest.raises(Refused) as refused:
                desk.temporary(on=START, **more)
            assert refused.value.code == code
        desk.temporary(1_000_000, on=START, days=60)
        with pytest.raises(Refused) as refused:
            desk.temporary(100, on=START + timedelta(59), days=5)
        assert refused.value.code == "temporary_running"
        desk.temporary(100, on=START + timedelta(60), days=5)  # the first one is over, and written down
        assert [kind for kind, _ in events(conn)] == ["opened", "temporary", "temporary_ended", "temporary"]
        assert_row_is_its_events(conn)


def test_a_temporary_part_can_be_borrowed_until_its_last_day_and_not_the_day_after(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        opened(conn)
        Desk(conn).temporary(500_000, on=START, days=10)
        after = START + timedelta(10)
        with pytest.raises(Refused, match=r"20,000\.00 元"):
            borrow(conn, product_code="cash", principal_fen=2_000_001, on=after)
        borrow(conn, product_code="cash", principal_fen=2_500_000, on=after - timedelta(1))
        found = limit(conn, borrower_id=BORROWER, today=after)
        assert (found.limit_fen, found.used_fen, found.available_fen) == (2_000_000, 2_500_000, 0)


def test_a_frozen_line_lends_nothing_and_says_why(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        opened(conn)
        Desk(conn).do(freeze_line, "overdue", on=START)
        with pytest.raises(Refused, match="有借款逾期没有还清") as refused:
            borrow(conn, product_code="cash", on=START)
        assert refused.value.code == "line_not_active"


def test_the_close_ends_what_ran_out_exactly_once_on_its_exact_day(database: Database) -> None:
    with database.transaction() as conn:
        for number in range(3):
            opened(conn, borrower_id=f"b-{number}")
            Desk(conn, f"line:b-{number}:cash").temporary(
                500_000, on=START, days=10 + number, key=f"temporary-{number}"
            )

    def close(day: date) -> int:
        clock = FrozenClock(noon(START + timedelta(40)))
        return expire_temporary_limits(database, business_date=day, rules=RULES, clock=clock)

    assert close(START + timedelta(9)) == 0  # its last day
    assert close(START + timedelta(10)) == 1
    assert close(START + timedelta(10)) == 0
    assert close(START + timedelta(40)) == 2  # missed days at once
    assert close(START + timedelta(40)) == 0
    with database.reading() as conn:
        for number in range(3):
            line_id = f"line:b-{number}:cash"
            last = store.events_of(conn, line_id)[-1]
            assert (last.kind, last.on) == (EventKind.TEMPORARY_ENDED, START + timedelta(10 + number))
            assert last.by == RULES.by_rule("temporary_over")
            assert_row_is_its_events(conn, line_id)


def test_more_lines_than_a_chunk_run_out_in_one_close(database: Database) -> None:
    many = CHUNK + 3
    with database.transaction() as conn:
        for number in range(many):
            opened(conn, borrower_id=f"b-{number:05}")
            Desk(conn, f"line:b-{number:05}:cash").temporary(500_000, on=START, days=1, key=f"t-{number}")
    clock = FrozenClock(noon(START + timedelta(1)))
    done = expire_temporary_limits(database, business_date=START + timedelta(1), rules=RULES, clock=clock)
    with database.reading() as conn:
        ended = credit_line_event.c.kind == "temporary_ended"
        written = conn.execute(select(func.count()).select_from(credit_line_event).where(ended)).scalar_one()
    assert done == written == many


FEN = st.integers(0, 400).map(lambda steps: steps * 10_000)
STEPS = st.one_of(
    st.tuples(st.just("raise"), FEN),
    st.tuples(st.just("lower"), FEN),
    st.tuples(st.just("temporary"), st.integers(1, 70)),
    st.tuples(st.just("freeze"), st.sampled_from(["overdue", "security_check", "documents_expired"])),
    st.tuples(st.just("unfreeze"), st.sampled_from(["overdue", "security_check", "documents_expired"])),
    st.tuples(st.just("days"), st.integers(1, 40)),
    st.tuples(st.just("draw"), st.integers(1, 40)),
    st.tuples(st.just("pay"), st.sampled_from(["bill", "all"])),
    st.tuples(st.just("close"), st.just(0)),
    st.tuples(st.just("repeat"), st.just(0)),
)
FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@contextmanager
def undone(database: Database) -> Iterator[Connection]:
    """A transaction that leaves nothing, so that every example begins with an empty ledger."""
    with database.engine.connect() as conn:
        yield conn
        conn.rollback()


class Life:
    """A line that random things happen to; whatever is refused changes nothing."""

    def __init__(self, conn: Connection) -> None:
        self.conn, self.today, self.desk, self.loans = conn, START, Desk(conn), 0
        self.again: tuple[str, Any] = ("days", 0)
        opened(conn)

    def step(self, what: str, value: Any) -> None:
        before, rows = stored(self.conn).state, len(events(self.conn))
        try:
            self._do(what, value)
        except XiaoqingError:
            after = stored(self.conn).state
            assert after == before or after == replay(store.events_of(self.conn, LINE)[: rows + 1])

    def _do(self, what: str, value: Any) -> None:
        on = self.today
        if what == "days":
            self.today += timedelta(value)
        elif what == "raise":
            self.desk.do(raise_limit, "periodic_review", on=on, limit_fen=value)
        elif what == "lower":
            self.desk.do(lower_limit, "periodic_review", on=on, limit_fen=value)
        elif what == "temporary":
            self.desk.temporary(300_000, on=on, days=value)
        elif what == "freeze":
            self.desk.do(freeze_line, value, on=on)
        elif what == "unfreeze":
            self.desk.do(unfreeze_line, "check_passed", on=on, lifts=value)
        elif what == "close":
            self.desk.do(close_line, "account_closed", on=on)
        elif what == "repeat":
            self.desk.do(raise_limit, "periodic_review", on=on, key="again", limit_fen=3_500_000)
        elif what == "draw":
            self.loans += 1
            borrow(self.conn, loan_id=f"l-{self.loans}", product_code="cash", principal_fen=value * 50_000, on=on)
        else:
            plan = plan_payment(self.conn, borrower_id=BORROWER, kind=value, today=on)
            pay_on(self.conn, on, plan.amount_fen, shares=plan, payment_id=f"p-{on}-{value}-{self.loans}")


@FEW
@given(life=st.lists(STEPS, min_size=1, max_size=12), since=st.integers(1, 200))
def test_after_anything_the_row_is_its_events_and_the_explanation_adds_up(
    sqlite_database: Database, life: list[tuple[str, Any]], since: int
) -> None:
    _live(sqlite_database, life, since)


@settings(FEW, max_examples=8)
@given(life=st.lists(STEPS, min_size=4, max_size=12), since=st.integers(1, 200))
def test_it_is_the_same_on_postgresql(postgres_database: Database, life: list[tuple[str, Any]], since: int) -> None:
    _live(postgres_database, life, since)


def _live(database: Database, life: list[tuple[str, Any]], since: int) -> None:
    with undone(database) as conn:
        lived = Life(conn)
        days = [(START, stored(conn).standing(START))]
        for what, value in life:
            lived.step(what, value)
            assert_row_is_its_events(conn)
            found = limit(conn, borrower_id=BORROWER, today=lived.today)
            assert 0 <= found.available_fen <= found.limit_fen
            days.append((lived.today, stored(conn).standing(lived.today)))
        ends = dict(days)  # the last standing of each day
        _check_explanation(conn, lived.today + timedelta(1), since, ends)


def _check_explanation(conn: Connection, today: date, since: int, ends: dict[date, Any]) -> None:
    told = explain_limit(conn, borrower_id=BORROWER, today=today, rules=RULES, since=today - timedelta(since))
    (one,) = told.lines
    if one.then is None:
        return
    if LineStatus.CLOSED not in (one.then.status, one.now.status):
        assert one.now.limit_fen == one.then.limit_fen + sum(change.limit_fen for change in one.changes)
    assert one.now.used_fen == one.then.used_fen + sum(change.used_fen for change in one.changes)
    if told.since in ends:  # what is worked out backwards is what was there
        was = ends[told.since]
        assert (one.then.limit_fen, one.then.used_fen, one.then.available_fen) == (
            was.limit_fen, was.used_fen, was.available_fen,
        )  # fmt: skip


def test_use_and_release_are_told_from_the_ledger(database: Database) -> None:
    with database.transaction() as conn:
        opened(conn)
        loan = borrow(conn, product_code="cash", principal_fen=600_000, periods=3, on=date(2026, 8, 10))
        first = loan.instalments[0]
        pay_on(conn, first.due_on, first.total_fen)
        told = explain_limit(conn, borrower_id=BORROWER, today=date(2026, 9, 20), rules=RULES, since=date(2026, 8, 9))
    (line,) = told.lines
    assert [(one.kind, one.used_fen) for one in line.changes] == [("drawn", 600_000), ("repaid", -first.principal_fen)]
    assert "8月10日借出 6,000 元（分期·l-fridge），占用了同样多的额度" in told.text
    assert "9月10日归还本金" in told.text


def test_a_day_that_is_not_over_cannot_be_compared_with(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        opened(conn)
        with pytest.raises(Refused) as refused:
            explain_limit(conn, borrower_id=BORROWER, today=START, rules=RULES, since=START)
        assert refused.value.code == "since_not_before"


def test_a_purchase_is_told_once_though_it_was_written_anew_and_its_return_as_one(database: Database) -> None:
    """A purchase is told late, so that a statement comes in between and the entry of another is written anew."""
    with database.transaction() as conn:
        open_shopping(conn)
        buy_on(conn, date(2026, 8, 8), 50_000, purchase_id="kettle")
        buy_on(conn, date(2026, 8, 20), 20_000, purchase_id="shoes")
        buy_on(conn, date(2026, 7, 20), 30_000, purchase_id="late")
        take_back_purchase(conn, purchase_id="shoes", by=PERSON, reason="退货", now=noon(date(2026, 8, 21)))
        told = explain_limit(conn, borrower_id=BORROWER, today=date(2026, 8, 21), rules=RULES, since=date(2026, 8, 7))
    (line,) = told.lines
    assert [(one.kind, one.used_fen) for one in line.changes] == [
        ("bought", 50_000), ("bought", 20_000), ("returned", -20_000)
    ]  # fmt: skip
    assert line.then is not None
    assert (line.then.used_fen, line.now.used_fen) == (30_000, 80_000)
    assert "撤销了8月20日的消费 200 元" in told.text
    assert "还款" not in told.text
