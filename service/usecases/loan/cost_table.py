"""The table of all that one loan would cost, for anybody who asks: it says nothing of any borrower."""

from __future__ import annotations

from datetime import date

from service.domain.loan.cost_table import CostTable, make_cost_table
from service.domain.loan.products import Products
from service.usecases.loan.offers import check_listed, offered


def cost_table(
    products: Products,
    *,
    code: str,
    principal_fen: int,
    periods: int,
    due_day: int | None,
    institution: str,
    today: date,
) -> CostTable:
    """The table of a loan that would be paid out `today`, or of a purchase made then with an account; `due_day` None is
    that day of the month.

    Raises NotFound (product_unknown), Refused (periods_not_offered, principal_out_of_range).
    """
    product = offered(products, code)
    check_listed(product, principal_fen=principal_fen, periods=periods)
    return make_cost_table(
        product,
        principal_fen=principal_fen,
        periods=periods,
        start_on=today,
        due_day=due_day,
        collector=institution,
        products_version=products.version,
    )
