"""PURE · which help the words of a message wish for, and what becomes of it for one loan: parts, or months later."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from actions import words
from actions.numerals import number
from actions.replies import Said, day, yuan
from actions.turn import Turn

# Said in passing, these are the reason already: 我失业了，想延期.
WHY = re.compile(
    "(?:孩子|小孩|娃|老人|爸|妈)[^，。]{0,4}没人(?:管|照顾|带|看(?!得|懂|见|到|出))|(?<!毛)病了|得病|放假没班|抑郁|工作不了|淹了|洪水|地震|火灾|没活(?!动|力|跃|路|着|下)|(?<!生)活儿?少(?!不)|没生意|没订单|失业|裁员|被裁|没了?工作|丢了?工作|下岗|待业|降薪|减薪|欠薪|(?:工资|收入)[^，。]{0,6}(?:少|低|减|没|断|拖|停)|没有?收入"
    "|(?:没法|不能|上不了|没有?办法)(?:上班|工作|干活|班)|摔[断伤]|骨折"
    "|生病|住院|手术|化疗|ICU|icu|重症|病危|抢救|癌|白血病|坐月子|受伤|车祸|重病|大病|怀孕|生意|亏(?:本|损|了)|倒闭|破产|停工|停业|灾|离婚|去世"
)

CANNOT_PAY = re.compile("还不[上了起出动]|付不[起出]|没[法办]还")

_NUMBER = r"(\d{1,2}|[一二两三四五六七八九十]{1,3})"
MONTHS = re.compile(rf"{_NUMBER}\s*个?月(?!\d|[一二三四五六七八九十底初末]|.{{0,2}}[号日])|(半)年|(一)年")
PARTS = re.compile(rf"(?<!第){_NUMBER}\s*期|分(?:成|作|为)?\s*{_NUMBER}\s*(?:个月|次|笔)")
# 两个月 and nothing else: months to wait, or for an account as many parts.
SPAN = re.compile(
    rf"(?:[不是对嗯那就先要,，、\s]|改成?|换成?|大概|最多)*(?:{_NUMBER}\s*个月|(半)年|(一)年(半)?)"
    r"(?:吧|呢|左右|就行|就好|可以吗|行吗|行不行|[。.!！?？])*"
)
LONGEST = re.compile("最[多长久][^，。]{0,6}(?:多久|多长|几个月)")
LATER = re.compile("延|缓|推迟|推后|往后推|晚点?|拖|宽限|暂停还|停还")
LEAST = re.compile("(?:最少|最低|起码|至少)[^，。]{0,6}(?:多少|几块)|最多[^，。]{0,6}(?:几期|多少期)")
A_MONTH = timedelta(days=30)


def wish_of(turn: Turn, *, before: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any] | None:
    """{months} to wait, {periods} or {monthly_fen} to pay in parts, with the day they begin where one is named, {span}
    of months for the one or the other, or {until} before which nothing can be paid; None where the message says nothing
    of it. A day alone is the first of the parts that were agreed on `before`, if they were."""
    text, day_ = turn.text, turn.day
    begins = {"first_on": day_.isoformat()} if day_ is not None and day_ >= turn.today else {}
    if (months := count(MONTHS, text)) and LATER.search(text):
        return {"months": months}
    if SPAN.fullmatch(text.strip()):
        return {"span": count(SPAN, text)}
    if periods := count(PARTS, text):
        return {"periods": periods, **begins}
    fen = None if words.EVERY_FEW_DAYS.search(text) else turn.entities.get("amount")  # 每周还一百 is no sum a month
    if fen is not None and fen > 0 and not turn.names_no_sum:
        return {"monthly_fen": int(fen), **begins}
    if "periods" in before and begins and not LATER.search(text):
        return {"periods": before["periods"], **begins}
    return {"until": begins["first_on"]} if begins and day_ != turn.today else None


def count(pattern: re.Pattern[str], text: str) -> int | None:
    """The number before a unit: 十二期 → 12, 半年 → 6 months."""
    found = pattern.search(text)
    if found is None:
        return None
    said = next(group for group in found.groups() if group)
    if found[0].endswith("年半"):
        return 18
    if said == "半":
        return 6
    if found[0].endswith("年"):
        return 12
    return number(said)


def terms_of(
    wish: Mapping[str, Any], loan: Mapping[str, Any], bounds: Mapping[str, Any], *, today: date
) -> dict[str, Any] | Said:
    """The terms to read back: {kind, months} or {kind, periods, each_fen, first_on}; what to say where they cannot
    be. `loan` has owed_fen, due_on and by_statements, `bounds` are the service's."""
    if "span" in wish:
        wish = {"periods" if loan["by_statements"] else "months": wish["span"]}
    if "months" in wish or "until" in wish:
        if loan["by_statements"]:
            return _not_deferred(loan)
        return _deferral(wish, loan, bounds, today=today)
    return _parts(wish, loan, bounds, today=today)


