"""A borrower with a loan that is due, and what the tests of hardship ask of him and of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
from sqlalchemy import func, select

from service.db import collect
from service.db import hardship as store
from service.db import loan as ledger
from service.db.collect import Pause
from service.db.engine import Database
from service.db.tables.chat import turn
from service.db.tables.loan import journal_line
from service.domain.collect.outreach import Surface
from service.domain.collect.wording import lint
from service.domain.days import SHANGHAI
from service.domain.loan.book import LoanState
from service.domain.loan.hardship import Terms
from service.domain.loan.hardship_policy import HardshipKind
from service.domain.loan.hardship_proposal import Proposal
from service.usecases.chat.tell_hardship import tell_hardship
from service.usecases.collect.decide_hardship import decide_hardship
from service.usecases.collect.propose_hardship import propose_hardship
from service.usecases.collect.settle_hardship import HardshipSettled, settle_hardship
from service.usecases.loan.close_day import close_day
from service.usecases.loan.verify_journal import verify_borrower
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.domain.loan.hardship_cases import hardship_policy
from tests.service.collecting import owe, plan_now

POLICY = hardship_policy()


LOAN = "b1-loan-1"


TODAY = date(2026, 11, 23)


DEFER, PLAN, REDUCE, STOP = (
    Terms(HardshipKind.DEFER, months=1),
    Terms(HardshipKind.PLAN, periods=6, first_on=date(2026, 11, 30)),
    Terms(HardshipKind.REDUCE, penalty_fen=100),
    Terms(HardshipKind.STOP, days=14),
)


def propose(
    database: Database, clock: FrozenClock, terms: Terms, *, key: str = "k", tell: Any = tell_hardship, **more: Any
) -> Proposal:
    who = {"borrower_id": "b1", "loan_id": LOAN} | more
    with database.transaction() as conn:
        return propose_hardship(conn, terms=terms, key=key, now=clock.now(), policy=POLICY, tell=tell, **who)


def decide(
    database: Database, clock: FrozenClock, one: Proposal, *, approve: bool, by: str = "苏禾", **more: Any
) -> Proposal:
    with database.transaction() as conn:
        return decide_hardship(
            conn, proposal_id=one.id, approve=approve, by=by, now=clock.now(), policy=POLICY, tell=tell_hardship, **more
        )


def go_to(database: Database, clock: FrozenClock, day: date) -> HardshipSettled:
    """The close of every day until `day`, then the proposals that are over."""
    clock.instant = datetime.combine(day, time(10), SHANGHAI)
    close_day(database, business_date=day, clock=clock)
    return settle_hardship(database, day=day, clock=clock, tell=tell_hardship)


def kept(database: Database, one: Proposal) -> Proposal:
    with database.reading() as conn:
        found = store.by_id(conn, one.id)
    assert found is not None
    return found


def loan(database: Database) -> LoanState:
    with database.reading() as conn:
        found = ledger.load_loan(conn, LOAN)
    assert found is not None
    return found


def pauses(database: Database) -> tuple[Pause, ...]:
    with database.reading() as conn:
        return collect.open_pauses(conn, "b1")


def told(database: Database) -> list[str]:
    with database.reading() as conn:
        return list(conn.scalars(select(turn.c.text).where(turn.c.sender == "system").order_by(turn.c.id)))


def the_journal_is_whole(database: Database) -> None:
    with database.reading() as conn:
        assert conn.execute(select(func.sum(journal_line.c.amount_fen))).scalar() == 0
        assert verify_borrower(conn, "b1") == ()


@pytest.fixture
def due(database: Database, clock: FrozenClock) -> Iterator[Database]:
    """A borrower five days late, with an outreach planned."""
    owe(database, clock=clock, days=5)
    close_day(database, business_date=TODAY, clock=clock)
    assert plan_now(database, clock) == 1
    yield database
    the_journal_is_whole(database)
    breaches = [lint(text, rules=policy().wording, surface=Surface.VERIFIED) for text in told(database)]
    assert not any(breaches), breaches
