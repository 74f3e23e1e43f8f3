"""Which classifier hears borrowers best: a table of accuracy, training time, time of a parse, and size.

    python -m benchmarks.classifiers [--dev FILE.tsv] [--folds 4] [--only 'together']

Held-out accuracy is measured on data/nlu cut so that lines like each other stay together (benchmarks/held_out.py),
once as they are and once with typing slips; `any` and `first` on a file of id, labels joined by |, text.
"""

from __future__ import annotations

import argparse
import logging
import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jieba
import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.svm import LinearSVC

from benchmarks.held_out import FOLDS, folds, labelled, right, training_lines, with_slips
from bot.components.linear_model import VIEWS, Example
from bot.text.features import canonical

ROOT = Path(__file__).resolve().parent.parent
COSTS = {"train s", "parse us", "MB"}
CHOSEN = {"letters": 1.0, "gaps": 0.6, "sounds": 0.8, "words": 0.6}


def _runs(example: Example) -> list[str]:
    text = f"^{canonical(example[0])}$"
    return [text[i : i + n] for n in range(1, 5) for i in range(len(text) - n + 1)]


ANALYZERS: dict[str, Callable[[Example], list[str]]] = {**VIEWS, "runs": _runs}


@dataclass(slots=True)
class Candidate:
    """A name, the weights of its views, and what makes a fresh machine."""

    name: str
    views: dict[str, float]
    make: Callable[[], Any]


def _svm() -> LinearSVC:
    return LinearSVC(C=1.0, max_iter=3000, random_state=7)


def _logistic() -> LogisticRegression:
    return LogisticRegression(C=10.0, class_weight="balanced", max_iter=60)


class Together:
    """Several machines, each of which says how far an intent stands out for it; the sum decides."""

    def __init__(self, *machines: Any) -> None:
        self._machines = machines

    def fit(self, features: csr_matrix, intents: Sequence[str]) -> Together:
        for machine in self._machines:
            machine.fit(features, intents)
        return self

    def predict(self, features: csr_matrix) -> np.ndarray:
        said = sum(self._standing_out(machine, features) for machine in self._machines)
        return self._machines[0].classes_[np.argmax(said, axis=1)]

    def _standing_out(self, machine: Any, features: csr_matrix) -> np.ndarray:
        if hasattr(machine, "decision_function"):
            scores = machine.decision_function(features)
        else:
            scores = machine.predict_log_proba(features)
        return (scores - scores.mean(axis=1, keepdims=True)) / scores.std(axis=1, keepdims=True)


CANDIDATES = (
    Candidate("SVM: characters, gaps, sounds, words (chosen)", CHOSEN, _svm),
    Candidate("SVM: without gaps", {**CHOSEN, "gaps": 0}, _svm),
    Candidate("SVM: without sounds", {**CHOSEN, "sounds": 0}, _svm),
    Candidate("SVM: without words", {**CHOSEN, "words": 0}, _svm),
    Candidate("SVM: characters alone", {"letters": 1.0}, _svm),
    Candidate("SVM: runs of 1 to 4 characters, sounds, words", {"runs": 1.0, "sounds": 0.8, "words": 0.6}, _svm),
    Candidate("logistic regression", CHOSEN, _logistic),
    Candidate("ridge", CHOSEN, lambda: RidgeClassifier(alpha=2.0, class_weight="balanced", solver="sparse_cg")),
    Candidate("naive Bayes (complement)", CHOSEN, lambda: ComplementNB(alpha=0.3)),
    Candidate("together: SVM, logistic regression", CHOSEN, lambda: Together(_svm(), _logistic())),
    Candidate(
        "together: SVM, logistic regression, naive Bayes",
        CHOSEN,
        lambda: Together(_svm(), _logistic(), ComplementNB(alpha=0.3)),
    ),
    Candidate("nearest centroid", CHOSEN, NearestCentroid),
    Candidate("nearest 8 neighbours", CHOSEN, lambda: KNeighborsClassifier(8, weights="distance", metric="cosine")),
)


