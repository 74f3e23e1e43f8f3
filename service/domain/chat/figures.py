"""The numbers that answers may name, as borrowers read them, taken from the tables that decide them.

An answer of the knowledge base names a number as {name}; what is here is all there is to name. Examples are computed
by the ledger's own functions, so that they are what a loan would really cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from service.domain.collect.outreach import Counter
from service.domain.collect.policy import Policy
from service.domain.collect.rules import Rules
from service.domain.loan.hardship_policy import HardshipPolicy
from service.domain.loan.interest import GraceMode, accrued_fen
from service.domain.loan.limit_rules import LimitRules
from service.domain.loan.price import flows_of
from service.domain.loan.price_caps import PriceCaps
from service.domain.loan.products import Product, Products
from service.domain.loan.schedule import build_schedule
from service.domain.loan.terms import CardTerms
from service.domain.money import spoken_yuan
from service.domain.rows import PolicyError

EXAMPLE_FEN = 1_000_000
EXAMPLE_PERIODS = 12
LATE_FEN, LATE_DAYS = 100_000, 10
A_MONTH = 30
NONE = "无"
PARTS = {"fee": "费用", "penalty": "罚息", "interest": "利息", "principal": "本金"}


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables that decide the numbers; `person_hours` is when people answer, as it is said."""

    products: Products
    price_caps: PriceCaps
    policy: Policy
    limit_rules: LimitRules
    hardship: HardshipPolicy
    person_hours: str


def figures_from(tables: Tables) -> Callable[[date], Mapping[str, str]]:
    """The numbers by name, as they hold on a day; one whose row does not hold then is not there."""
    products = tables.products
    standing = {
        "institution": tables.policy.templates.institution,
        "person_hours": tables.person_hours,
        "remind_days": str(tables.policy.strategy.days_ahead),
        **_prices(products),
        **_examples(products),
        **_limits(tables.limit_rules),
    }

    def on(day: date) -> Mapping[str, str]:
        return {
            **standing,
            **_collection(tables.policy.rules.on(day)),
            **_hardship(tables.hardship, day),
            **_cap(tables.price_caps, day),
        }

    return on


def _prices(products: Products) -> Mapping[str, str]:
    all_of_them = tuple(products.values())
    rates = [one.annual_rate for one in all_of_them]
    with_grace = [one for one in all_of_them if one.grace_days]
    with_statements = [one for one in all_of_them if one.card]
    free = not any(one.early_fee_rate for one in all_of_them)
    return {
        "product_names": _names(all_of_them),
        "rate_lowest": _percent(min(rates)),
        "rate_highest": _percent(max(rates)),
        "grace_days": _span(one.grace_days for one in with_grace),
        "without_grace": _names(one for one in all_of_them if not one.grace_days),
        "grace_end_products": _names(one for one in with_grace if one.grace_mode is GraceMode.FROM_GRACE_END),
        "penalty_times": _span(one.penalty_multiplier for one in all_of_them),
        "penalty_cap": _percent(max(one.penalty_cap for one in all_of_them)),
        "early_fee": "不收手续费" if free else "手续费以合同为准",
        "allocation_order": "、".join(PARTS[part] for part in _common(one.allocation_order for one in all_of_them)),
        "principal_first_days": _span(one.principal_first_from - 1 for one in all_of_them if one.principal_first_from),
        "by_day_products": _names(one for one in all_of_them if one.interest_by_day),
        "statement_products": _names(with_statements),
        "revolving_products": _names(one for one in all_of_them if one.revolving),
        **{f"rate_{one.code}": _percent(one.annual_rate) for one in all_of_them},
        **{f"periods_{one.code}": "、".join(str(number) for number in one.periods) for one in all_of_them},
        **{f"least_{one.code}": spoken_yuan(one.min_principal_fen) for one in all_of_them},
        **{f"most_{one.code}": spoken_yuan(one.max_principal_fen) for one in all_of_them},
        **{f"penalty_{one.code}": _percent(one.penalty_rate) for one in all_of_them},
        **{f"grace_{one.code}": str(one.grace_days) for one in all_of_them},
        **{
            f"principal_grace_{one.code}": str(one.principal_grace_periods)
            for one in all_of_them
            if one.principal_grace_periods
        },
        **{name: value for one in all_of_them if one.card for name, value in _statements(one.code, one.card).items()},
    }


def _statements(code: str, card: CardTerms) -> Mapping[str, str]:
    return {
        f"due_days_{code}": str(card.due_after_days),
        f"minimum_share_{code}": _percent(card.minimum_rate),
        f"minimum_floor_{code}": spoken_yuan(card.minimum_floor_fen),
    }


def _examples(products: Products) -> Mapping[str, str]:
    """10,000 yuan over twelve months where interest is counted by the month, over a day or a month of 30 days where
    by the day; 1,000 yuan ten days late. A product that cannot have such a loan has no example."""
    made = {
        "example_sum": spoken_yuan(EXAMPLE_FEN),
        "example_periods": str(EXAMPLE_PERIODS),
        "example_late_sum": spoken_yuan(LATE_FEN),
        "example_late_days": str(LATE_DAYS),
        "example_month_days": str(A_MONTH),
    }
    for product in products.values():
        made |= {f"example_{product.code}_{name}": value for name, value in _example(product).items()}
    return made


