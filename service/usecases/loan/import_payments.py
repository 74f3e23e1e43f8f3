"""A bank's file of incoming payments is posted: each line once, however often the file comes; what belongs to nobody
known, or is of a day long ago, is set aside, and a line that is refused does not stop the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from service.db import loan_journal as journal
from service.db import payment_file as store
from service.db.engine import Database
from service.db.payment_file import SetAside
from service.domain.days import SHANGHAI, business_date
from service.domain.errors import Refused, XiaoqingError
from service.domain.loan.file_policy import FilePolicy
from service.domain.loan.payment import Share
from service.domain.loan.payment_file import FileRow, LineFault, RowOutcome, RowState
from service.usecases.loan.post_payments import Payment, post_payments
from service.usecases.ports import Clock

log = logging.getLogger("xiaoqing.loan")
CHANNEL = "bank"
CHUNK = 300  # payments in a transaction; another payment of one of these borrowers may have to wait for it
OTHER = "这个流水号已用于另一笔入账（金额、账号或日期不同），请核对银行流水。"
ASIDE = {
    "unknown_account": "没有账号“{account}”，款项待认领。请核实后改正账号，用同一流水号重新导入。",
    "too_old": "日期 {day} 太早，款项待核实。请核对日期，属实的由经办人写明原因后确认入账，会按这个日期起算。",
}
Progress = Callable[[int, int], None]
After = Callable[[Connection, Sequence[Payment]], None]


class _Undo(Exception):
    """A dry run ends its transaction."""


def import_payments(
    database: Database,
    rows: Sequence[FileRow | LineFault],
    *,
    by: str,
    clock: Clock,
    policy: FilePolicy,
    dry_run: bool = False,
    after: After | None = None,
    progress: Progress | None = None,
) -> list[RowOutcome]:
    """Returns what became of each line, in the order of the lines; `dry_run`: what would, and nothing is kept.

    A line older than the `policy` has it waits for a person (`accept_payment`), unless it was posted before.

    `after` is told in the same transaction of payments that were posted just now, `progress` of (done, total) lines.
    A line whose borrower's books make it fail is reported as refused. Database trouble is raised.
    """
    found = [_refused(one, one.detail) for one in rows if isinstance(one, LineFault)]
    to_post = [one for one in rows if isinstance(one, FileRow)]
    reading = _Reading(by, policy.oldest_on(business_date(clock.now())), clock, dry_run, after)
    for first in range(0, len(to_post), CHUNK):
        chunk = to_post[first : first + CHUNK]
        found += _import(database, chunk, reading)
        if progress is not None:
            progress(len(found), len(rows))
    return sorted(found, key=lambda one: one.line)


def accept_payment(
    conn: Connection, row: SetAside, *, account: str, by: str, reason: str, now: datetime, after: After | None = None
) -> RowOutcome:
    """Post what was set aside, as of its own day, for `account`; again, it is known. Raises Refused (person_required,
    reason_required)."""
    if not by.strip():
        raise Refused("这项操作需要一位具名的同事。", code="person_required")
    if not reason.strip():
        raise Refused("请写明原因。", code="reason_required")
    line = FileRow(0, row.reference, account, row.amount_fen, row.paid_on)
    (found,) = _post(conn, [line], by=by, oldest_on=row.paid_on, now=now, after=after)
    if found.state is RowState.POSTED:
        store.mark_accepted(conn, row.reference, by=by.strip(), why=reason.strip())
    return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """How one file is read."""

    by: str
    oldest_on: date
    clock: Clock
    dry_run: bool
    after: After | None


def _import(database: Database, chunk: Sequence[FileRow], how: _Reading) -> list[RowOutcome]:
    """All together; where that fails, one by one, so that only the broken one is left out."""
    found: list[RowOutcome] = []
    try:
        with database.transaction() as conn:
            found = _post(conn, chunk, by=how.by, oldest_on=how.oldest_on, now=how.clock.now(), after=how.after)
            if how.dry_run:
                raise _Undo
    except _Undo:
        pass
    except OperationalError:
        raise
    except Exception:
        if len(chunk) > 1:
            rest = (_import(database, [one], how) for one in chunk)
            return [one for alone in rest for one in alone]
        log.exception("a line of a payment file could not be posted")
        return [_refused(chunk[0], "这一行入账时出错，没有入账。请联系技术人员查看日志，处理后重新导入。")]
    return found


def _post(
    conn: Connection, chunk: Sequence[FileRow], *, by: str, oldest_on: date, now: datetime, after: After | None
) -> list[RowOutcome]:
    aside = store.set_aside_before(conn, [one.reference for one in chunk])
    found = [_refused(one, OTHER) for one in chunk if aside.get(one.reference, _said(one)) != _said(one)]
    others = {one.line for one in found}
    rows = [one for one in chunk if one.line not in others]
    owners = store.owners_of(conn, [one.account for one in rows])
    known = journal.receipts_by_id(conn, [_payment_id(one) for one in rows])
    lost = [one for one in rows if one.account not in owners]
    old = [one for one in rows if one.account in owners and one.paid_on < oldest_on and _payment_id(one) not in known]
    found += _set_aside(conn, lost, "unknown_account", known, aside, by=by, now=now)
    found += _set_aside(conn, old, "too_old", known, aside, by=by, now=now)
    waits = {one.line for one in (*lost, *old)}
    mine = [one for one in rows if one.line not in waits]
    payments = [_payment(one, *owners[one.account], now=now) for one in mine]
    new: list[Payment] = []
    for row, payment, answer in zip(mine, payments, post_payments(conn, payments, now=now), strict=True):
        if isinstance(answer, XiaoqingError):
            found.append(_refused(row, OTHER if payment.payment_id in known else answer.detail))
        else:
            state = RowState.KNOWN if answer.duplicate else RowState.POSTED
            found.append(RowOutcome(row.line, row.reference, state, payment.borrower_id, row.amount_fen))
            new += [] if answer.duplicate else [payment]
    there = {one.reference for one in found if one.state in (RowState.POSTED, RowState.KNOWN)}
    store.mark_posted(conn, sorted(there & aside.keys()), now=now)
    if after is not None and new:
        after(conn, new)
    return found


def _set_aside(
    conn: Connection,
    rows: Sequence[FileRow],
    why: str,
    posted: Container[str],
    aside: Container[str],
    *,
    by: str,
    now: datetime,
) -> list[RowOutcome]:
    found: list[RowOutcome] = []
    new: list[SetAside] = []
    again: list[SetAside] = []
    for one in rows:
        if _payment_id(one) in posted:
            found.append(_refused(one, OTHER))
            continue
        kept = SetAside(one.reference, one.account, one.amount_fen, one.paid_on, by, now, why)
        (again if one.reference in aside else new).append(kept)
        detail = ASIDE[why].format(account=one.account, day=one.paid_on)
        found.append(RowOutcome(one.line, one.reference, RowState.SET_ASIDE, "", one.amount_fen, detail))
    store.set_aside(conn, new)
    store.set_aside_again(conn, again)
    return found


def _said(row: FileRow) -> tuple[int, date]:
    return row.amount_fen, row.paid_on


def _payment(row: FileRow, borrower_id: str, loan_id: str | None, *, now: datetime) -> Payment:
    """Who names a loan pays that loan first (民法典 560). A bank says the day alone: the money counts for all of it."""
    shares = None if loan_id is None else (Share(loan_id, row.amount_fen),)
    paid_at = min(datetime.combine(row.paid_on, time(23, 59, 59), SHANGHAI), now)
    return Payment(_payment_id(row), borrower_id, row.amount_fen, paid_at, CHANNEL, shares)


def _payment_id(row: FileRow) -> str:
    return f"{CHANNEL}:{row.reference}"


def _refused(one: FileRow | LineFault, detail: str) -> RowOutcome:
    amount_fen = one.amount_fen if isinstance(one, FileRow) else 0
    return RowOutcome(one.line, one.reference, RowState.REFUSED, "", amount_fen, detail)
