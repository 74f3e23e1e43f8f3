"""The figures of collection over a ledger small enough to be worked out by hand."""

# ruff: noqa: F811
from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import Connection, insert, update

from service.db.engine import Database
from service.db.tables.collect import outreach, promise
from service.db.tables.contact import contact_attempt, contact_point
from service.db.tables.loan import ageing_tag, journal_entry, journal_line, loan
from service.domain.collect.figures import Figure, month_ends, roll_shares
from service.domain.days import SHANGHAI
from service.domain.errors import Refused
from service.usecases.collect.figures import as_csv, figures
from service.usecases.loan.disburse import disburse
from service.usecases.loan.open_line import open_line
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.loan.ledger import CAPS
from tests.service.paying import products
from tests.service.test_console import app, su, visitor  # noqa: F401  fixtures
from tests.service.whole_api import whole_api

D = Decimal
TODAY = date(2026, 11, 23)
# who: (principal in fen, his tags as (bucket, from, until), payments as (day, fen), the day it was settled)
CAST: dict[str, Any] = {
    "a": (
        600_000,
        [("M1", "08-11", "09-10"), ("M2", "09-10", "10-10"), ("M3", "10-10", None)],
        [("11-11", 5_000)],
        None,
    ),
    "b": (300_000, [("M1", "08-16", "09-05"), ("M0", "09-05", None)], [("09-04", 100_000)], None),
    "c": (200_000, [], [("10-01", 7_000)], None),
    "d": (100_000, [("M1", "09-20", "10-15"), ("M0", "10-15", None)], [("10-15", 100_000)], "10-15"),
}


def day(text: str | None) -> date | None:
    return date.fromisoformat(f"2026-{text}") if text else None


def moment(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(f"2026-{text}"), time(10), SHANGHAI)


def lent(conn: Connection, who: str, fen: int, clock: FrozenClock) -> str:
    now, table = clock.now(), products()
    register_borrower(conn, borrower_id=who, name="周谷雨", phone="19900000005", now=now)
    open_line(conn, borrower_id=who, product_code="appliance", limit_fen=3_000_000, now=now, products=table)
    disburse(
        conn,
        price_caps=CAPS,
        loan_id=f"loan-{who}",
        borrower_id=who,
        product_code="appliance",
        principal_fen=fen,
        periods=12,
        disbursed_on=date(2026, 7, 10),
        purpose="家电分期",
        products=table,
        now=now,
    )
    return f"loan-{who}"


def post(conn: Connection, number: int, who: str, on: date | None, fen: int, clock: FrozenClock) -> None:
    """Money for principal; an entry's lines come before it."""
    line = {"entry_id": number, "loan_id": f"loan-{who}"}
    conn.execute(insert(journal_line).values(**line, no=1, account="cash", amount_fen=fen))
    conn.execute(insert(journal_line).values(**line, no=2, account="principal", amount_fen=-fen))
    entry = {"id": number, "entry_key": f"k{number}", "kind": "payment", "borrower_id": who, "hash": "h"}
    conn.execute(insert(journal_entry).values(**entry, business_date=on, created_at=clock.now()))


@pytest.fixture
def ledger(database: Database, clock: FrozenClock) -> Database:
    written(database, clock)
    return database


def written(database: Database, clock: FrozenClock) -> None:
    number = 1000
    with database.transaction() as conn:
        for who, (fen, tags, _, settled) in CAST.items():
            lent(conn, who, fen, clock)
            if tags:
                conn.execute(
                    update(ageing_tag).where(ageing_tag.c.loan_id == f"loan-{who}").values(left_on=day(tags[0][1]))
                )
            for bucket, since, until in tags:
                row = {"bucket": bucket, "entered_on": day(since), "left_on": day(until)}
                conn.execute(insert(ageing_tag).values(loan_id=f"loan-{who}", **row))
            conn.execute(update(loan).where(loan.c.id == f"loan-{who}").values(settled_on=day(settled)))
        for who, (_, _, paid, _) in CAST.items():
            for on, sum_fen in paid:
                number += 1
                post(conn, number, who, day(on), sum_fen, clock)


def found(database: Database, first: date, last: date, *, today: date = TODAY) -> dict[str, Figure]:
    with database.reading() as conn:
        tables = figures(conn, first=first, last=last, today=today, costs=policy().costs)
    return {one.name: one for one in tables}


def test_loans_roll_from_month_end_to_month_end_by_number_and_amount(ledger: Database) -> None:
    table = found(ledger, date(2026, 9, 1), date(2026, 10, 31))["rolls"]
    assert table.rows == (
        ("2026-09", "M0", "M0", 1, 200_000, D("0.5000"), D("0.6667")),
        ("2026-09", "M0", "M1", 1, 100_000, D("0.5000"), D("0.3333")),
        ("2026-09", "M1", "M0", 1, 300_000, D("0.5000"), D("0.3333")),
        ("2026-09", "M1", "M2", 1, 600_000, D("0.5000"), D("0.6667")),
        ("2026-10", "M0", "M0", 2, 400_000, D("1.0000"), D("1.0000")),
        ("2026-10", "M1", "paid_off", 1, 100_000, D("1.0000"), D("1.0000")),
        ("2026-10", "M2", "M3", 1, 600_000, D("1.0000"), D("1.0000")),
    )


