"""The parts of a promise: 10号还两千，剩下的月底 → 2000 on the 10th and the rest on the last of the month."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from bot.text.conditions import FoundCondition
from bot.text.numerals import FoundAmount, FoundWord
from bot.text.ranges import FoundDate

Mention = FoundAmount | FoundWord | FoundDate | FoundCondition

_CLAUSE = re.compile(r"[,，。;；!?\n]")
_REST = re.compile(
    r"(?:(?<![就只])剩下|剩余|余下|其余|(?<![就只还])剩)(?:的|那)?(?:一半|全部|部分|钱|欠款|都)?|剩的(?=$|[吧呢啊了,，。])|另外?一半|另外的|其他的|别的(?=以后|再|到时|下|改|明|后)|余款|尾款(?!到|下|收|结)|后面的"
)
_HEDGE = re.compile(
    r"大概|大约|是不是|可能|也许|应该|争取|尽量|左右|前后|上下|差不多|估计|试试|看看|没准|不一定|或者|还是|如果|要是|假如|只要|万一"
    r"|的话|看情况|不敢保证|不保证|说不准|能不能|可不可以|可以吗|可以不|行吗|行不行|好吗|吗|每个?月|最好|想办法|努力"
)
_TRAILING = re.compile(r"(?:左右|前后|上下|的样子)?(?:的话)?(?:还|付|给|转)?(?:可以吗|行吗|行不行|好吗|吗|看看|试试)?")
_PAYS = re.compile(r"还|付|转|交|结|给你|打给|处理|存")
_PAYS_ON = re.compile(r"(?:我|就|再|先|又|能|要|可以)*[还付给转交](?:个|上|你们?)*")
_AND = re.compile(r"[和跟及、/ ]|还有|以及")
_AND_OR_NOTHING = re.compile(rf"(?:{_AND.pattern})?")
_EACH = re.compile(r"各|每次|分别")
# The day that was just named: 18号发工资，到时候还.
_THEN = re.compile(r"到时候?")
_AT_LATEST = re.compile(r"(?:最晚|最迟|不超过|至多|晚不过)[到在是也就]*$")


@dataclass(frozen=True, slots=True)
class Condition:
    """wages · bonus · collected · sold · borrowed · work · refund · means, and the words that said so."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Part:
    """One payment offered: how much, a word for it where no sum was named, and when.

    `day` alone is that day, `until` alone "by then", both a range; `vague` are the words that name no day, `certain`
    is a named day without an if or a perhaps.
    """

    amount_fen: int | None = None
    word: str | None = None
    day: date | None = None
    until: date | None = None
    condition: Condition | None = None
    certain: bool = False
    vague: str | None = None

    @property
    def due_on(self) -> date | None:
        """The day to hold the borrower to: the last of a range."""
        return self.until or self.day


@dataclass(frozen=True, slots=True)
class Group:
    """What was said of one part: its mentions in order, and the stretch of text around them."""

    said: tuple[Mention, ...]
    around: str = ""

    @property
    def amounts(self) -> tuple[FoundAmount, ...]:
        return tuple(one for one in self.said if isinstance(one, FoundAmount))

    @property
    def words(self) -> tuple[FoundWord, ...]:
        return tuple(one for one in self.said if isinstance(one, FoundWord))

    @property
    def dates(self) -> tuple[FoundDate, ...]:
        return tuple(one for one in self.said if isinstance(one, FoundDate))

    @property
    def conditions(self) -> tuple[FoundCondition, ...]:
        return tuple(one for one in self.said if isinstance(one, FoundCondition))

    @property
    def money(self) -> bool:
        return bool(self.amounts or self.words)

    @property
    def exact(self) -> FoundDate | None:
        """The day that counts; said twice in one part, the last."""
        return next((one for one in reversed(self.dates) if one.day), None)


def find_rest(text: str) -> tuple[FoundWord, ...]:
    """What is left over after a first sum, as a word that stands for an amount."""
    return tuple(FoundWord("rest", m.start(), m.end(), m.group()) for m in _REST.finditer(text))


def grouped(text: str, mentions: Iterable[Mention]) -> tuple[Group, ...]:
    """Which mentions belong together: those of a clause, and those of the next where it adds what was left open."""
    in_order = sorted(mentions, key=lambda one: one.start)
    groups: list[list[Mention]] = []
    for clause in _clauses(text, in_order):
        split = _split(text, clause)
        if groups and _adds_to(Group(tuple(split[0])), Group(tuple(groups[-1]))):
            groups[-1] += split.pop(0)
        groups += split
    return _sensible(_with_surroundings(text, [_one_word(group) for group in groups]))


def part_of(group: Group) -> Part:
    """The value of a group."""
    exact, condition = group.exact, next(iter(group.conditions), None)
    amount, word = next(iter(group.amounts), None), next(iter(group.words), None)
    vague = next((one.text for one in group.dates), condition.text if condition else None) if exact is None else None
    about = amount is not None and amount.about
    return Part(
        amount_fen=amount.fen if amount and not about else None,
        word=word.word if word and amount is None else None,
        day=(exact.first if exact.by else exact.day) if exact else None,
        until=exact.day if exact and exact.by else None,
        condition=Condition(condition.code, condition.text) if condition else None,
        certain=exact is not None and not about and not _HEDGE.search(group.around),
        vague=vague,
    )


def at_latest(text: str, day: FoundDate) -> bool:
    return bool(_AT_LATEST.search(text[: day.start]))


