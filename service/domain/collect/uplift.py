"""What an arm of an experiment did compared with the champion, with intervals that hold however often one looks.

Intervals of differences are confidence sequences of the normal mixture (Robbins 1970; Howard et al. 2021): valid at all
looks together, so that stopping as soon as one excludes zero keeps the chance of error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from service.domain.collect.experiment import CHAMPION, Experiment

_SPREAD = Decimal("0.05")  # differences of about five percentage points are what is looked for


class Measure(StrEnum):
    """Of each debtor, between 0 and 1: the share of what was overdue that he paid; whether he paid all of it; whether
    he complained or asked to be left alone."""

    RECOVERY = "recovery"
    CURE = "cure"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one debtor, within the horizon of his exposure. Sums in fen."""

    arm: str
    overdue_fen: int
    paid_fen: int
    complained: bool
    contacts: int
    cost_fen: Decimal

    def value(self, measure: Measure) -> Decimal:
        if measure is Measure.COMPLAINT:
            return Decimal(self.complained)
        if measure is Measure.CURE:
            return Decimal(self.paid_fen >= self.overdue_fen)
        return Decimal(min(self.paid_fen, self.overdue_fen)) / self.overdue_fen if self.overdue_fen > 0 else Decimal(1)


@dataclass(frozen=True, slots=True)
class Mean:
    """Of `n` debtors; `variance` is the unbiased one of single values."""

    n: int
    mean: Decimal
    variance: Decimal


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference or a rate, and the bounds it has with the chance of error asked for."""

    low: Decimal
    at: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class ArmResult:
    """`uplift` by measure against the champion; empty for the champion and while one of the two has fewer than two."""

    arm: str
    n: int
    means: Mapping[Measure, Mean]
    uplift: Mapping[Measure, Interval]
    contacts: Decimal  # a debtor
    cost_fen: Decimal  # a debtor


class Verdict(StrEnum):
    """`harmful` stops an arm by itself; to end an experiment for a winner is a person's decision."""

    GOES_ON = "goes_on"
    BETTER = "better"
    WORSE = "worse"
    HARMFUL = "harmful"


@dataclass(frozen=True, slots=True)
class Judgement:
    arm: str
    verdict: Verdict
    why: str


def mean_of(values: Iterable[Decimal]) -> Mean:
    found = list(values)
    n = len(found)
    if n == 0:
        return Mean(0, Decimal(0), Decimal(0))
    mean = sum(found, Decimal(0)) / n
    spread = sum(((one - mean) ** 2 for one in found), Decimal(0))
    return Mean(n, mean, spread / (n - 1) if n > 1 else Decimal(0))


def difference(of: Mean, over: Mean, *, level: Decimal) -> Interval:
    """of − over. Raises ValueError where one has fewer than two values: nothing is known of its spread."""
    if of.n < 2 or over.n < 2:
        raise ValueError("an interval needs two values on each side")
    at = of.mean - over.mean
    # A rate of exactly 0 or 1 has no spread in the sample; half an event keeps the interval from closing on it.
    variance = _variance(of) / of.n + _variance(over) / over.n
    half = _half_width(variance, level)
    return Interval(at - half, at, at + half)


def rate_above(of: Mean, *, level: Decimal) -> Interval:
    """The rate itself, with bounds that hold at all looks."""
    half = _half_width(_variance(of) / max(of.n, 1), level)
    return Interval(max(Decimal(0), of.mean - half), of.mean, of.mean + half)


def _variance(of: Mean) -> Decimal:
    return max(of.variance, Decimal(1) / (2 * max(of.n, 1)))


def _half_width(variance: Decimal, level: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 28
        total = variance + _SPREAD**2
        inside = variance * total / _SPREAD**2 * (2 * (1 / level).ln() + (total / variance).ln())
        return inside.sqrt()


def results_of(experiment: Experiment, outcomes: Iterable[Outcome]) -> tuple[ArmResult, ...]:
    """One an arm, the champion first; a debtor that counts for an arm that is gone is left out."""
    by_arm: dict[str, list[Outcome]] = {arm.id: [] for arm in experiment.arms}
    for one in outcomes:
        if one.arm in by_arm:
            by_arm[one.arm].append(one)
    means = {arm: {m: mean_of(one.value(m) for one in found) for m in Measure} for arm, found in by_arm.items()}
    return tuple(
        ArmResult(
            arm,
            len(found),
            means[arm],
            {} if arm == CHAMPION else _uplift(means[arm], means[CHAMPION], experiment.level),
            _mean(Decimal(one.contacts) for one in found),
            _mean(one.cost_fen for one in found),
        )
        for arm, found in by_arm.items()
    )


def _uplift(of: Mapping[Measure, Mean], over: Mapping[Measure, Mean], level: Decimal) -> Mapping[Measure, Interval]:
    if min(of[Measure.CURE].n, over[Measure.CURE].n) < 2:
        return {}
    return {measure: difference(of[measure], over[measure], level=level) for measure in Measure}


def _mean(values: Iterable[Decimal]) -> Decimal:
    return mean_of(values).mean


def judge(
    experiment: Experiment, results: Iterable[ArmResult], complaints: Mapping[str, Mean]
) -> tuple[Judgement, ...]:
    """Of every arm but the champion. `complaints`: by arm, of everybody exposed, whether he has complained by now. It
    can only grow, so harm that shows already need not wait until horizons are over."""
    return tuple(
        _judged(experiment, one, complaints.get(one.arm, mean_of(()))) for one in results if one.arm != CHAMPION
    )


def _judged(experiment: Experiment, of: ArmResult, complained: Mean) -> Judgement:
    guard = experiment.guard
    complaints = rate_above(complained, level=experiment.level)
    if complained.n >= guard.exposed_at_least and complaints.low > guard.complaint_rate_at_most:
        return Judgement(
            of.arm,
            Verdict.HARMFUL,
            f"投诉率至少 {_percent(complaints.low)}，超过上限 {_percent(guard.complaint_rate_at_most)}",
        )
    if of.n < guard.exposed_at_least or not of.uplift:
        return Judgement(of.arm, Verdict.GOES_ON, f"到期样本 {of.n} 人，少于 {guard.exposed_at_least} 人，继续观察")
    recovery = of.uplift[Measure.RECOVERY]
    if recovery.high < -guard.recovery_drop_at_most:
        return Judgement(of.arm, Verdict.HARMFUL, f"回收比现行做法至少低 {_percent(-recovery.high)}，超过容忍的下降")
    if recovery.low > 0:
        return Judgement(of.arm, Verdict.BETTER, f"回收比现行做法高 {_range(recovery)}，可以考虑采用")
    if recovery.high < 0:
        return Judgement(of.arm, Verdict.WORSE, f"回收比现行做法低 {_range(recovery)}")
    return Judgement(of.arm, Verdict.GOES_ON, f"回收差异 {_range(recovery)}，还不能下结论")


def _percent(value: Decimal) -> str:
    return f"{value * 100:.2f} %"


def _range(of: Interval) -> str:
    return f"{of.at * 100:+.2f} 个百分点（{of.low * 100:+.2f} 至 {of.high * 100:+.2f}）"