def test_a_write_off_is_a_place_to_roll_to_and_nowhere_to_roll_from(ledger: Database) -> None:
    with ledger.transaction() as conn:
        conn.execute(update(loan).where(loan.c.id == "loan-a").values(written_off_on=date(2026, 9, 20)))
    table = found(ledger, date(2026, 9, 1), date(2026, 10, 31))["rolls"]
    assert ("2026-09", "M1", "written_off", 1, 600_000, D("0.5000"), D("0.6667")) in table.rows
    assert {row[1] for row in table.rows if row[0] == "2026-10"} == {"M0", "M1"}


def test_cohorts_are_cured_and_recovered_within_windows_that_are_over(ledger: Database) -> None:
    tables = found(ledger, date(2026, 8, 1), date(2026, 10, 31))
    assert tables["cures"].rows == (
        ("2026-08", 2, D("0.5000"), D("0.5000"), None),
        ("2026-09", 1, D("1.0000"), None, None),
    )
    assert tables["vintages"].rows == (
        ("2026-08", 2, 900_000, D("0.1111"), D("0.1111"), None),
        ("2026-09", 1, 100_000, D("1.0000"), None, None),
    )
    later = found(ledger, date(2026, 8, 1), date(2026, 8, 31), today=date(2026, 12, 31))
    assert later["vintages"].rows == (("2026-08", 2, 900_000, D("0.1111"), D("0.1111"), D("0.1111")),)


def test_rolling_back_is_not_becoming_overdue_again(ledger: Database) -> None:
    with ledger.transaction() as conn:
        conn.execute(update(ageing_tag).where(ageing_tag.c.bucket == "M3").values(left_on=date(2026, 10, 20)))
        row = {"loan_id": "loan-a", "bucket": "M1", "entered_on": date(2026, 10, 20), "left_on": None}
        conn.execute(insert(ageing_tag).values(**row))
    assert [row[0] for row in found(ledger, date(2026, 8, 1), date(2026, 10, 31))["cures"].rows] == [
        "2026-08",
        "2026-09",
    ]


def test_promises_are_kept_by_number_and_by_amount(ledger: Database, clock: FrozenClock) -> None:
    told = [("kept", 10_000, 15_000), ("partly", 20_000, 5_000), ("broken", 10_000, 0), ("cancelled", 90_000, 0)]
    with ledger.transaction() as conn:
        for n, (state, fen, paid) in enumerate(told):
            row = {
                "id": f"p{n}",
                "key": f"p{n}",
                "borrower_id": "a",
                "conversation_id": "x",
                "due_on": date(2026, 10, 8),
            }
            values = {"amount_fen": fen, "paid_fen": paid, "state": state, "created_at": clock.now()}
            conn.execute(insert(promise).values(**row, **values))
    rows = found(ledger, date(2026, 10, 1), date(2026, 10, 31))["promises"].rows
    assert rows == (("2026-10", 3, 1, D("0.3333"), 40_000, D("0.3750")),)


def attempt(conn: Connection, n: int, who: str, at: str, outcome: str, **more: Any) -> None:
    row = {"id": f"t{n}", "borrower_id": who, "channel": "voice", "medium": "interactive", "kind": "collection"}
    by = {"purpose": "collect", "by_kind": "agent", "by_name": "苏禾", "at": moment(at), "outcome": outcome}
    conn.execute(insert(contact_attempt).values(**row | by | more))


def sent(conn: Connection, n: int, who: str, on: str, channel: str = "sms") -> None:
    row = {"id": f"o{n}", "borrower_id": who, "slot": f"s{n}", "business_date": day(on), "episode_on": day(on)}
    what = {
        "kind": "collection",
        "tier": "M1",
        "step": "1",
        "channel": channel,
        "template": "t",
        "template_version": "1",
    }
    state = {"policy_version": "1", "state": "sent", "reasons": [], "planned_at": moment(on), "not_before": moment(on)}
    conn.execute(insert(outreach).values(**row | what | state))


