"""How well each intent is told from the others: stratified five-fold cross-validation over data/nlu.

    python -m benchmarks.cross_validation

Prints the table of docs/classifier.md: of each intent how many lines there are, how many of them are heard as it
(recall), how many of those that are heard as it are it (precision), and what it is most often taken for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.progress import track
from sklearn.model_selection import StratifiedKFold

from benchmarks.classifiers import CANDIDATES, Trained, Words
from benchmarks.held_out import training_lines

FOLDS, SEED = 5, 7


@dataclass(frozen=True, slots=True)
class Heard:
    """Each line's intent and what was heard by a machine that had not seen the line."""

    intents: np.ndarray
    heard: np.ndarray

    @property
    def accuracy(self) -> float:
        return float((self.intents == self.heard).mean())

    def rows(self) -> Iterator[tuple[str, int, float, float, str]]:
        """Intent, lines, recall, precision, and what it is most often taken for; the worst heard first."""
        found = []
        for intent in np.unique(self.intents):
            mine, taken = self.intents == intent, self.heard == intent
            right = int((mine & taken).sum())
            others = Counter(map(str, self.heard[mine & ~taken])).most_common(1)
            mistaken = f"{others[0][0]} ({others[0][1]})" if others else ""
            found.append((str(intent), int(mine.sum()), right / mine.sum(), right / max(1, taken.sum()), mistaken))
        yield from sorted(found, key=lambda row: row[2])


def cross_validate(*, quiet: bool = False) -> Heard:
    """With the chosen machine of `benchmarks.classifiers`."""
    lines = training_lines()
    examples = Words().examples([text for text, _ in lines])
    intents = np.array([intent for _, intent in lines])
    heard = np.empty_like(intents)
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(intents, intents))
    for kept, out in track(folds, "cross-validation", console=Console(stderr=True), disable=quiet):
        machine = Trained(CANDIDATES[0], [examples[i] for i in kept], intents[kept])
        heard[out] = machine.hear([examples[i] for i in out])
    return Heard(intents, heard)


def main() -> None:
    found = cross_validate()
    print(f"{len(found.intents):,} lines, {FOLDS} folds: {found.accuracy:.3f} heard as what they are\n")
    print("| intent | lines | recall | precision | most often taken for |\n|---|---|---|---|---|")
    for intent, lines, recall, precision, mistaken in found.rows():
        print(f"| {intent} | {lines} | {recall:.2f} | {precision:.2f} | {mistaken} |")


if __name__ == "__main__":
    main()
