"""What a carrier tells of a message or a call is kept once, and changes what is known of the attempt and the debtor.

The same receipt again changes nothing; of several, in whatever order, the one that says more stands. A number out of
use is suppressed, a wrong person or an opt-out stops everything at once.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import channel_receipt as kept
from service.db import collect_outreach as log
from service.db import contact
from service.db import loan as ledger
from service.domain.collect.contact import Attempt, Outcome, PointKind
from service.domain.collect.outreach import Outreach, State, Stop, Violation
from service.domain.collect.receipt import (
    LABELS,
    OUT_OF_USE,
    Event,
    Reason,
    Receipt,
    believed,
    code_of,
    outcome_of,
    stop_of,
)
from service.domain.errors import NotFound
from service.usecases.collect.pause import pause

CARRIER = "carrier"
# Rows whose message is out, or may be; a receipt can make each of them known, and a better one change it again.
_OUT = (State.CLAIMED, State.SENT, State.UNKNOWN, State.FAILED)


def take_receipt(conn: Connection, receipt: Receipt, *, now: datetime) -> bool:
    """False where it was told before. Raises NotFound where it belongs to no message and no debtor of ours."""
    row = log.outreach_by_id(conn, receipt.message_id) if receipt.message_id else None
    owners = _owners(conn, receipt, row)
    if not owners:
        raise NotFound("没有这条消息。", code="outreach_unknown")
    for borrower_id in owners:  # in order, so that two receipts cannot wait for each other
        ledger.lock_borrower(conn, borrower_id)
    if not kept.add_receipt(conn, receipt, borrower_id=owners[0] if len(owners) == 1 else None, now=now):
        return False
    attempt = contact.last_of_outreach(conn, row.id) if row is not None else None
    if row is not None and attempt is not None and attempt.outcome is not Outcome.REFUSED:
        _learn(conn, row, attempt, receipt, now=now)
    stop = stop_of(receipt)
    for borrower_id in owners:
        if stop is Stop.WRONG_PERSON or receipt.reason in OUT_OF_USE:
            _suppress(conn, borrower_id, attempt, receipt, now=now)
        if stop is not None:
            note = receipt.text or f"{receipt.channel}: {receipt.event}"
            pause(conn, borrower_id=borrower_id, reason=stop.value, by=CARRIER, note=note, now=now)
    return True


def _owners(conn: Connection, receipt: Receipt, row: Outreach | None) -> tuple[str, ...]:
    if row is not None:
        return (row.borrower_id,) if row.channel == receipt.channel else ()
    return kept.owners_of(conn, PointKind.PHONE, receipt.address) if receipt.address and not receipt.message_id else ()


def _learn(conn: Connection, row: Outreach, attempt: Attempt, receipt: Receipt, *, now: datetime) -> None:
    told = outcome_of(receipt.event, receipt.reason)
    if told is None:
        if receipt.event is Event.REPLY:
            why = Violation("replied", "客户回复了这条消息，请人工查看", "回执")
            log.move(conn, row.id, was=(row.state,), to=row.state, reasons=[why.as_dict()])
        elif receipt.event is Event.FAILED and attempt.outcome is Outcome.UNKNOWN:
            _fail(conn, row, receipt)  # perhaps: the attempt still counts
        return
    outcome = believed(attempt.outcome, told)
    seconds = max((one for one in (attempt.seconds, receipt.seconds) if one is not None), default=None)
    if (outcome, seconds) != (attempt.outcome, attempt.seconds):
        contact.set_outcome(conn, attempt.id, to=outcome, now=now, was=(attempt.outcome,), seconds=seconds)
    if outcome is Outcome.NOT_DELIVERED:
        _fail(conn, row, receipt)
    elif row.state is not State.SENT:
        log.move(conn, row.id, was=_OUT, to=State.SENT, sent_at=row.claimed_at or now)


def _fail(conn: Connection, row: Outreach, receipt: Receipt) -> None:
    why = Violation(code_of(receipt.reason), LABELS[receipt.reason or Reason.CARRIER], "回执")
    log.move(conn, row.id, was=_OUT, to=State.FAILED, reasons=[why.as_dict()], sent_at=None)


def _suppress(conn: Connection, borrower_id: str, attempt: Attempt | None, receipt: Receipt, *, now: datetime) -> None:
    """Nothing goes to that number of this debtor any more."""
    tried = attempt.contact_point_id if attempt is not None else None
    for point in contact.points_of(conn, borrower_id):
        if point.id == tried or (tried is None and point.address == receipt.address):
            contact.suppress_point(conn, point.id, reason=str(receipt.reason or receipt.event), now=now)
