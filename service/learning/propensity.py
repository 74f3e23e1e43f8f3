"""How likely a debtor pays what is overdue within two weeks: a calibrated logistic regression, kept as readable JSON.

Logistic regression because each account's score is a sum that can be told to people; gradient boosting is trained
beside it, and the report says what would be gained. Scores choose how often and when somebody is asked, nothing else:
what touches a debtor's rights is decided by people (个人信息保护法第 24 条).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from service.domain.errors import XiaoqingError
from service.learning.features import FEATURES, features_of

HORIZON_DAYS = 14
ROWS_AT_LEAST = 400
CLASS_AT_LEAST = 40
_BINS = 10
_UNSTABLE = 0.25  # population stability index: the usual mark for "look at it"


class TooFewRows(XiaoqingError):
    """There is not enough to learn from; rules decide meanwhile."""

    code = "too_few_rows"


class UnknownModel(XiaoqingError):
    """The file is no model of this version."""

    code = "unknown_model"


@dataclass(frozen=True, slots=True)
class Quality:
    """On rows later than those it was trained on. `auc` and `brier` as usual; `boosted_auc` of gradient boosting on the
    same rows; `reliability`: for each tenth of the scores how many, the mean score and the share that paid."""

    rows: int
    paid: int
    auc: float
    brier: float
    boosted_auc: float
    reliability: list[tuple[int, float, float]]


@dataclass(frozen=True, slots=True)
class Model:
    """Scores are `calibrate(sigmoid(bias + Σ weight × (x − mean) / scale))`; `steps` are the calibration's points;
    `seen` are each feature's bin edges and shares at training, for drift."""

    version: str
    trained_on: tuple[str, str]
    rows: int
    means: list[float]
    scales: list[float]
    weights: list[float]
    bias: float
    steps: tuple[list[float], list[float]]
    seen: list[tuple[list[float], list[float]]]
    quality: Quality

    def score(self, facts: Mapping[str, Any]) -> Decimal:
        """The chance, 0 to 1, to four places."""
        logit = self.bias + float(np.sum(self._terms(facts)))
        raw = 1 / (1 + np.exp(-logit))
        return Decimal(str(round(float(np.interp(raw, *self.steps)), 4)))

    def why(self, facts: Mapping[str, Any], *, most: int = 3) -> list[dict[str, Any]]:
        """What moved this score most, against the average debtor: the feature in Chinese, and its part of the log-odds
        (positive: more likely to pay)."""
        terms = self._terms(facts)
        names = list(FEATURES.values())
        largest = sorted(range(len(names)), key=lambda at: -abs(terms[at]))[:most]
        return [{"what": names[at], "part": round(float(terms[at]), 2)} for at in largest if abs(terms[at]) >= 0.01]

    def drift(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        """Population stability index by feature of these facts against those it was trained on."""
        values = np.array([features_of(one) for one in rows])
        return {
            name: round(_stability(edges, shares, values[:, at]), 3)
            for at, (name, (edges, shares)) in enumerate(zip(FEATURES, self.seen, strict=True))
        }

    def _terms(self, facts: Mapping[str, Any]) -> Any:
        return (np.array(features_of(facts)) - self.means) / self.scales * self.weights


def drifted(stability: Mapping[str, float]) -> list[str]:
    """The features, in Chinese, that moved far from what the model was trained on."""
    return [FEATURES[name] for name, value in stability.items() if value > _UNSTABLE]


def train(rows: Sequence[Mapping[str, Any]]) -> Model:
    """Of rows {facts, paid, on} in the order of their days: three fifths train, the next calibrates, the last tells the
    quality. Raises TooFewRows."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.isotonic import IsotonicRegression
    from sklearn.linear_model import LogisticRegression

    paid = np.array([bool(one["paid"]) for one in rows])
    if len(rows) < ROWS_AT_LEAST or min(paid.sum(), (~paid).sum()) < CLASS_AT_LEAST:
        raise TooFewRows(
            f"可以学习的记录有 {len(rows)} 条（还上 {int(paid.sum())}），至少需要 {ROWS_AT_LEAST} 条、"
            f"还上和没还上各 {CLASS_AT_LEAST} 条；在此之前按规则分档。"
        )
    values = np.array([features_of(one["facts"]) for one in rows])
    fit, tune, test = _split(len(rows))
    means, scales = values[fit].mean(axis=0), values[fit].std(axis=0)
    scales[scales == 0] = 1.0
    machine = LogisticRegression(C=1.0, max_iter=1000).fit((values[fit] - means) / scales, paid[fit])
    boosted = HistGradientBoostingClassifier(max_iter=150, learning_rate=0.06, random_state=7).fit(
        values[fit], paid[fit]
    )
    raw = machine.predict_proba((values - means) / scales)[:, 1]
    steps = IsotonicRegression(out_of_bounds="clip", y_min=0.001, y_max=0.999).fit(raw[tune], paid[tune])
    scores = np.interp(raw[test], steps.X_thresholds_, steps.y_thresholds_)
    quality = _quality(scores, raw[test], paid[test], boosted.predict_proba(values[test])[:, 1])
    days = [str(one["on"]) for one in rows]
    return Model(
        version=f"{days[-1]}-{len(rows)}",
        trained_on=(days[0], days[-1]),
        rows=len(rows),
        means=means.tolist(),
        scales=scales.tolist(),
        weights=machine.coef_[0].tolist(),
        bias=float(machine.intercept_[0]),
        steps=(steps.X_thresholds_.tolist(), steps.y_thresholds_.tolist()),
        seen=[_shares(values[:, at]) for at in range(len(FEATURES))],
        quality=quality,
    )


def save(model: Model, path: Path) -> None:
    """Whole or not at all: whoever reads meanwhile reads the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_suffix(".new")
    made.write_text(json.dumps({"features": list(FEATURES), **asdict(model)}, ensure_ascii=False, indent=1))
    made.replace(path)


def load(path: Path) -> Model | None:
    """None where there is no model. Raises UnknownModel for a file that is none or cannot be read, for other features,
    and for numbers that give no score: better known here than in the middle of a plan."""
    if not path.exists():
        return None
    try:
        kept = json.loads(path.read_text())
        if kept.pop("features") != list(FEATURES):
            raise UnknownModel(f"{path} 是为另一组特征训练的，请重新训练：xiaoqing propensity train")
        model = Model(**{**kept, "quality": Quality(**kept["quality"])})
        _check(model)
        return model
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UnknownModel(f"{path} 不是可用的模型文件，请删除它或重新训练：xiaoqing propensity train") from None


def _check(model: Model) -> None:
    """Raises ValueError or TypeError where the model has not one finite number for each feature, or no calibration."""
    for each in (model.means, model.scales, model.weights):
        if np.shape(each) != (len(FEATURES),) or not np.isfinite(each).all():
            raise ValueError("not one number for each feature")
    xs, ys = (np.asarray(one, dtype=float) for one in model.steps)
    if not (np.all(model.scales) and np.isfinite(model.bias) and xs.shape == ys.shape and xs.ndim == 1 and xs.size):
        raise ValueError("no scale, no bias or no calibration")
    if not (np.all(np.diff(xs) >= 0) and np.all((ys >= 0) & (ys <= 1)) and len(model.seen) == len(FEATURES)):
        raise ValueError("a calibration out of order, or features that were not seen")
    for edges, shares in model.seen:
        if len(shares) != len(edges) + 1 or not np.isfinite([*edges, *shares]).all():
            raise ValueError("a feature whose shares are not those of its edges")


def _split(n: int) -> tuple[slice, slice, slice]:
    """By time: what comes later judges what came before."""
    return slice(0, n * 3 // 5), slice(n * 3 // 5, n * 4 // 5), slice(n * 4 // 5, n)


def _quality(scores: Any, raw: Any, paid: Any, boosted: Any) -> Quality:
    from sklearn.metrics import brier_score_loss, roc_auc_score

    both = 0 < paid.sum() < len(paid)
    edges = np.quantile(scores, np.linspace(0, 1, _BINS + 1))
    bins = np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, _BINS - 1)
    reliability = [
        (int((bins == at).sum()), round(float(scores[bins == at].mean()), 4), round(float(paid[bins == at].mean()), 4))
        for at in range(_BINS)
        if (bins == at).any()
    ]
    return Quality(
        rows=len(paid),
        paid=int(paid.sum()),
        auc=round(float(roc_auc_score(paid, raw)), 4) if both else 0.5,
        brier=round(float(brier_score_loss(paid, scores)), 4),
        boosted_auc=round(float(roc_auc_score(paid, boosted)), 4) if both else 0.5,
        reliability=reliability,
    )


def _shares(values: Any) -> tuple[list[float], list[float]]:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)))[1:-1]
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    return edges.tolist(), (counts / counts.sum()).tolist()


def _stability(edges: list[float], shares: list[float], values: Any) -> float:
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    now = np.maximum(counts / max(counts.sum(), 1), 1e-4)
    then = np.maximum(np.array(shares), 1e-4)
    return float(np.sum((now - then) * np.log(now / then)))
