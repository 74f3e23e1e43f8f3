"""What data/nlu must be: enough of every intent, and no line that only repeats another."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import yaml
from sklearn.feature_extraction.text import CountVectorizer

DATA = Path(__file__).resolve().parents[2] / "data/nlu"
ALL, EACH, COLLECTION_EACH = 12_000, 150, 250
COLLECTION = {
    *("promise_to_pay", "already_paid", "cant_pay", "refuse_to_pay", "dispute_debt", "wrong_person"),
    *("third_party", "debtor_unavailable", "call_back_later", "stop_contact", "bot_challenge", "crisis"),
}
NEAR = 0.9
_NUMBER = re.compile(r"[\d零一二两三四五六七八九十百千万]+")
_NOTHING = re.compile(r"[\s,，.。!！~～、;；:：…“”\"'?？吗呢啊呀吧了的嘛哦请我]")
# Yes and no live on the particle itself (好的, 好吧); of bare values it is the number that must be learnt as one.
SHORT = {"affirm", "deny", "cancel", "greeting_chitchat"}
VALUES = {"inform"}
Line = tuple[str, str]  # the text and its intent


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    found = []
    for path in sorted(DATA.glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            found += [(line.removeprefix("- ").strip(), group["intent"]) for line in group["examples"].splitlines()]
    return found


def bare(text: str) -> str:
    """The text without particles and signs, every number one nought."""
    return _NOTHING.sub("", _NUMBER.sub("0", text))


def may_repeat(text: str, intent: str) -> bool:
    left = bare(text)
    return not left or (intent in SHORT and len(left) <= 2) or (intent in VALUES and ("0" in left or len(left) <= 3))


def repeats(lines: list[Line]) -> list[tuple[str, str]]:
    """Pairs that are the same but for numbers, particles and signs, whatever their intents."""
    first: dict[str, str] = {}
    found = []
    for text, intent in lines:
        key = text if may_repeat(text, intent) else bare(text)
        if key in first:
            found.append((first[key], text))
        first.setdefault(key, text)
    return found


def neighbours(lines: list[Line]) -> list[tuple[str, str]]:
    """Pairs of one intent that share nine of ten pairs of characters."""
    of_intent: dict[str, list[str]] = defaultdict(list)
    for text, intent in lines:
        if not may_repeat(text, intent) and len(bare(text)) >= 2:
            of_intent[intent].append(text)
    return [pair for texts in of_intent.values() if len(texts) > 1 for pair in _near(texts)]


def _near(texts: list[str]) -> list[tuple[str, str]]:
    counter = CountVectorizer(analyzer="char", ngram_range=(2, 2), binary=True, dtype=np.float32)
    has = counter.fit_transform([bare(text) for text in texts])
    shared = (has @ has.T).toarray()
    sizes = shared.diagonal()
    likeness = shared / (sizes[:, None] + sizes[None, :] - shared)
    return [(texts[a], texts[b]) for a, b in np.argwhere(np.triu(likeness >= NEAR, k=1))]


def test_there_are_enough_lines_of_every_intent(lines: list[Line]) -> None:
    counts = Counter(intent for _, intent in lines)
    assert len(lines) >= ALL
    few = {i: n for i, n in counts.items() if n < (COLLECTION_EACH if i in COLLECTION else EACH)}
    assert (few, COLLECTION - set(counts)) == ({}, set())


def test_no_line_is_another_one_but_for_numbers_particles_and_signs(lines: list[Line]) -> None:
    assert repeats(lines) == []


def test_no_two_lines_of_an_intent_are_nearly_the_same(lines: list[Line]) -> None:
    assert neighbours(lines) == []


def test_the_checks_find_what_they_are_for() -> None:
    plain = [("我想还五百块", "repay_now"), ("想还800块吧！", "repay_now"), ("那个账单呢", "query_bill")]
    assert repeats(plain) == [("我想还五百块", "想还800块吧！")]
    long = "这个月的账单怎么比上个月多出来好些钱能不能帮忙看看是什么原因"
    assert neighbours([(long, "query_bill"), (f"{long}呀谢", "query_bill")]) == [(long, f"{long}呀谢")]
    assert repeats([("好的", "affirm"), ("好吧", "affirm"), ("500", "inform"), ("六百", "inform")]) == []
    assert repeats([("好的", "affirm"), ("好的", "affirm")]) == [("好的", "好的")]
