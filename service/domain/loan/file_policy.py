"""How old a payment in a bank's file may be to be posted without a person: a dated table of the lender's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from service.domain.rows import ORIGIN, Origin, PolicyError, Row, rows_in, version_of

NAME = "bank_files"


@dataclass(frozen=True, slots=True)
class Age:
    origin: Origin
    days_at_most: int


@dataclass(frozen=True, slots=True)
class FilePolicy:
    """The whole table."""

    version: str
    ages: tuple[Age, ...]

    def oldest_on(self, today: date) -> date:
        """The earliest day whose payments are posted without a person; the strictest row that holds decides. Raises
        PolicyError where none holds."""
        found = [one.days_at_most for one in self.ages if one.origin.holds_on(today)]
        if not found:
            raise PolicyError(f"{NAME}.toml: age: no row holds on {today}")
        return today - timedelta(days=min(found))


def parse_file_policy(table: Mapping[str, Any]) -> FilePolicy:
    """Make the policy of a TOML table. Raises PolicyError naming row and column."""
    Row(f"{NAME}.toml", table).only("version", "age")
    return FilePolicy(version_of(table, name=NAME), tuple(_age(row) for row in rows_in(table, "age", name=NAME)))


def _age(row: Row) -> Age:
    row.only(*ORIGIN, "days_at_most")
    return Age(row.origin(), row.whole("days_at_most", at_least=1))
