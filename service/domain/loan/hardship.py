"""What a borrower in difficulty may be offered: proposals checked against his book and the policy, equal parts of
what he owes, and whether a rule approves or a person decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from service.domain.days import month_later
from service.domain.loan import card
from service.domain.loan.ageing import Pause
from service.domain.loan.book import LoanState
from service.domain.loan.event import Body, Deferred, Paused, PlanAgreed, Waived
from service.domain.loan.hardship_policy import HardshipKind, HardshipPolicy, Limits, Rule
from service.domain.loan.plan import Part
from service.domain.money import spoken_yuan


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why terms cannot be agreed, whoever decides: a code, and for the borrower what to do next."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class HardshipReason:
    """Why no rule can approve: a code, words for the borrower, and the rule's source for colleagues."""

    code: str
    text: str
    source: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "text": self.text, "source": self.source}


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for; only the fields of its kind are used, the others stay empty."""

    kind: HardshipKind
    months: int = 0
    periods: int = 0
    first_on: date | None = None
    days: int = 0
    fee_fen: int = 0
    penalty_fen: int = 0

    def as_dict(self) -> dict[str, Any]:
        of: dict[HardshipKind, dict[str, Any]] = {
            HardshipKind.DEFER: {"months": self.months},
            HardshipKind.PLAN: {"periods": self.periods, "first_on": self.first_on and self.first_on.isoformat()},
            HardshipKind.REDUCE: {"fee_fen": self.fee_fen, "penalty_fen": self.penalty_fen},
            HardshipKind.STOP: {"days": self.days},
        }
        return of[self.kind]

    @staticmethod
    def of(kind: HardshipKind, kept: Mapping[str, Any]) -> Terms:
        values = dict(kept)
        if values.get("first_on"):
            values["first_on"] = date.fromisoformat(values["first_on"])
        return Terms(kind, **values)

    @property
    def size(self) -> int:
        """Months, parts, fen or days: what a rule's `most` is held against."""
        of = {
            HardshipKind.DEFER: self.months,
            HardshipKind.PLAN: self.periods,
            HardshipKind.REDUCE: self.fee_fen + self.penalty_fen,
            HardshipKind.STOP: self.days,
        }
        return of[self.kind]


@dataclass(frozen=True, slots=True)
class HardshipFacts:
    """What was known when it was decided. Sums in fen; `last_approved_on`: of any help for this borrower before."""

    days_past_due: int
    owed_fen: int
    fee_fen: int
    penalty_fen: int
    stops: tuple[str, ...]
    last_approved_on: date | None
    written_off: bool

    def as_dict(self) -> dict[str, Any]:
        last = self.last_approved_on
        return {
            "days_past_due": self.days_past_due,
            "owed_fen": self.owed_fen,
            "fee_fen": self.fee_fen,
            "penalty_fen": self.penalty_fen,
            "stops": list(self.stops),
            "last_approved_on": last.isoformat() if last else None,
            "written_off": self.written_off,
        }


