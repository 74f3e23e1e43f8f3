"""Value → Chinese → value: an amount or a day written out as borrowers write it is read as what it was."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.text.promise import promise_parts
from tests.bot.test_text_numerals import DIGITS, spell

DAYS = st.dates(date(2024, 1, 1), date(2033, 12, 31))
WEEKDAYS = "一二三四五六日"
UNITS = (("百", 100), ("千", 1000), ("万", 10_000))


def ways_to_write(yuan: int) -> list[str]:
    """三千五, 3500, 三千五百块, 3.5千, 3千5 …: every way that this sum has."""
    ways = [f"{yuan}", f"{yuan}元", f"{yuan}块钱", f"¥{yuan}", f"{yuan:,}元", f"{spell(yuan)}元", f"{spell(yuan)}块"]
    ways += [spell(yuan).replace("二千", "两千").replace("二万", "两万") + "块"]
    for name, size in UNITS:
        count, rest = divmod(yuan, size)
        if not 0 < count < 10:
            continue
        if rest == 0:
            ways += [f"{count}{name}", f"{DIGITS[count]}{name}"]
        elif rest % (size // 10) == 0:
            tenth = rest // (size // 10)
            ways += [f"{DIGITS[count]}{name}{DIGITS[tenth]}", f"{count}{name}{tenth}", f"{count}.{tenth}{name}"]
        elif rest % (size // 100) == 0:
            ways += [f"{count}.{rest // (size // 100):02d}{name}"]
    return ways


def ways_to_name(day: date, *, today: date) -> list[str]:
    """Every way that a borrower has to name that day, of today or later, said today."""
    ahead = (day - today).days
    ways = [f"{day.year}年{day.month}月{day.day}号", day.isoformat()]
    ways += [["今天", "明天", "后天", "大后天"][ahead]] if ahead < 4 else []
    ways += [f"{ahead}天后", f"{spell(ahead)}天之后", f"过{ahead}天"] if 0 < ahead < 100 else []
    ways += [f"周{WEEKDAYS[day.weekday()]}", f"礼拜{WEEKDAYS[day.weekday()]}"] if 0 < ahead < 8 else []
    monday = today - timedelta(days=today.weekday())
    week = ["这", "下", "下下"][weeks] if (weeks := (day - monday).days // 7) < 3 else ""
    ways += [f"{week}周{WEEKDAYS[day.weekday()]}", f"{week}个星期{WEEKDAYS[day.weekday()]}"] if week else []
    months = (day.year - today.year) * 12 + day.month - today.month
    month = ["这个月", "下个月", "下下个月"][months] if months < 3 else ""
    ways += [f"{month}{day.day}号", f"{month}{spoken(day.day)}号"] if month else []
    last = monthrange(day.year, day.month)[1]
    ways += [f"{month}底"] if month and day.day == last else []
    ways += [f"{day.day}号", f"{spoken(day.day)}号"] if ahead < 28 else []
    ways += [f"下一个{day.day}号"] if 0 < ahead < 28 else []
    if ahead < 180:
        ways += [f"{day.month}月{day.day}日", f"{spoken(day.month)}月{spoken(day.day)}号"]
    return ways


def spoken(number: int) -> str:
    """十五, not 一十五."""
    return spell(number).removeprefix("一") if 10 <= number < 20 else spell(number)


@given(st.one_of(st.integers(1, 99_999), st.integers(1, 99).map(lambda tens: tens * 100)))
def test_a_sum_in_every_spelling_is_that_sum(yuan: int) -> None:
    for way in ways_to_write(yuan):
        (part,) = promise_parts(f"先还{way}", today=date(2026, 11, 23))
        assert part.amount_fen == yuan * 100, way


@given(st.integers(1, 9_999), st.integers(0, 9), st.integers(0, 9))
def test_a_sum_with_jiao_and_fen_is_that_sum_to_the_fen(yuan: int, jiao: int, fen: int) -> None:
    written = f"{spell(yuan)}块" + (f"{DIGITS[jiao]}毛" if jiao else "零" if fen else "")
    written += (DIGITS[fen] + ("" if jiao else "分")) if fen else ""
    (part,) = promise_parts(f"先还{written}", today=date(2026, 11, 23))
    assert part.amount_fen == yuan * 100 + jiao * 10 + fen, written


@given(DAYS, st.integers(0, 70))
def test_a_day_in_every_way_to_name_it_is_that_day(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    for way in ways_to_name(day, today=today):
        (part,) = promise_parts(f"{way}还两千", today=today)
        assert (part.amount_fen, part.day, part.until, part.certain) == (2000_00, day, None, True), way


@given(DAYS, st.integers(0, 70))
def test_before_a_day_is_a_range_that_ends_with_it(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    for way in ways_to_name(day, today=today):
        if "天后" in way or way.startswith("过") or "之后" in way:
            continue
        (part,) = promise_parts(f"{way}前还两千", today=today)
        assert (part.day, part.until) == (None, day), way


@given(DAYS, st.integers(0, 20), st.integers(1, 7), st.sampled_from(["到", "至", "~"]))
def test_from_a_day_to_another_is_that_range(today: date, ahead: int, length: int, to: str) -> None:
    first, last = today + timedelta(days=ahead), today + timedelta(days=ahead + length)
    (part,) = promise_parts(f"{first.day}号{to}{last.day}号还两千", today=today)
    assert (part.day, part.until) == (first, last)


@given(DAYS, st.integers(0, 27), st.integers(1, 27), st.integers(1, 9_999), st.integers(1, 9_999))
def test_two_payments_are_two_parts_in_every_spelling(today: date, ahead: int, gap: int, one: int, two: int) -> None:
    first, second = today + timedelta(days=ahead), today + timedelta(days=min(ahead + gap, 27))
    for comma in ("，", "；"):
        said = f"{first.day}号还{spell(one)}块{comma}{spoken(second.day)}号再还{two}元"
        parts = promise_parts(said, today=today)
        assert [(p.amount_fen, p.day) for p in parts] == [(one * 100, first), (two * 100, second)], said
