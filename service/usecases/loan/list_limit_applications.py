"""What a borrower has applied for, and what he could apply for now; and all applications, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.db import credit_line as store
from service.db import limit_application as applications
from service.domain.loan.credit_line import LineStatus
from service.domain.loan.limit_application import Application
from service.domain.loan.limit_rules import LimitRules
from service.usecases.loan.apply_for_limit import blocked
from service.usecases.loan.limit_facts import suggested_fen

SHOWN = 20


@dataclass(frozen=True, slots=True)
class LimitOffer:
    """What can be applied for on one line: `suggested_fen` is the highest base that the rules may grant alone, no
    promise. `blocked_code` and `blocked_detail` say why nothing can, where that is so."""

    line_id: str
    product_name: str
    limit_fen: int
    suggested_fen: int
    blocked_code: str
    blocked_detail: str


@dataclass(frozen=True, slots=True)
class Applications:
    """Newest first, with what can be applied for line by line."""

    applications: tuple[Application, ...]
    offers: tuple[LimitOffer, ...]


def list_limit_applications(conn: Connection, *, borrower_id: str, now: datetime, rules: LimitRules) -> Applications:
    offers = []
    for line in store.lines_of(conn, borrower_id):
        if line.state.status is LineStatus.CLOSED:
            continue
        suggested = suggested_fen(conn, line, rules=rules, now=now)
        why_not = blocked(conn, line, rules=rules, now=now)
        code, detail = (why_not.code, why_not.detail) if why_not else ("", "")
        if not code and suggested <= line.state.limit_fen:
            code, detail = "limit_not_higher", "这个额度已经到了目前可以申请的最高数，暂时不能再提高。"
        offers.append(LimitOffer(line.id, line.product_name, line.state.limit_fen, suggested, code, detail))
    return Applications(applications.of_borrower(conn, borrower_id, limit=SHOWN), tuple(offers))
