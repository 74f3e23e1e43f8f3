"""A borrower becomes known to the ledger, and his phone as where he can be reached."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import contact
from service.db import loan as ledger
from service.domain.collect.contact import PointKind
from service.domain.errors import KeyReused


def register_borrower(conn: Connection, *, borrower_id: str, name: str, phone: str, now: datetime) -> None:
    """Registering the same person again changes nothing. Raises KeyReused where the id is somebody else's."""
    known = ledger.borrower_of(conn, borrower_id)
    if known is None:
        ledger.add_borrower(conn, borrower_id=borrower_id, name=name, phone=phone, now=now)
        contact.add_point(conn, borrower_id=borrower_id, kind=PointKind.PHONE, address=phone, now=now)
    elif known != (name, phone):
        raise KeyReused("这个客户编号已经登记给了另一位客户。", code="borrower_id_taken")