def _example(product: Product) -> Mapping[str, str]:
    year = product.day_count.year_basis
    of_days = {
        name: _interest(EXAMPLE_FEN, product.annual_rate, days, year) for name, days in (("day", 1), ("month", A_MONTH))
    }
    late = {"late": _interest(LATE_FEN, product.penalty_rate, LATE_DAYS, year)}
    offered = EXAMPLE_PERIODS in product.periods
    if not offered or not product.min_principal_fen <= EXAMPLE_FEN <= product.max_principal_fen:
        return of_days | late
    if product.day_count.value != "30/360":  # the sum depends on the calendar
        return of_days | late
    terms = product.terms(principal_fen=EXAMPLE_FEN, periods=EXAMPLE_PERIODS, start_on=None)
    rows = build_schedule(terms)
    total = sum(row.interest_fen for row in rows)
    flat = {"fee_rate": _percent(product.flat_monthly_rate)} if product.flat_monthly_rate else {}
    return {
        **of_days,
        **late,
        **flat,
        "first": spoken_yuan(rows[0].payment_fen),
        "last": spoken_yuan(rows[-1].payment_fen),
        "first_interest": spoken_yuan(rows[0].interest_fen),
        "interest": spoken_yuan(total),
        "total": spoken_yuan(EXAMPLE_FEN + total),
        "cost": _percent(flows_of(terms).cost().nominal),
    }


def _interest(principal_fen: int, rate: Decimal, days: int, year: int) -> str:
    return spoken_yuan(accrued_fen(principal_fen, annual_rate=rate, days=days, year_basis=year))


def _limits(rules: LimitRules) -> Mapping[str, str]:
    return {
        "limit_cap": spoken_yuan(rules.cap_fen),
        "limit_step": spoken_yuan(rules.step_fen),
        "automatic_share": f"{rules.automatic_share_percent}%",
        "temporary_share": f"{rules.temporary_share_percent}%",
        "temporary_days": str(rules.temporary_max_days),
        "cooling_days": str(rules.cooling_days),
        "review_days": str(rules.review_days),
        "income_days": str(rules.income_valid_days),
        "explained_days": str(rules.explained_days),
    }


def _collection(rules: Rules) -> Mapping[str, str]:
    hours = {one.origin.id: f"{one.opens:%H:%M}—{one.closes:%H:%M}" for one in rules.hours}
    law = {cap.origin.id: cap.at_most for cap in rules.caps}
    strictest = {
        counter: min((cap.at_most for cap in rules.caps if cap.counter is counter), default=None) for counter in Counter
    }
    found = {
        "collection_hours": hours.get("law"),
        "calls_law": law.get("connected_law"),
        "calls_own": strictest[Counter.CONNECTED_TODAY],
        "attempts": strictest[Counter.ATTEMPTS_ON_NUMBER_TODAY],
        "written_day": strictest[Counter.WRITTEN_TODAY],
        "written_week": strictest[Counter.WRITTEN_7_DAYS],
        "promise_days": min((one.max_days for one in rules.promises), default=None),
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def _cap(caps: PriceCaps, day: date) -> Mapping[str, str]:
    binding = [cap.rate for cap in caps.on(day) if cap.binds]
    return {"all_in_cap": _percent(min(binding))} if binding else {}


def _hardship(policy: HardshipPolicy, day: date) -> Mapping[str, str]:
    found = [one for one in policy.limits if one.origin.holds_on(day)]
    if not found:
        return {}
    limits = found[0]
    return {
        "plan_periods": str(limits.periods_at_most),
        "plan_grace_days": str(limits.plan_grace_days),
        "plan_part": spoken_yuan(limits.part_at_least_fen),
        "defer_months": str(limits.months_at_most),
        "stop_days": str(limits.stop_days_at_most),
    }


def _names(products: Iterable[Product]) -> str:
    return "、".join(one.name for one in products) or NONE


def _common(orders: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The one order of all products; answers that name it are wrong as soon as they differ."""
    known = set(orders)
    if len(known) != 1:
        raise PolicyError("products.toml: allocation_order: products differ, so answers cannot name one order")
    return known.pop()


def _span(values: Iterable[int | Decimal]) -> str:
    """One number, or from the least to the most."""
    known = sorted(set(values))
    if not known:
        return NONE
    return f"{known[0]}" if len(known) == 1 else f"{known[0]}—{known[-1]}"


def _percent(rate: Decimal | None) -> str:
    """0.144 → 14.4%, to a hundredth of a percent."""
    assert rate is not None
    text = f"{(rate * 100).quantize(Decimal('0.01')):f}"
    return text.rstrip("0").rstrip(".") + "%"
