"""All figures of collection between two days, as tables for the API, the exports and the console."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from service.db import figures as store
from service.domain.collect import figures as made
from service.domain.collect.costs import Costs
from service.domain.collect.figures import Cell, Figure
from service.domain.errors import Refused

LONGEST_DAYS = 732


def figures(conn: Connection, *, first: date, last: date, today: date, costs: Costs) -> tuple[Figure, ...]:
    """Raises Refused (period_invalid) for days in the wrong order, to come, or more than two years apart."""
    if not first <= last <= today or (last - first).days > LONGEST_DAYS:
        raise Refused("起止日期须先后有序、不晚于今天，且不超过两年。", code="period_invalid")
    span = {"first": first, "last": last}
    cohorts = store.cohorts(conn, **span)
    months = made.month_ends(first, last)
    return (
        made.rolls([one for before, after in months for one in store.rolls(conn, before=before, after=after)]),
        made.cures(cohorts, today=today),
        made.vintages(cohorts, today=today),
        made.promises(store.promises(conn, **span)),
        made.right_party(store.right_party(conn, **span)),
        made.intensity(store.intensity(conn, **span)),
        made.cost(store.spent(conn, **span), store.recovered(conn, **span), costs=costs),
    )


def as_csv(figure: Figure) -> bytes:
    """UTF-8 with a byte-order mark, which spreadsheets need; rates are decimals, sums fen."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(figure.columns)
    writer.writerows([told(cell) for cell in row] for row in figure.rows)
    return ("\ufeff" + text.getvalue()).encode()


def told(cell: Cell) -> int | str | None:
    """A cell as JSON and CSV have it."""
    return cell if cell is None or isinstance(cell, int | str) else format(cell, "f")


def named(found: Sequence[Figure], name: str) -> Figure | None:
    return next((one for one in found if one.name == name), None)
