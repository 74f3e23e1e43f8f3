"""Which part of a payment goes to fees, penalty interest, interest and principal, and of which instalment.

Without an agreement 民法典 561 asks for 费用 → 利息 → 主债务; here the product's order and direction are agreed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from service.domain.values import quick

COMPONENTS = ("fee", "penalty", "interest", "principal")


class Mode(StrEnum):
    """Horizontal: an old instalment whole before the next. Vertical: a component of all before the next one."""

    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"


class DebtOrder(StrEnum):
    """Which of several debts a payment reaches first that was meant for none: as agreed, the oldest due date; or as
    民法典 560 has it without an agreement: what is due before what is not, then the heavier burden (the higher rate),
    then the earlier due date; what is equal in all of these in proportion."""

    OLDEST_DUE = "oldest_due"
    CIVIL_CODE_560 = "civil_code_560"


@quick
@dataclass(frozen=True, slots=True)
class Due:
    """What is owed of one instalment, or what a payment gives it, by component; fen, never negative."""

    fee_fen: int = 0
    penalty_fen: int = 0
    interest_fen: int = 0
    principal_fen: int = 0

    @property
    def total_fen(self) -> int:
        return self.fee_fen + self.penalty_fen + self.interest_fen + self.principal_fen


@dataclass(frozen=True, slots=True)
class Allocation:
    """One part for each due, in their order, and what nothing was owed for; together they are the amount."""

    parts: tuple[Due, ...]
    excess_fen: int

    @property
    def total(self) -> Due:
        """The parts added up by component."""
        return Due(
            fee_fen=sum(part.fee_fen for part in self.parts),
            penalty_fen=sum(part.penalty_fen for part in self.parts),
            interest_fen=sum(part.interest_fen for part in self.parts),
            principal_fen=sum(part.principal_fen for part in self.parts),
        )


def allocate(amount_fen: int, *, dues: Sequence[Due], order: Sequence[str], mode: str) -> Allocation:
    """Divide `amount_fen` over `dues` (oldest first) in the component `order`, instalment- or component-wise.

    Raises ValueError for a negative amount or due, an order that does not name each of COMPONENTS once, or an
    unknown mode.
    """
    _check(amount_fen, dues, order)
    left = amount_fen
    parts = [dict.fromkeys(COMPONENTS, 0) for _ in dues]
    for index, component in _walk(len(dues), order, Mode(mode)):
        if not left:
            break
        taken = min(left, getattr(dues[index], f"{component}_fen"))
        parts[index][component] = taken
        left -= taken
    return Allocation(tuple(_due(part) for part in parts), left)


def _walk(count: int, order: Sequence[str], mode: Mode) -> Iterator[tuple[int, str]]:
    if mode is Mode.HORIZONTAL:
        return ((index, component) for index in range(count) for component in order)
    return ((index, component) for component in order for index in range(count))


def _due(part: dict[str, int]) -> Due:
    return Due(part["fee"], part["penalty"], part["interest"], part["principal"])


def _check(amount_fen: int, dues: Sequence[Due], order: Sequence[str]) -> None:
    if amount_fen < 0:
        raise ValueError(f"{amount_fen} fen cannot be allocated")
    _check_order(tuple(order))
    if any(min(due.fee_fen, due.penalty_fen, due.interest_fen, due.principal_fen) < 0 for due in dues):
        raise ValueError("nothing owed can be negative")


@cache  # of an order that is right; contracts have few
def _check_order(order: tuple[str, ...]) -> None:
    if sorted(order) != sorted(COMPONENTS):
        raise ValueError(f"the order must name {', '.join(COMPONENTS)} once each, not {', '.join(order)}")
