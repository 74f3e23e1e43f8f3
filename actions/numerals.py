"""PURE · small numbers as people write them: 3, 三, 两, 十五, 三十一."""

from __future__ import annotations

_DIGITS = {"两": 2} | {numeral: number for number, numeral in enumerate("一二三四五六七八九", start=1)}


def number(said: str) -> int:
    """Below a hundred; 0 where it is no number."""
    if said.isdecimal():
        return int(said)
    tens, ten, ones = said.partition("十")
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0) if ten else _DIGITS.get(said, 0)
