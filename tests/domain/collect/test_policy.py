"""The shipped tables load, and a table with a mistake is refused with the place of the mistake."""

from __future__ import annotations

import copy
import re
from datetime import date
from typing import Any

import chinese_calendar
import pytest

from service.domain.collect.facts import DebtorFacts
from service.domain.collect.policy import parse_policy
from service.domain.collect.template import Facts
from service.domain.rows import PolicyError, parse_table
from service.wiring import POLICY, read_collection
from tests.domain.collect.policy_of import policy

Tables = dict[str, Any]


def shipped() -> Tables:
    return copy.deepcopy(read_collection())


GONE = object()
TEXT = "【{institution}】我是自动助手，"
# the complaint; then where to find the value, and what to put there instead
MISTAKES: list[tuple[str, tuple[str, ...], Any]] = [
    ("hours 1 (law): closes: is not later than opens", ("compliance", "hours", "law", "closes"), "07:00"),
    ("hours 1 (law): opens: 8am is no time of day", ("compliance", "hours", "law", "opens"), "8am"),
    ("hours 1 (law): source: is missing", ("compliance", "hours", "law", "source"), GONE),
    ("hours 1 (law): mark: X is none of", ("compliance", "hours", "law", "mark"), "X"),
    ("hours 1 (law): in_force: must be a date", ("compliance", "hours", "law", "in_force"), "soon"),
    ("hours 1 (law): until: ends before it begins", ("compliance", "hours", "law", "until"), date(2020, 1, 1)),
    ("hours: inapp: no row covers", ("compliance", "hours", "law", "channels"), ["sms"]),
    ("cap 1 (written_day): at_most: must be a whole", ("compliance", "cap", "written_day", "at_most"), "1"),
    ("cap 1 (written_day): most: there is no such", ("compliance", "cap", "written_day", "most"), 1),
    ("cap 1 (written_day): channels: fax has no", ("compliance", "cap", "written_day", "channels"), ["fax"]),
    ("stop 2 (dispute): id: dispute is taken", ("compliance", "stop", "hardship", "id"), "dispute"),
    ("stop: crisis: has no row", ("compliance", "stop", "crisis"), GONE),
    ("wording 2 (threat): patterns: 坐牢(", ("compliance", "wording", "threat", "patterns"), ["坐牢("]),
    ("quiet spring_festival: holidays: 春假", ("compliance", "quiet", "spring_festival", "holidays"), ["春假"]),
    ("wishes: there is no such kind", ("compliance", "wishes"), []),
    ("version: is missing", ("compliance", "version"), GONE),
    ("tier M2: from_day: must follow M1", ("strategy", "tier", "M2", "from_day"), 30),
    ("tier 2 (M1): kind: a reminder ends", ("strategy", "tier", "M1", "kind"), "reminder"),
    ("profile usual: when: the last row", ("strategy", "profile", "usual", "when"), {"hardship": True}),
    ("profile 2 (hardship): when: hardships = True: no such", ("strategy", "profile", "hardship", "when"),
     {"hardships": True}),
    ("profile 1 (vulnerable): when: limit_fen = 5: no such", ("strategy", "profile", "vulnerable", "when"),
     {"limit_fen": 5}),
    ("risk: score_from: one band must begin", ("strategy", "risk", "high", "score_from"), "0.1"),
    ("experiment 1 (m1_fewer): tiers: M9 is no", ("experiments", "experiment", "m1_fewer", "tiers"), ["M9"]),
    ("experiment 1 (m1_fewer): arms: shares must", ("experiments", "experiment", "m1_fewer", "arms"),
     [{"id": "champion", "share": "0.9"}]),
    ("experiment 1 (m1_fewer): arms: the first arm", ("experiments", "experiment", "m1_fewer", "arms"),
     [{"id": "holdout", "share": "1"}]),
    ("experiment 1 (m1_fewer): arms 2: strategy: more is no file", ("experiments", "experiment", "m1_fewer", "arms"),
     [{"id": "champion", "share": "0.9"}, {"id": "more", "share": "0.1", "strategy": "more"}]),
    ("experiment 1 (m1_fewer): arms 3: id: pre_due reminds", ("experiments", "experiment", "m1_fewer", "tiers"),
     ["pre_due"]),
    ("experiment 1 (m1_fewer): level: must be above", ("experiments", "experiment", "m1_fewer", "level"), "0"),
    ("cost 4 (sms): fen: must be a decimal", ("costs", "cost", "sms", "fen"), "-1"),
    ("treatment: the last of tier M2 must", ("strategy", "treatment", "M2"), GONE),
    ("treatment 2 (M1_care): tier: M9 is none of", ("strategy", "treatment", "M1_care", "tier"), "M9"),
    ("treatment 2 (M1_care): profiles: rich is none of", ("strategy", "treatment", "M1_care", "profiles"), ["rich"]),
    ("treatment 2 (M1_care): steps 1: day: 31 is not within", ("strategy", "treatment", "M1_care", "steps"),
     [{"day": 31, "to": "person"}]),
    ("treatment 2 (M1_care): steps: must be in the order", ("strategy", "treatment", "M1_care", "steps"),
     [{"day": 3, "to": "person"}, {"day": 2, "to": "person"}]),
    ("treatment 2 (M1_care): steps 1: to: court is none of", ("strategy", "treatment", "M1_care", "steps"),
     [{"day": 3, "to": "court"}]),
    ("treatment 2 (M1_care): steps 1: say: fax has no", ("strategy", "treatment", "M1_care", "steps"),
     [{"day": 1, "say": {"fax": "talk"}}]),
    ("treatment 2 (M1_care): steps 1: say: nice is not in", ("strategy", "treatment", "M1_care", "steps"),
     [{"day": 1, "say": {"inapp": "nice"}}]),
    ("treatment 2 (M1_care): steps 1: offer: gift is no", ("strategy", "treatment", "M1_care", "steps"),
     [{"day": 1, "say": {"inapp": "talk"}, "offer": ["gift"]}]),
    ("treatment 2 (M1_care): steps 1: unless: 'rain' is not", ("strategy", "treatment", "M1_care", "steps"),
     [{"day": 1, "say": {"inapp": "talk"}, "unless": ["rain"]}]),
    ("treatment 2 (M1_care): steps 1: hours: 9am is no time", ("strategy", "treatment", "M1_care", "steps"),
     [{"day": 1, "say": {"inapp": "talk"}, "hours": ["9am"]}]),
    ("treatment M1_care: day 1: talk: speaks of the account", ("strategy", "treatment", "M1_care", "steps"),
     [{"day": 1, "say": {"wechat": "talk"}}]),
    ("treatment M1_care: day 1: wechat_notice: subscription needs", ("strategy", "treatment", "M1_care", "steps"),
     [{"day": 1, "say": {"subscription": "wechat_notice"}}]),
    ("channel 2 (wechat): point: a reply window", ("compliance", "channel", "wechat", "point"), GONE),
    ("channel 3 (subscription): field_length: is missing", ("compliance", "channel", "subscription", "field_length"),
     GONE),
    ("template 3 (early_first): text: does not say 转人工", ("templates", "template", "early_first", "text"), TEXT),
    ("template 3 (early_first): text: {debt} is no slot", ("templates", "template", "early_first", "text"), "{debt}"),
    ("template 3 (early_first): text: wording_threat", ("templates", "template", "early_first", "text"),
     TEXT + "转人工，坐牢"),
    ("template 9 (sms_notice): text: wording_amounts", ("templates", "template", "sms_notice", "text"),
     TEXT + "转人工{amount}元"),
    ("template 9 (sms_notice): approved_on: must be a date", ("templates", "template", "sms_notice", "approved_on"),
     ""),
    ("year 1 (2026): days: must be a table", ("holidays", "year", "2026", "days"), []),
    ("year 2026: 中秋节: must be both", ("holidays", "year", "2026", "days"), {}),
    ("year 1 (2026): 元旦: must be a first", ("holidays", "year", "2026", "days"),
     {"元旦": [date(2026, 1, 3), date(2026, 1, 1)]}),
]  # fmt: skip


