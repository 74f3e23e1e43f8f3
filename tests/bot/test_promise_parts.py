"""The parts of a promise as the actions work with them: sums for words, the rest, and which one a correction means."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actions.promise_parts import Part, Sums, as_slot, changed, parts_in, parts_of_slot, told, with_sums, without_day
from bot.components.value_extractor import entities

TODAY = date(2026, 11, 23)
SUMS = Sums(bill=323_456, minimum=50_000, all=900_000)


def heard(text: str) -> tuple[Part, ...]:
    return parts_in({one["entity"]: one["value"] for one in entities(text, today=TODAY)})


def sums(*parts: Part) -> list[int | None]:
    return [one.amount_fen for one in with_sums(parts, SUMS)]


def test_what_the_bot_understood_is_what_the_actions_read() -> None:
    first, rest = heard("下个月10号发工资先还两千，剩下的月底")
    assert (first.amount_fen, first.due_on) == (200_000, "2026-12-10")
    assert "工资" in first.condition
    assert (rest.amount_fen, rest.word, rest.due_on) == (None, "rest", "2026-12-31")


@pytest.mark.parametrize("text", ["下周五还五百", "全部还清", "你好", "下周五还"])
def test_one_payment_is_no_promise_in_parts(text: str) -> None:
    assert heard(text) == ()


def test_words_become_sums_and_the_rest_what_is_left() -> None:
    assert sums(Part(word="minimum"), Part(word="rest")) == [50_000, 273_456]
    assert sums(Part(word="half"), Part(word="rest")) == [161_728, 161_728]
    assert sums(Part(400_000), Part(word="rest")) == [400_000, 500_000]
    assert sums(Part(900_000), Part(word="rest")) == [900_000]


def test_the_rest_waits_for_a_sum_that_is_not_known() -> None:
    assert sums(Part(due_on="2026-12-10"), Part(word="rest", amount_fen=5)) == [None, None]


TWO = (Part(20_000, due_on="2026-11-27"), Part(30_000, due_on="2026-12-04"))


@pytest.mark.parametrize(
    ("said", "asked", "which"),
    [
        ({"text": "第一笔改成一百", "amount_fen": 10_000}, "", 0),
        ({"text": "第2笔改成一百", "amount_fen": 10_000}, "", 1),
        ({"text": "剩下的12号还", "day": "2026-12-12"}, "", 1),
        ({"text": "27号还一百", "day": "2026-11-27", "amount_fen": 10_000}, "", 0),
        ({"text": "三百的那笔12号", "day": "2026-12-12", "amount_fen": 30_000}, "", 1),
        ({"text": "改成一百", "amount_fen": 10_000}, "", None),
        ({"text": "改到12号", "day": "2026-12-12"}, "", None),
        ({"text": "第三笔改成一百", "amount_fen": 10_000}, "", None),
    ],
)
def test_which_part_a_correction_means(said: dict[str, Any], asked: str, which: int | None) -> None:
    values = {"day": None, "amount_fen": None, "asked_day": False, "asked_sum": False, **said}
    found = changed(TWO, today=TODAY, **values)
    if which is None:
        assert found is None
        return
    assert found is not None
    assert found[1 - which] == TWO[1 - which]
    assert found[which] != TWO[which] or said.get("amount_fen") == TWO[which].amount_fen


def test_the_part_that_was_asked_for_is_the_one_that_is_filled_in() -> None:
    parts = (TWO[0], Part(word="rest", said="过几天"))
    assert without_day(parts) == parts[1]
    found = changed(parts, text="12号", day="2026-12-12", amount_fen=None, asked_day=True, asked_sum=False, today=TODAY)
    assert found == (TWO[0], Part(word="rest", due_on="2026-12-12"))


def test_parts_survive_a_slot_and_are_told_in_the_order_of_their_days() -> None:
    parts = with_sums((Part(word="rest", due_on="2026-12-31"), Part(200_000, due_on="2026-12-10")), SUMS)
    assert parts_of_slot(as_slot(parts)) == parts
    assert told(parts, today=TODAY) == {
        "parts": "12月10日（周四）还 2,000 元，12月31日（周四）还剩下的 1,234.56 元",
        "count": "2",
        "total": "3,234.56",
    }
