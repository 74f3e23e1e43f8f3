"""Who the named people of the demonstration are, and the state each of them is in on the day it is written.

All of them are made up. Their stories are true on the business date of the clock that the portfolio is seeded by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from service.demo.story import (
    ACCOUNT,
    Deferral,
    LoanStory,
    Pause,
    Story,
    account_stated,
    limits_for,
    loan_due_on,
)
from service.domain.loan.products import Products


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast; `id` is the borrower's. `state` and `note` are for people."""

    id: str
    name: str
    state: str
    note: str


CAST: tuple[Member, ...] = (
    Member("demo-paid-up", "林小满", "本期已还清", "数码分期和一笔随心借，本月没有要还的了"),
    Member("demo-due-in-3", "陈一鸣", "3 天后到期", "租房分期，等额本金，3 天后要还第 2 期"),
    Member("demo-due-today", "王立夏", "今天到期", "随心借，今天要还第 3 期"),
    Member("demo-overdue-2", "赵小雪", "逾期 2 天", "数码分期，还在 3 天宽限期内，没有罚息"),
    Member("demo-overdue-5", "周谷雨", "逾期 5 天", "家电分期第 4 期逾期 5 天；另有一笔随心借还款正常"),
    Member("demo-overdue-20", "吴霜降", "逾期 20 天", "医美分期，按月收手续费，第 3 期逾期 20 天"),
    Member("demo-overdue-45", "郑白露", "逾期 45 天", "家居焕新分期，已有两期没有还"),
    Member("demo-overdue-75", "冯惊蛰", "逾期 75 天", "学习分期，先息后本，已有三期没有还"),
    Member("demo-overdue-120", "褚寒露", "逾期 120 天", "随心借，已有四期没有还"),
    Member("demo-hardship", "卫清明", "困难延期", "家居焕新分期，已获批延期 3 个月，催收已暂停"),
    Member("demo-disputed", "蒋芒种", "有异议", "对医美分期提出异议，核实期间催收已暂停"),
    Member("demo-settled", "沈立秋", "已结清", "家电分期已经提前结清"),
    Member(
        "demo-any-day", "韩初晴", "随借随还", "溪流备用金借了 1 万元，5 天前提前还了 3,000 元本金，9 天后还第 2 期利息"
    ),
    Member("demo-card", "秦新柳", "账单 6 天后到期", "购物账户，上期全额还清没有利息，本期账单 6 天后到期"),
    Member("demo-card-minimum", "许长夏", "只还了最低", "购物账户，上期只还了最低还款额，其余从消费当天起计息"),
    Member("demo-card-overdue", "何微雨", "账单逾期 8 天", "购物账户，本期账单连最低还款额也没有还，已逾期 8 天"),
    Member("demo-grace", "杨听雨", "宽本期", "装修分期，前 3 期只还利息，6 天后还第 2 期"),
)

# Whose card is charged by itself on the due day, who has a second card, and who has none.
# Not who is due today: the card would be charged before anybody has talked.
AUTOPAY = {"demo-paid-up", "demo-due-in-3", "demo-overdue-5", "demo-any-day", "demo-card"}
SECOND_CARD = {"demo-due-in-3", "demo-overdue-5", "demo-overdue-45", "demo-any-day", "demo-grace"}
NO_CARD = {"demo-overdue-120", "demo-settled"}


def _cards(borrower_id: str, number: int) -> tuple[str, ...]:
    """The last four digits of each."""
    first, second = f"{number:04d}", f"{number + 1000:04d}"
    if borrower_id in NO_CARD:
        return ()
    return (first, second) if borrower_id in SECOND_CARD else (first,)


