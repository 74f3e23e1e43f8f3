"""Every forbidden sentence of the golden list is found by the row that forbids it, every harmless one passes, however
the words are dressed up; and the linter stays linear in what it reads."""

from __future__ import annotations

import csv
import time
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from service.domain.collect.outreach import Surface
from service.domain.collect.wording import lint
from tests.domain.collect.policy_of import policy

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "wording.tsv"
HARMLESS = "-"
Sentence = tuple[str, Surface, str]


def sentences() -> list[Sentence]:
    """(row of compliance.toml or "-", where it is read, the text)."""
    with GOLDEN.open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(one["rule"], Surface(one["surface"]), one["text"]) for one in rows]


FORBIDDEN = [one for one in sentences() if one[0] != HARMLESS]
ALLOWED = [one for one in sentences() if one[0] == HARMLESS]


def found(text: str, surface: Surface) -> set[str]:
    return {one.code.removeprefix("wording_") for one in lint(text, rules=policy().wording, surface=surface)}


def test_every_forbidden_sentence_is_found_by_its_row() -> None:
    assert [one for one in FORBIDDEN if one[0] not in found(one[2], one[1])] == []


def test_no_harmless_sentence_is_blocked() -> None:
    blocked = [(text, breaches) for _, surface, text in ALLOWED if (breaches := found(text, surface))]
    assert blocked == []


def test_the_list_is_long_and_every_row_of_the_policy_has_its_sentences() -> None:
    of_row = Counter(rule for rule, _, _ in FORBIDDEN)
    assert set(of_row) == {one.origin.id for one in policy().wording}
    assert min(of_row.values()) >= 20
    assert len({text for _, _, text in FORBIDDEN}) >= 320
    assert len({text for _, _, text in ALLOWED}) >= 320


@given(
    st.sampled_from(["坐牢", "上门催收", "起诉你", "黑名单", "催收费"]),
    st.sampled_from(" \u3000\u200b*-_~·•❤🚔👉/|^"),
)
def test_a_sign_between_the_characters_hides_nothing(words: str, sign: str) -> None:
    assert found(sign.join(words), Surface.VERIFIED) == found(words, Surface.VERIFIED) != set()


def test_reading_takes_time_in_proportion_to_the_text() -> None:
    """A pattern that goes back over what it read would take a hundred times as long for ten times the text."""
    unit = "公安已已已将您您您的家人通知不会不会给您打一天先先向向从再去找"
    short, long = unit * 100, unit * 1000
    assert seconds(long) < 40 * max(seconds(short), 0.001)


def seconds(text: str) -> float:
    took = []
    for _ in range(3):
        began = time.thread_time()  # not the machine's other work
        lint(text, rules=policy().wording, surface=Surface.OPEN)
        took.append(time.thread_time() - began)
    return min(took)