def change(tables: Tables, where: tuple[str, ...], value: Any) -> None:
    at: Any = tables
    for name in where[:-1]:
        at = at[name] if isinstance(at, dict) else next(one for one in at if one["id"] == name)
    if isinstance(at, list):
        at[:] = [one for one in at if one["id"] != where[-1]]
    elif value is GONE:
        del at[where[-1]]
    else:
        at[where[-1]] = value


@pytest.mark.parametrize(("complaint", "where", "value"), MISTAKES, ids=[complaint for complaint, _, _ in MISTAKES])
def test_a_mistake_is_refused_with_its_table_row_and_column(complaint: str, where: tuple[str, ...], value: Any) -> None:
    tables = shipped()
    change(tables, where, value)
    with pytest.raises(PolicyError) as refused:
        parse_policy(**tables)
    assert re.sub(r", line \d+", "", str(refused.value)).startswith(f"{where[0]}.toml: {complaint}")


def test_a_changed_table_under_the_same_version_is_told_apart_in_every_decision() -> None:
    tables = shipped()
    assert parse_policy(**tables).version == policy().version
    change(tables, ("compliance", "cap", "written_week", "at_most"), 2)
    assert parse_policy(**tables).version != policy().version
    assert parse_policy(**tables).rules.version == policy().rules.version


