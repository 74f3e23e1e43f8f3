"""What a sentence offers to pay and when: 下个月10号发工资先还两千 → 2000 yuan, the 10th."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from bot.text.dates import FoundDate, find_dates
from bot.text.normalize import Plain, normalize
from bot.text.numerals import FoundAmount, FoundWord, find_amounts, find_words

Found = TypeVar("Found", FoundAmount, FoundDate, FoundWord)

# «not A but B», in either order: what is negated goes, and of what is left the last stays.
_CORRECTION = re.compile(r"不是|不对|说错|打错|搞错|写错|错了|更正|改成|改为|应该是|而是")
_NEGATED = re.compile(r"(?:不是|不要|不还|别|而非)(?:还|付|要|说)?$")
# The amount that is offered, not the one that is owed.
_OFFERED = re.compile(r"(?:还|付|转|交|给你?|打|充|存)(?:个|你们?|上|了)?(?:大概|差不多)?$")
# Names for what is asked for now.
_THIS_BILL = re.compile(r"[本这当]一?期|逾期|(?:本|这个?|当)月的")
_CLAUSE = re.compile(r"[,，。;；!?]")
# What is said of the rest is not said of the sum before it: 先还两百，剩下的10号还.
_REST = re.compile(r"剩下|剩余|余下|其余|剩的")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text names, positions in the plain text: at most one thing at a place, corrections already applied."""

    plain: Plain
    amounts: tuple[FoundAmount, ...]
    words: tuple[FoundWord, ...]
    dates: tuple[FoundDate, ...]
    corrected: bool

    @property
    def amount(self) -> FoundAmount | None:
        """The one amount that counts: exact, offered rather than owed, else the last named."""
        exact = [a for a in self.amounts if not a.about]
        offered = [a for a in exact if _OFFERED.search(self.plain.text[: a.start])]
        return (offered or exact)[-1] if exact else None

    @property
    def day(self) -> FoundDate | None:
        """The one day that counts: the last exact one, said with the amount if any is; else the last that there is
        not, else the last vague one."""
        exact = [d for d in self.dates if d.day]
        if self.amount and len(exact) > 1:
            exact = [d for d in exact if _same_clause(self.plain.text, d, self.amount)] or exact
        impossible = [d for d in self.dates if d.impossible]
        return (exact or impossible or list(self.dates))[-1] if self.dates else None

    @property
    def word(self) -> FoundWord | None:
        """The word that stands for an amount, where no amount is named: the least that was said, else the last."""
        if self.amount or not self.words:
            return None
        return next((w for w in self.words if w.word == "minimum"), self.words[-1])


def read(typed: str, *, today: date) -> Reading:
    """Find amounts, words and dates in what was typed; a corrected text yields only what it was corrected to."""
    plain = normalize(typed)
    dates = find_dates(plain.text, today=today)
    taken = [(d.start, d.end) for d in dates]
    amounts = tuple(a for a in find_amounts(plain.text) if not _overlaps(a.start, a.end, taken))
    if (rest := _REST.search(plain.text)) and any(a.end <= rest.start() for a in amounts):
        amounts, dates = _before(amounts, rest.start()), _before(dates, rest.start())
    taken += [(a.start, a.end) for a in amounts]
    words = tuple(w for w in find_words(plain.text) if not _overlaps(w.start, w.end, taken))
    words = tuple(w for w in words if not _all_of_this_bill(w, words, plain.text))
    corrected = bool(_CORRECTION.search(plain.text))
    if corrected:
        amounts, dates, words = _new(amounts, plain.text), _new(dates, plain.text), _new(words, plain.text)
    return Reading(plain, amounts, words, dates, corrected)


def _same_clause(text: str, one: FoundDate | FoundWord, other: FoundAmount | FoundWord) -> bool:
    between = text[one.end : other.start] if one.start < other.start else text[other.end : one.start]
    return not _CLAUSE.search(between)


def _before(found: tuple[Found, ...], end: int) -> tuple[Found, ...]:
    return tuple(f for f in found if f.end <= end)


def _overlaps(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return any(a < end and start < b for a, b in taken)


def _all_of_this_bill(word: FoundWord, words: tuple[FoundWord, ...], text: str) -> bool:
    """本期的都还了 is all of this bill, and not all that is owed."""
    bills = [w for w in words if w.word == "bill" and _THIS_BILL.match(w.text)]
    return word.word == "all" and any(_same_clause(text, word, bill) for bill in bills)


def _new(found: tuple[Found, ...], text: str) -> tuple[Found, ...]:
    kept = tuple(f for f in found if not _NEGATED.search(text[: f.start]))
    return kept[-1:] if len(found) > 1 else kept
