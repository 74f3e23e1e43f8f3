"""Which labelled texts become training examples, and how Rasa's file of them is written."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HEADER = "# 由 xiaoqing nlu export 写出：坐席标注并采纳的客户原话，已脱敏。请逐句复核后再并入 data/nlu。"
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_HEADING = re.compile(r"^( *)- (intent|lookup|regex|synonym):\s*(\S*)")
_ITEM = re.compile(r"^( *)- (.+)$")
_BRACKETS = str.maketrans("[]", "［］")  # Rasa reads [words](name) as an entity


@dataclass(frozen=True, slots=True)
class Labelled:
    """A masked text and the intent that an agent gave it."""

    text: str
    intent: str


@dataclass(frozen=True, slots=True)
class Examples:
    """What is written, by intent, and how many labelled turns are not, by reason.

    `known` are in the training data already or repeat one another, `disputed` have another intent there or in
    another label, `bare` are nothing but masked numbers and signs.
    """

    by_intent: Mapping[str, tuple[str, ...]]
    known: int = 0
    disputed: int = 0
    bare: int = 0

    @property
    def count(self) -> int:
        return sum(len(texts) for texts in self.by_intent.values())


def choose(labelled: Iterable[Labelled], *, trained: Mapping[str, str]) -> Examples:
    """The examples worth adding to `trained` (text as `same_as` makes it → intent), always in the same order."""
    found: dict[str, set[Labelled]] = defaultdict(set)
    known = bare = disputed = 0
    turns: dict[str, int] = defaultdict(int)
    for one in labelled:
        line = Labelled(one_line(one.text), one.intent)
        key = same_as(line.text)
        if not any(sign.isalnum() for sign in key):
            bare += 1
            continue
        found[key].add(line)
        turns[key] += 1
    chosen: dict[str, list[str]] = defaultdict(list)
    for key, lines in found.items():
        intents = {line.intent for line in lines}
        if len(intents | ({trained[key]} if key in trained else set())) > 1:
            disputed += turns[key]
        elif key in trained:
            known += turns[key]
        else:
            known += turns[key] - 1
            chosen[intents.pop()].append(min(line.text for line in lines))
    return Examples({intent: tuple(sorted(chosen[intent])) for intent in sorted(chosen)}, known, disputed, bare)


def one_line(text: str) -> str:
    """The text as one line of a YAML block that Rasa reads back as it is."""
    seen = "".join(sign if sign.isprintable() else " " for sign in text.translate(_BRACKETS))
    return " ".join(seen.split())


def same_as(text: str) -> str:
    """What two texts share that differ only in width, case, spaces and signs."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum()) or plain.strip()


def trained_in(files: Iterable[str]) -> dict[str, str]:
    """Every example of Rasa files, given as their contents, as `same_as` makes it → its intent."""
    found: dict[str, str] = {}
    for content in files:
        intent, edge = "", -1  # how far the heading stands in: what stands further in is its examples
        for line in content.split("\n"):
            heading = _HEADING.match(line)
            if heading is not None and (edge < 0 or len(heading[1]) <= edge):
                intent, edge = (heading[3] if heading[2] == "intent" else ""), len(heading[1])
            elif intent and (item := _ITEM.match(line)) is not None and len(item[1]) > edge:
                found.setdefault(same_as(_ENTITY.sub(r"\1", item[2])), intent)
    return found


def as_yaml(examples: Examples) -> str:
    """The file; the same examples are the same text."""
    lines = [HEADER, 'version: "3.1"', "nlu:"]
    for intent, texts in examples.by_intent.items():
        lines += [f"  - intent: {intent}", "    examples: |", *(f"      - {text}" for text in texts)]
    return "\n".join(lines) + "\n"
