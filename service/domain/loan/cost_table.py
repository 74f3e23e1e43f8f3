"""综合融资成本明示表: everything that a loan would cost, before it is signed.

个人贷款业务明示综合融资成本规定 (in force 2026-08-01): the principal; each item with how it is calculated, its rate and
who collects it; the yearly all-in cost of a loan that is kept; what only being late or early costs, apart; and that
nothing else is charged. The yearly cost is the IRR of the rounded cash flows (人行公告〔2021〕第3号).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from service.domain.loan.interest import GraceMode
from service.domain.loan.price import flows_of
from service.domain.loan.products import Product
from service.domain.loan.schedule import Instalment, build_schedule
from service.domain.loan.terms import CardTerms, DayCount, InterestOn, Method

SHOWN_TO = Decimal("0.000001")  # a ten-thousandth of a percent: 24.0033 % is not shown as 24 %
NOTHING_ELSE = "除本表列明的项目外，本笔借款不收取其他任何费用。"
METHOD_NAMES = {
    Method.EQUAL_INSTALLMENT: "等额本息",
    Method.EQUAL_PRINCIPAL: "等额本金",
    Method.INTEREST_FIRST: "先息后本",
    Method.BULLET: "一次性还本付息",
    Method.FLAT: "等本等息",
    Method.REVOLVING: "按账单还款",
}


def method_name(product: Product) -> str:
    """How a loan is repaid, in the words of the contract."""
    name = METHOD_NAMES[product.method]
    if product.principal_grace_periods:
        name += f"（前 {product.principal_grace_periods} 期只还利息）"
    return f"随借随还，{name}" if product.interest_by_day else name


@dataclass(frozen=True, slots=True)
class CostItem:
    """What every borrower pays: `rate` per `rate_period` (year or month), and `amount_fen` over the whole term."""

    name: str
    calculation: str
    rate: Decimal
    rate_period: str
    collector: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ContingentCost:
    """What is paid only if something happens: `when` it does. `rate` is per `rate_period`, or once (`once`)."""

    name: str
    when: str
    calculation: str
    rate: Decimal
    rate_period: str
    collector: str


@dataclass(frozen=True, slots=True)
class CostRow:
    """One instalment of the repayment plan, in fen."""

    no: int
    due_on: date
    principal_fen: int
    interest_fen: int
    payment_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class CostTable:
    """The table as data. Money in fen; `annual_cost` is 12 × IRR, `annual_cost_compound` compounds the months."""

    product_code: str
    product_name: str
    brand: str
    method: Method
    method_name: str
    day_count: DayCount
    principal_fen: int
    periods: int
    start_on: date
    first_due_on: date
    annual_rate: Decimal
    items: tuple[CostItem, ...]
    total_cost_fen: int
    total_repayment_fen: int
    annual_cost: Decimal
    annual_cost_compound: Decimal
    annual_cost_basis: str
    contingent: tuple[ContingentCost, ...]
    nothing_else: str
    schedule: tuple[CostRow, ...]
    products_version: str


def make_cost_table(
    product: Product,
    *,
    principal_fen: int,
    periods: int,
    start_on: date,
    due_day: int | None = None,
    collector: str,
    products_version: str,
) -> CostTable:
    """The table of one loan of `product`; `collector` is the institution that all of it is paid to. Of an account it is
    that of a purchase without free days, paid back at once after so many months.

    Amount and periods are the caller's to check against the product. Raises ValueError where no schedule can be made.
    """
    priced = replace(product, method=Method.BULLET) if product.card else product
    terms = priced.terms(principal_fen=principal_fen, periods=periods, start_on=start_on, due_day=due_day)
    rows = build_schedule(terms)
    schedule = tuple(_row(row) for row in rows)
    cost = flows_of(terms).cost()
    items = (_interest(product, sum(row.interest_fen for row in rows), collector),)
    total_cost_fen = sum(item.amount_fen for item in items)
    return CostTable(
        product_code=product.code,
        product_name=product.name,
        brand=product.brand,
        method=product.method,
        method_name=method_name(product),
        day_count=product.day_count,
        principal_fen=principal_fen,
        periods=periods,
        start_on=start_on,
        first_due_on=schedule[0].due_on,
        annual_rate=product.annual_rate,
        items=items,
        total_cost_fen=total_cost_fen,
        total_repayment_fen=principal_fen + total_cost_fen,
        annual_cost=shown_rate(cost.nominal),
        annual_cost_compound=shown_rate(cost.compound),
        annual_cost_basis=_basis(product, periods),
        contingent=(_penalty(product, collector), _early_settlement(product, collector)),
        nothing_else=NOTHING_ELSE,
        schedule=schedule,
        products_version=products_version,
    )


def shown_rate(rate: Decimal) -> Decimal:
    """A computed rate as it is disclosed, to a ten-thousandth of a percent."""
    return rate.quantize(SHOWN_TO, rounding=ROUND_HALF_UP)


def _interest(product: Product, amount_fen: int, collector: str) -> CostItem:
    if product.flat_monthly_rate is not None:
        how = "每期按借款本金乘以月费率收取，已还的本金不减少后面各期的利息，所以折算的年化成本高于月费率的 12 倍"
        return CostItem("利息", how, product.flat_monthly_rate, "month", collector, amount_fen)
    if product.card is not None:
        how = _interest_of_account(product, product.card)
    elif product.day_count is DayCount.THIRTY_360:
        how = "每期按剩余本金乘以年利率除以 12 计算，首期不满或超过一个月的按天折算"
    elif product.interest_by_day:
        how = (
            f"按每天剩余的本金乘以年利率，除以 {product.day_count.year_basis}，从放款当天起逐日计算；"
            "可以随时提前还本金，还了的部分从当天起不再计息"
        )
    else:
        how = f"按剩余本金乘以年利率，除以 {product.day_count.year_basis}，再乘以实际天数计算"
    return CostItem("利息", how, product.annual_rate, "year", collector, amount_fen)


def _interest_of_account(product: Product, card: CardTerms) -> str:
    grace = f"（含之后 {product.grace_days} 天宽限期）" if product.grace_days else ""
    bears = "没有还清的部分计息"
    if card.interest_on is InterestOn.FULL:
        bears = "没有全部还清的，整份账单的消费都计息，已还的算到还款当天"
    return (
        f"在还款日{grace}前还清账单，消费不收利息；{bears}："
        f"按金额乘以年利率，除以 {product.day_count.year_basis}，从消费当天起逐日计算"
    )


def _penalty(product: Product, collector: str) -> ContingentCost:
    rate, base = product.penalty_rate, "按逾期的本金"
    if product.card is not None:  # its late principal goes on bearing interest, too: see `origination.open_account`
        rate, base = rate - product.annual_rate, "利息照常计算之外，按最低还款额里没有还的本金"
    how = f"{base}乘以罚息年利率，除以 {product.day_count.year_basis}，再乘以逾期天数计算；罚息不再计罚息"
    if product.grace_days:
        starts = "从到期日的次日起算" if product.grace_mode is GraceMode.BACKDATE else "从宽限期结束后起算"
        how += f"。到期后有 {product.grace_days} 天宽限期，宽限期内还清不收罚息，超过宽限期{starts}"
    return ContingentCost("逾期罚息", "到期没有还清时", how, rate, "year", collector)


def _early_settlement(product: Product, collector: str) -> ContingentCost:
    how = "利息只算到结清当天"
    how += "，按提前归还的未到期本金一次性收取手续费" if product.early_fee_rate else "，不收手续费"
    return ContingentCost("提前结清手续费", "提前还清借款时", how, product.early_fee_rate, "once", collector)


def _basis(product: Product, periods: int) -> str:
    days = "每月按 30 天" if product.day_count is DayCount.THIRTY_360 else "按实际天数、一年 365 天"
    kept = f"从消费当天起计息、满 {periods} 个月一次还清时，" if product.card else ""
    return f"{kept}按每期实际还款金额（已取整到分）用内部收益率法计算，{days}，月内部收益率乘以 12"


def _row(row: Instalment) -> CostRow:
    assert row.due_on is not None  # the terms have a calendar
    return CostRow(row.no, row.due_on, row.principal_fen, row.interest_fen, row.payment_fen, row.balance_fen)
