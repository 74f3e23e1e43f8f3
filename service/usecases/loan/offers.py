"""What the lender offers, as anybody may read it, and whether an amount and a term are among it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from service.domain.errors import NotFound, Refused
from service.domain.loan.cost_table import method_name, shown_rate
from service.domain.loan.price import dearest
from service.domain.loan.products import Product, Products
from service.domain.loan.terms import Method
from service.domain.money import spoken_yuan


@dataclass(frozen=True, slots=True)
class Offer:
    """A product in fen, months and decimal rates per year. `all_in_cost` is 12 × IRR of the dearest of a sample of its
    loans whose due day is the day of paying out (rounding makes some others dearer by a hair), `all_in_cost_compound`
    the same with the months compounded. In the first `principal_grace_periods` interest alone is paid;
    `interest_by_day`: principal may be repaid on any day.
    Of an account that is paid by statements (`method` revolving) `periods` are the months that a purchase may be priced
    for, and the cost is that of a purchase that bears interest."""

    code: str
    name: str
    brand: str
    scene: str
    method: Method
    method_name: str
    periods: tuple[int, ...]
    min_principal_fen: int
    max_principal_fen: int
    annual_rate: Decimal
    all_in_cost: Decimal
    all_in_cost_compound: Decimal
    revolving: bool
    interest_by_day: bool
    principal_grace_periods: int


@dataclass(frozen=True, slots=True)
class Offers:
    products: tuple[Offer, ...]
    products_version: str


def offers(products: Products) -> Offers:
    """Every product, in the order of the table."""
    return Offers(tuple(_offer(product) for product in products.values()), products.version)


def offered(products: Products, code: str) -> Product:
    """Raises NotFound (product_unknown)."""
    product = products.get(code)
    if product is None:
        raise NotFound("没有这个产品，请从产品列表里选择。", code="product_unknown")
    return product


def check_offered(product: Product, *, principal_fen: int, periods: int) -> None:
    """Raises Refused (paid_by_statements, periods_not_offered, principal_out_of_range)."""
    if product.method is Method.REVOLVING:
        raise Refused("这个产品按账单还款，没有固定的期数。", code="paid_by_statements")
    check_listed(product, principal_fen=principal_fen, periods=periods)


def check_listed(product: Product, *, principal_fen: int, periods: int) -> None:
    """As `check_offered`, for what is only asked about: an account's price, too."""
    if periods not in product.periods:
        choices = "、".join(str(one) for one in product.periods)
        raise Refused(f"这个产品可以选择的期数是 {choices} 期，请重新选择。", code="periods_not_offered")
    if not product.min_principal_fen <= principal_fen <= product.max_principal_fen:
        low, high = spoken_yuan(product.min_principal_fen), spoken_yuan(product.max_principal_fen)
        raise Refused(f"这个产品的借款金额在 {low} 元到 {high} 元之间，请调整金额。", code="principal_out_of_range")


def _offer(product: Product) -> Offer:
    cost = dearest(product, any_due_day=False).cost
    return Offer(
        code=product.code,
        name=product.name,
        brand=product.brand,
        scene=product.scene,
        method=product.method,
        method_name=method_name(product),
        periods=product.periods,
        min_principal_fen=product.min_principal_fen,
        max_principal_fen=product.max_principal_fen,
        annual_rate=product.annual_rate,
        all_in_cost=shown_rate(cost.nominal),
        all_in_cost_compound=shown_rate(cost.compound),
        revolving=product.revolving,
        interest_by_day=product.interest_by_day,
        principal_grace_periods=product.principal_grace_periods,
    )
