"""What a contact costs the lender, by channel, read from costs.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from service.domain.rows import ORIGIN, Origin, PolicyError, Row, rows_in, version_of

NAME = "costs"


@dataclass(frozen=True, slots=True)
class Cost:
    """Fen for one message, call or case on a channel; parts of a fen are usual."""

    origin: Origin
    channel: str
    fen: Decimal


@dataclass(frozen=True, slots=True)
class Costs:
    version: str
    rows: tuple[Cost, ...]

    def of(self, channel: str, on: date) -> Decimal:
        """Raises PolicyError where no row holds: a cost that is not known is not nothing."""
        for one in self.rows:
            if one.channel == channel and one.origin.holds_on(on):
                return one.fen
        raise PolicyError(f"{NAME}.toml: cost: no row for {channel} is in force on {on}")


def parse_costs(table: Mapping[str, Any]) -> Costs:
    """Raises PolicyError naming line, row and column."""
    return Costs(version_of(table, name=NAME), tuple(_cost(row) for row in rows_in(table, "cost", name=NAME)))


def _cost(row: Row) -> Cost:
    row.only(*ORIGIN, "channel", "fen")
    return Cost(row.origin(), row.text("channel"), row.amount("fen"))
