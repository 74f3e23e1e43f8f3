"""Charges the kept card of whoever wished it, on the day on which something falls due, and says so in his conversation.

One try a day: an order has the day in its key. What the bank refuses is told like every payment that failed.
"""

from __future__ import annotations

import logging
from datetime import time

from service.db import autopay, collect
from service.db.engine import Database
from service.domain.chat.identity import INAPP
from service.domain.collect.outreach import Stop
from service.domain.days import SHANGHAI, business_date
from service.domain.errors import XiaoqingError
from service.usecases.chat.conversation import open_conversation
from service.usecases.loan.autopay import autopay_now
from service.usecases.loan.settle_payment import Hook
from service.usecases.loan.start_payment import PaymentGateway, start_payment
from service.usecases.ports import Clock

log = logging.getLogger("xiaoqing.autopay")

OPENS = time(9)  # nobody is woken by a receipt
# Whose debt it is, or whether there is one, is not certain; taking money would decide it.
IN_DOUBT = frozenset({Stop.DISPUTE, Stop.FRAUD, Stop.WRONG_PERSON, Stop.DECEASED, Stop.INCAPACITY, Stop.BANKRUPTCY})


def charge_autopay(database: Database, *, gateway: PaymentGateway, clock: Clock, hooks: tuple[Hook, ...] = ()) -> int:
    """Returns how many orders were made. Who has nothing to pay, or a payment on its way, is left alone; the latter is
    looked at again, and whoever was charged today is not."""
    now = clock.now()
    today = business_date(now)
    if now.astimezone(SHANGHAI).time() < OPENS:
        return 0
    with database.reading() as conn:
        wanted = autopay.charged_on(conn, today)
    return sum(_charge(database, who, token, gateway=gateway, clock=clock, hooks=hooks) for who, token in wanted)


def _charge(
    database: Database, borrower_id: str, token: str, *, gateway: PaymentGateway, clock: Clock, hooks: tuple[Hook, ...]
) -> bool:
    now = clock.now()
    with database.transaction() as conn:
        if any(one.reason in IN_DOUBT for one in collect.open_pauses(conn, borrower_id)):
            return False
        # else the bill is that of a day to come
        if not autopay_now(conn, borrower_id=borrower_id, today=business_date(now)).collecting_today:
            return False
        told_in = open_conversation(
            conn, channel=INAPP, channel_user_id=borrower_id, borrower_id=borrower_id, now=now
        ).id
    try:
        start_payment(
            database,
            conversation_id=told_in,
            borrower_id=borrower_id,
            kind="bill",
            key=autopay.order_key(borrower_id, business_date(now)),
            gateway=gateway,
            clock=clock,
            hooks=hooks,
            card=token,
        )
    except XiaoqingError as reason:
        log.info("%s is not charged now: %s", borrower_id, reason.code)
        return False
    return True
