"""The project's own utterances, cut so that remembering does not help: likenesses stay together, slips come in."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import yaml

DATA = Path(__file__).resolve().parent.parent / "data/nlu"
FOLDS = 4
LIKE = 0.25  # shared pairs of characters above which two lines of an intent are kept together
PARTICLES = frozenset("吗呢啊呀吧了的嘛哦就都还也")
# Names of ours that are finer than those of a labelled file, and what such a file may call them.
COARSER = {
    "loan_progress": {"drawdown_borrow"},
    "app_problem": {"out_of_scope"},
    "documents": {"out_of_scope"},
    "product_intro": {"out_of_scope", "apply_or_open"},
    "cant_pay": {"overdue_hardship"},
    "bot_challenge": {"greeting_chitchat"},
    "stop_contact": {"complaint"},
    "dispute_debt": {"fraud_security", "query_bill"},
    "already_paid": {"repay_status"},
}
Line = tuple[str, str]  # the text and its intent


def training_lines() -> list[Line]:
    """Every line of data/nlu."""
    found = []
    for path in sorted(DATA.glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            found += [(line.removeprefix("- ").strip(), group["intent"]) for line in group["examples"].splitlines()]
    return found


def labelled(path: Path) -> list[tuple[str, list[str]]]:
    """Text and accepted labels, best first, of a file of id, labels joined by |, text."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [(row[2], row[1].split("|")) for row in rows if len(row) == 3 and row[0] != "id"]


def right(heard: str, labels: Sequence[str]) -> bool:
    return bool(({heard} | COARSER.get(heard, set())) & set(labels))


def folds(lines: Sequence[Line]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(kept, held out): a line that is like another of its intent is on the same side as that one."""
    fold = np.array([leader % FOLDS for leader in _leaders(lines)])
    for number in range(FOLDS):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _leaders(lines: Sequence[Line]) -> list[int]:
    """For each line the number of the group it belongs to: the first line of its intent that it is like."""
    leaders: dict[str, list[tuple[int, set[str]]]] = defaultdict(list)
    found, groups = [], 0
    for text, intent in lines:
        pairs = {text[i : i + 2] for i in range(len(text) - 1)} or {text}
        group = next((n for n, own in leaders[intent] if len(own & pairs) >= LIKE * len(own | pairs)), None)
        if group is None:
            group, groups = groups, groups + 1
            leaders[intent].append((group, pairs))
        found.append(group)
    return found


def with_slips(texts: Sequence[str]) -> list[str]:
    """The texts as hurried thumbs type them: a character of the same sound, a particle left out."""
    from pypinyin import lazy_pinyin

    letters = sorted({letter for text in texts for letter in text if "\u4e00" <= letter <= "\u9fff"})
    sound = dict(zip(letters, (lazy_pinyin(letter)[0] for letter in letters), strict=True))
    alike: dict[str, list[str]] = defaultdict(list)
    for letter, heard in sound.items():
        alike[heard].append(letter)
    chance = random.Random(7)
    return [_slipped(text, sound, alike, chance) for text in texts]


def _slipped(text: str, sound: dict[str, str], alike: dict[str, list[str]], chance: random.Random) -> str:
    letters = list(text)
    places = [i for i, letter in enumerate(letters) if len(alike[sound.get(letter, "")]) > 1]
    for place in chance.sample(places, min(len(places), 1 + len(letters) // 12)):
        letters[place] = chance.choice([other for other in alike[sound[letters[place]]] if other != letters[place]])
    particles = [i for i, letter in enumerate(letters) if letter in PARTICLES]
    if particles and len(letters) > 4:
        letters.pop(chance.choice(particles))
    return "".join(letters)
