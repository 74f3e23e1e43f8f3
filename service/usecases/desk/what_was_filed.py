"""Everything that a borrower filed and that a person or a rule decides, with how it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.db import collect
from service.db import credit_line as lines
from service.db import hardship as proposals
from service.db import limit_application as applications
from service.db import loan as ledger
from service.db import matter as matters
from service.domain.days import business_date
from service.domain.desk.filed import Filed, FiledKind, FiledState
from service.domain.desk.matter import NAMES, Matter, MatterKind
from service.domain.loan.hardship_policy import HardshipPolicy
from service.domain.loan.hardship_proposal import HardshipState, Proposal
from service.domain.loan.limit_application import Application
from service.domain.loan.limit_rules import LimitRules, Outcome
from service.domain.money import spoken_yuan
from service.usecases.chat import tell_hardship, tell_limit_decision, tell_matter

AT_MOST = 20  # of each kind


def what_was_filed(
    conn: Connection,
    *,
    borrower_id: str,
    now: datetime,
    days: Mapping[MatterKind, int],
    hardship: HardshipPolicy,
    limits: LimitRules,
) -> tuple[Filed, ...]:
    """Newest first; those of one day by kind. `days`: within how many a person answers a matter."""
    told = matters.of_borrower(conn, borrower_id, limit=AT_MOST)
    found = [_matter(one) for one in told]
    found += _only_stopped(conn, borrower_id, told, days)
    found += _deferred_by_hand(conn, borrower_id)
    found += [_proposal(conn, one, hardship) for one in proposals.of_borrower(conn, borrower_id, limit=AT_MOST)]
    found += _applications(conn, borrower_id, now=now, rules=limits)
    return tuple(sorted(found, key=lambda one: one.filed_on, reverse=True))


def _matter(one: Matter) -> Filed:
    answered = one.outcome is not None
    return Filed(
        reference=one.reference,
        kind=FiledKind(one.kind.value),
        title=NAMES[one.kind],
        about=one.about,
        filed_on=business_date(one.created_at),
        state=FiledState.DECIDED if answered else FiledState.WAITING,
        answer_by=None if answered else one.answer_by,
        decided_on=None if one.answered_at is None else business_date(one.answered_at),
        outcome="" if one.outcome is None else one.outcome.value,
        result=tell_matter.result(one) if answered else "",
    )


def _only_stopped(
    conn: Connection, borrower_id: str, told: Iterable[Matter], days: Mapping[MatterKind, int]
) -> Iterator[Filed]:
    """What was only said and not taken down in words, or taken down by a colleague: outreach rests for it, and a person
    owes an answer all the same."""
    answered_within = {kind.value for kind in days}
    for pause in collect.open_pauses(conn, borrower_id):
        its_own = any(one.kind.value == pause.reason.value and one.created_at >= pause.started_at for one in told)
        if pause.reason.value in answered_within and not its_own:
            kind, filed_on = MatterKind(pause.reason.value), business_date(pause.started_at)
            answer_by = filed_on + timedelta(days=days[kind])
            waits = FiledState.WAITING
            yield Filed("", FiledKind(kind.value), NAMES[kind], "", filed_on, waits, answer_by=answer_by)


def _deferred_by_hand(conn: Connection, borrower_id: str) -> Iterator[Filed]:
    """What a colleague granted without a proposal."""
    for loan_id, months, at in ledger.hardship_plans_of(conn, borrower_id):
        loan = ledger.load_loan(conn, loan_id)
        yield Filed(
            reference="",
            kind=FiledKind.HARDSHIP,
            title="延期",
            about="" if loan is None else loan.purpose,
            filed_on=business_date(at),
            state=FiledState.DECIDED,
            decided_on=business_date(at),
            outcome=HardshipState.ACTIVE.value,
            result=f"已经办好，还没还的各期往后推了 {months} 个月，请按新的还款计划还款。",
        )


def _proposal(conn: Connection, one: Proposal, policy: HardshipPolicy) -> Filed:
    states = {HardshipState.PROPOSED: FiledState.WAITING, HardshipState.WITHDRAWN: FiledState.WITHDRAWN}
    state = states.get(one.state, FiledState.DECIDED)
    decided_on = None if one.decided_at is None else business_date(one.decided_at)
    loan = ledger.load_loan(conn, one.loan_id)
    return Filed(
        reference=one.reference,
        kind=FiledKind.HARDSHIP,
        title=f"{tell_hardship.NAMES[one.kind]}申请",
        about="" if loan is None else loan.purpose,
        filed_on=business_date(one.created_at),
        state=state,
        answer_by=one.answer_by(policy),
        decided_on=(one.ended_on or decided_on) if state is FiledState.DECIDED else None,
        outcome=one.state.value if state is FiledState.DECIDED else "",
        result=tell_hardship.TEXTS[one.state](one) if state is FiledState.DECIDED else "",
    )


def _applications(conn: Connection, borrower_id: str, *, now: datetime, rules: LimitRules) -> Iterator[Filed]:
    names = {line.id: line.product_name for line in lines.lines_of(conn, borrower_id)}
    for one in applications.of_borrower(conn, borrower_id, limit=AT_MOST):
        waits = one.state is Outcome.REFERRED
        reviewable = one.reviewable(business_date(now), rules)
        yield Filed(
            reference=one.reference,
            kind=FiledKind.LIMIT,
            title="提额申请",
            about=f"{names[one.line_id]}调到 {spoken_yuan(one.asked_fen)} 元",
            filed_on=business_date(one.created_at),
            state=FiledState.WAITING if waits else FiledState.DECIDED,
            answer_by=one.answer_by(rules),
            decided_on=None if one.decided_at is None else business_date(one.decided_at),
            outcome="" if waits else one.state.value,
            result="" if waits else _decision(one, reviewable=reviewable),
            reviewable=reviewable,
        )


def _decision(one: Application, *, reviewable: bool) -> str:
    """A person's is told as it was told then; a rule's may still be looked at by a person."""
    if one.by_person:
        return tell_limit_decision.words(one)
    why = "；".join(reason["text"] for reason in one.reasons)
    if one.state is Outcome.APPROVED:
        return f"已经通过，额度调整为 {spoken_yuan(one.amount_fen)} 元。{why}。"
    advice = "".join(f"{reason['advice']}。" for reason in one.reasons if reason["advice"])
    again = "不同意这个结果，可以请人工复核。" if reviewable else ""
    return f"没有通过，原因是：{why}。{advice}{again}"
