"""So many payments of the same sum: 分三次还，每次两百 → three parts of 200 yuan, their days where they are named."""

from __future__ import annotations

import re

from bot.text.numerals import FoundAmount
from bot.text.parts import Group
from bot.text.ranges import FoundDate
from bot.text.spelt import chinese_to_int

_HOW_OFTEN = re.compile(
    r"(?:分|拆)(?:成|作|为|开)?(?P<n>[2-6]|[两二三四五六])(?:次|笔|回)|(?P<more>[2-6]|[两二三四五六])次(?:还|付)"
)
# 每次两百, and 两百一次.
_EACH_BEFORE, _EACH_AFTER = (
    re.compile(r"(?:每|一|各)(?:次|笔|回)?(?:就|先|都)?(?:还|付)?$"),
    re.compile("(?:块钱?|元)?(?:每|一)(?:次|笔|回)"),
)


def in_turns(text: str, amounts: tuple[FoundAmount, ...], dates: tuple[FoundDate, ...]) -> tuple[Group, ...]:
    """A group for each of the payments, the days in their order; none where it is not said how many of one sum."""
    said = _HOW_OFTEN.search(text)
    exact = [one for one in amounts if not one.about]
    if said is None or len(exact) != 1 or not _each(text, exact[0]):
        return ()
    number = said["n"] or said["more"]
    count = int(number) if number.isdigit() else chinese_to_int(number)
    days = [one for one in dates if one.day]
    if not count or len(days) > count:
        return ()
    return tuple(Group((exact[0], *days[at : at + 1]), text) for at in range(count))


def _each(text: str, amount: FoundAmount) -> bool:
    return bool(_EACH_BEFORE.search(text[: amount.start]) or _EACH_AFTER.match(text, amount.end))
