"""What the lender offers and what it would cost, for anybody: no log-in, no borrower's data."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, FastAPI, Path, Query, Request
from fastapi.responses import HTMLResponse

from service.api.chat_page import FOLDER, html
from service.api.deps import services
from service.api.problems import refuses
from service.domain.days import business_date
from service.domain.loan.cost_table import CostTable
from service.usecases.loan.cost_table import cost_table
from service.usecases.loan.offers import Offers, offers

router = APIRouter(prefix="/loan")


@router.get("/products")
def get_products(request: Request) -> Offers:
    """The products on offer; money in fen, rates as decimal text per year."""
    return offers(services(request).products)


@router.get("/products/{code}/cost-table")
@refuses("product_unknown", "periods_not_offered", "principal_out_of_range")
def get_cost_table(
    request: Request,
    code: Annotated[str, Path(max_length=64)],
    principal_fen: int,
    periods: int,
    due_day: Annotated[int | None, Query(ge=1, le=31)] = None,
) -> CostTable:
    """What a loan that would be paid out today costs in all, as 综合融资成本明示表."""
    at = services(request)
    return cost_table(
        at.products,
        code=code,
        principal_fen=principal_fen,
        periods=periods,
        due_day=due_day,
        institution=at.policy.templates.institution,
        today=business_date(at.clock.now()),
    )


def cost_page() -> HTMLResponse:
    """The page on which one chooses a product and reads its table."""
    return html((FOLDER / "cost.html").read_text(encoding="utf-8"))


def install(app: FastAPI) -> None:
    """Serve the routes and the page; its scripts and styles lie beside those of the chat page, which mounts them."""
    app.include_router(router)
    app.add_api_route("/cost", cost_page, methods=["GET"], response_class=HTMLResponse, include_in_schema=False)
