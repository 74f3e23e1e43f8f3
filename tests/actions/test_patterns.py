"""No words take long to refuse: a pattern that can read a row of them in several ways takes twice as long for each."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import actions
import bot.text
from actions import words

TIMES = 22  # of a pattern that doubles with each this is four million ways
LONGEST_SECONDS = 0.5
BOUNDED = {"YES"}  # asked of short texts only
WORD = re.compile("[\u4e00-\u9fff]{1,6}")


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for package in (actions, bot.text):
        for module in pkgutil.iter_modules(package.__path__):
            if module.name == "__main__":
                continue
            for name, value in vars(importlib.import_module(f"{package.__name__}.{module.name}")).items():
                for one in value.values() if isinstance(value, dict) else [value]:
                    if isinstance(one, re.Pattern) and name not in BOUNDED:
                        yield f"{module.name}.{name}", one


def repeated(source: str) -> Iterator[re.Pattern[str]]:
    """Each group of a pattern that may come any number of times, by itself: what stands before it keeps rows away."""
    opened: list[int] = []
    for at, sign in enumerate(source):
        if source[max(0, at - 1) : at] == "\\" or _in_a_class(source, at):
            continue
        if sign == "(":
            opened.append(at)
        elif sign == ")" and (start := opened.pop()) is not None and source[at + 1 : at + 2] in {"*", "+"}:
            yield re.compile(source[start : at + 2], re.IGNORECASE)


def _in_a_class(source: str, at: int) -> bool:
    return source.rfind("[", 0, at) > source.rfind("]", 0, at)


def rows(source: str) -> Iterator[str]:
    """Words of a pattern and parts of them, many times over, with an end that it refuses."""
    words_in = {*WORD.findall(source), *WORD.findall(source.replace("?", ""))}
    said = {word[a:b] for word in words_in for a in range(len(word)) for b in range(a + 1, a + 4)}
    yield from (part * TIMES + "\x00" for part in sorted(said))


def test_no_pattern_takes_long_to_refuse_a_row_of_its_own_words() -> None:
    slow = []
    for name, pattern in [(name, one) for name, whole in patterns() for one in (whole, *repeated(whole.pattern))]:
        for text in rows(pattern.pattern):
            started = time.thread_time()  # not the machine's other work
            pattern.fullmatch(text)
            pattern.search(text)
            if time.thread_time() - started > LONGEST_SECONDS:
                slow.append((name, text[:4]))
                break
    assert slow == []


def test_a_long_yes_is_refused_before_it_is_read() -> None:
    assert not words.plainly_yes("是的" * 200 + "x")