def test_only_the_debtor_himself_on_the_line_is_the_right_party(ledger: Database, clock: FrozenClock) -> None:
    with ledger.transaction() as conn:
        point = {"id": "cp", "borrower_id": "a", "kind": "phone", "address": "1", "created_at": clock.now()}
        conn.execute(insert(contact_point).values(**point, target="contact"))
        attempt(conn, 1, "a", "10-12", "connected")
        attempt(conn, 2, "a", "10-18", "connected", contact_point_id="cp")
        attempt(conn, 3, "a", "10-19", "unanswered")
        attempt(conn, 4, "a", "10-19", "refused")
        sent(conn, 5, "b", "10-14")
        attempt(conn, 5, "b", "10-14", "delivered", medium="written", outreach_id="o5")
    tables = found(ledger, date(2026, 10, 1), date(2026, 10, 31))
    assert tables["right_party"].rows == (("2026-10", 3, 1, D("0.3333")),)
    assert tables["intensity"].rows == (
        ("2026-10-12", "M1", 1, 1, D("1.0000"), 1),
        ("2026-10-12", "person", 2, 1, D("2.0000"), 2),
        ("2026-10-19", "person", 1, 1, D("1.0000"), 1),
    )


def test_cost_per_yuan_counts_what_was_paid_on_overdue_loans(ledger: Database) -> None:
    with ledger.transaction() as conn:
        sent(conn, 1, "a", "11-10")
        sent(conn, 2, "a", "11-12")
        sent(conn, 3, "b", "10-14")  # before the first price: not known is not nothing
    rows = found(ledger, date(2026, 9, 1), date(2026, 11, 23))["cost"].rows
    assert rows == (
        ("2026-09", D("0.0000"), 100_000, D("0.0000")),
        ("2026-10", None, 100_000, None),
        ("2026-11", D("10.0000"), 5_000, D("0.0020")),
    )


def test_an_empty_ledger_has_empty_tables_and_a_wrong_period_is_refused(database: Database) -> None:
    assert all(one.rows == () for one in found(database, date(2026, 9, 1), date(2026, 10, 31)).values())
    for first, last in ((TODAY, TODAY - timedelta(1)), (TODAY, TODAY + timedelta(1)), (date(2020, 1, 1), TODAY)):
        with pytest.raises(Refused, match="起止日期"):
            found(database, first, last)


def test_months_that_are_not_over_have_no_end() -> None:
    ends = month_ends(date(2026, 9, 15), date(2026, 11, 29))
    assert ends == [(date(2026, 8, 31), date(2026, 9, 30)), (date(2026, 9, 30), date(2026, 10, 31))]


states = some.sampled_from(["M0", "M1", "M2", "paid_off"])


@given(some.dictionaries(some.tuples(states, states), some.integers(0, 10**12)))
def test_the_shares_out_of_a_state_make_a_whole(sums: dict[tuple[str, str], int]) -> None:
    shares = roll_shares(sums)
    for before in {one for one, _ in shares}:
        assert abs(sum(share for (one, _), share in shares.items() if one == before) - 1) < D("1e-20")


def test_the_api_tells_tables_and_csv_to_agents_alone(
    sqlite_database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    with whole_api(sqlite_database, clock=clock, folder=tmp_path) as api:
        client, headers = TestClient(api.app), {"Authorization": f"Bearer {api.agent_token}"}
        assert client.get("/collect/figures").status_code == 401
        assert client.get("/collect/figures", headers={"Authorization": "Bearer service-token"}).status_code == 401
        told = client.get("/collect/figures", headers=headers).json()
        assert [one["name"] for one in told["figures"]] == [
            "rolls", "cures", "vintages", "promises", "right_party", "intensity", "cost",
        ]  # fmt: skip
        table = client.get("/collect/figures/rolls.csv", headers=headers)
        assert table.text.splitlines()[0].endswith("month,before,after,loans,amount_fen,rate_by_loans,rate_by_amount")
        assert client.get("/collect/figures/none.csv", headers=headers).status_code == 404
        wrong = client.get("/collect/figures?from_on=2026-11-24&until_on=2026-11-23", headers=headers)
        assert wrong.json()["code"] == "period_invalid"


def test_the_console_shows_charts_tables_and_empty_states(
    su: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    assert su.get("/console/figures").text.count("这段时间没有数据") == 7
    written(sqlite_database, clock)
    page = su.get("/console/figures?from_on=2026-08-01&until_on=2026-10-31").text
    for shown in ("<svg", "66.67 %", "6,000.00", "M1 → M2", "2026-10 → M1 → 结清", "rolls.csv?from_on=2026-08-01"):
        assert shown in page, shown
    assert su.get("/console/figures/rolls.csv?from_on=2026-08-01&until_on=2026-10-31").text.count("\n") >= 8
    assert su.get("/console/figures?from_on=2026-11-24").status_code == 422
    assert su.get("/console/figures/none.csv").status_code == 404


def test_a_table_goes_out_as_csv_with_decimals() -> None:
    one = Figure("x", "x", ("month", "rate"), ("月份", "率"), (("2026-10", D("0.3333")), ("2026-11", None)), "rate")
    assert as_csv(one).decode("utf-8-sig").splitlines() == ["month,rate", "2026-10,0.3333", "2026-11,"]
