"""Files a dispute or a complaint: the borrower's words, the stop of outreach and a person, all or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.db import desk
from service.db import loan as ledger
from service.db import matter as matters
from service.domain.days import business_date
from service.domain.desk.mask import mask_numbers
from service.domain.desk.matter import ABOUT_AT_MOST, WORDS_AT_MOST, Matter, MatterKind
from service.domain.errors import KeyReused, NotFound
from service.usecases.collect.pause import pause
from service.usecases.desk.hand_over import BRIEF_AT_MOST, hand_over
from service.usecases.loan.post_event import borrower_of_loan


@dataclass(frozen=True, slots=True)
class Filing:
    """What is filed, in the borrower's words; `loan_id` where it is about one of his loans."""

    kind: MatterKind
    about: str
    words: str
    loan_id: str | None = None


def file_matter(
    conn: Connection,
    *,
    borrower_id: str,
    conversation_id: str,
    filing: Filing,
    key: str,
    now: datetime,
    days: Mapping[MatterKind, int],
) -> Matter:
    """The matter, with outreach stopped under its name and a person asked for, who finds it in his brief. The same key
    again is the same matter. Raises NotFound (borrower_unknown, loan_unknown), KeyReused."""
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    request = _hash(filing.kind.value, filing.about, filing.words, filing.loan_id or "")
    known = matters.by_key(conn, borrower_id, key)
    if known is not None:
        if known[1] != request:
            raise KeyReused("这个请求编号已用于另一件事，请重新发起。")
        return known[0]
    if filing.loan_id is not None and borrower_of_loan(conn, filing.loan_id) != borrower_id:
        raise NotFound("没有找到这笔借款。", code="loan_unknown")
    made = Matter(
        id="matter-" + _hash(borrower_id, key)[:32],
        borrower_id=borrower_id,
        conversation_id=conversation_id,
        kind=filing.kind,
        about=filing.about[:ABOUT_AT_MOST],
        loan_id=filing.loan_id,
        words=filing.words[:WORDS_AT_MOST],
        answer_by=business_date(now) + timedelta(days=days[filing.kind]),
        created_at=now,
    )
    matters.add(conn, made, key=key, request=request)
    pause(conn, borrower_id=borrower_id, reason=made.kind.value, by="borrower", note=made.brief, now=now)
    asked = hand_over(conn, conversation_id=conversation_id, reason=made.kind.value, now=now)
    brief = f"{mask_numbers(made.brief)}\n{asked.brief}"
    desk.change_brief(conn, asked.id, brief=brief[:BRIEF_AT_MOST])
    return made


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