@dataclass(frozen=True, slots=True)
class Ruling:
    """`rule` approves it; None: a person decides, for these reasons."""

    rule: Rule | None
    reasons: tuple[HardshipReason, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an approval does: the event for the ledger, and the last day on which outreach rests (None: as long as
    the plan runs)."""

    body: Body
    until_on: date | None
    says: Mapping[str, Any]


def facts_of(loan: LoanState, *, stops: tuple[str, ...], last_approved_on: date | None) -> HardshipFacts:
    """Of a loan that has been aged to the day."""
    dues = [one.due for one in loan.unpaid]
    return HardshipFacts(
        days_past_due=loan.days_past_due,
        owed_fen=owed_fen(loan),
        fee_fen=sum(due.fee_fen for due in dues),
        penalty_fen=sum(due.penalty_fen for due in dues),
        stops=stops,
        last_approved_on=last_approved_on,
        written_off=loan.written_off_on is not None,
    )


def owed_fen(loan: LoanState) -> int:
    """Everything that the contract still asks for, whether due or not; of an account what it owes today."""
    unasked_fen = card.unasked_fen(loan, loan.aged_on or loan.disbursed_on) if loan.card else 0
    return sum(one.unpaid_fen for one in loan.unpaid) + unasked_fen


def equal_parts(total_fen: int, periods: int, first_on: date) -> tuple[Part, ...]:
    """`total_fen` in monthly parts that differ by a fen at most, the larger ones first; on the day of `first_on`,
    clamped to the ends of shorter months and back. Raises ValueError where a part would be nothing."""
    if periods < 1 or total_fen < periods:
        raise ValueError("every part asks for at least a fen")
    each, over = divmod(total_fen, periods)
    return tuple(Part(month_later(first_on, number, first_on.day), each + (number < over)) for number in range(periods))


def reduction(loan: LoanState, *, fee_fen: int, penalty_fen: int) -> tuple[tuple[int, str, int], ...]:
    """What is given up of which instalment, oldest first: (instalment no, fee | penalty, fen); less than asked for
    where less is charged."""
    parts: list[tuple[int, str, int]] = []
    for component, left in (("fee", fee_fen), ("penalty", penalty_fen)):
        for one in sorted(loan.unpaid, key=lambda one: (one.due_on, one.no)):
            fen = min(left, one.due.fee_fen if component == "fee" else one.due.penalty_fen)
            if fen > 0:
                parts.append((one.no, component, fen))
                left -= fen
    return tuple(parts)


def shortfalls(terms: Terms, loan: LoanState, limits: Limits, today: date) -> tuple[Shortfall, ...]:
    """Every reason why these terms cannot be agreed for a loan aged to `today`, whoever decides."""
    if loan.status != "active":
        return (Shortfall("loan_settled", "这笔借款已经结清，不需要再办理。"),)
    if loan.card is not None and terms.kind is HardshipKind.DEFER:
        return (Shortfall("paid_by_statements", "这个账户按账单还款，不能延期，可以申请分期还款、减免或者转人工。"),)
    checks = {
        HardshipKind.DEFER: _defer_shortfalls,
        HardshipKind.PLAN: _plan_shortfalls,
        HardshipKind.REDUCE: _reduce_shortfalls,
        HardshipKind.STOP: _stop_shortfalls,
    }
    return tuple(checks[terms.kind](terms, loan, limits, today))


def _defer_shortfalls(terms: Terms, loan: LoanState, limits: Limits, today: date) -> list[Shortfall]:
    found = [_running()] if loan.plan is not None else []
    if not 1 <= terms.months <= limits.months_at_most:
        return [*found, Shortfall("months_out_of_range", f"延期可以选 1 到 {limits.months_at_most} 个月。")]
    oldest = loan.oldest_unpaid_due()
    if oldest is not None and month_later(oldest, terms.months, loan.due_day) <= today:
        detail = f"延期 {terms.months} 个月后，最早的一期仍然已经到期，请选更长的延期，或者改为分期。"
        found.append(Shortfall("deferral_too_short", detail))
    return found


def _plan_shortfalls(terms: Terms, loan: LoanState, limits: Limits, today: date) -> list[Shortfall]:
    found = [_running()] if loan.plan is not None else []
    if not 2 <= terms.periods <= limits.periods_at_most:
        found.append(Shortfall("periods_out_of_range", f"分期可以选 2 到 {limits.periods_at_most} 期。"))
    elif owed_fen(loan) < terms.periods * limits.part_at_least_fen:
        detail = f"分 {terms.periods} 期后每期不足 {spoken_yuan(limits.part_at_least_fen)} 元，请减少期数。"
        found.append(Shortfall("part_too_small", detail))
    latest = today + timedelta(days=limits.first_part_within_days)
    if terms.first_on is None or not today <= terms.first_on <= latest:
        detail = f"第一期请选今天到 {latest.year}年{latest.month}月{latest.day}日之间的一天。"
        found.append(Shortfall("first_part_out_of_range", detail))
    return found


def _reduce_shortfalls(terms: Terms, loan: LoanState, _limits: Limits, _today: date) -> list[Shortfall]:
    facts = facts_of(loan, stops=(), last_approved_on=None)
    if not facts.fee_fen + facts.penalty_fen:
        return [Shortfall("nothing_to_waive", "这笔借款目前没有可以减免的费用或罚息。")]
    if terms.fee_fen < 0 or terms.penalty_fen < 0 or not terms.size:
        return [Shortfall("amount_not_positive", "请写明希望减免多少费用或罚息，金额要大于 0 元。")]
    if terms.fee_fen > facts.fee_fen or terms.penalty_fen > facts.penalty_fen:
        most = f"费用 {spoken_yuan(facts.fee_fen)} 元、罚息 {spoken_yuan(facts.penalty_fen)} 元"
        return [Shortfall("reduction_too_large", f"目前最多可以减免{most}，请改一下金额。")]
    return []


def _stop_shortfalls(terms: Terms, _loan: LoanState, limits: Limits, _today: date) -> list[Shortfall]:
    if 1 <= terms.days <= limits.stop_days_at_most:
        return []
    return [Shortfall("stop_days_out_of_range", f"暂停联系可以选 1 到 {limits.stop_days_at_most} 天。")]


def _running() -> Shortfall:
    return Shortfall("plan_running", "这笔借款已经有一个正在执行的还款方案，请先按方案还款，或者转人工。")


def rule_on(terms: Terms, facts: HardshipFacts, policy: HardshipPolicy, today: date) -> Ruling:
    """Approved by the first rule that holds and is content; else for a person, with every reason why."""
    reasons = [
        HardshipReason(one.origin.id, f"{one.reason}。", str(one.origin))
        for one in policy.person
        if one.origin.holds_on(today) and one.stops & set(facts.stops)
    ]
    if facts.written_off:
        reasons.append(HardshipReason("written_off", "这笔借款需要人工来看。"))
    rules = policy.rules_on(today, terms.kind)
    if not rules:
        reasons.append(HardshipReason("no_rule", "这类申请由人工决定。"))
    for rule in rules:
        against = _against(rule, terms, facts, today)
        if not against and not reasons:
            return Ruling(rule, ())
        reasons += against
    return Ruling(None, tuple(dict.fromkeys(reasons)))


UNITS = {HardshipKind.DEFER: "个月", HardshipKind.PLAN: "期", HardshipKind.STOP: "天"}


def _against(rule: Rule, terms: Terms, facts: HardshipFacts, today: date) -> list[HardshipReason]:
    source, found = str(rule.origin), []
    if terms.size > rule.most:
        unit = UNITS.get(terms.kind)
        most = f"{rule.most} {unit}" if unit else f"{spoken_yuan(rule.most)} 元"
        found.append(HardshipReason("beyond_rule", f"超过 {most}的申请由人工决定。", source))
    if facts.days_past_due > rule.days_past_due_at_most:
        detail = f"逾期超过 {rule.days_past_due_at_most} 天的借款由人工决定。"
        found.append(HardshipReason("too_late_for_rule", detail, source))
    if facts.owed_fen > rule.owed_at_most_fen:
        detail = f"未还金额超过 {spoken_yuan(rule.owed_at_most_fen)} 元的申请由人工决定。"
        found.append(HardshipReason("too_much_for_rule", detail, source))
    last = facts.last_approved_on
    if last is not None and month_later(last, rule.none_in_months, last.day) > today:
        detail = f"{rule.none_in_months} 个月内已经办理过一次，再次申请由人工决定。"
        found.append(HardshipReason("helped_lately", detail, source))
    return found


def effect_of(proposal_id: str, terms: Terms, loan: LoanState, limits: Limits, today: date) -> Effect:
    """What approving does to a loan aged to `today`, for terms without shortfalls."""
    if terms.kind is HardshipKind.DEFER:
        oldest = loan.oldest_unpaid_due()
        assert oldest is not None, "an active loan has something unpaid"
        first_on = month_later(oldest, terms.months, loan.due_day)
        until_on = max(today, first_on - timedelta(days=limits.reminder_days + 1))
        return Effect(Deferred(loan.id, terms.months), until_on, {"first_on": first_on.isoformat()})
    if terms.kind is HardshipKind.PLAN:
        assert terms.first_on is not None
        parts = equal_parts(owed_fen(loan), terms.periods, terms.first_on)
        grace, frees = limits.plan_grace_days, limits.plan_stops_penalty
        says = {
            "parts": [{"due_on": part.due_on.isoformat(), "fen": part.fen} for part in parts],
            "grace_days": grace,
            "stops_penalty": frees,
            "received_before_fen": loan.received_fen,
        }
        return Effect(PlanAgreed(loan.id, proposal_id, parts, grace, frees), None, says)
    if terms.kind is HardshipKind.REDUCE:
        given = reduction(loan, fee_fen=terms.fee_fen, penalty_fen=terms.penalty_fen)
        until_on = today + timedelta(days=limits.reduction_days)
        return Effect(Waived(loan.id, given), until_on, {"waived": [list(one) for one in given]})
    until_on = today + timedelta(days=terms.days)
    # today has counted already: the days that stand still are those that follow, as many as were asked for
    pause = Pause(proposal_id, today + timedelta(days=1), until_on, "hardship", stops_penalty=limits.stop_stops_penalty)
    return Effect(Paused(loan.id, pause), until_on, {"stops_penalty": limits.stop_stops_penalty})