def test_every_shipped_row_says_where_it_comes_from() -> None:
    rules = policy().rules
    for rows in (rules.channels, rules.hours, rules.quiet, rules.caps, rules.promises, rules.stops, rules.wording):
        assert all(one.origin.source and one.origin.mark for one in rows)


@pytest.mark.parametrize("name", list(policy().templates.rows))
def test_every_template_says_what_to_do_next_and_fits_its_surface(name: str) -> None:
    template = policy().templates.rows[name]
    text = policy().templates.render(template, Facts(amount_fen=80_619, due_on=date(2026, 11, 18), days=5))
    assert "{" not in text
    assert "自动助手" in text
    assert ("806.19" in text) is (template.surface == "verified")
    assert "点“" in text or "登录官方App" in text


def test_a_template_is_approved_from_its_day_on_until_it_ends() -> None:
    template = policy().templates.rows["early_first"]
    assert template.approved(template.approved_on)
    assert not template.approved(date(2026, 10, 31))


def test_the_steps_of_the_first_month() -> None:
    usual = next(one for one in policy().strategy.treatments if one.origin.id == "M1")
    assert [step.day for step in usual.steps] == [1, 3, 5, 7, 14, 21, 28]


def test_a_mistake_is_refused_with_its_line() -> None:
    text = (POLICY / "strategy.toml").read_text()
    head, step = 'id = "M1_care"\ntier = "M1"', '[{ day = 3, to = "person" }]'
    for old, new, where in (
        (step, step.replace("person", "nobody"), r"treatment 2 \(M1_care\): steps 1: to: nobody"),
        (head, head.replace('"M1"', '"M9"'), r"treatment 2 \(M1_care\): tier: M9"),
    ):
        wrong = text.replace(old, new)
        line = wrong[: wrong.index(new) + len(new)].count("\n") + 1
        with pytest.raises(PolicyError, match=rf"^strategy\.toml, line {line}: {where}"):
            parse_policy(**{**shipped(), "strategy": parse_table(wrong)})


@pytest.mark.parametrize(
    ("day", "step"),
    [
        (-4, None), (-3, "pre_due-3"), (-1, "pre_due-3"), (0, "pre_due+0"), (1, "M1+1"), (2, "M1+1"), (6, "M1+5"),
        (13, "M1+7"), (30, "M1+28"), (31, "M2+31"), (45, "M2+45"), (60, "M2+59"), (61, "M3+61"), (90, "M3+89"),
        (91, "M4+91"), (180, "M4+91"), (400, "M4+181"),
    ],
)  # fmt: skip
def test_the_latest_step_of_the_tier_is_due_at_or_after_its_day(day: int, step: str | None) -> None:
    due = policy().strategy.due(day, date(2026, 11, 23), facts=DebtorFacts())
    assert (due.name if due else None) == step


def test_holidays_of_the_announced_year_are_days_off_in_the_official_calendar() -> None:
    for first, last in policy().holidays.years[2026].values():
        assert chinese_calendar.is_holiday(first)
        assert chinese_calendar.is_holiday(last)


def test_a_year_nobody_has_announced_is_treated_with_care() -> None:
    holidays = policy().holidays
    assert "春节" in holidays.named(date(2031, 1, 23))
    assert "国庆节" in holidays.named(date(2031, 10, 2))
    assert not holidays.named(date(2031, 3, 15))
    assert holidays.named(date(2026, 2, 20)) == frozenset()
