"""The console's page of figures: each as a chart and a table, and to be taken home as CSV."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.console.route import HOME, AtDesk, ConsoleRoute, render
from service.domain.collect.figures import Cell, Figure
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.domain.money import yuan
from service.usecases.collect.figures import as_csv, figures, named

router = APIRouter(prefix=f"{HOME}/figures", route_class=ConsoleRoute, include_in_schema=False)

DAYS = 92
MOST_BARS = 24
STATES = {"paid_off": "结清", "written_off": "核销"}
NOT_A_SHARE = ("per_debtor", "cost_per_yuan", "cost_fen")
Asked = Annotated[date | None, Query()]


@router.get("")
def page(request: Request, desk: AtDesk, from_on: Asked = None, until_on: Asked = None) -> Response:
    first, last = _span(request, from_on, until_on)
    context = {"desk": desk, "first": first, "last": last, "shown": shown, "bars": bars}
    try:
        return render(request, "figures.html", found=_found(request, first, last), error="", **context)
    except Refused as refused:
        return render(request, "figures.html", found=(), error=refused.detail, status=422, **context)


@router.get("/{name}.csv")
def export(request: Request, desk: AtDesk, name: str, from_on: Asked = None, until_on: Asked = None) -> Response:
    first, last = _span(request, from_on, until_on)
    figure = named(_found(request, first, last), name)
    if figure is None:
        raise NotFound("没有这个指标，请返回指标页重新选择。")
    headers = {"Content-Disposition": f'attachment; filename="{name}-{first}-{last}.csv"'}
    return Response(as_csv(figure), media_type="text/csv; charset=utf-8", headers=headers)


def shown(cell: Cell, column: str) -> str:
    """A cell as people read it: sums in yuan, shares in per cent."""
    if cell is None:
        return "—"
    if column.endswith("_fen"):
        return f"{Decimal(cell) / 100:,.2f}" if isinstance(cell, Decimal) else yuan(int(cell))
    if isinstance(cell, Decimal):
        return f"{cell:.2f}" if column in NOT_A_SHARE else f"{cell * 100:.2f} %"
    return STATES.get(cell, cell) if isinstance(cell, str) else str(cell)


def bars(figure: Figure) -> list[tuple[str, str, int]]:
    """(label, value, width of 0…100) of the last rows that have a value, for a chart."""
    at = figure.columns.index(figure.bars)
    words = [n for n, column in enumerate(figure.columns) if column in ("month", "week", "tier", "before", "after")]
    known = [(row, value) for row in figure.rows if isinstance(value := row[at], Decimal)][-MOST_BARS:]
    most = max((value for _, value in known), default=Decimal(0))
    whole = max(most, Decimal(1)) if figure.bars not in NOT_A_SHARE else most
    return [
        (
            " → ".join(shown(row[n], figure.columns[n]) for n in words),
            shown(value, figure.bars),
            int(100 * value / whole) if whole else 0,
        )
        for row, value in known
    ]


def _span(request: Request, first: date | None, last: date | None) -> tuple[date, date]:
    until = last or business_date(request.app.state.services.clock.now())
    return first or until - timedelta(days=DAYS), until


def _found(request: Request, first: date, last: date) -> tuple[Figure, ...]:
    services = request.app.state.services
    today = business_date(services.clock.now())
    with services.database.reading() as conn:
        return figures(conn, first=first, last=last, today=today, costs=services.policy.costs)
