"""What a sentence offers to pay and when: 下个月10号发工资先还两千 → 2000 yuan, the 10th."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from bot.text.conditions import FoundCondition, find_conditions
from bot.text.dates import find_dates
from bot.text.normalize import Plain, normalize
from bot.text.numerals import FoundAmount, FoundWord, find_amounts, find_words
from bot.text.parts import Group, Mention, Part, at_latest, find_rest, grouped, part_of
from bot.text.ranges import FoundDate
from bot.text.spelt import HAN
from bot.text.turns import in_turns

Found = TypeVar("Found", FoundAmount, FoundDate, FoundWord)

# «not A but B», in either order: what is negated goes, and of what is left the last stays.
_CORRECTION = re.compile(
    r"(?<!是)不是(?!吗)|不对|说错|打错|搞错|写错|错了|更正|改成|改为|换成|应该是|而是|[哦噢啊呃额]不|不不|→|->"
    rf"|改(?=[\d{HAN}])|(?<![要对差还])不(?=(?:\d|[{HAN}]{{2}}|,是)(?![定样直切般]))"
    rf"|(?<=[\d{HAN}元块])不(?:行|成|够)(?:的?话)?,?(?:那|就|我|还)*(?=[\d{HAN}])"
)
# Of what a sum is left out (除了五百都还, 留两百) nobody can say how much is paid.
_LEFT_OUT = re.compile(rf"(?:除了|除去|除开|除掉|留下?|扣掉|扣除)(?:这)?(?:[\d{HAN}]|罚息|利息|本金|零头|手续费)")
_NEGATED = re.compile(r"(?:不是|不要|不还|别|而非)(?:还|付|要|说)?$")
# The amount that is offered, not the one that is owed.
_OFFERED = re.compile(r"(?:还|付|转|交|给你?|打|充|存)(?:个|你们?|上|了)?(?:大概|差不多)?$")
# Names for what is asked for now.
_THIS_BILL = re.compile(r"[本这当]一?期|逾期|(?:本|这个?|当)月的")
_CLAUSE = re.compile(r"[,，。;；!?]")
# What is said of the rest is not said of the sum before it: 先还两百，剩下的10号还.
_REST = re.compile(r"剩下|剩余|余下|其余|剩的")
# What is owed, earned or had, beside what is offered of it.
_OWED_BEFORE = re.compile(
    r"(?:欠|借|账单|还差|额度|工资|薪水|[月年底]薪|收入|挣|赚|手里|手头|卡里|余额|只有|[就只]剩下?|还剩|总额|这期|本期|那笔|那期)(?:了|是|有|着|的|也|才|大概|你们?|一共|总共|我|发)*$"
)
_OWED_AFTER = re.compile(r"(?:块钱?|元)?的?(?:工资|薪水|账单|额度|欠款|货款|到账|入账)")
_TOO_MUCH = re.compile(r"(?:我|也|都|真的?|实在|是)*(?:还不了|还不起|还不上|拿不出|不行|不够|太多)")
_NO_DAY = re.compile(
    r"(?:的时候)?(?:我|就|也|都|还|肯定|实在|真的?|是|可能|暂时|怕是)*"
    r"(?:没钱|没有钱|没空|没法|没办法|不行|不方便|不够|还不了|还不上|还不起|拿不出|来不及|有点?困难|没发|发不了|不发)"
    r"|的(?:账单|还款日?|那期|那笔|那个账)|到期|的期"
)
# A sum or a day by which a loan is told from others is none to pay, or to pay on: 还8000那笔, 5号到期的那笔.
_OF_A_LOAN = re.compile(r"(?:到期|要还|该还|应还|借)?的?(?:那|这)(?:一?笔|个(?=[还结吧的]|$))")
_BILL_DAY = re.compile(r"(?:还款日|账单日|到期日|扣款日|到期)(?:是|在|为|就是|每月|每个月)*$")
_AT_ONCE = re.compile("马上|立刻|立马|等会|待会|一会")
_PAYS_THEN = re.compile(
    r"(?:我|就|再|才|先|马上|立刻|第一时间|能|全部?|一次性)*(?:(?<!我)还(?![没不有在能要是款想得可差会算房提])|[转付结]|给你)"
)
_UNTIL_THEN = re.compile("[等拿]$")
_NEAR = 6
_DAY_SIGN = "\N{MEDIUM SHADE}"  # nobody types it, and no reader of sums knows it
_NO_MONTH = re.compile("(?:到|在)?(?:月[底末中]|月底[之以]?前|.{1,4}[号日](?:[之以]?前)?)")
# Of two bare numbers that can be days, with nothing that says money: 28不行29吧 moves the day.
_DAY_NUMBER = r"(?:[12]?\d|3[01]|二?十[一二三四五六七八九]?|三十一?|[一二三四五六七八九])"
_OTHER_DAY = re.compile(
    rf"^(?:那|要是|如果)?(?P<first>{_DAY_NUMBER})号?(?:不行|不成|不方便|来不及)(?:的话)?[,，。 ]*"
    r"(?:那|就|改|换|改成|换成|那就)?"
    rf"(?P<then>{_DAY_NUMBER})[号日]?(?:吧|呢|行|可以|成|好)*(?:吗|么|不)?[?？。!！]*$"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text names, positions in the plain text: at most one thing at a place, corrections already applied.
    `loan_sum` and `loan_day` only say which loan is meant."""

    plain: Plain
    amounts: tuple[FoundAmount, ...]
    words: tuple[FoundWord, ...]
    dates: tuple[FoundDate, ...]
    corrected: bool
    loan_sum: FoundAmount | None = None
    loan_day: FoundDate | None = None

    @property
    def amount(self) -> FoundAmount | None:
        """The one amount that counts: exact, offered rather than owed, else the last named."""
        exact = [a for a in self.amounts if not a.about]
        exact = [a for a in exact if not _NEGATED.search(self.plain.text[: a.start])] or exact  # 还五百 别还五千
        exact = [
            a for a in exact if not _OWED_BEFORE.search(self.plain.text[: a.start])
        ] or exact  # 提到五万，月薪一万二
        offered = [a for a in exact if _OFFERED.search(self.plain.text[: a.start])]
        return (offered or exact)[-1] if exact else None

    @property
    def day(self) -> FoundDate | None:
        """The one day that counts: the last exact one, said with the amount if any is; else the last that there is
        not, else the last vague one."""
        exact = [d for d in self.dates if d.day]
        exact = [d for d in exact if not _NO_DAY.match(self.plain.text, d.end)] or exact  # 明天还不了，后天还
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
    """Find amounts, words and dates in what was typed; a corrected text yields only what it was corrected to, and one
    of several parts only the first that names a sum and its day."""
    found = _find(typed, today=today)
    groups = _groups(found, today=today)
    first = next((group for group in groups if group.exact and _has_a_sum(group)), None)
    if len(groups) > 1 and first:
        return replace(found, amounts=first.amounts, words=first.words, dates=first.dates)
    text, amounts, dates, words = found.plain.text, found.amounts, found.dates, found.words
    if (rest := _REST.search(text)) and any(a.end <= rest.start() for a in amounts):
        amounts, dates = _before(amounts, rest.start()), _before(dates, rest.start())
    return replace(found, amounts=amounts, dates=dates, words=words)


