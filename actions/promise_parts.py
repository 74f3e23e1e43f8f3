"""PURE · a promise in several parts: read from what was understood, filled in, changed, and told back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from actions import day_meant, numerals, replies
from actions.replies import Said

AMOUNT, DAY, CONFIRM, PARTS = "promise_amount", "promise_date", "promise_confirm", "promise_parts"
ASKED = {AMOUNT, DAY, CONFIRM}
NAMES = frozenset({"amount", "amount_word", "date", "vague_date", "no_such_day"})
ORDINAL = re.compile(r"第([一二两三123])[笔次期个]")
_PLACES = {"一": 0, "1": 0, "二": 1, "两": 1, "2": 1, "三": 2, "3": 2}
REST = re.compile("剩下|剩余|余下|其余|剩的|另外?一半")
LAST = re.compile(r"剩下|剩余|余下|其余|剩的|后面|后一笔|最后")
FIRST = re.compile(r"先还|前面|头一笔")
EACH = re.compile("都|各|每一?[笔次]|两笔|全部改")
DROPPED = re.compile(
    rf"(?:{ORDINAL.pattern}|{LAST.pattern}|{FIRST.pattern})[^，。]{{0,4}}(?:取消|不要|不还|不约|不算|去掉|删|撤|算了)"
)
# After the day of a part: what is said next is another day for it.
_NOT_THEN = "(?:不|没|来不及|有事|[改换推挪])"
# 下来了就全还，下不来就先还二百: two ways it may go, and one promise.
EITHER_OR = re.compile(
    "(?:下不来|[没不](?:下|发|到|来|成|行)[^，。]{0,3}|否则|不然|要不然)(?:的话)?[，,]?(?:我|就|再|只|那)+(?:能|先|再|只)*[还付]"
)
INCOME = re.compile("工资|薪水|奖金|年终奖|提成|货款|尾款|退款|公积金")


@dataclass(frozen=True, slots=True)
class Part:
    """One payment; `word` stands for a sum that is looked up (bill, minimum, half, all) or what is left (rest), also
    after `amount_fen` is known; `said` are the words that named no day."""

    amount_fen: int | None = None
    word: str | None = None
    due_on: str | None = None
    condition: str = ""
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """What words stand for, fen."""

    bill: int
    minimum: int
    all: int

    def of(self, word: str | None) -> int | None:
        known = {"bill": self.bill, "minimum": self.minimum, "half": (self.bill + 1) // 2, "all": self.all}
        return known.get(word or "") or None

    def rest(self, named_fen: int) -> int:
        """As the service has it: of what is asked for now, where the sums named are less than that, else of all."""
        return (self.bill if named_fen < self.bill else self.all) - named_fen


def parts_in(entities: Mapping[str, Any]) -> tuple[Part, ...]:
    """Those that the message names; none where it names one payment or no payment."""
    return tuple(Part(**one) for one in json.loads(entities.get("promise_parts") or "[]"))


def parts_of_slot(slot: Any) -> tuple[Part, ...]:
    return tuple(Part(**one) for one in slot or ())


def as_slot(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [asdict(one) for one in parts]


def read_back(slots: Mapping[str, Any]) -> tuple[Part, ...]:
    """What is promised so far: one part, or several."""
    return parts_of_slot(slots.get(PARTS)) or (Part(slots[AMOUNT], due_on=slots[DAY]),)


def and_the_rest(slots: Mapping[str, Any], entities: Mapping[str, Any], *, text: str) -> tuple[Part, ...]:
    """What was read back as one payment, and 剩下的20号 beside it; none where nothing of the sort is said."""
    day, vague = entities.get("date"), entities.get("vague_date")
    if not REST.search(text) or "amount" in entities or not (day or vague) or not (slots[AMOUNT] and slots[DAY]):
        return ()
    return Part(slots[AMOUNT], due_on=slots[DAY]), Part(word="rest", due_on=day, said=None if day else str(vague))


def names_any(entities: Mapping[str, Any]) -> bool:
    """Whether a sum or a day is in the message, exact or not."""
    return bool(entities.keys() & NAMES)


def with_sums(parts: Sequence[Part], sums: Sums) -> tuple[Part, ...]:
    """Words become sums; the rest waits for the others, and where nothing is left it is no part."""
    if len(parts) > 1 and parts[-1].word == "all" and all(one.amount_fen for one in parts[:-1]):
        parts = [*parts[:-1], replace(parts[-1], word="rest")]  # 3号还200，15号还完
    halves = [at for at, one in enumerate(parts) if one.word == "half"]
    # Two halves are the whole, to the fen: the second is what the first leaves.
    parts = [replace(one, word="rest") if at in halves[1:] else one for at, one in enumerate(parts)]
    known = [
        replace(one, amount_fen=sums.of(one.word)) if one.amount_fen is None and one.word != "rest" else one
        for one in parts
    ]
    named = [one.amount_fen for one in known if one.word != "rest"]
    if any(fen is None for fen in named):
        return tuple(replace(one, amount_fen=None) if one.word == "rest" else one for one in known)
    left = sums.rest(sum(fen for fen in named if fen is not None))
    filled = (replace(one, amount_fen=left) if one.word == "rest" else one for one in known)
    return tuple(one for one in filled if one.amount_fen is not None and one.amount_fen > 0)


def undated(parts: Sequence[Part]) -> bool:
    """分两次，一次200: the same sum several times, and no day of any."""
    open_ = all(one.amount_fen and not (one.due_on or one.said) for one in parts)
    return len(parts) > 1 and open_ and len({one.amount_fen for one in parts}) == 1


def with_days(parts: Sequence[Part], days: Sequence[Part]) -> tuple[Part, ...]:
    """`days` are parts that name nothing but their days (1号和10号): they are those of the parts that have none, or, as
    many as there are, of all; else they are parts whose sums are still to be said."""
    if any(one.amount_fen or one.word or not one.due_on for one in days):
        return tuple(days)
    open_ = [at for at, one in enumerate(parts) if one.due_on is None]
    places = open_ if len(days) <= len(open_) else range(len(parts)) if len(days) == len(parts) else ()
    filled = list(parts)
    for at, one in zip(places, days, strict=False):
        filled[at] = replace(filled[at], due_on=one.due_on, said=None)
    return tuple(filled) if places else tuple(days)


# 分两次还 asked, and then how much each time: 每次180, 一次一半.
_HOW_OFTEN = re.compile("(?:分|拆)(?:成|作|为|开)?([2-6两二三四五六])(?:次|笔|回)")


def so_often(asked: str, entities: Mapping[str, Any]) -> tuple[Part, ...]:
    """So many parts of the sum that is named, as many as were asked about; none where no number was said."""
    found, fen, word = _HOW_OFTEN.search(asked), entities.get("amount"), entities.get("amount_word")
    if found is None or not (fen or word == "half"):
        return ()
    return (Part(int(fen) if fen else None, word=None if fen else word),) * numerals.number(found[1])


def total(parts: Sequence[Part]) -> int:
    return sum(one.amount_fen or 0 for one in parts)


def without_day(parts: Sequence[Part]) -> Part | None:
    """The first of which a day must be asked."""
    return next((one for one in parts if one.due_on is None), None)


def without_sum(parts: Sequence[Part]) -> Part | None:
    return next((one for one in parts if one.amount_fen is None and one.word != "rest"), None)


def changed(
    parts: Sequence[Part],
    *,
    text: str,
    day: str | None,
    amount_fen: int | None,
    asked_day: bool,
    asked_sum: bool,
    today: date,
) -> tuple[Part, ...] | None:
    """The parts with what was just said of one of them: that which was asked for, else the one that is named by its
    place, its day or its sum. None where it is not clear which is meant."""
    if amount_fen is not None and day is None and EACH.search(text) and not ORDINAL.search(text):
        return tuple(replace(one, amount_fen=amount_fen, word=None) for one in parts)
    which = _which(parts, text=text, day=day, amount_fen=amount_fen, asked_day=asked_day, asked_sum=asked_sum)
    if which is None:
        return None
    one = parts[which]
    if day is not None:
        meant = day_meant.in_its_time(date.fromisoformat(day), text=text, said=one.said or "", today=today)
        one = replace(one, due_on=meant.isoformat(), said=None)
    if amount_fen is not None:
        one = replace(one, amount_fen=amount_fen, word=None)
    return (*parts[:which], one, *parts[which + 1 :])


def moved(parts: Sequence[Part], text: str) -> tuple[Part, ...] | None:
    """The parts with the day of one, or of each, so many days earlier or later: 两笔都提前一天, 第二笔推迟三天."""
    each = EACH.search(text) and not ORDINAL.search(text)
    which = _which(parts, text=text, day=None, amount_fen=None, asked_day=False, asked_sum=False)
    if not each and which is None:
        return None
    chosen = range(len(parts)) if each else (which,)
    result = list(parts)
    for at, one in enumerate(parts):
        day = day_meant.moved(date.fromisoformat(one.due_on), text=text) if one.due_on and at in chosen else None
        if day is not None:
            result[at] = replace(one, due_on=day.isoformat())
    return tuple(result) if result != list(parts) else None


def without(parts: Sequence[Part], text: str) -> tuple[Part, ...] | None:
    """The parts without the one that is taken back (第二笔取消); None where none is."""
    if not (said := DROPPED.search(text)):
        return None
    which = _which(parts, text=said.group(), day=None, amount_fen=None, asked_day=False, asked_sum=False)
    return None if which is None else (*parts[:which], *parts[which + 1 :])


def _which(
    parts: Sequence[Part], *, text: str, day: str | None, amount_fen: int | None, asked_day: bool, asked_sum: bool
) -> int | None:
    if (named := ORDINAL.search(text)) and (place := _PLACES[named[1]]) < len(parts):
        return place
    if day is not None and (hung := _hangs_on(parts, text)) is not None:
        return hung
    if day is not None and (cannot := _cannot(parts, text)) is not None:
        return cannot
    for asked, wanted in ((asked_day, without_day(parts)), (asked_sum, without_sum(parts))):
        if asked and wanted is not None:
            return list(parts).index(wanted)
    if LAST.search(text):
        return len(parts) - 1
    if FIRST.search(text):
        return 0
    same_day = [at for at, one in enumerate(parts) if day is not None and one.due_on == day]
    same_sum = [at for at, one in enumerate(parts) if amount_fen is not None and one.amount_fen == amount_fen]
    if amount_fen is not None and len(same_day) == 1:
        return same_day[0]
    if day is not None and len(same_sum) == 1:
        return same_sum[0]
    return None


def _cannot(parts: Sequence[Part], text: str) -> int | None:
    """The only part whose day is said not to do: 周五不行，改周六."""
    found = [
        at for at, one in enumerate(parts) if one.due_on and _day_does_not_do(date.fromisoformat(one.due_on), text)
    ]
    return found[0] if len(found) == 1 else None


def _day_does_not_do(day: date, text: str) -> bool:
    weekday = replies.WEEKDAYS[day.weekday()].replace("日", "[日天]")
    return bool(re.search(rf"(?:(?:周|星期|礼拜){weekday}|(?<!\d){day.day}[号日])(?:那天|的|那笔)?{_NOT_THEN}", text))


def _hangs_on(parts: Sequence[Part], text: str) -> int | None:
    """The only part without a day that waits for what the text speaks of: 10号发工资 is the day of the wages' part."""
    spoken = [
        at
        for at, one in enumerate(parts)
        if one.due_on is None and one.condition and (one.condition in text or _same_income(one.condition, text))
    ]
    return spoken[0] if len(spoken) == 1 else None


