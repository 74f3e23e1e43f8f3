"""Which days a text names, given today: 周五 → a date; 过几天 → said, but vague; 2月30号 → in no calendar."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from bot.text.day_words import AT_ONCE, DAY_WORDS, HOUR, days_ahead, one_week_on, the_day_after
from bot.text.holidays import NAMES, holiday, next_holiday
from bot.text.ranges import FoundDate, with_ranges
from bot.text.spelt import HAN, chinese_to_int

_N = r"\d{1,3}|[零一二两三四五六七八九十廿]{1,3}"
# With no 号 after it, the whole numeral is the day, and never a part of it: 十五起 is of the 15th, 十五期 of no 10th.
_DAY = (
    rf"(?P<d>(?:{_N})(?=[日号])|(?!一[起样直])(?>\d{{1,3}}|[一二三四五六七八九]?十[一二三四五六七八九]?"
    r"|廿[一二三四五六七八九]?|[零一二两三四五六七八九]{1,2})(?![\d个期天块元百千万次]))[日号]?"
)
_WEEKDAYS = (
    {c: i for i, c in enumerate("一二三四五六")} | {"日": 6, "天": 6, "末": 6} | {str(i + 1): i for i in range(7)}
)
_MONTH = r"(?P<month>下下个?月|下个?月|上个?月|这个?月|本月|当月|次月)"
_LONGEST_MONTH, _LARGEST_SAID = 31, 99
_HALF_A_YEAR = timedelta(days=184)
_YEARS = {"明年": 1, "今年": 0, "去年": -1, "后年": 2}


# 剩下周五还, 剩下下月5号还: the first 下 is none of the day's.
_LEFT = re.compile("(?<=[剩余])下(?=下?一?个?[周月星礼])")
_Reader = Callable[[re.Match[str], date], date | None]


def find_dates(text: str, *, today: date) -> tuple[FoundDate, ...]:
    """Every day named in a normalized text, in order, concrete ones first where they overlap with vague ones.

    A weekday is the next one after today, a day of the month the next one not before today, a month and day the
    nearest such day, which may just have passed; ranges (周末, 月底前, 三天内) give their last day. What may be any
    day after one (10号以后) is vague.
    """
    text = _LEFT.sub("-", text)
    found: list[FoundDate] = []
    read: list[tuple[int, int]] = []  # an impossible day has been read, too: 30号 of 2月30号 is not the 30th
    for pattern, reader in ((_ROUGHLY, None), *_READERS, (_VAGUE, None)):
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(a < end and start < b for a, b in read):
                continue
            read.append((start, end))
            day = _safely(reader, match, today) if reader else None
            impossible = day is None and reader in _OF_A_CALENDAR and _looks_like_a_day(match)
            if day is not None or reader is None or impossible:
                found.append(FoundDate(day, start, end, match.group(), impossible=impossible))
    named = [one for one in found if not HOUR.match(one.text)]  # 29号晚上还: the hour is one of that day
    named = the_day_after(text, one_week_on(text, named))
    chosen = sorted(named if any(one.day for one in named) else found, key=lambda f: f.start)
    return with_ranges(
        text, chosen, today=today, reread=lambda said, day: next(iter(find_dates(said, today=day)), None)
    )


def _safely(reader: _Reader, match: re.Match[str], today: date) -> date | None:
    try:
        return reader(match, today)
    except (ValueError, OverflowError):
        return None


def _looks_like_a_day(match: re.Match[str]) -> bool:
    """32号 and 2月30 do, for all that there is no such day; 12月500 is rather a sum, and 100号 a house."""
    try:
        number = _number(match["d"])
    except ValueError:  # 一一十 is no number
        return False
    return number <= (_LARGEST_SAID if match.group()[-1] in "日号" else _LONGEST_MONTH)


def _number(said: str) -> int:
    value = int(said) if said.isdigit() else chinese_to_int(said.replace("廿", "二十"))
    if value is None:
        raise ValueError(said)
    return value


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day where that month is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _months_ahead(said: str) -> int:
    if said.startswith("下下"):
        return 2
    if said[0] in "下次":
        return 1
    return -1 if said[0] == "上" else 0


def _full(match: re.Match[str], today: date) -> date:
    year = _number(match["year"]) if match["year"].isdigit() else today.year + _YEARS[match["year"]]
    year = year + 2000 if year < 100 else year
    return date(year, _number(match["m"]), _number(match["d"]))


def _month_day(match: re.Match[str], today: date) -> date:
    """Said on 24 November, 11月20号 has just passed and is not next year's; 1月3号 is."""
    month, day = _number(match["m"]), _number(match["d"])
    named = [there for year in (0, 1, -1) if (there := _date_or_none(today.year + year, month, day))]
    nearest = min(named, key=lambda there: abs(there - today))  # of none it raises ValueError, as date() does
    if abs(nearest - today) > _HALF_A_YEAR:
        raise ValueError(nearest)  # 29 February of another year is not what was meant
    return nearest