def promise_parts(typed: str, *, today: date) -> tuple[Part, ...]:
    """What is offered, part by part: how much, when, on what condition and how surely; vague days stay vague."""
    parts: list[Part] = []
    for group in _groups(_find(typed, today=today), today=today):
        part, after = part_of(group), max((one.due_on for one in parts if one.due_on), default=None)
        parts.append(_later(part, group, after) if after and part.word == "rest" else part)
    return tuple(parts)


def _later(part: Part, group: Group, after: date) -> Part:
    """What is left comes after the parts before it: 月底 after the 4th of next month is the end of that month. A day
    whose month was named stays."""
    exact = group.exact
    if exact is None or part.due_on is None or part.due_on >= after or not _NO_MONTH.fullmatch(exact.text):
        return part
    meant = next((one.day for one in find_dates(exact.text, today=after) if one.day), None)
    if meant is None:
        return part
    return replace(part, until=meant, day=None) if part.day is None else replace(part, day=meant, until=None)


def _find(typed: str, *, today: date) -> Reading:
    plain = normalize(typed)
    dates = _other_day(plain.text, today=today) or find_dates(plain.text, today=today)
    dates = _when_it_hangs_on(find_conditions(plain.text), dates, plain.text)
    taken = [(d.start, d.end) for d in dates]
    amounts = tuple(a for a in find_amounts(_without_days(plain.text, dates)) if not _overlaps(a.start, a.end, taken))
    taken += [(a.start, a.end) for a in amounts]
    words = tuple(w for w in find_words(plain.text) if not _overlaps(w.start, w.end, taken))
    if _LEFT_OUT.search(plain.text):
        amounts, words = (), ()
    words = tuple(w for w in words if not _all_of_this_bill(w, words, plain.text))
    loan_sum = next((a for a in amounts if _OF_A_LOAN.match(plain.text, a.end)), None)
    loan_day = next((d for d in dates if d.day and _OF_A_LOAN.match(plain.text, d.end)), None)
    amounts, dates = tuple(a for a in amounts if a != loan_sum), tuple(d for d in dates if d != loan_day)
    corrected = bool(_CORRECTION.search(plain.text))
    if corrected:
        amounts, dates, words = _new(amounts, plain.text), _new(dates, plain.text), _new(words, plain.text)
    return Reading(plain, amounts, words, dates, corrected, loan_sum, loan_day)