def _clauses(text: str, mentions: list[Mention]) -> list[list[Mention]]:
    breaks = [m.start() for m in _CLAUSE.finditer(text) if not any(o.start <= m.start() < o.end for o in mentions)]
    clauses: dict[int, list[Mention]] = {}
    for one in mentions:
        clauses.setdefault(sum(1 for at in breaks if at < one.start), []).append(one)
    return list(clauses.values())


def _split(text: str, clause: list[Mention]) -> list[list[Mention]]:
    """A second sum, or a second day, begins a new part; two days with one sum «each» are two parts of it."""
    days = [one for one in clause if isinstance(one, FoundDate) and one.day]
    sums = [one for one in clause if isinstance(one, FoundAmount | FoundWord)]
    if not sums and _only_days(text, clause):
        return [[day] for day in clause]
    if len(days) > 1 and len(sums) == 1 and _EACH.search(text[clause[0].start : clause[-1].end]):
        return [[day, sums[0]] for day in days]
    groups: list[list[Mention]] = [[]]
    leading = [one for one in days if any(other.start >= one.end for other in sums)]
    last = [one for one in days if one not in leading]  # 500明天还200后天还: the day comes after its sum
    several = max(len(days), len(sums)) > 1 and bool(leading) and all(_of_the_rest(clause, one) for one in last)
    day_first = several and all(_then_pays(text, clause, one) for one in leading)
    for index, one in enumerate(clause):
        begins = _begins(one, Group(tuple(groups[-1])), rest=clause[index + 1 :])
        if groups[-1] and (begins or (day_first and one in leading and Group(tuple(groups[-1])).money)):
            groups.append([])
        groups[-1].append(one)
    return groups


def _only_days(text: str, clause: list[Mention]) -> bool:
    """1号和10号: each is the day of a part."""
    days = [one for one in clause if isinstance(one, FoundDate) and one.day]
    between = (text[one.end : other.start] for one, other in pairwise(clause))
    joined = _AND if len(days) == 2 else _AND_OR_NOTHING  # 明天后天 may be the one or the other
    return len(clause) == len(days) > 1 and all(joined.fullmatch(words) for words in between)


def _of_the_rest(clause: list[Mention], day: Mention) -> bool:
    """剩下的30号: the day of what is left, which begins a part anyhow."""
    before = clause[clause.index(day) - 1] if clause[0] is not day else None
    return isinstance(before, FoundWord) and before.word == "rest"


def _then_pays(text: str, clause: list[Mention], day: FoundDate) -> bool:
    """明天再还两百: the sum that follows is that day's, and not the one before."""
    after = next((one for one in clause if isinstance(one, FoundAmount | FoundWord) and one.start >= day.end), None)
    if after is None:
        return False
    between = text[day.end : after.start]
    for one in clause:
        if isinstance(one, FoundCondition) and day.end <= one.start < after.start:
            between = between.replace(one.text, "", 1)  # 明天发工资再还两百
    return bool(_PAYS_ON.fullmatch(between))


def _begins(one: Mention, group: Group, *, rest: list[Mention]) -> bool:
    more_money = any(isinstance(other, FoundAmount | FoundWord) for other in rest)
    if isinstance(one, FoundAmount):
        rest_before = next((word for word in group.words if word.word == "rest"), None)
        says_how_much_is_left = rest_before is not None and one.start - rest_before.end <= 1
        return bool(group.amounts) or (rest_before is not None and not says_how_much_is_left)
    if isinstance(one, FoundWord):
        second_half = one.word == "half" and bool(group.dates or group.conditions)
        return group.money and (one.word == "rest" or second_half)  # 一半今天，一半月底
    timed = bool(group.dates or group.conditions)
    if isinstance(one, FoundCondition):
        return group.money and timed and more_money
    return (group.money and timed and more_money) or (bool(one.day) and group.exact is not None and group.money)


def _adds_to(new: Group, before: Group) -> bool:
    if new.money and before.money:
        return False
    if not (new.dates and before.dates):
        return True
    if before.exact and all(_THEN.match(one.text) for one in new.dates):
        return True
    return not before.exact and new.exact is not None and not new.money


def _one_word(group: list[Mention]) -> list[Mention]:
    """Beside a sum or the rest, 这个月 or 全部 only says of what; the least that was said counts."""
    words = [one for one in group if isinstance(one, FoundWord)]
    if any(isinstance(one, FoundAmount) for one in group):
        kept: FoundWord | None = None
    else:
        order = ("rest", "minimum", "half", "all", "bill")
        kept = min(words, key=lambda one: order.index(one.word), default=None)
    return [one for one in group if not isinstance(one, FoundWord) or one is kept]


def _with_surroundings(text: str, groups: list[list[Mention]]) -> list[Group]:
    result: list[Group] = []
    start = 0
    for index, group in enumerate(groups):
        last = max(one.end for one in group)
        tail = _TRAILING.match(text, last)
        end = len(text) if index + 1 == len(groups) else tail.end() if tail else last
        result.append(Group(tuple(group), text[min(start, group[0].start) : end]))
        start = end
    return result


def _sensible(groups: list[Group]) -> tuple[Group, ...]:
    """Without what is told besides: a day of which nothing is paid (周一出差), a debt that is only spoken of."""
    if not any(group.money for group in groups):
        exact = [group for group in groups if group.exact]
        return tuple(exact or groups[:1])
    kept = [group for group in groups if group.money or (group.exact and _PAYS.search(group.around))]
    named = [group for group in kept if not _only_spoken_of(group)]
    return tuple(named or kept)


def _only_spoken_of(group: Group) -> bool:
    timed = group.dates or group.conditions
    if group.amounts or timed or not group.words:
        return False
    return group.words[0].word in {"bill", "all"} or "逾期" in group.words[0].text