def _not_deferred(loan: Mapping[str, Any]) -> Said:
    return Said("utter_hardship_account_not_deferred", {"loan": loan["title"]})


def _deferral(
    wish: Mapping[str, Any], loan: Mapping[str, Any], bounds: Mapping[str, Any], *, today: date
) -> dict[str, Any] | Said:
    due_on = date.fromisoformat(loan["due_on"])
    least = _least_months(due_on, today=today)
    months = wish["months"] if "months" in wish else _months_until(due_on, date.fromisoformat(wish["until"]))
    most = bounds["months_at_most"]
    if not least <= months <= most:
        return _may_be_deferred("utter_hardship_months", least=least, most=most)
    return {"kind": "defer", "months": months}


def _may_be_deferred(response: str, *, least: int, most: int) -> Said:
    if least > most:
        return Said("utter_hardship_no_deferral")
    return Said(response, {"least": str(least), "most": str(most)})


def _least_months(due_on: date, *, today: date) -> int:
    return _months_until(due_on, today + timedelta(days=1))


def _months_until(due_on: date, until: date) -> int:
    """By how many months, at least one, a due date has to move to be no earlier than a day."""
    months = max(1, (until.year - due_on.year) * 12 + until.month - due_on.month)
    return months if _later(due_on, months) >= until else months + 1


def _later(day_: date, months: int) -> date:
    year, month = divmod(day_.year * 12 + day_.month - 1 + months, 12)
    return date(year, month + 1, min(day_.day, monthrange(year, month + 1)[1]))


def _parts(
    wish: Mapping[str, Any], loan: Mapping[str, Any], bounds: Mapping[str, Any], *, today: date
) -> dict[str, Any] | Said:
    owed, most = loan["owed_fen"], bounds["periods_at_most"]
    latest = date.fromisoformat(bounds["first_on_latest"])
    least_fen = max(bounds["part_at_least_fen"], -(-owed // most))
    if "monthly_fen" in wish and wish["monthly_fen"] >= owed:
        return Said("utter_hardship_pays_all", {"owed": yuan(owed)})
    periods = wish["periods"] if "periods" in wish else -(-owed // wish["monthly_fen"])
    if periods < 2 or periods > most or owed < periods * bounds["part_at_least_fen"]:
        return Said("utter_hardship_parts", {"least": yuan(-(-least_fen // 100) * 100), "most": str(most)})
    first_on = date.fromisoformat(wish["first_on"]) if "first_on" in wish else min(today + A_MONTH, latest)
    if first_on > latest:
        return Said("utter_hardship_first_too_late", {"latest": day(latest, today=today)})
    return {"kind": "plan", "periods": periods, "each_fen": -(-owed // periods), "first_on": first_on.isoformat()}


def longest(loan: Mapping[str, Any], bounds: Mapping[str, Any], *, today: date) -> Said:
    """For how many months the loan may be deferred, or why it may not be at all."""
    if loan["by_statements"]:
        return _not_deferred(loan)
    least_ = _least_months(date.fromisoformat(loan["due_on"]), today=today)
    return _may_be_deferred("utter_hardship_longest", least=least_, most=bounds["months_at_most"])


def least(loan: Mapping[str, Any], bounds: Mapping[str, Any]) -> dict[str, str]:
    """How little a month, and how many parts, may be asked for at all."""
    most = bounds["periods_at_most"]
    fen = max(bounds["part_at_least_fen"], -(-loan["owed_fen"] // most))
    return {"least": yuan(-(-fen // 100) * 100), "most": str(most)}


def asked(terms: Mapping[str, Any]) -> dict[str, Any]:
    """The terms as the service takes them."""
    return {name: terms[name] for name in ("kind", "months", "periods", "first_on") if name in terms}


def told(terms: Mapping[str, Any], *, today: date) -> dict[str, str]:
    """The terms as a borrower reads them."""
    if terms["kind"] == "defer":
        return {"months": str(terms["months"])}
    return {
        "periods": str(terms["periods"]),
        "each": yuan(terms["each_fen"]),
        "first_on": day(terms["first_on"], today=today),
    }
