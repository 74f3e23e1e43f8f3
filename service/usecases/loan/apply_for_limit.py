"""A borrower applies for a higher limit; the rules of the policy grant it, refuse it, or refer it to a person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from service.db import credit_line as store
from service.db import limit_application as applications
from service.db.engine import Database
from service.domain.days import business_date
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.credit_line import CreditLine, LineStatus
from service.domain.loan.limit_application import Application
from service.domain.loan.limit_decision import Decision, Facts, as_reasons, decide
from service.domain.loan.limit_rules import LimitRules, Outcome
from service.domain.money import spoken_yuan
from service.usecases.loan.changing_line import LineOrder, held_line, request_hash
from service.usecases.loan.limit_facts import Stops, facts_of, suggested_fen
from service.usecases.loan.raise_limit import raise_limit
from service.usecases.ports import Clock

LARGEST_FEN = 10**12
RULE = "limit_application"


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why there can be no application now; `detail` is Chinese and says what to do instead."""

    code: str
    detail: str


def apply_for_limit(
    database: Database,
    *,
    borrower_id: str,
    conversation_id: str,
    line_id: str,
    asked_fen: int | None,
    key: str,
    stops: Stops,
    rules: LimitRules,
    clock: Clock,
    model_score: int | None = None,
) -> Application:
    """Decide and keep the application, and raise the line where it is granted, in one transaction.

    `asked_fen` is the base that is wanted; None: the highest that the rules may grant alone. A `model_score` can make
    the rules refer to a person and nothing else. The same key again is the same application. Raises NotFound,
    KeyReused, Refused: line_closed, limit_not_higher, limit_uneven, application_open, application_too_soon.
    """

    def once() -> Application:
        with database.transaction() as conn:
            return _kept_or_new(
                conn,
                borrower_id=borrower_id,
                conversation_id=conversation_id,
                line_id=line_id,
                asked_fen=asked_fen,
                key=key,
                stops=stops,
                rules=rules,
                now=clock.now(),
                model_score=model_score,
            )

    try:
        return once()
    except IntegrityError:  # another request was first with this key or for this line; now it is seen
        return once()


def blocked(conn: Connection, line: CreditLine, *, rules: LimitRules, now: datetime) -> Blocked | None:
    """Why there can be no application for this line now; None where there can be one."""
    if line.state.status is LineStatus.CLOSED:
        return Blocked("line_closed", "这个额度已经关闭，不能再申请提高。")
    last = applications.latest_of_line(conn, line.id)
    if last is None:
        return None
    if last.state is Outcome.REFERRED:
        return Blocked("application_open", "您有一个提额申请正在由人工处理，有结果会在这里告诉您。")
    again_on = last.cooled_on(rules)
    if business_date(now) < again_on:
        day = f"{again_on.year}年{again_on.month}月{again_on.day}日"
        detail = f"您最近申请过一次，{day}起可以再申请。对结果有疑问可以请人工复核。"
        return Blocked("application_too_soon", detail)
    return None


def _kept_or_new(
    conn: Connection,
    *,
    borrower_id: str,
    conversation_id: str,
    line_id: str,
    asked_fen: int | None,
    key: str,
    stops: Stops,
    rules: LimitRules,
    now: datetime,
    model_score: int | None,
) -> Application:
    request = request_hash(borrower_id, line_id, asked_fen)
    if (kept := _kept(conn, key, request)) is not None:
        return kept
    if store.owner_of_line(conn, line_id) != borrower_id:
        raise NotFound("没有找到这个额度。", code="line_unknown")
    line = held_line(conn, line_id)
    if (kept := _kept(conn, key, request)) is not None:  # made by a request that held the line until now
        return kept
    if (why_not := blocked(conn, line, rules=rules, now=now)) is not None:
        raise Refused(why_not.detail, code=why_not.code)
    wanted_fen = _wanted(conn, line, asked_fen, rules=rules, now=now)
    facts = facts_of(conn, line, asked_fen=wanted_fen, stops=stops, model_score=model_score, now=now)
    decision = decide(facts, rules)
    made = _application(line, conversation_id, facts, decision, key=key, rules=rules, now=now)
    applications.add(conn, made, key=key, request=request)
    if made.state is Outcome.APPROVED:
        by, key = made.decided_by, f"application:{made.id}"
        order = LineOrder(line_id, "application_approved", by=by, key=key, now=now, rules=rules, of_a_decision=True)
        raise_limit(conn, order, limit_fen=made.amount_fen)
    return made


def _kept(conn: Connection, key: str, request: str) -> Application | None:
    known = applications.by_key(conn, key)
    if known is None:
        return None
    if known[1] != request:
        raise KeyReused("这个请求编号已用于另一个申请，请重新发起。")
    return known[0]


def _wanted(conn: Connection, line: CreditLine, asked_fen: int | None, *, rules: LimitRules, now: datetime) -> int:
    suggested = suggested_fen(conn, line, rules=rules, now=now)
    wanted = suggested if asked_fen is None else asked_fen
    if wanted <= line.state.limit_fen and asked_fen is None:
        raise Refused("这个额度已经到了目前可以申请的最高数，暂时不能再提高。", code="limit_not_higher")
    if wanted <= line.state.limit_fen:
        detail = f"现在的额度已经是 {spoken_yuan(line.state.limit_fen)} 元，请申请一个更高的数。"
        raise Refused(detail, code="limit_not_higher")
    if wanted % rules.step_fen or wanted > LARGEST_FEN:
        raise Refused(f"请申请 {spoken_yuan(rules.step_fen)} 元的整数倍，比如整百的数。", code="limit_uneven")
    return wanted


def _application(
    line: CreditLine,
    conversation_id: str,
    facts: Facts,
    decision: Decision,
    *,
    key: str,
    rules: LimitRules,
    now: datetime,
) -> Application:
    decided = decision.outcome is not Outcome.REFERRED
    return Application(
        id="limit-" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32],
        borrower_id=line.borrower_id,
        line_id=line.id,
        conversation_id=conversation_id,
        asked_fen=facts.asked_fen,
        state=decision.outcome,
        amount_fen=decision.amount_fen,
        facts=facts.as_dict(),
        reasons=tuple(as_reasons(decision.reasons)),
        rules_version=decision.rules_version,
        decided_by=rules.by_rule(RULE) if decided else "",
        by_rules=decision.as_dict(),
        created_at=now,
        decided_at=now if decided else None,
        review_asked_at=None,
    )
