"""A bank's file of payments is posted; in the same transactions the promises of those who paid are decided, and it is
kept that they are to be told."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from service.db import payment_file as store
from service.db import payment_news, promise
from service.db.engine import Database
from service.domain.days import business_date
from service.domain.errors import NotFound
from service.domain.loan.file_policy import FilePolicy
from service.domain.loan.payment_file import RowOutcome, read_payment_file
from service.usecases.collect.reconcile_promises import keep_with
from service.usecases.loan.import_payments import After, Progress, accept_payment, import_payments
from service.usecases.loan.post_payments import Payment
from service.usecases.ports import Clock


def import_bank_file(
    database: Database,
    text: str,
    *,
    by: str,
    clock: Clock,
    policy: FilePolicy,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> list[RowOutcome]:
    """What became of each line. Raises Refused (payment_file_unreadable) where `text` is no such file."""
    rows = read_payment_file(text, today=business_date(clock.now()))
    return import_payments(
        database, rows, by=by, clock=clock, policy=policy, dry_run=dry_run, after=_after(clock), progress=progress
    )


def accept_bank_payment(
    database: Database, reference: str, *, account: str = "", by: str, reason: str, clock: Clock
) -> RowOutcome:
    """Post a line that was set aside, for its own account unless another is named. Raises NotFound
    (payment_not_set_aside), Refused (person_required, reason_required)."""
    with database.transaction() as conn:
        found = store.set_aside_of(conn, reference)
        if found is None:
            raise NotFound("没有这笔待核实的来款，请核对流水号。", code="payment_not_set_aside")
        wanted = account or found.account
        now = clock.now()
        return accept_payment(conn, found, account=wanted, by=by, reason=reason, now=now, after=_after(clock))


def _after(clock: Clock) -> After:
    def after(conn: Connection, paid: Sequence[Payment]) -> None:
        now = clock.now()
        payment_news.add_received(conn, [(one.payment_id, one.borrower_id) for one in paid], now=now)
        promised = promise.with_promises(conn, sorted({one.borrower_id for one in paid}))
        for one in (one for one in paid if one.borrower_id in promised):
            keep_with(conn, borrower_id=one.borrower_id, payment_id=one.payment_id, now=now)

    return after
