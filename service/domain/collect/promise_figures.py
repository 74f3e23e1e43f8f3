"""How promises were kept, month by month: how many and how much (履约率)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from service.domain.collect.promise import PromiseState


@dataclass(frozen=True, slots=True)
class Tally:
    """So many promises whose last day is `due_on` and that stand so; sums in fen."""

    due_on: date
    state: PromiseState
    count: int
    promised_fen: int
    kept_fen: int


@dataclass(frozen=True, slots=True)
class KeptMonth:
    """Of the promises whose last day is in `month` (its first day). `promised_fen` and `kept_fen` are of those that are
    decided: neither of what is pending nor of what was replaced."""

    month: date
    kept: int = 0
    partly: int = 0
    broken: int = 0
    pending: int = 0
    cancelled: int = 0
    promised_fen: int = 0
    kept_fen: int = 0

    @property
    def decided(self) -> int:
        return self.kept + self.partly + self.broken

    @property
    def kept_rate(self) -> Decimal | None:
        """The share of the decided that were kept in full; None where none is decided."""
        return Decimal(self.kept) / self.decided if self.decided else None

    @property
    def kept_amount_rate(self) -> Decimal | None:
        """The share of the fen promised that came in time; None where none is decided."""
        return Decimal(self.kept_fen) / self.promised_fen if self.promised_fen else None


_DECIDED = {PromiseState.KEPT, PromiseState.PARTLY, PromiseState.BROKEN}


def by_month(tallies: Iterable[Tally]) -> tuple[KeptMonth, ...]:
    """Oldest month first; months without a promise are not there."""
    months: dict[date, KeptMonth] = {}
    for one in tallies:
        month = one.due_on.replace(day=1)
        so_far = months.get(month, KeptMonth(month))
        counted = {one.state.value: getattr(so_far, one.state.value) + one.count}
        if one.state in _DECIDED:
            counted["promised_fen"] = so_far.promised_fen + one.promised_fen
            counted["kept_fen"] = so_far.kept_fen + one.kept_fen
        months[month] = replace(so_far, **counted)
    return tuple(months[month] for month in sorted(months))