class Trained:
    """A candidate that has seen `examples`."""

    def __init__(self, candidate: Candidate, examples: Sequence[Example], intents: Sequence[str]) -> None:
        self._views = [
            (weight, TfidfVectorizer(analyzer=ANALYZERS[view], sublinear_tf=True, dtype=np.float32).fit(examples))
            for view, weight in candidate.views.items()
            if weight
        ]
        self._machine = candidate.make().fit(self._features(examples), intents)

    def _features(self, examples: Sequence[Example]) -> csr_matrix:
        return hstack([view.transform(examples) * weight for weight, view in self._views], format="csr")

    def hear(self, examples: Sequence[Example]) -> np.ndarray:
        return self._machine.predict(self._features(examples))

    def megabytes(self) -> float:
        return len(pickle.dumps(self)) / 1e6


class Words:
    """Examples as the bot's tokenizer makes them."""

    def __init__(self) -> None:
        jieba.setLogLevel(logging.WARNING)
        self._words = jieba.Tokenizer()
        self._words.load_userdict(str(ROOT / "data/jieba/terms.txt"))

    def examples(self, texts: Sequence[str]) -> list[Example]:
        return [(text, [word for word in self._words.cut(text) if word.strip()]) for text in texts]


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that is measured on, split into words once."""

    examples: list[Example]
    slipped: list[Example]
    intents: np.ndarray
    parts: list[tuple[np.ndarray, np.ndarray]]
    dev: list[Example]
    labels: list[list[str]]


def gather(dev: Path | None, *, most_folds: int) -> Material:
    words, lines = Words(), training_lines()
    texts = [text for text, _ in lines]
    rows = labelled(dev) if dev else []
    return Material(
        examples=words.examples(texts),
        slipped=words.examples(with_slips(texts)),
        intents=np.array([intent for _, intent in lines]),
        parts=list(folds(lines))[:most_folds],
        dev=words.examples([text for text, _ in rows]),
        labels=[labels for _, labels in rows],
    )


def measure(candidate: Candidate, given: Material) -> dict[str, float]:
    held: list[np.ndarray] = []
    slipped: list[np.ndarray] = []
    for kept, out in given.parts:
        machine = Trained(candidate, [given.examples[i] for i in kept], given.intents[kept])
        held.append(machine.hear([given.examples[i] for i in out]) == given.intents[out])
        slipped.append(machine.hear([given.slipped[i] for i in out]) == given.intents[out])
    started = time.perf_counter()
    whole = Trained(candidate, given.examples, given.intents)
    seconds = time.perf_counter() - started
    row = {"held out": np.concatenate(held).mean(), "with slips": np.concatenate(slipped).mean()}
    if given.dev:
        heard = whole.hear(given.dev)
        row["any"] = np.mean([right(h, labels) for h, labels in zip(heard, given.labels, strict=True)])
        row["first"] = np.mean([right(h, labels[:1]) for h, labels in zip(heard, given.labels, strict=True)])
    return {**row, "train s": seconds, "parse us": _parse(whole, given), "MB": whole.megabytes()}


def _parse(machine: Trained, given: Material) -> float:
    """Median microseconds of one text, from its words to its intent."""
    taken = []
    for example in given.examples[:: max(1, len(given.examples) // 200)]:
        started = time.perf_counter()
        machine.hear([example])
        taken.append((time.perf_counter() - started) * 1e6)
    return float(np.median(taken))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--dev", type=Path)
    options.add_argument("--folds", type=int, default=FOLDS)
    options.add_argument("--only", default="", help="those whose name has this in it")
    asked = options.parse_args()
    candidates = [one for one in CANDIDATES if asked.only in one.name]
    given = gather(asked.dev, most_folds=asked.folds)
    for number, candidate in enumerate(candidates):
        row = measure(candidate, given)
        if number == 0:
            print(f"| machine | {' | '.join(row)} |\n|{'---|' * (len(row) + 1)}")
        cells = [f"{value:.1f}" if name in COSTS else f"{value:.3f}" for name, value in row.items()]
        print(f"| {candidate.name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
