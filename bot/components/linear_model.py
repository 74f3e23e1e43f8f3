"""The arithmetic of the intent classifier: four TF-IDF views, one-against-rest margins, one temperature.

Where an encoder gives vectors, they are a fifth view.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from bot.text.features import gaps, letters, sounds, words

Example = tuple[str, Sequence[str]]  # the text and its tokens
FOLDS = 3
UNCALIBRATED = 3.0  # the temperature where there are too few examples to measure one


def _letters(example: Example) -> list[str]:
    return letters(example[0])


def _gaps(example: Example) -> list[str]:
    return gaps(example[0])


def _sounds(example: Example) -> list[str]:
    return sounds(example[0])


def _words(example: Example) -> list[str]:
    return words(example[1])


VIEWS = {"letters": _letters, "gaps": _gaps, "sounds": _sounds, "words": _words}


@dataclass(slots=True)
class LinearModel:
    """A trained machine; `temperature` scales margins so that the softmax of them is right as often as it says."""

    intents: list[str]
    views: list[tuple[float, TfidfVectorizer]]
    coefficients: np.ndarray
    intercepts: np.ndarray
    temperature: float
    vector_weight: float = 0.0
    dimensions: int = 0  # of the vectors it was trained with

    @classmethod
    def fit(
        cls,
        examples: Sequence[Example],
        intents: Sequence[str],
        *,
        weights: Mapping[str, float],
        regularisation: float,
        caution: float = 1.0,
        vectors: np.ndarray | None = None,
        vector_weight: float = 0.0,
    ) -> LinearModel:
        """Train on `examples`; deterministic. Needs at least two intents. `caution` below 1 flattens confidences.

        `vectors`, a row for each example, are a further view of `vector_weight`; predicting then needs them, too.
        """
        views = [(w, _vectorizer(VIEWS[name])) for name, w in weights.items() if w > 0]
        names, labels = np.unique(np.asarray(intents), return_inverse=True)
        seen = hstack([view.fit_transform(examples) * w for w, view in views], format="csr")
        features = _joined(seen, vectors, vector_weight)
        machine = _machine(regularisation).fit(features, labels)
        coefficients, intercepts = _one_row_each(machine)
        temperature = caution * _temperature(features, labels, regularisation)
        dimensions = 0 if vectors is None else vectors.shape[1]
        return cls(list(map(str, names)), views, coefficients, intercepts, temperature, vector_weight, dimensions)

    def probabilities(self, text: str, tokens: Sequence[str], *, vectors: np.ndarray | None = None) -> np.ndarray:
        """One probability per intent, in the order of `intents`."""
        if vectors is not None:
            return self.many([(text, tokens)], vectors=vectors)[0]
        columns, values = self._known_of((text, tokens))
        if not columns.size:
            return np.full(len(self.intents), 1 / len(self.intents))
        margins = values @ self.coefficients.T[columns] + self.intercepts
        return _softmax(margins[np.newaxis] * self.temperature)[0]

    def _known_of(self, example: Example) -> tuple[np.ndarray, np.ndarray]:
        """The columns of one text that are not zero, and their values: what `_features` gives, in a thirtieth of the
        time, for scikit-learn checks and converts whole matrices in each of the views."""
        columns, values, before = [], [], 0
        for weight, view in self.views:
            known = view.vocabulary_
            counts = Counter(known[gram] for gram in view.analyzer(example) if gram in known)
            of_view = np.fromiter(counts, dtype=np.intp, count=len(counts))
            tf_idf = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * view.idf_[of_view]
            columns.append(of_view + before)
            values.append(tf_idf * (weight / (np.linalg.norm(tf_idf) or 1)))
            before += len(known)
        return np.concatenate(columns), np.concatenate(values)

    def many(self, examples: Sequence[Example], *, vectors: np.ndarray | None = None) -> np.ndarray:
        """The same for many texts, a row each. One of which nothing is known (noise) could be any of them."""
        features = _joined(_features(self.views, examples), vectors, self.vector_weight)
        margins = features @ self.coefficients.T + self.intercepts
        chances = _softmax(margins * self.temperature)
        chances[features.getnnz(axis=1) == 0] = 1 / len(self.intents)
        return chances


def _vectorizer(analyzer: Any) -> TfidfVectorizer:
    return TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, min_df=1, dtype=np.float32)


def _machine(regularisation: float) -> LinearSVC:
    return LinearSVC(C=regularisation, dual=True, max_iter=3000, random_state=7)


def _features(views: Sequence[tuple[float, TfidfVectorizer]], examples: Sequence[Example]) -> csr_matrix:
    return hstack([view.transform(examples) * weight for weight, view in views], format="csr")


def _joined(features: csr_matrix, vectors: np.ndarray | None, weight: float) -> csr_matrix:
    return features if vectors is None else hstack([features, csr_matrix(vectors * weight)], format="csr")


def _one_row_each(machine: LinearSVC) -> tuple[np.ndarray, np.ndarray]:
    """With two classes scikit-learn keeps one row: the other is its opposite."""
    if len(machine.classes_) > 2:
        return machine.coef_.astype(np.float32), machine.intercept_.astype(np.float32)
    return np.vstack([-machine.coef_, machine.coef_]), np.concatenate([-machine.intercept_, machine.intercept_])


def _temperature(features: csr_matrix, labels: np.ndarray, regularisation: float) -> float:
    """The factor under which the margins of examples that were held out explain their labels best."""
    if np.bincount(labels).min() < FOLDS:
        return UNCALIBRATED
    margins = np.zeros((len(labels), labels.max() + 1), dtype=np.float64)
    for kept, held_out in StratifiedKFold(FOLDS, shuffle=True, random_state=7).split(features, labels):
        machine = _machine(regularisation).fit(features[kept], labels[kept])
        coefficients, intercepts = _one_row_each(machine)
        margins[held_out] = features[held_out] @ coefficients.T + intercepts

    def loss(temperature: float) -> float:
        chances = _softmax(margins * temperature)
        return float(-np.log(chances[np.arange(len(labels)), labels] + 1e-12).mean())

    return float(minimize_scalar(loss, bounds=(0.2, 20.0), method="bounded").x)


def _softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
