"""Promises in parts against the gold set (tests/golden/promises.tsv), and what must never become a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.holidays import holiday
from bot.text.parts import Part
from bot.text.promise import promise_parts, read

GOLD = Path(__file__).parent.parent / "golden/promises.tsv"
EXACT_AT_LEAST, EXPRESSIONS_AT_LEAST = 0.97, 420
DAYS = st.dates(date(2024, 1, 1), date(2033, 12, 31))
VAGUE = [
    "过两天", "过几天", "尽快", "有钱就", "等有钱了", "改天", "回头", "过阵子", "年后", "节后", "下个月", "下周", "月初",
    "发工资", "两三天后", "到时候", "10号以后", "货款到账", "卖了车", "找到工作",
]  # fmt: skip


def rows() -> list[tuple[date, str, str]]:
    lines = [line.split("\t") for line in GOLD.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [(date.fromisoformat(today), said, expected) for today, said, expected in lines]


def written(part: Part) -> str:
    """A part as the gold set writes it."""
    yuan = "" if part.amount_fen is None else f"{part.amount_fen // 100}"
    cents = f".{part.amount_fen % 100:02d}" if part.amount_fen and part.amount_fen % 100 else ""
    when = f"@{part.day or ''}..{part.until}" if part.until else f"@{part.day}" if part.day else ""
    condition = f"if={part.condition.code}" if part.condition else ""
    doubt = "~" if part.vague else "?" if when and not part.certain else ""
    return " ".join(one for one in (yuan + cents, part.word, when, condition, doubt) if one)


def reading(said: str, *, today: date) -> str:
    return " + ".join(map(written, promise_parts(said, today=today))) or "-"


def test_the_gold_set_is_read_as_worked_out_by_hand() -> None:
    gold = rows()
    missed = [(today, said, want, got) for today, said, want in gold if (got := reading(said, today=today)) != want]
    for today, said, want, got in missed:
        print(f"{today} {said}: {want} expected, {got} read")
    assert len(gold) >= EXPRESSIONS_AT_LEAST
    assert len({(today, said) for today, said, _ in gold}) == len(gold)
    assert 1 - len(missed) / len(gold) >= EXACT_AT_LEAST


def test_nothing_vague_in_the_gold_set_is_read_as_a_day() -> None:
    for today, said, expected in rows():
        parts = promise_parts(said, today=today)
        for part, want in zip(parts, expected.split(" + "), strict=True) if len(parts) > 1 else ():
            assert not (part.due_on and "~" in want), said
        if "@" not in expected:
            assert all(part.due_on is None for part in parts), said
            assert all(one.day is None for one in read(said, today=today).dates), said