def _date_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _named_month_day(match: re.Match[str], today: date) -> date:
    first = add_months(today.replace(day=1), _months_ahead(match["month"]))
    return first.replace(day=_number(match["d"]))


def _day_of_month(match: re.Match[str], today: date) -> date:
    day = _number(match["d"])
    for months in range(13):
        first = add_months(today.replace(day=1), months)
        if day <= _month_end(first).day and first.replace(day=day) >= today:
            return first.replace(day=day)
    raise ValueError(day)


def _named_month_end(match: re.Match[str], today: date) -> date:
    return _month_end(add_months(today.replace(day=1), _months_ahead(match["month"])))


def _weekday(match: re.Match[str], today: date) -> date:
    wanted, which = _WEEKDAYS[match["wd"]], match["which"] or ""
    monday = today - timedelta(days=today.weekday())
    if which.startswith("下下"):
        return monday + timedelta(days=14 + wanted)
    if which.startswith("下"):
        return monday + timedelta(days=7 + wanted)
    if which.startswith("上"):
        return monday + timedelta(days=wanted - 7)
    if which:
        return monday + timedelta(days=wanted)
    ahead = (wanted - today.weekday()) % 7
    return today + timedelta(days=ahead or 7)


def _year_end(match: re.Match[str], today: date) -> date:
    return date(today.year + (match.group().startswith("明")), 12, 31)


def _end_of_a_month(match: re.Match[str], today: date) -> date:
    """12月底, the next one that is not over."""
    this_year = date(today.year, _number(match["m"]), 1)
    return _month_end(this_year if _month_end(this_year) >= today else this_year.replace(year=today.year + 1))


def _edge_of_a_month(match: re.Match[str], today: date) -> date:
    """12月内, or the last day before December."""
    end = _end_of_a_month(match, today)
    return end if "内" in match.group() else end.replace(day=1) - timedelta(days=1)


def _holiday(match: re.Match[str], today: date) -> date:
    if year := match["year"]:
        return holiday(match["name"], year=today.year + _YEARS[year])
    return next_holiday(match["name"], today=today)


def _same_day_later(match: re.Match[str], today: date) -> date:
    """下周今天, 下个月的今天."""
    if which := match["which"]:
        return today + timedelta(days=14 if which.startswith("下下") else 7)
    return add_months(today, _months_ahead(match["month"]))


def _week_edge(match: re.Match[str], today: date) -> date:
    """The last day in that week, or before it."""
    which = match["which"]
    weeks = 2 if which.startswith("下下") else 1 if which.startswith("下") else 0
    sunday = today + timedelta(days=6 - today.weekday() + 7 * weeks)
    return sunday if "内" in match["edge"] else sunday - timedelta(days=7)


def _month_edge(match: re.Match[str], today: date) -> date:
    first = add_months(today.replace(day=1), _months_ahead(match["month"]))
    return _month_end(first) if "内" in match["edge"] else first - timedelta(days=1)


def _in_days(match: re.Match[str], today: date) -> date:
    unit, said = match["unit"], match["n"]
    if said == "半":
        if "月" not in unit:
            raise ValueError(said)
        return today + timedelta(days=15)
    count = _number(said)
    if unit == "天" or unit == "日":
        return today + timedelta(days=count)
    if "月" in unit:
        return add_months(today, count)
    return today + timedelta(days=7 * count)


