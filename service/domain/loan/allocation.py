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


_mode = cache(Mode)  # to look a member up takes longer


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


@quick
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
    if amount_fen < 0:
        raise ValueError(f"{amount_fen} fen cannot be allocated")
    owed = [(due.fee_fen, due.penalty_fen, due.interest_fen, due.principal_fen) for due in dues]
    if any(min(one) < 0 for one in owed):
        raise ValueError("nothing owed can be negative")
    left = amount_fen
    parts = [[0] * len(COMPONENTS) for _ in owed]
    for index, component in _walk(len(owed), _places(tuple(order)), _mode(mode)):
        if not left:
            break
        parts[index][component] = taken = min(left, owed[index][component])
        left -= taken
    return Allocation(tuple([Due(*part) for part in parts]), left)


def _walk(count: int, order: Sequence[int], mode: Mode) -> Iterator[tuple[int, int]]:
    if mode is Mode.HORIZONTAL:
        return ((index, component) for index in range(count) for component in order)
    return ((index, component) for component in order for index in range(count))


@cache  # of an order that is right; contracts have few
def _places(order: tuple[str, ...]) -> tuple[int, ...]:
    """Where in COMPONENTS, and so in a `Due`, the components of the order are."""
    if sorted(order) != sorted(COMPONENTS):
        raise ValueError(f"the order must name {', '.join(COMPONENTS)} once each, not {', '.join(order)}")
    return tuple(COMPONENTS.index(one) for one in order)
