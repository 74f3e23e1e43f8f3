"""Who the named people of the demonstration are, and the state each of them is in on the day it is written.

All of them are made up. Their stories are true on the business date of the clock that the portfolio is seeded by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from service.demo.story import LoanStory, Pause, Story, loan_due_on
from service.domain.days import month_later
from service.domain.loan.products import Products


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast; `id` is the borrower's. `state` and `note` are for people."""

    id: str
    name: str
    state: str
    note: str


CAST: tuple[Member, ...] = (
    Member("demo-paid-up", "林小满", "已还清本期", "数码分期和一笔随心借，本月没有要还的了"),
    Member("demo-due-in-3", "陈一鸣", "3 天后到期", "租房分期，等额本金，3 天后要还第 2 期"),
    Member("demo-due-today", "王立夏", "今天到期", "随心借，今天要还第 3 期"),
    Member("demo-overdue-2", "赵小雪", "逾期 2 天", "数码分期，还在 3 天宽限期内，没有罚息"),
    Member("demo-overdue-5", "周谷雨", "逾期 5 天", "家电分期第 4 期逾期 5 天；另有一笔随心借还款正常"),
    Member("demo-overdue-20", "吴霜降", "逾期 20 天", "医美分期，按月收手续费，逾期 20 天"),
    Member("demo-overdue-45", "郑白露", "逾期 45 天", "家居焕新分期，两期没有还"),
    Member("demo-overdue-75", "冯惊蛰", "逾期 75 天", "学习分期，先息后本，逾期 75 天"),
    Member("demo-overdue-120", "褚寒露", "逾期 120 天", "随心借，逾期 120 天"),
    Member("demo-hardship", "卫清明", "困难延期", "家居焕新分期，已获批延期 3 个月，催收已暂停"),
    Member("demo-disputed", "蒋芒种", "有异议", "对医美分期提出异议，核实期间催收已暂停"),
    Member("demo-settled", "沈立秋", "已结清", "家电分期已经提前结清"),
)
NAMES: Mapping[str, str] = {member.id: member.name for member in CAST}


def cast_stories(today: date, products: Products) -> tuple[Story, ...]:
    """What happened to each of the cast until `today`, in the order of CAST."""

    def loan(code: str, yuan: int, *, of: int, at: int, on: date, paid: bool = False, purpose: str) -> LoanStory:
        return loan_due_on(
            products[code], principal_fen=yuan * 100, periods=of, no=at, due_on=on, paid=paid, purpose=purpose
        )

    def late(days: int) -> date:
        return today - timedelta(days=days)

    def ahead(days: int) -> date:
        return today + timedelta(days=days)

    first_days = today.replace(day=(today.day + 1) // 2)  # of this month, and not later than today
    last_year = month_later(today, -2, min(today.day, 28))
    loans: dict[str, tuple[LoanStory, ...]] = {
        "demo-paid-up": (
            loan("digital", 4_500, of=12, at=3, on=first_days, paid=True, purpose="数码分期·星屿平板"),
            loan("cash", 3_000, of=6, at=2, on=first_days, paid=True, purpose="随心借·第 1 笔"),
        ),
        "demo-due-in-3": (loan("rent", 18_000, of=12, at=2, on=ahead(3), purpose="租房分期·邻里公寓一居"),),
        "demo-due-today": (loan("cash", 6_000, of=12, at=3, on=today, purpose="随心借·第 1 笔"),),
        "demo-overdue-2": (loan("digital", 3_600, of=9, at=3, on=late(2), purpose="数码分期·星屿手机"),),
        "demo-overdue-5": (
            loan("appliance", 6_000, of=12, at=4, on=late(5), purpose="家电分期·云朵冰箱"),
            loan("cash", 8_000, of=6, at=2, on=ahead(12), purpose="随心借·第 1 笔"),
        ),
        "demo-overdue-20": (loan("beauty", 6_000, of=12, at=3, on=late(20), purpose="医美分期·见山护肤套餐"),),
        "demo-overdue-45": (loan("home", 24_000, of=24, at=4, on=late(45), purpose="家居焕新分期·拾光橱柜"),),
        "demo-overdue-75": (loan("study", 9_800, of=12, at=3, on=late(75), purpose="学习分期·青禾编程课"),),
        "demo-overdue-120": (loan("cash", 12_000, of=12, at=3, on=late(120), purpose="随心借·第 1 笔"),),
        "demo-hardship": (loan("home", 15_000, of=12, at=4, on=late(48), purpose="家居焕新分期·拾光沙发"),),
        "demo-disputed": (loan("beauty", 8_000, of=12, at=3, on=late(12), purpose="医美分期·见山牙齿矫正"),),
        "demo-settled": (
            loan("appliance", 5_000, of=12, at=4, on=last_year, paid=True, purpose="家电分期·云朵洗衣机"),
        ),
    }
    endings: dict[str, Mapping[str, object]] = {}
    del endings
    return tuple(
        Story(
            borrower_id=member.id,
            name=member.name,
            phone=f"1990000{number:04d}",
            loans=loans[member.id],
            limits=_limits(member.id, loans[member.id]),
            settled_on=late(20) if member.id == "demo-settled" else None,
            deferred_months=3 if member.id == "demo-hardship" else 0,
            deferred_on=late(3) if member.id == "demo-hardship" else None,
            pause=_PAUSES.get(member.id),
        )
        for number, member in enumerate(CAST, start=1)
    )
