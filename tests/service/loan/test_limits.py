"""Credit lines in the database: the row is its events, changes happen once, and what ran out is ended by the close."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from service.db import credit_line as store
from service.db.engine import Database
from service.db.tables.credit_line import credit_line_event
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.credit_line import EventKind
from service.usecases.loan.close_line import close_line
from service.usecases.loan.current import current_book
from service.usecases.loan.expire_temporary_limits import CHUNK, expire_temporary_limits
from service.usecases.loan.freeze_line import freeze_line
from service.usecases.loan.limit import limit
from service.usecases.loan.lower_limit import lower_limit
from service.usecases.loan.open_line import open_line
from service.usecases.loan.plan_payment import plan_payment
from service.usecases.loan.raise_limit import raise_limit
from service.usecases.loan.unfreeze_line import unfreeze_line
from service.usecases.ports import FrozenClock
from tests.domain.loan.limit_cases import RULES
from tests.service.loan.ledger import BORROWER, PRODUCTS, borrow, buy_on, noon, open_shopping, pay_on
from tests.service.loan.limit_desk import LINE, PERSON, START, Desk, assert_row_is_its_events, events, opened


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


def test_interest_that_no_statement_has_asked_for_yet_keeps_a_line_from_being_closed(sqlite_database: Database) -> None:
    """The purchase was paid after its free days; what it bore until then is in the next statement."""
    with sqlite_database.transaction() as conn:
        open_shopping(conn, on=START, statement_day=5)  # stated on the 5th, due on the 25th
        buy_on(conn, START + timedelta(1), 100_000)
        day = date(2026, 8, 31)
        book = current_book(conn, borrower_id=BORROWER, today=day)
        pay_on(conn, day, sum(one.unpaid_fen for one in book.loans[0].instalments))
        desk = Desk(conn, f"line:{BORROWER}:shopping")
        with pytest.raises(Refused, match=r"10\.80 元利息或费用没有还清") as refused:  # 27 days at 0.04 %
            desk.do(close_line, "account_closed", on=day)
        assert refused.value.code == "line_in_use"
        plan = plan_payment(conn, borrower_id=BORROWER, kind="all", today=day)
        pay_on(conn, day, plan.amount_fen, shares=plan)
        desk.do(close_line, "account_closed", on=day)


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


def test_what_is_told_late_is_held_against_the_line_as_it_was_on_its_day(sqlite_database: Database) -> None:
    """A purchase of the last day of a temporary part is booked after the close of that day has ended the part."""
    last, after = START + timedelta(9), START + timedelta(10)
    with sqlite_database.transaction() as conn:
        open_shopping(conn, on=START)
        Desk(conn, f"line:{BORROWER}:shopping").temporary(500_000, on=START, days=10, key="temporary")
    clock = FrozenClock(noon(after))
    assert expire_temporary_limits(sqlite_database, business_date=after, rules=RULES, clock=clock) == 1
    with sqlite_database.transaction() as conn:
        with pytest.raises(Refused, match=r"20,000\.00 元"):
            buy_on(conn, after, 2_000_001)
        buy_on(conn, last, 2_400_000)
        desk = Desk(conn, f"line:{BORROWER}:shopping")
        desk.do(freeze_line, "security_check", on=after)
        desk.do(unfreeze_line, "check_passed", on=after + timedelta(2), lifts="security_check")
        with pytest.raises(Refused) as refused:
            buy_on(conn, after + timedelta(1), 100)
        assert refused.value.code == "line_not_active"
        desk.do(freeze_line, "overdue", on=after + timedelta(3))
        with pytest.raises(Refused, match="有借款逾期没有还清"):  # by now nothing may be used
            buy_on(conn, last, 100)


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
