"""What two strategies do differently, and for whom: what a reviewer of a change wants to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from service.domain.collect.strategy import Strategy
from service.domain.collect.treatment import Step


@dataclass(frozen=True, slots=True)
class Difference:
    """In one tier, for debtors of a profile and risk (and of a product that a treatment names; "" any): the steps
    before and after, as texts."""

    tier: str
    profile: str
    risk: str
    product: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def differences(before: Strategy, after: Strategy) -> Iterator[Difference]:
    """In the order of tiers, profiles and risks. One that only one of the two knows has no steps in the other."""
    for tier, profile, risk, code in product(
        _names([one.tiers for one in (before, after)]),
        _names([one.profiles for one in (before, after)]),
        _names([one.risks for one in (before, after)]),
        ("", *sorted(_products(before) | _products(after))),
    ):
        was, becomes = (_steps(one, tier, profile, risk, code) for one in (before, after))
        if was != becomes:
            yield Difference(tier, profile, risk, code, was, becomes)


def told(step: Step) -> str:
    """'第 3 天 inapp:early_first（unless replied）'."""
    if step.to is not None:
        return f"第 {step.day} 天 → {step.to}"
    say = " > ".join(f"{channel}:{'|'.join(templates)}" for channel, templates in step.say.items())
    more = [
        f"按钮 {'、'.join(step.offer)}" if step.offer else "",
        f"距上次 {step.wait} 天" if step.wait else "",
        f"除非 {'、'.join(sorted(step.unless))}" if step.unless else "",
        f"时刻 {'、'.join(f'{one:%H:%M}' for one in step.hours)}" if step.hours else "",
    ]
    return f"第 {step.day} 天 {say}" + "".join(f" · {one}" for one in more if one)


def _names(lists: list[tuple]) -> tuple[str, ...]:  # type: ignore[type-arg]
    return tuple(dict.fromkeys(one.origin.id for rows in lists for one in rows))


def _products(strategy: Strategy) -> frozenset[str]:
    return frozenset().union(*(one.products or () for one in strategy.treatments))


def _steps(strategy: Strategy, tier: str, profile: str, risk: str, code: str) -> tuple[str, ...]:
    products = frozenset({code} if code else ())
    for one in strategy.treatments:
        if one.tier == tier and one.fits(profile=profile, risk=risk, products=products):
            return tuple(told(step) for step in one.steps)
    return ()