def cast_stories(today: date, products: Products) -> tuple[Story, ...]:
    """What happened to each of the cast until `today`, in the order of CAST."""

    def loan(code: str, yuan: int, *, of: int, no: int, days: int, paid: bool = False, purpose: str) -> LoanStory:
        """Instalment `no` of `of` falls due in `days` from today (negative: fell due)."""
        due_on = today + timedelta(days=days)
        return loan_due_on(
            products[code], principal_fen=yuan * 100, periods=of, no=no, due_on=due_on, paid=paid, purpose=purpose
        )

    this_month = (today.day + 1) // 2 - today.day  # back to a day of this month
    loans: dict[str, tuple[LoanStory, ...]] = {
        "demo-paid-up": (
            loan("digital", 4_500, of=12, no=3, days=this_month, paid=True, purpose="数码分期·星屿平板"),
            loan("cash", 3_000, of=6, no=2, days=this_month, paid=True, purpose="随心借·第 1 笔"),
        ),
        "demo-due-in-3": (loan("rent", 18_000, of=12, no=2, days=3, purpose="租房分期·邻里公寓一居室"),),
        "demo-due-today": (loan("cash", 6_000, of=12, no=3, days=0, purpose="随心借·第 1 笔"),),
        "demo-overdue-2": (loan("digital", 3_600, of=9, no=3, days=-2, purpose="数码分期·星屿手机"),),
        "demo-overdue-5": (
            loan("appliance", 6_000, of=12, no=4, days=-5, purpose="家电分期·云朵冰箱"),
            loan("cash", 8_000, of=6, no=2, days=12, purpose="随心借·第 1 笔"),
        ),
        "demo-overdue-20": (loan("beauty", 6_000, of=12, no=3, days=-20, purpose="医美分期·见山护肤套餐"),),
        "demo-overdue-45": (loan("home", 24_000, of=24, no=4, days=-45, purpose="家居焕新分期·拾光橱柜"),),
        "demo-overdue-75": (loan("study", 9_800, of=12, no=3, days=-75, purpose="学习分期·青禾编程课"),),
        "demo-overdue-120": (loan("cash", 12_000, of=12, no=3, days=-120, purpose="随心借·第 1 笔"),),
        "demo-hardship": (loan("home", 15_000, of=12, no=4, days=-48, purpose="家居焕新分期·拾光沙发"),),
        "demo-disputed": (loan("beauty", 8_000, of=12, no=3, days=-12, purpose="医美分期·见山牙齿矫正"),),
        "demo-any-day": (loan("flexible", 10_000, of=6, no=2, days=9, purpose="溪流备用金·第 1 笔"),),
        "demo-grace": (loan("renovation", 60_000, of=24, no=2, days=6, purpose="装修分期·木作人家全屋"),),
        "demo-settled": (loan("appliance", 5_000, of=12, no=4, days=-50, paid=True, purpose="家电分期·云朵洗衣机"),),
    }
    accounts = {
        "demo-card": account_stated(
            today, ago=14, earlier_fen=89_900, paid="bill", latest_fen=235_000, newest_fen=16_800
        ),
        "demo-card-minimum": account_stated(today, ago=14, earlier_fen=360_000, paid="minimum", latest_fen=42_000),
        "demo-card-overdue": account_stated(today, ago=28, earlier_fen=0, paid=None, latest_fen=520_000),
    }
    plain = {
        member.id: Story(
            borrower_id=member.id,
            name=member.name,
            phone=f"1990000{number:04d}",
            limits=limits_for(loans.get(member.id, ())) or ((ACCOUNT, 1_000_000),),
            loans=loans.get(member.id, ()),
            account=accounts.get(member.id),
            cards=_cards(member.id, number),
            autopay=member.id in AUTOPAY,
        )
        for number, member in enumerate(CAST, start=1)
    }
    return tuple({**plain, **_endings(plain, today)}.values())


def _endings(plain: dict[str, Story], today: date) -> dict[str, Story]:
    """What sets some of the cast apart beyond their loans."""

    def ago(days: int) -> date:
        return today - timedelta(days=days)

    relief = Pause(ago(3), "hardship", "失业，已批准延期方案")
    dispute = Pause(ago(4), "dispute", "客户称项目没有做完，正在向商户核实")
    return {
        "demo-overdue-5": replace(plain["demo-overdue-5"], limits=(("appliance", 2_000_000), ("cash", 3_000_000))),
        "demo-hardship": replace(plain["demo-hardship"], deferral=Deferral(ago(3), months=3), pause=relief),
        "demo-disputed": replace(plain["demo-disputed"], pause=dispute),
        "demo-settled": replace(plain["demo-settled"], settled_on=ago(30)),
        "demo-any-day": replace(plain["demo-any-day"], repaid_early=((ago(5), 300_000),)),
    }
