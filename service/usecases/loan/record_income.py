"""A named person has checked a borrower's proof of income; it counts for some time."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.db import limit_application as store
from service.db import loan as ledger
from service.domain.days import business_date
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.limit_rules import LimitRules

LARGEST_FEN = 10**10


def record_income(
    conn: Connection, *, borrower_id: str, monthly_fen: int, by: str, key: str, now: datetime, rules: LimitRules
) -> None:
    """Keep it, in fen a month; the same key again changes nothing.

    Raises NotFound, KeyReused, Refused: person_missing, income_not_positive.
    """
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    proof_id = "income-" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    known = store.income_proof_by_id(conn, proof_id)
    if known is not None:
        if known != (borrower_id, monthly_fen):
            raise KeyReused("这个请求编号已用于另一次收入登记，请重新登记。")
        return
    if not by.strip():
        raise Refused("请写明是谁核实的。", code="person_missing")
    if not 0 < monthly_fen <= LARGEST_FEN:
        raise Refused("每月收入要大于 0 元，请核对后重新填写。", code="income_not_positive")
    until = business_date(now) + timedelta(days=rules.income_valid_days)
    store.add_income(
        conn, proof_id=proof_id, borrower_id=borrower_id, monthly_fen=monthly_fen, valid_until=until, by=by, now=now
    )
