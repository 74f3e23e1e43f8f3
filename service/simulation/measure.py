"""What a run came to, and how two runs differ, debtor by debtor, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from service.simulation.world import Life, Run

RESAMPLES = 2_000
MEASURES: dict[str, tuple[str, Callable[[Life], float]]] = {
    "recovered": ("回收（每户，元）", lambda one: one.paid_fen / 100),
    "contacts": ("文字触达（每户）", lambda one: one.contacts),
    "talks": ("人工沟通（每户）", lambda one: one.talks),
    "complaints": ("投诉（每户）", lambda one: one.complaints),
    "cost": ("成本（每户，元）", lambda one: float(one.cost_fen) / 100),
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean a debtor with its 95 % bounds."""

    low: float
    at: float
    high: float


def recovery_rate(run: Run) -> float:
    """Paid of what fell due."""
    return sum(one.paid_fen for one in run.lives) / max(1, sum(one.billed_fen for one in run.lives))


def cost_per_yuan(run: Run) -> float:
    """Yuan spent for a yuan recovered; 0 where nothing was."""
    recovered = sum(one.paid_fen for one in run.lives)
    return float(sum(one.cost_fen for one in run.lives)) / recovered if recovered else 0.0


def means(run: Run) -> dict[str, Estimate]:
    return {name: _bootstrap([of(one) for one in run.lives]) for name, (_, of) in MEASURES.items()}


def differences(of: Run, over: Run) -> dict[str, Estimate]:
    """of − over for the same debtors: their luck is the same in both, so that little of it is left in the difference.
    Raises ValueError where the runs are not of the same setting."""
    if (of.setting.seed, of.setting.debtors) != (over.setting.seed, over.setting.debtors):
        raise ValueError("runs of other debtors cannot be compared one by one")
    return {
        name: _bootstrap([value(a) - value(b) for a, b in zip(of.lives, over.lives, strict=True)])
        for name, (_, value) in MEASURES.items()
    }


def _bootstrap(values: Sequence[float]) -> Estimate:
    found = np.asarray(values, dtype=float)
    draw = np.random.default_rng(20261124)
    counts = draw.multinomial(len(found), np.full(len(found), 1 / len(found)), size=RESAMPLES)
    low, high = np.quantile(counts @ found / len(found), [0.025, 0.975])
    return Estimate(float(low), float(found.mean()), float(high))
