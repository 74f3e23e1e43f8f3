"""How a policy table is read: each reader names the table, the row and the column in its complaint."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


class PolicyError(ValueError):
    """A policy table that cannot be used; the message names the table, the row and the column."""


class Mark(StrEnum):
    """How well a rule is founded."""

    LAW = "L"  # the law's own text was read
    SECONDARY = "S"  # quoted by a public page; the primary text was not read
    VENDOR = "V"  # documentation or source of a vendor was read
    MEMORY = "M"  # to be confirmed by the compliance officer before use
    POLICY = "P"  # the lender's own, stricter than the law or filling it


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row comes from and when it holds: from `in_force` (included) until `until` (not included)."""

    id: str
    mark: Mark
    source: str
    in_force: date
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.in_force <= day and (self.until is None or day < self.until)

    def __str__(self) -> str:
        return f"[{self.mark}] {self.source}"


class PolicyTable(dict[str, Any]):
    """A table as TOML gives it, which knows on which lines its rows were written.

    `lines[kind, number]` maps a row's columns to their lines; "" is the row itself, "column 2" the second item of a
    list that has one item a line.
    """

    lines: dict[tuple[str, int], dict[str, int]]


_HEAD = re.compile(r"\s*\[\[\s*([\w-]+)\s*\]\]")
_COLUMN = re.compile(r"\s*([\w-]+)\s*=")
_ITEM = re.compile(r"\s*\{")


def parse_table(text: str) -> PolicyTable:
    """Raises tomllib.TOMLDecodeError, which names the line."""
    table = PolicyTable(tomllib.loads(text))
    table.lines = {}
    row: dict[str, int] = {}
    column, item = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if head := _HEAD.match(line):
            kind = head[1]
            row = table.lines.setdefault((kind, 1 + sum(known == kind for known, _ in table.lines)), {"": number})
        elif named := _COLUMN.match(line):
            column, item = named[1], 0
            row.setdefault(column, number)
        elif _ITEM.match(line):
            item += 1
            row.setdefault(f"{column} {item}", number)
    return table


@dataclass(frozen=True, slots=True)
class Row:
    """One row while it is read."""

    where: str
    values: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)

    def wrong(self, column: str, why: str) -> PolicyError:
        line = self.lines.get(column) or self.lines.get("")
        name, _, rest = self.where.partition(".toml")
        return PolicyError(f"{name}.toml{f', line {line}' if line else ''}{rest}: {column}: {why}")

    def item(self, column: str, number: int, values: Mapping[str, Any]) -> Row:
        """One table of a list of tables in a column, counted from 1."""
        line = self.lines.get(f"{column} {number}") or self.lines.get(column) or self.lines.get("")
        return Row(f"{self.where}: {column} {number}", values, {"": line} if line else {})

    def only(self, *columns: str) -> None:
        """Refuse a column that nobody reads: it is a typing mistake that would silently not hold."""
        for column in self.values:
            if column not in columns:
                raise self.wrong(column, "there is no such column")

    def value(self, column: str) -> Any:
        if column not in self.values:
            raise self.wrong(column, "is missing")
        return self.values[column]

    def text(self, column: str, default: str | None = None) -> str:
        if default is not None and column not in self.values:
            return default
        value = self.value(column)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(column, "must be text")
        return value

    def texts(self, column: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        if default is not None and column not in self.values:
            return default
        value = self.value(column)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
            raise self.wrong(column, "must be a list of texts, and not empty")
        return tuple(value)

    def whole(self, column: str, *, at_least: int) -> int:
        value = self.value(column)
        if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
            raise self.wrong(column, f"must be a whole number from {at_least} on")
        return value

    def rate(self, column: str) -> Decimal:
        """A share between 0 and 1, written in quotes so that it stays a decimal."""
        value = self.value(column)
        try:
            number = Decimal(value) if isinstance(value, str) else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or not 0 <= number <= 1:
            raise self.wrong(column, 'must be a decimal in quotes between 0 and 1, such as "0.24" for 24 %')
        return number

    def amount(self, column: str) -> Decimal:
        """A decimal from zero on, written in quotes so that it stays one."""
        text = self.text(column)
        if not re.fullmatch(r"\d{1,9}(\.\d{1,4})?", text):
            raise self.wrong(column, 'must be a decimal in quotes from 0 on, such as "4.5"')
        return Decimal(text)

    def flag(self, column: str, *, default: bool | None = None) -> bool:
        value = self.value(column) if default is None else self.values.get(column, default)
        if not isinstance(value, bool):
            raise self.wrong(column, "must be true or false")
        return value

    def day(self, column: str) -> date:
        value = self.value(column)
        if type(value) is not date:
            raise self.wrong(column, "must be a date without quotes, such as 2026-11-01")
        return value

    def clock(self, column: str) -> time:
        text = self.text(column)
        if not re.fullmatch(r"\d\d:\d\d", text):
            raise self.wrong(column, f'{text} is no time of day such as "08:00"')
        try:
            return time.fromisoformat(text)
        except ValueError:
            raise self.wrong(column, f'{text} is no time of day such as "08:00"') from None

    def one_of(self, kind: type[Choice], column: str) -> Choice:
        value = self.text(column)
        try:
            return kind(value)
        except ValueError:
            raise self.wrong(column, f"{value} is none of {', '.join(kind)}") from None

    def many_of(self, kind: type[Choice], column: str) -> frozenset[Choice]:
        """The values of a list; a row that does not name the column means all of them."""
        try:
            return frozenset(kind(one) for one in self.texts(column, tuple(kind)))
        except ValueError as unknown:
            raise self.wrong(column, f"{unknown}; known are {', '.join(kind)}") from None

    def origin(self) -> Origin:
        """Columns id, mark, source, in_force, until."""
        until = self.day("until") if "until" in self.values else None
        origin = Origin(self.text("id"), self.one_of(Mark, "mark"), self.text("source"), self.day("in_force"), until)
        if until is not None and until <= origin.in_force:
            raise self.wrong("until", "ends before it begins")
        return origin


ORIGIN = ("id", "mark", "source", "in_force", "until")


def rows_in(table: Mapping[str, Any], kind: str, *, name: str) -> Iterator[Row]:
    """The rows of one kind. Raises PolicyError where there are none or an id comes twice."""
    rows = table.get(kind)
    if not isinstance(rows, list) or not rows:
        raise PolicyError(f"{name}.toml: {kind}: the table has no rows of this kind")
    seen: set[str] = set()
    lines = table.lines if isinstance(table, PolicyTable) else {}
    for number, values in enumerate(rows, start=1):
        row = Row(f"{name}.toml: {kind} {number} ({values.get('id', 'no id')})", values, lines.get((kind, number), {}))
        if (known := row.text("id")) in seen:
            raise row.wrong("id", f"{known} is taken by an earlier row")
        seen.add(known)
        yield row


def version_of(table: Mapping[str, Any], *, name: str) -> str:
    return Row(f"{name}.toml", table).text("version")
