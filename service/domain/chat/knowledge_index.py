"""Which of many short texts a question is nearest to: runs of characters, the rarer the weightier, in whole numbers.

Chinese questions are short and written without blanks, so single characters and pairs say more than words. Each
text that leads to an answer is compared by itself (cosine), and what all of them together know of the question is
added, so that a question may mix two ways of asking; the answer's own words count for less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isqrt

from service.domain.chat.knowledge_words import fold

WHOLE = 1000
RUNS = (1, 2)  # characters; runs of three made it worse (docs/knowledge.md)
Vector = Mapping[str, int]
ANSWER = 300  # what a word of the answer counts, beside one of the questions


@dataclass(frozen=True, slots=True)
class Nearness:
    """0 to 1000. `all_in`: to all that leads to the answer; `closest`: to the nearest single way of asking, which
    is high only where neither says more than the other."""

    all_in: int
    closest: int


@dataclass(frozen=True, slots=True)
class Index:
    """`weights` of the runs; of each answer the vectors of the texts that lead to it with their squared lengths, every
    run of these, where each run is held (answer, number of the text), and the runs of what is answered."""

    weights: Mapping[str, int]
    unseen: int
    vectors: Mapping[str, tuple[tuple[Vector, int], ...]]
    holders: Mapping[str, tuple[tuple[str, int], ...]]
    asked: Mapping[str, frozenset[str]]
    answered: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, texts: Mapping[str, tuple[str, ...]], *, answers: Mapping[str, str]) -> Index:
        """`texts` that lead to an answer, and the answers, by the answer's id; the order is kept."""
        runs = {id: [frozenset(runs_of(text)) for text in own] for id, own in texts.items()}
        seen = Counter(run for own in runs.values() for run in frozenset().union(*own))
        weights = {run: _weight(len(texts), count) for run, count in seen.items()}
        vectors = {id: tuple(_measured({run: weights[run] for run in one}) for one in own) for id, own in runs.items()}
        held = [(run, (id, no)) for id, own in runs.items() for no, one in enumerate(own) for run in one]
        holders: dict[str, list[tuple[str, int]]] = {run: [] for run in weights}
        for run, where in held:
            holders[run].append(where)
        asked = {id: frozenset().union(*own) for id, own in runs.items()}
        answered = {id: frozenset(runs_of(answers[id])) for id in texts}
        unseen = _weight(len(texts), 1)
        return cls(weights, unseen, vectors, {run: tuple(own) for run, own in holders.items()}, asked, answered)

    def nearness(self, text: str) -> Mapping[str, Nearness]:
        """How near the text is to each answer, in their order."""
        vector, length = _measured({run: self.weights.get(run, self.unseen) for run in runs_of(text)})
        shared: Counter[tuple[str, int]] = Counter()
        for run, weight in vector.items():
            for where in self.holders.get(run, ()):
                shared[where] += weight * weight
        closest: dict[str, int] = dict.fromkeys(self.vectors, 0)
        for (id, no), dot in shared.items():
            closest[id] = max(closest[id], dot * WHOLE // isqrt(length * self.vectors[id][no][1]))
        return {id: self._near(id, vector, length, closest[id]) for id in self.vectors}

    def _near(self, id: str, vector: Vector, length: int, closest: int) -> Nearness:
        asked, answered = self.asked[id], self.answered[id]
        known = sum(
            weight * weight * (WHOLE if run in asked else ANSWER)
            for run, weight in vector.items()
            if run in asked or run in answered
        )
        return Nearness((2 * closest + 3 * (known // length if length else 0)) // 5, closest)


def runs_of(text: str) -> Iterator[str]:
    folded = fold(text)
    for size in RUNS:
        yield from (folded[at : at + size] for at in range(len(folded) - size + 1))


def _weight(answers: int, count: int) -> int:
    """Rarer runs weigh more; in thousandths of a natural logarithm."""
    return int((Decimal(answers + 1) / count).ln() * WHOLE)


def _measured(vector: Vector) -> tuple[Vector, int]:
    return vector, sum(weight * weight for weight in vector.values())
