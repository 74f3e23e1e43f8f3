"""Promises in parts against the gold set (tests/golden/promises.tsv), and what must never become a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from chinese_calendar import get_holiday_detail
from hypothesis import given
from hypothesis import strategies as st

from bot.text.holidays import holiday
from bot.text.parts import Part
from bot.text.promise import promise_parts, read

GOLD = Path(__file__).parent.parent / "golden/promises.tsv"
EXACT_AT_LEAST, EXPRESSIONS_AT_LEAST = 0.97, 420
DAYS = st.dates(date(2024, 1, 1), date(2033, 12, 31))
VAGUE = [
    "过两天", "过几天", "尽快", "有钱就", "等有钱了", "改天", "回头", "过阵子", "年后", "节后", "下个月", "下周",
    "月初", "发工资", "两三天后", "到时候", "10号以后", "货款到账", "卖了车", "找到工作",
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
        for part, want in zip(parts, expected.split(" + "), strict=False):
            assert not (part.due_on and "~" in want), said
        if "@" not in expected:
            assert all(part.due_on is None for part in parts), said
            assert all(one.day is None for one in read(said, today=today).dates), said


@given(st.sampled_from(VAGUE), st.integers(1, 99_999), DAYS)
def test_words_that_name_no_day_never_become_one_whatever_is_offered(vague: str, yuan: int, today: date) -> None:
    for said in (f"{vague}还", f"{vague}还{yuan}元", f"我{vague}再还{yuan}块", f"{vague}马上还{yuan}"):
        assert [(part.due_on, part.certain, bool(part.vague)) for part in promise_parts(said, today=today)] == [
            (None, False, True)
        ], said
        reading = read(said, today=today)
        assert reading.day is not None
        assert reading.day.vague, said


@given(st.text(max_size=80), DAYS)
def test_no_text_breaks_the_parts_and_only_what_has_a_day_is_certain(text: str, today: date) -> None:
    for part in promise_parts(text, today=today):
        assert not (part.certain and part.due_on is None)
        assert not (part.vague and part.due_on)
        assert not (part.day and part.until and part.day > part.until)


@given(st.text(alphabet="一两三十百千万5号月底周五前后到先还剩下的，发工资有钱过天今明不是左右各", max_size=30), DAYS)
def test_no_mixture_of_such_words_breaks_the_parts(text: str, today: date) -> None:
    for part in promise_parts(text, today=today):
        assert not (part.vague and part.due_on)
        assert part.amount_fen is None or part.word is None


@pytest.mark.parametrize(
    ("said", "condition", "words"),
    [("下个月10号发工资先还两千", "wages", "发工资"), ("周五收到货款还五千", "collected", "收到货款")],
)
def test_a_condition_keeps_the_words_that_said_so(said: str, condition: str, words: str) -> None:
    (part,) = promise_parts(said, today=date(2026, 11, 23))
    assert part.condition is not None
    assert (part.condition.code, part.condition.words) == (condition, words)


def test_what_has_come_to_pass_is_no_condition() -> None:
    assert [part.condition for part in promise_parts("刚发工资，周五还五百", today=date(2026, 11, 23))] == [None]


@pytest.mark.parametrize(
    ("said", "fen", "due_on"),
    [
        ("5号还两千，10号还三千", 2000_00, date(2026, 12, 5)),
        ("先还五百，下个月10号发工资再还两千", 2000_00, date(2026, 12, 10)),
        ("明天还五百，剩下的月底", 500_00, date(2026, 11, 24)),
        ("工资5000，18号发，还你2000", 2000_00, date(2026, 12, 18)),
    ],
)
def test_the_first_part_with_a_sum_and_a_day_is_what_is_promised(said: str, fen: int, due_on: date) -> None:
    reading = read(said, today=date(2026, 11, 23))
    assert reading.amount is not None
    assert reading.day is not None
    assert (reading.amount.fen, reading.day.day) == (fen, due_on)


@pytest.mark.parametrize("name", ["春节", "端午", "中秋"])
def test_the_lunar_holidays_are_public_holidays_where_the_calendar_knows_them(name: str) -> None:
    english = {"春节": "Spring Festival", "端午": "Dragon Boat Festival", "中秋": "Mid-autumn Festival"}
    for year in (2024, 2025, 2026):
        is_free, named = get_holiday_detail(holiday(name, year=year))
        assert is_free
        assert named == english[name] or name == "中秋"  # 2025's fell into the National Day week


def test_a_sum_before_the_end_of_the_month_keeps_its_day() -> None:
    now, then = promise_parts("我还2000 剩下350月底还", today=date(2026, 11, 23))
    assert (now.amount_fen, now.due_on) == (200_000, None)
    assert (then.amount_fen, then.due_on) == (35_000, date(2026, 11, 30))


def test_three_days_in_a_row_are_three_payments_and_two_may_be_either() -> None:
    today = date(2026, 11, 23)
    fridays = [date(2026, 11, 27), date(2026, 12, 4), date(2026, 12, 11)]
    assert [one.due_on for one in promise_parts("这周五 下周五 下下周五", today=today)] == fridays
    assert len(promise_parts("明天后天都行", today=today)) == 1


def test_what_is_left_is_a_payment_of_its_own_and_what_is_still_owed_is_none() -> None:
    today = date(2026, 11, 23)
    assert [one.word for one in promise_parts("1号还三百，10号还剩的", today=today)] == [None, "rest"]
    assert len(promise_parts("10号还三百，还剩的多少", today=today)) == 1
