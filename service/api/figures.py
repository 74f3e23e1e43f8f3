"""The figures of collection for agents and for the lender's own reports: as JSON, and each as a table to download."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from service.api.agents import viewer
from service.api.deps import services
from service.api.iso import Day
from service.api.problems import refuses
from service.domain.collect.figures import Figure
from service.domain.days import business_date
from service.domain.errors import NotFound
from service.usecases.collect.figures import as_csv, figures, named, told

router = APIRouter(prefix="/collect/figures", dependencies=[Depends(viewer)])
CSV = {200: {"content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}, "description": "The table"}}
DAYS = 92
From = Annotated[Day | None, Query()]


class FigureTable(BaseModel):
    """One figure: `titles` are the columns in Chinese; rates are decimals as text, null where there is none yet."""

    name: str
    title: str
    columns: list[str]
    titles: list[str]
    rows: list[list[int | str | None]]


class Figures(BaseModel):
    """All figures between two days, both included."""

    from_on: date
    until_on: date
    figures: list[FigureTable]


@router.get("")
@refuses("period_invalid")
def get_figures(request: Request, from_on: From = None, until_on: From = None) -> Figures:
    """Roll rates, cures, recovery by vintage, kept promises, right-party contacts, intensity and cost per yuan.

    Three months up to today unless said; each formula is in docs/figures.md.
    """
    first, last, found = _found(request, from_on, until_on)
    tables = [
        FigureTable(
            name=one.name,
            title=one.title,
            columns=list(one.columns),
            titles=list(one.titles),
            rows=[[told(cell) for cell in row] for row in one.rows],
        )
        for one in found
    ]
    return Figures(from_on=first, until_on=last, figures=tables)


@router.get("/{figure}.csv", response_class=Response, responses=CSV)  # type: ignore[arg-type]
@refuses("period_invalid", "not_found")
def get_figure_csv(
    request: Request, figure: Annotated[str, Path(max_length=32)], from_on: From = None, until_on: From = None
) -> Response:
    """One figure as a CSV table for spreadsheets."""
    first, last, found = _found(request, from_on, until_on)
    table = named(found, figure)
    if table is None:
        raise NotFound("没有这个指标，可用的名称见 GET /collect/figures。")
    headers = {
        "Content-Disposition": f'attachment; filename="{figure}-{first}-{last}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(as_csv(table), media_type="text/csv; charset=utf-8", headers=headers)


def _found(request: Request, first: date | None, last: date | None) -> tuple[date, date, tuple[Figure, ...]]:
    at = services(request)
    today = business_date(at.clock.now())
    last = last or today
    first = first or last - timedelta(days=DAYS)
    with at.database.reading() as conn:
        return first, last, figures(conn, first=first, last=last, today=today, costs=at.policy.costs)
