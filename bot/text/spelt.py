"""Which number a run of figures and numerals spells: 三千五 → 3500, 1千200 → 1200, 五佰 → 500; 五百五百 → none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")}
DIGITS |= {"〇": 0, "两": 2, "俩": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "k": 1000}
_BIG = {"万": 10_000, "w": 10_000, "亿": 100_000_000}
_TENS = {"廿": "二十", "卅": "三十"}

HAN = "".join(DIGITS) + "十拾百佰千仟万亿廿卅"
RUN = rf"(?:\d|(?<=\d)\.(?=\d)|[{HAN}]|(?<=[\d零一二两三四五六七八九])[kw])+"
_TOKEN = re.compile(r"\d+(?:\.\d+)?|.")


@dataclass(frozen=True, slots=True)
class Piece:
    """A number at text[start:end] of a run; `value` is None where it spells none."""

    value: Decimal | None
    start: int
    end: int


def pieces(run: str) -> Iterator[Piece]:
    """500一 is 500 and then 一; nothing else is taken apart, for 三百四百 would become 三百四 and 百."""
    start = 0
    for cut in re.finditer(rf"(?<=\d)(?=[{''.join(DIGITS)}])(?!零\d)", run):
        yield _piece(run, start, cut.start())
        start = cut.start()
    yield _piece(run, start, len(run))


def _piece(run: str, start: int, end: int) -> Piece:
    return Piece(spelt(run[start:end]), start, end)


def chinese_to_int(numeral: str) -> int | None:
    """三千五 → 3500 (the last digit counts in the next lower unit); None where it is no numeral."""
    if not numeral or any(c not in DIGITS and c not in _UNITS and c not in _BIG and c not in _TENS for c in numeral):
        return None
    value = spelt(numeral)
    return None if value is None else int(value)


def spelt(run: str) -> Decimal | None:
    """None where the units do not fall (五百五百), or two numbers stand side by side (七八百, 五00)."""
    for sign, tens in _TENS.items():
        run = run.replace(sign, tens)
    tokens = _TOKEN.findall(run)
    if all(token in DIGITS for token in tokens):
        return Decimal("".join(str(DIGITS[token]) for token in tokens))
    if len(tokens) == 1 and tokens[0][0].isdigit():
        return Decimal(tokens[0])
    return _with_units(tokens)


def _with_units(tokens: list[str]) -> Decimal | None:
    total = section = Decimal(0)
    digit: Decimal | None = None
    # Of the section: the last unit, what the next must be less than, and whether 零 was said since.
    unit, ceiling, zero, biggest = 1, 10**5, False, 0
    for token in tokens:
        if token in _UNITS:
            if _UNITS[token] >= ceiling or (digit is None and unit != 1):
                return None
            section += (Decimal(1) if digit is None else digit) * _UNITS[token]
            digit, unit, ceiling, zero = None, _UNITS[token], _UNITS[token], False
        elif token in _BIG:
            if total and _BIG[token] >= biggest:
                return None
            biggest = _BIG[token]
            total = (total + section + (digit or 0)) * _BIG[token]
            section, digit, unit, ceiling, zero = Decimal(0), None, _BIG[token], 10**5, False
        elif DIGITS.get(token) == 0:
            if digit is not None:
                return None
            zero = True
        elif digit is not None:
            return None
        else:
            digit = Decimal(DIGITS[token]) if token in DIGITS else Decimal(token)
            zero = zero or (len(token) > 1 and token[0] == "0")
    if digit is None:
        return total + section
    if digit >= unit > 1 or digit != int(digit) or "." in "".join(tokens):
        return None
    lower = digit < 10 and unit > 10 and not zero and digit != 0
    return total + section + digit * (unit // 10 if lower else 1)
