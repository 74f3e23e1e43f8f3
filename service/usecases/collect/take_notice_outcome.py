"""What WeChat tells later of a notice is the receipt of that outreach, kept once however often it is pushed.

The platform's number of a message is told with the outcome alone, so the notice is the newest one that was handed over
to this openid: there is one a day at most.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.db.channel_receipt import newest_to
from service.domain.collect.contact import PointKind
from service.domain.collect.receipt import Event, Reason, Receipt
from service.usecases.collect.take_receipt import take_receipt

CHANNEL = "subscription"
TOLD_WITHIN = timedelta(hours=24)
CLOCKS_DIFFER = timedelta(minutes=1)  # and the platform's has whole seconds


def take_notice_outcome(
    conn: Connection, *, openid: str, msg_id: str, delivered: bool, status: str, at: datetime, now: datetime
) -> bool:
    """False where it was told before, or no notice of ours went to that openid lately. `status`: the platform's words
    for it; what the user blocks is no failure of the carrier's."""
    found = newest_to(conn, PointKind.WECHAT, openid, channel=CHANNEL, since=at - TOLD_WITHIN, until=at + CLOCKS_DIFFER)
    if found is None:
        return False
    blocked = Reason.BLOCKED if "block" in status.lower() else Reason.CARRIER
    receipt = Receipt(
        id=msg_id,
        channel=CHANNEL,
        event=Event.DELIVERED if delivered else Event.FAILED,
        at=at,
        message_id=found,
        address=openid,
        reason=None if delivered else blocked,
        text=status,
    )
    return take_receipt(conn, receipt, now=now)
