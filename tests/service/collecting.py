"""Debtors of the real ledger and one day of collection, for the tests of collection."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from service.db.engine import Database
from service.db.tables.collect import outreach
from service.domain.collect.policy import Policy
from service.domain.days import SHANGHAI, business_date
from service.usecases.collect.pause import Pause, pause
from service.usecases.collect.plan import plan
from service.usecases.collect.send import Counts, send_due
from service.usecases.loan.disburse import disburse
from service.usecases.loan.open_line import open_line
from service.usecases.loan.plan_payment import plan_payment
from service.usecases.loan.post_payment import post_payment
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.loan.ledger import CAPS
from tests.service.paying import products


def at(clock: FrozenClock, clock_time: str, *, days: int = 0) -> None:
    """Set the clock to a time of the present Shanghai day, or of one so many days on."""
    day = business_date(clock.instant) + timedelta(days=days)
    clock.instant = datetime.combine(day, time.fromisoformat(clock_time), SHANGHAI)


def owe(database: Database, *, clock: FrozenClock, days: int = 5, loans: int = 1, borrower_id: str = "b1") -> str:
    """A borrower whose first instalment of each loan is `days` overdue (below zero: due in so many days)."""
    now, table = clock.now(), products()
    first_due = business_date(now) - timedelta(days=days)
    with database.transaction() as conn:
        register_borrower(conn, borrower_id=borrower_id, name="周谷雨", phone="19900000005", now=now)
        line = {"limit_fen": 3_000_000, "now": now, "products": table}
        open_line(conn, borrower_id=borrower_id, product_code="appliance", **line)
        for number in range(1, loans + 1):
            disburse(
                conn,
                price_caps=CAPS,
                loan_id=f"{borrower_id}-loan-{number}",
                borrower_id=borrower_id,
                product_code="appliance",
                principal_fen=600_000,
                periods=12,
                disbursed_on=first_due - timedelta(days=31),
                purpose=f"家电分期·云朵冰箱{number}",
                products=table,
                now=now,
            )
    return borrower_id


def pay(database: Database, *, clock: FrozenClock, amount_fen: int | None = None, borrower_id: str = "b1") -> int:
    """Pay the bill, or an amount; returns fen paid. The clock goes on by a second."""
    clock.instant += timedelta(seconds=1)
    now = clock.now()
    wish: dict[str, Any] = {"kind": "bill"} if amount_fen is None else {"kind": "amount", "amount_fen": amount_fen}
    with database.transaction() as conn:
        what = plan_payment(conn, borrower_id=borrower_id, today=business_date(now), **wish)
        post_payment(
            conn,
            payment_id=f"pay-{borrower_id}-{now.isoformat()}",
            borrower_id=borrower_id,
            plan_or_shares=what,
            amount_fen=what.amount_fen,
            paid_at=now,
            channel="test",
            now=now,
        )
    return what.amount_fen


def for_everybody_alike() -> Policy:
    """The shipped policy where nobody is a special case, for tests about something else than whom it is for."""
    shipped = policy()
    usual = shipped.strategy.profiles[-1:]
    return replace(shipped, strategy=replace(shipped.strategy, profiles=usual))


def plan_now(database: Database, clock: FrozenClock, *, by: Policy | None = None) -> int:
    return plan(database, clock=clock, policy=by or for_everybody_alike(), channels=("inapp",))


def send_now(database: Database, clock: FrozenClock, sender: Any, *, limit: int = 50) -> Counts:
    return send_due(database, clock=clock, policy=policy(), senders={"inapp": sender}, limit=limit)


def rows(database: Database, borrower_id: str = "b1") -> list[dict[str, Any]]:
    """The borrower's outreach, oldest first."""
    mine = (
        select(outreach)
        .where(outreach.c.borrower_id == borrower_id)
        .order_by(outreach.c.business_date, outreach.c.planned_at)
    )
    with database.reading() as conn:
        return [dict(row) for row in conn.execute(mine).mappings()]


def states(database: Database, borrower_id: str = "b1") -> list[str]:
    return [row["state"] for row in rows(database, borrower_id)]


def reasons(database: Database, borrower_id: str = "b1") -> list[set[str]]:
    return [{one["code"] for one in row["reasons"]} for row in rows(database, borrower_id)]


def rest(database: Database, clock: FrozenClock, reason: str = "dispute", **more: Any) -> Pause:
    with database.transaction() as conn:
        return pause(conn, borrower_id="b1", reason=reason, by="borrower", note="金额不对", now=clock.now(), **more)


def plan_again(database: Database, borrower_id: str = "b1") -> None:
    """A second row for a debtor, such as a planner with other slots would leave."""
    with database.transaction() as conn:
        first = rows(database, borrower_id)[0] | {"state": "planned", "claimed_at": None}
        conn.execute(outreach.insert().values(**first | {"id": "second", "slot": "second"}))