def _same_income(condition: str, text: str) -> bool:
    return bool(set(INCOME.findall(condition)) & set(INCOME.findall(text)))


def named(one: Part, parts: Sequence[Part] = ()) -> str:
    """剩下的 270.65 元, or the place of one among several of the same sum; nothing where neither is known."""
    alike = [other for other in parts if other.amount_fen == one.amount_fen and other.word == one.word]
    if len(alike) > 1:
        place = next(at for at, other in enumerate(parts, 1) if other is one)
        return f"第 {place} 笔" + (f" {replies.yuan(one.amount_fen)} 元" if one.amount_fen else "")
    rest = "剩下的" if one.word == "rest" else ""
    return " ".join(word for word in (rest, f"{replies.yuan(one.amount_fen)} 元" if one.amount_fen else "") if word)


def noted(before: Sequence[Part], after: Sequence[Part], *, today: date) -> tuple[Said, ...]:
    """Which part got its day, where it is not the one that was asked for and is now asked for again."""
    if without_day(before) != without_day(after):
        return ()
    return tuple(
        Said("utter_promise_part_noted", {"which": named(new, after), "day": replies.day(new.due_on, today=today)})
        for old, new in zip(before, after, strict=False)
        if old.due_on is None and new.due_on is not None
    )


def told(parts: Sequence[Part], *, today: date) -> dict[str, str]:
    """12月10日（周四）还 2,000 元，12月31日（周四）还剩下的 1,234.56 元 — and how many and how much together."""
    lines = [
        f"{replies.day(one.due_on or '', today=today)}还{'剩下的' if one.word == 'rest' else ''}"
        f" {replies.yuan(one.amount_fen or 0)} 元"
        for one in sorted(parts, key=lambda one: one.due_on or "")
    ]
    return {"parts": "，".join(lines), "count": str(len(parts)), "total": replies.yuan(total(parts))}


def as_wished(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """What the service is asked to record: the sums that were read back."""
    return [{"amount_fen": one.amount_fen, "due_on": one.due_on, "condition": one.condition} for one in parts]