# 28还300, 12.3还300: a day that is followed by what is paid on it.
_THEN_PAYS = r"(?=[还付](?:款|上|个)?[\d一二两三四五六七八九])"
_RELATIVE_UNIT = r"(?P<unit>天|日|个?星期|个?礼拜|周|个月)"
# 五一 and 十一 are numbers more often than holidays: 一万五一天, 周五一次.
_HOLIDAY_NAMES = "|".join(
    {
        "十一": "十一(?=之?前|以前|那天)",
        "五一": "(?<![周期拜万千百十零一二三四五六七八九])五一(?![次天个块元号月周])",
    }.get(name, name)
    for name in NAMES
)
# A holiday is a day to pay on where paying is spoken of, or where it is all that is said: not 国庆有活动吗.
_OF_PAYING = r"(?=之?前|以前|[^。;?]{0,12}(?:还(?!款)|[付转结清交]|给你)|[吧呢啊]?$)"
_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (
        re.compile(
            rf"(?P<year>(?<![\d.])(?:\d{{4}}|\d{{2}})(?=[年\-/.])|明年|今年|去年|后年)[年\-/.]?的?(?P<m>{_N})[月\-/.](?P<d>{_N})[日号]?(?!\d)"
        ),
        _full,
    ),
    (re.compile(rf"(?<![\d.])(?P<m>{_N})月份?(?:的)?{_DAY}"), _month_day),
    (re.compile(r"(?<![\d.])(?P<m>1[0-2]|0?[1-9])[/\-](?P<d>3[01]|[12]\d|0?[1-9])(?![\d/])[日号]?"), _month_day),
    (re.compile(r"(?<![\d.])(?P<m>1[0-2]|0?[1-9])\.(?P<d>3[01]|[12]\d|0?[1-9])[日号]"), _month_day),
    (re.compile(rf"{_MONTH}的?{_DAY}"), _named_month_day),
    (re.compile(rf"{_MONTH}(?:的)?(?:月底|底|末|尾|最后一天)之?前?"), _named_month_end),
    # Of 剩下350月底还 and 先还五十月底还剩下的 the number is a sum.
    (
        re.compile(
            r"(?<![\d.一二三四五六七八九十百千万])(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月份?的?(?:月底|底|末|尾)之?前?"
        ),
        _end_of_a_month,
    ),
    (re.compile(rf"(?<![\d.])(?P<m>{_N})月份?(?:之?内|以内|之前|以前|前)"), _edge_of_a_month),
    (re.compile(r"(?:月底|月末|月尾)之?前?"), lambda _m, today: _month_end(today)),
    (re.compile(r"(?:(?P<which>明年|今年)年?|年)[底末]之?前?"), _year_end),
    (re.compile(r"(?:今年|(?<![\d零一二两三四五六七八九十半几年])年)之?内"), _year_end),
    (
        re.compile(
            rf"(?P<year>今年|明年)?(?<!过)(?<!过了)(?<!过完)(?P<name>{_HOLIDAY_NAMES})节?(?:那天|当天)?"
            rf"(?!节|之?后|以后|过后|期间|假|放假|长假|回来|完){_OF_PAYING}"
        ),
        _holiday,
    ),
    (re.compile(r"(?P<which>下下个?|下个?|这个?|本)(?:周|星期|礼拜)(?P<edge>之?内|以内|之前|以前|前)"), _week_edge),
    (
        re.compile(
            r"(?P<month>下下个?月|下个?月|这个?月|本月|当月|(?<![个\d一二三四五六七八九十])月)(?P<edge>之?内|以内|之前|以前|前)"
        ),
        _month_edge,
    ),
    (re.compile(rf"下一?个(?P<d>{_N})[日号]"), lambda m, today: _day_of_month(m, today + timedelta(days=1))),
    (
        re.compile(
            r"(?<!那个)(?P<which>下下个?|下个?|上个?|这个?|本)?(?:周|星期|礼拜)(?P<wd>[一二三四五六日天末]|[1-7](?![\d天个期]))"
        ),
        _weekday,
    ),
    (
        re.compile(
            rf"(?P<pre>过|再过|再等|再给我|宽限|等)?(?P<n>{_N}|半){_RELATIVE_UNIT}(?:之?后|以后|之?内|以内|过后)"
        ),
        _in_days,
    ),
    (re.compile(rf"(?P<pre>再过|过|再等|等|再给我)(?P<n>[\d一三四五六七八九十]+|半){_RELATIVE_UNIT}"), _in_days),
    (re.compile(rf"(?<![\d.月])(?P<m>1[0-2]|0?[1-9])\.(?P<d>3[01]|[12]\d|0?[1-9]){_THEN_PAYS}"), _month_day),
    (
        re.compile(rf"(?<![\d.还付交到{HAN}])(?P<d>3[01]|[12]\d|[1-9]|三十一?|二?十[一二三四五六七八九]?){_THEN_PAYS}"),
        _day_of_month,
    ),
    (re.compile(rf"(?<![\d个第.])(?P<d>{_N})[日号](?!线|店|楼|码|卡|机|账|子|常|期)"), _day_of_month),
    (re.compile(rf"(?:{_MONTH}|(?P<which>下下个?|下个?)(?:周|星期|礼拜))的?(?:今天|今日)"), _same_day_later),
    (DAY_WORDS, lambda m, today: today + timedelta(days=days_ahead(m.group()))),
    (re.compile(AT_ONCE), lambda _m, today: today),
)
# Whose words name a day of a calendar, and so may name one that there is not.
_OF_A_CALENDAR = {_full, _month_day, _named_month_day, _day_of_month}
_TWO_IN_A_ROW = "一两|一二|两三|二三|三四|三五|四五|五六|六七|七八|八九|十几|十来|好几"
# Two numbers in a row are no number (两三天, 十五六号), a lunar day is none of this calendar.
_ROUGHLY = re.compile(
    r"(?:下下?个?|这个?|本)?(?:周|星期|礼拜)(?:一二|二三|三四|四五|五六|六[日天])(?![百千万块元])|"
    r"(?:月底|月末|月尾|年底|\d{1,2}[号日])之?前[\d一二两三四五六七几]天|"
    rf"[二三]十几[天日号](?:之?后|以后|之?内|以内)?|(?:过|等|再过|再等)?(?<!提前)[十廿]?(?:二十)?(?:{_TWO_IN_A_ROW})个?(?:天|日|号|周|星期|礼拜|月)(?:之?后|以后|之?内|以内)?"
    r"|今明两天|明后两?天|(?:农历|阴历)(?:[正腊冬\d一二三四五六七八九十]{1,2}月)?初?[\d一二三四五六七八九十廿]{0,3}[号日]?"
    r"|(?<!去年)(?:正月|腊月)初?[一二三四五六七八九十廿]{0,3}"
)
_VAGUE = re.compile(
    r"(?:过|等|再等|再过|缓|宽限)?(?:两|几|些|一)(?:天|日)(?:之?后|以后|内|再说)?|这几天|这两天|过(?:一)?(?:段|阵)(?:时间|子)?|过阵子|改天|回头|以后再说"
    r"|(?:发|开|领|拿)(?:了|完)?(?:工资|薪水?|奖金|钱)(?:了|那天|之?后|的时候)?|工资(?:到账|发|下来)(?:了|后|之后)?|有钱(?:了|的时候)|(?<!卡里)(?<!卡上)(?<!里面)有钱"
    r"|(?:等)?(?:手头|资金)(?:宽裕|周转|松)(?:了|开)?|尽快|尽早|晚点|晚些|迟点|到时候?|(?:(?:1[0-2]|[1-9]|[一二三四五六七八九十]{1,2})月份?的?|下下?个?月的?|这个?月的?|本月)?(?:月初|月中|[上中下]旬|头几天|前几天|月头)|凌晨|下下?个?月[初中头]|(?:下下?|这|上|本)个?(?:月|周|星期|礼拜)(?![二三四五六日天末\d]|一(?!起|块|并|次))"
    r"|(?:过[完了]?)?(?:春节|国庆|(?<![周期拜万千百十零一二三四五六七八九])五一(?![次天个块元号月周])|中秋|元旦|端午|劳动节|清明|元宵|除夕|小年|冬至|七夕|重阳|双十[一二]|双1[12])节?(?:之?[前后]|以[前后]|过后|期间|放假|长假|假期|回来|完)*|节[前后]"
    r"|年后|年前|过(?:完)?年(?:之?后|以后)?|下半年|明年|(?<=剩下的|其余的|余下的|剩余的)再说|(?<!去年)(?<!今年)(?<!\d)(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月份?(?=再还|先还|能还|还(?![款了过干])|给你)|不确定|说不准|不好说|看情况"
)
