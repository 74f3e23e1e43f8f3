"""Which public holiday a day is, and what to assume of a year that nobody has announced yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.domain.rows import Mark, PolicyError, Row, rows_in, version_of

NAME = "holidays"


@dataclass(frozen=True, slots=True)
class Holidays:
    """`years`: year → name → (first, last), both included. `careful`: name → ((month, day), (month, day))."""

    version: str
    years: Mapping[int, Mapping[str, tuple[date, date]]]
    careful: Mapping[str, tuple[tuple[int, int], tuple[int, int]]]

    def named(self, day: date) -> frozenset[str]:
        """The holidays a day is; in an unknown year every one that it may be."""
        known = self.years.get(day.year)
        if known is not None:
            return frozenset(name for name, (first, last) in known.items() if first <= day <= last)
        at = (day.month, day.day)
        return frozenset(name for name, (first, last) in self.careful.items() if first <= at <= last)


def parse_holidays(table: Mapping[str, Any]) -> Holidays:
    """Raises PolicyError naming the row."""
    years = dict(_year(row) for row in rows_in(table, "year", name=NAME))
    spans = table.get("unknown_year")
    if not isinstance(spans, dict):
        raise PolicyError(f"{NAME}.toml: unknown_year: is missing")
    careful = {name: _span(name, value) for name, value in spans.items()}
    for year, days in years.items():
        if set(days) != set(careful):
            odd = sorted(set(days) ^ set(careful))[0]
            raise PolicyError(f"{NAME}.toml: year {year}: {odd}: must be both here and in unknown_year")
    return Holidays(version_of(table, name=NAME), years, careful)


def _year(row: Row) -> tuple[int, dict[str, tuple[date, date]]]:
    row.only("id", "mark", "source", "days")
    row.one_of(Mark, "mark")
    row.text("source")
    if not row.text("id").isdigit():
        raise row.wrong("id", "must be a year")
    year = int(row.text("id"))
    days: dict[str, tuple[date, date]] = {}
    if not isinstance(row.value("days"), dict):
        raise row.wrong("days", "must be a table of names")
    for name, value in row.value("days").items():
        dates = isinstance(value, list) and len(value) == 2 and all(type(one) is date for one in value)
        if not dates or value[0] > value[1] or {one.year for one in value} != {year}:
            raise row.wrong(name, f"must be a first and a last day of {year}")
        days[name] = (value[0], value[1])
    return year, days


def _span(name: str, value: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    try:
        first, last = (date.fromisoformat(f"2000-{one}") for one in value)
    except (TypeError, ValueError):
        raise PolicyError(f'{NAME}.toml: unknown_year: {name}: must be two days such as "02-01"') from None
    if first > last:
        raise PolicyError(f"{NAME}.toml: unknown_year: {name}: ends before it begins")
    return (first.month, first.day), (last.month, last.day)
