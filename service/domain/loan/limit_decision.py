"""Decides an application for a higher limit: facts and dated rules in, an outcome with every reason out.

Rules decide alone only within the limits of the policy; what they can neither grant nor refuse goes to a person, and
a model's score can do nothing but that. Everybody may have a person look again (个人信息保护法 24).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from service.domain.days import month_later
from service.domain.loan.ageing import days_past_due
from service.domain.loan.book import Book, InstalmentState, LoanState
from service.domain.loan.limit_rules import Effect, LimitRules, Outcome, Rule, Test
from service.domain.money import spoken_yuan

UNKNOWN = "有一项资料暂时查不到，需要人工核实"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the borrower and the line on a day; money in fen, shares in whole per cent (rounded up where
    more is worse). None: not known. `limit_fen` and `asked_fen` are bases, without temporary parts; `total_after_fen`
    counts all lines as they would be. `days_since_last_application` is for the record: cooling is checked before.
    """

    as_of: date
    line_id: str
    product_code: str
    limit_fen: int
    asked_fen: int
    asked_percent: int | None
    total_after_fen: int
    used_fen: int
    utilisation_percent: int | None
    line_status: str
    freezes: tuple[str, ...]
    days_past_due: int
    worst_days_past_due_12m: int
    on_time_payments_12m: int
    late_payments_12m: int
    months_on_book: int
    stops: tuple[str, ...]
    income_documented: bool
    income_monthly_fen: int | None
    days_since_last_application: int | None
    model_score: int | None

    def as_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self) | {
            "as_of": self.as_of.isoformat(),
            "freezes": list(self.freezes),
            "stops": list(self.stops),
        }


@dataclass(frozen=True, slots=True)
class Record:
    """How a borrower has paid: days, and instalments of the last twelve months."""

    days_past_due: int
    worst_days_past_due_12m: int
    on_time_payments_12m: int
    late_payments_12m: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found. `text` and `advice` are for the borrower; `points` are those it gave."""

    code: str
    effect: str
    held: bool
    text: str
    advice: str
    points: int
    source: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Decision:
    """`amount_fen` is the base that is granted, 0 where none is. `reasons` are those of the outcome, `findings` all."""

    outcome: Outcome
    amount_fen: int
    reasons: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    points: int
    rules_version: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome.value,
            "amount_fen": self.amount_fen,
            "points": self.points,
            "rules_version": self.rules_version,
            "findings": [one.as_dict() for one in self.findings],
        }


def decide(facts: Facts, rules: LimitRules) -> Decision:
    """Hard stops refuse; what is within the policy's limits is approved as asked; the rest a person decides."""
    values = {name: getattr(facts, name) for name in Facts.__dataclass_fields__}
    pairs = [(rule, _finding(rule, values[rule.fact])) for rule in rules.rules_on(facts.as_of)]
    findings = tuple(one for _, one in pairs)
    points = sum(one.points for one in findings)
    failed = [one for one in findings if not one.held]
    refusals = tuple(one for one in failed if one.effect == Effect.REFUSE)
    referrals = tuple(one for one in failed if one.effect == Effect.REFER)
    short = tuple(one for one in failed if one.effect == Effect.POINTS) if points < rules.approve_from_points else ()
    if refusals:
        outcome, reasons = Outcome.REFUSED, refusals
    elif referrals or points < rules.approve_from_points:
        outcome, reasons = Outcome.REFERRED, referrals + short
    else:
        outcome, reasons = Outcome.APPROVED, tuple(one for one in findings if one.held and one.text)
    amount_fen = facts.asked_fen if outcome is Outcome.APPROVED else 0
    return Decision(outcome, amount_fen, reasons, findings, points, rules.version)


def _finding(rule: Rule, value: Any) -> Finding:
    held, effect = _holds(rule, value), rule.effect
    if value is None and not rule.optional and effect is Effect.REFUSE:
        effect = Effect.REFER  # not to be held against anybody, and not to be passed over
    unknown = value is None and not rule.optional
    words = {"value": _said(rule.fact, value), "limit": _said(rule.fact, rule.value)}
    text = UNKNOWN if unknown else (rule.merit if held else rule.reason).format(**words)
    return Finding(
        code=rule.id,
        effect=effect.value,
        held=held,
        text=text,
        advice="" if held else rule.advice.format(**words),
        points=rule.weight if held else 0,
        source=f"[{rule.mark}] {rule.source}",
    )


def _holds(rule: Rule, value: Any) -> bool:
    if value is None:
        return rule.optional
    if rule.test is Test.AT_MOST:
        return bool(value <= rule.value)
    if rule.test is Test.AT_LEAST:
        return bool(value >= rule.value)
    if rule.test is Test.EQUALS:
        return bool(value is rule.value)
    assert isinstance(rule.value, frozenset)
    return rule.value.isdisjoint((value,) if isinstance(value, str) else value)


def _said(fact: str, value: Any) -> str:
    return spoken_yuan(value) if fact.endswith("_fen") and isinstance(value, int) else str(value)


def record_of(book: Book, today: date) -> Record:
    """The payment record in a book aged to `today` that holds the settled loans, too.

    An instalment counts as late by the days past due that the ledger says, from its due date until it was paid, or
    until today: not those that a pause or a plan leaves out. What was over more than twelve months ago counts no more,
    and the rest of a loan that is settled early was not paid on time month by month.
    """
    since = month_later(today, -12, today.day)
    recent = [
        (loan, one, _days_late(loan, one, today))
        for loan in book.loans
        for one in loan.instalments
        if _is_recent(one, since=since, today=today)
    ]
    return Record(
        days_past_due=max((days for _, one, days in recent if one.paid_on is None), default=0),
        worst_days_past_due_12m=max((days for *_, days in recent), default=0),
        on_time_payments_12m=sum(_was_paid_as_due(loan, one, today) and not days for loan, one, days in recent),
        late_payments_12m=sum(days > 0 for *_, days in recent),
    )


def months_between(start: date, today: date) -> int:
    """Whole months from one day to another; 0 where the first is later."""
    months = (today.year - start.year) * 12 + today.month - start.month
    return max(0, months if month_later(start, months, start.day) <= today else months - 1)


def percent_up(part_fen: int, whole_fen: int) -> int | None:
    """Whole per cent, rounded up; None of nothing."""
    return None if whole_fen <= 0 else -(-part_fen * 100 // whole_fen)


def as_reasons(findings: tuple[Finding, ...]) -> list[Mapping[str, Any]]:
    return [one.as_dict() for one in findings]


def _is_recent(one: InstalmentState, *, since: date, today: date) -> bool:
    if one.paid_on is None:
        return one.due_on <= today
    return one.paid_on >= since and one.total_fen > 0


def _was_paid_as_due(loan: LoanState, one: InstalmentState, today: date) -> bool:
    """Paid within its period or after it, or ahead of it in a loan that goes on."""
    if one.paid_on is None:
        return False
    return one.paid_on > one.starts_on or (one.due_on <= today and loan.settled_on is None)


def _days_late(loan: LoanState, one: InstalmentState, today: date) -> int:
    return days_past_due(oldest_unpaid_due=one.due_on, as_of=one.paid_on or today, pauses=loan.all_pauses())
