"""When people answer, as the business decided it in `policy/desk.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from service.domain.days import local_time


@dataclass(frozen=True, slots=True)
class Hours:
    """Every day from `opens` (included) until `closes` (not included), on a Shanghai clock."""

    opens: time
    closes: time
    version: str

    def is_open(self, at: datetime) -> bool:
        """Whether people answer at an aware instant."""
        return self.opens <= local_time(at).time() < self.closes

    def __str__(self) -> str:
        return f"每天 {self.opens:%H:%M}–{self.closes:%H:%M}"


def hours_from(table: Mapping[str, Any]) -> Hours:
    """Read the policy table. Raises ValueError or KeyError where it names no sensible hours."""
    hours = Hours(time.fromisoformat(table["opens"]), time.fromisoformat(table["closes"]), str(table["version"]))
    if hours.opens >= hours.closes:
        raise ValueError(f"desk hours end ({table['closes']}) before they begin ({table['opens']})")
    return hours