def _without_days(text: str, dates: tuple[FoundDate, ...]) -> str:
    """What is no day, in its place: of 周五五百 the sum is 五百, and of 三百块五号 it is 300."""
    for one in dates:
        if not one.vague:
            text = text[: one.start] + _DAY_SIGN * (one.end - one.start) + text[one.end :]
    return text


def _other_day(text: str, *, today: date) -> tuple[FoundDate, ...]:
    """The second of two bare days, as if it were said with its 号; the first goes with it, so that it is no sum."""
    if (found := _OTHER_DAY.match(text)) is None:
        return ()
    meant = find_dates(f"{found['then']}号", today=today)
    return tuple(replace(one, start=found.start("first"), end=found.end("then")) for one in meant)


def _when_it_hangs_on(
    conditions: tuple[FoundCondition, ...], dates: tuple[FoundDate, ...], text: str
) -> tuple[FoundDate, ...]:
    """有钱了马上还 is not today; what hangs on something, and names no day else, is vague."""
    open_ = [*(one.end for one in conditions), *(one.end for one in dates if one.vague)]
    kept = tuple(
        one for one in dates if not (_AT_ONCE.match(one.text) and any(0 <= one.start - end < _NEAR for end in open_))
    )
    awaited = [c for c in conditions if _PAYS_THEN.match(text, c.end) or _UNTIL_THEN.search(text[: c.start])]
    return kept or tuple(FoundDate(None, one.start, one.end, one.text) for one in awaited[:1])


def _groups(found: Reading, *, today: date) -> tuple[Group, ...]:
    """The reading's mentions without those that promise nothing, conditions and the rest put in."""
    text = found.plain.text
    conditions = find_conditions(text)
    held = [(one.start, one.end) for one in conditions]
    dates = [one for one in found.dates if one.day or not _overlaps(one.start, one.end, held)]
    dates = _offered_days(dates, text, today=today, otherwise=bool(conditions))
    if turns := in_turns(text, found.amounts, tuple(dates)):
        return turns
    amounts = _offered_amounts(found.amounts, text)
    rest = [one for one in find_rest(text) if not _overlaps(one.start, one.end, [(d.start, d.end) for d in dates])]
    left = [(one.start, one.end) for one in rest]
    owed = [one.start for one in found.amounts if one not in amounts]
    words = [
        one
        for one in found.words
        if not _overlaps(one.start, one.end, left) and not any(0 <= start - one.end < _NEAR for start in owed)
    ]
    if found.corrected:
        rest = []
    mentions: list[Mention] = [*amounts, *words, *rest, *dates, *conditions]
    return grouped(text, mentions) if mentions else ()


def _offered_days(found: list[FoundDate], text: str, *, today: date, otherwise: bool) -> list[FoundDate]:
    """Without the days on which nothing can be paid, those of a bill, and, where another is named, those gone by."""
    kept = [
        one for one in found if not (_NO_DAY.match(text, one.end) or _BILL_DAY.search(text[: one.start]))
    ]  # fmt: skip
    to_come = [one for one in kept if one.day is None or one.day >= today]
    kept = to_come if to_come or otherwise else kept
    return [replace(one, by=True) if one.day and at_latest(text, one) else one for one in kept]


def _offered_amounts(found: tuple[FoundAmount, ...], text: str) -> list[FoundAmount]:
    kept = [
        one for one in found if not (_TOO_MUCH.match(text, one.end) or _NEGATED.search(text[: one.start]))
    ]  # fmt: skip
    offered = [one for one in kept if not (_OWED_BEFORE.search(text[: one.start]) or _OWED_AFTER.match(text, one.end))]
    return offered or kept


def _has_a_sum(group: Group) -> bool:
    """A sum of its own: that of the rest waits until the first part is paid."""
    if find_rest(group.around):
        return False
    return any(not one.about for one in group.amounts) or any(one.word != "rest" for one in group.words)


def _same_clause(text: str, one: FoundDate | FoundWord, other: FoundAmount | FoundWord) -> bool:
    between = text[one.end : other.start] if one.start < other.start else text[other.end : one.start]
    return not _CLAUSE.search(between)


def _before(found: tuple[Found, ...], end: int) -> tuple[Found, ...]:
    return tuple(f for f in found if f.end <= end)


def _overlaps(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return any(a < end and start < b for a, b in taken)


def _all_of_this_bill(word: FoundWord, words: tuple[FoundWord, ...], text: str) -> bool:
    """本期的都还了 is all of this bill, and not all that is owed."""
    bills = [w for w in words if w.word in {"bill", "minimum"} and _THIS_BILL.match(w.text)]
    return word.word == "all" and any(_same_clause(text, word, bill) for bill in bills)


def _new(found: tuple[Found, ...], text: str) -> tuple[Found, ...]:
    kept = tuple(f for f in found if not _NEGATED.search(text[: f.start]))
    return kept[-1:] if len(found) > 1 else kept
