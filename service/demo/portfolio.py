"""Who else is in the demonstration: as many made-up borrowers as asked for, in a mix of states like a real one's.

The same seed and the same business date always give the same people; the n-th borrower does not depend on how
many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from service.demo.story import (
    ACCOUNT,
    AccountStory,
    Deferral,
    LoanStory,
    Pause,
    Story,
    account_stated,
    limits_for,
    loan_due_on,
)
from service.domain.loan.products import Product, Products
from service.domain.loan.terms import Method

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛"
# Weather and seasons: nobody is meant.
GIVEN_NAMES = (
    "晴空", "初雪", "朝露", "晚霞", "星河", "云朵", "微风", "细雨", "暖阳", "秋实",
    "夏至", "冬至", "春分", "雨水", "立春", "大暑", "处暑", "小寒", "大寒", "秋分",
    "山泉", "海浪", "青松", "白桦", "红枫", "银杏", "稻香", "麦浪", "荷塘", "梧桐",
    "竹影", "月牙", "晨光", "暮色", "远山", "溪流", "雪原", "花期", "果园", "风铃",
)  # fmt: skip

# product code: (smallest loan in yuan, largest, what it was for)
SHOPPING: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "appliance": (1_500, 12_000, ("云朵冰箱", "云朵洗衣机", "云朵空调", "云朵电视")),
    "home": (3_000, 40_000, ("拾光沙发", "拾光橱柜", "拾光地板", "拾光全屋灯具")),
    "study": (2_000, 20_000, ("青禾编程课", "青禾英语课", "青禾会计课")),
    "beauty": (2_000, 25_000, ("见山护肤套餐", "见山牙齿矫正")),
    "insurance": (800, 6_000, ("安途车险", "安途医疗险")),
    "digital": (1_500, 9_000, ("星屿手机", "星屿平板", "星屿笔记本")),
    "travel": (1_000, 6_000, ("漫途海岛五日", "漫途古城三日")),
    "rent": (6_000, 30_000, ("邻里公寓一居室", "邻里公寓合租间")),
    "renovation": (8_000, 80_000, ("木作人家全屋", "木作人家厨卫")),
    "cash": (1_000, 20_000, ("第 1 笔",)),
    "flexible": (1_000, 20_000, ("第 1 笔",)),
}
CASH = "cash"
DRAWN = {CASH, "flexible"}  # called by their brand: what they are for is nobody's business
LONGEST_HISTORY = 5  # instalments; enough to look at, quick enough to write


@dataclass(frozen=True, slots=True)
class _Kind:
    """A state to be in. `due_in`: days from today of the instalment that tells it (None: this month, until today);
    `goes_on`: instalments follow it; `second_due_in`: where a second loan may run beside, when it is due."""

    weight: int
    due_in: tuple[int, int] | None
    paid: bool = False
    goes_on: bool = False
    second_due_in: tuple[int, int] | None = None


_AHEAD = (4, 25)
KINDS: dict[str, _Kind] = {
    "paid_up": _Kind(380, None, paid=True, goes_on=True),
    "new": _Kind(20, None, paid=True, goes_on=True),
    "due_today": _Kind(25, (0, 0)),
    "due_soon": _Kind(90, (1, 7)),
    "due_later": _Kind(120, (8, 20)),
    "matured": _Kind(90, (-100, -5), paid=True),
    "settled_early": _Kind(70, (-80, -25), paid=True, goes_on=True),
    "overdue_1_3": _Kind(50, (-3, -1), second_due_in=_AHEAD),
    "overdue_4_30": _Kind(65, (-30, -4), second_due_in=_AHEAD),
    "overdue_31_60": _Kind(25, (-60, -31), second_due_in=_AHEAD),
    "overdue_61_90": _Kind(15, (-90, -61), second_due_in=_AHEAD),
    "overdue_91_200": _Kind(25, (-200, -91), second_due_in=_AHEAD),
    "hardship": _Kind(15, (-55, -35), goes_on=True, second_due_in=_AHEAD),
    "disputed": _Kind(10, (-40, -5), second_due_in=_AHEAD),
}


def stories(today: date, products: Products, *, borrowers: int, seed: int, first: int = 1) -> Iterator[Story]:
    """`borrowers` stories until `today`, numbered from `first`."""
    names = list(KINDS)
    weights = [kind.weight for kind in KINDS.values()]
    for number in range(first, first + borrowers):
        rng = Random(f"{seed}:{number}")
        yield _story(rng.choices(names, weights)[0], number, rng, today, products)


def _story(name: str, number: int, rng: Random, today: date, products: Products) -> Story:
    kind = KINDS[name]
    due_on = _due_on(kind.due_in, rng, today)
    loans = [_first_loan(name, due_on, rng, products)]
    if name not in {"new", "matured", "settled_early"} and rng.random() < 0.35:
        second_due_on = _due_on(kind.second_due_in, rng, today) if kind.second_due_in else due_on
        loans.append(_drawdown(second_due_on, kind.paid, rng, products, beside=loans[0]))
    limits = limits_for(tuple(loans), step_fen=rng.choice([500_000, 1_000_000]))
    if all(code != CASH for code, _ in limits) and rng.random() < 0.4:
        limits = (*limits, (CASH, rng.randrange(5, 51) * 100_000))
    account = _account(rng, today) if name in {"paid_up", "due_later"} and rng.random() < 0.1 else None
    if account is not None:
        limits = (*limits, (ACCOUNT, 2_000_000))
    story = Story(
        borrower_id=f"demo-{number:05d}",
        name=rng.choice(SURNAMES) + rng.choice(GIVEN_NAMES),
        phone=f"199{number:08d}",
        limits=limits,
        loans=tuple(loans),
        account=account,
    )
    return _ending(name, story, due_on, rng, today)


def _due_on(due_in: tuple[int, int] | None, rng: Random, today: date) -> date:
    if due_in is None:
        return today.replace(day=rng.randint(1, today.day))
    return today + timedelta(days=rng.randint(*due_in))


def _first_loan(name: str, due_on: date, rng: Random, products: Products) -> LoanStory:
    """The loan that gives the borrower his state."""
    kind = KINDS[name]
    once = Method.BULLET  # has no instalment to follow another
    product = products[rng.choice([code for code in SHOPPING if not (kind.goes_on and products[code].method is once)])]
    periods = min(product.periods) if name == "matured" else rng.choice(product.periods)
    last = 1 if product.method is once else periods
    if name == "new":
        no = 0
    elif name == "matured":
        no = last
    else:
        no = rng.randint(1, min(last - kind.goes_on, LONGEST_HISTORY))
    loan = _loan(product, periods, no, due_on, kind.paid, rng)
    if loan.paid < 2 or rng.random() > 0.15:
        return loan
    return replace(loan, paid_late=((rng.randint(1, loan.paid - 1), rng.randint(1, 12)),))


def _drawdown(due_on: date, paid: bool, rng: Random, products: Products, *, beside: LoanStory) -> LoanStory:
    """A second loan, from the cash line, always in order."""
    product = products[CASH]
    periods = rng.choice(product.periods)
    loan = _loan(product, periods, rng.randint(1, min(periods - 1, 3)), due_on, paid, rng)
    return replace(loan, purpose="随心借·第 2 笔") if beside.product_code == CASH else loan


def _account(rng: Random, today: date) -> AccountStory:
    """An account in order, its last statement not due yet."""
    return account_stated(
        today,
        ago=rng.randint(2, 18),
        earlier_fen=rng.randrange(100, 4_000) * 100,
        paid=rng.choice(["bill", "bill", "minimum"]),
        latest_fen=rng.randrange(20, 3_000) * 100,
        newest_fen=rng.randrange(0, 500) * 100,
    )


def _loan(product: Product, periods: int, no: int, due_on: date, paid: bool, rng: Random) -> LoanStory:
    low, high, things = SHOPPING[product.code]
    title = product.brand if product.code in DRAWN else product.name
    return loan_due_on(
        product,
        principal_fen=rng.randrange(low, high + 1, 100) * 100,
        periods=periods,
        no=no,
        due_on=due_on,
        paid=paid,
        purpose=f"{title}·{rng.choice(things)}",
    )


def _ending(name: str, story: Story, due_on: date, rng: Random, today: date) -> Story:
    """What happened besides paying or not paying on the due dates."""
    late = (today - due_on).days
    if name == "paid_up" and rng.random() < 0.06:
        return replace(story, extra_fen=rng.randrange(1, 21) * 1_000)
    if name == "due_later" and story.loans[0].product_code == "flexible":
        day = today - timedelta(days=rng.randint(0, 7))
        return replace(story, repaid_early=((day, story.loans[0].principal_fen // rng.randint(2, 5)),))
    if name == "settled_early":
        return replace(story, settled_on=due_on + timedelta(days=rng.randint(3, 20)))
    if name.startswith("overdue") and late > 1 and rng.random() < 0.15:
        return replace(story, half_paid_on=due_on + timedelta(days=rng.randint(1, late - 1)))
    if name == "hardship":
        on = today - timedelta(days=rng.randint(1, 10))
        deferral = Deferral(on, months=rng.choice([2, 3, 6]))
        return replace(story, deferral=deferral, pause=Pause(on, "hardship", "收入中断，已批准延期方案"))
    if name == "disputed":
        on = today - timedelta(days=rng.randint(0, 4))
        return replace(story, pause=Pause(on, "dispute", "客户对金额有异议，核实中"))
    return story
