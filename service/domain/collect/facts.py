"""What is known of a debtor when he is to be asked: the facts that profiles, risk bands and steps are decided by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, get_type_hints

from service.domain.rows import Row


@dataclass(frozen=True, slots=True)
class DebtorFacts:
    """Of one debtor over all his loans, as of the day of planning. Sums in fen. Counts of episodes, promises and
    stops are of the past year; an episode is a time in arrears."""

    days_past_due: int = 0
    overdue_fen: int = 0
    owed_principal_fen: int = 0
    limit_fen: int = 0
    products: frozenset[str] = frozenset()
    instalments_paid: int = 0
    first_payment_default: bool = False  # the first instalment of a loan is overdue and nothing of it was ever paid
    episodes_before: int = 0
    quick_cures: int = 0  # episodes that ended within a week
    promises_kept: int = 0
    promises_broken: int = 0  # kept in part counts as broken
    hardship: bool = False  # a hardship arrangement was asked for or has ended
    vulnerable: bool = False  # illness, crisis or incapacity was told of
    paid_in_episode: bool = False
    wrote_since_asked: bool = False  # after the last message that went out, today or yesterday
    last_asked_on: date | None = None

    def as_basis(self) -> dict[str, Any]:
        """For the row that says why: what is not its default, as JSON."""
        told = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if value != one.default:
                told[one.name] = sorted(value) if isinstance(value, frozenset) else value
        if self.last_asked_on is not None:
            told["last_asked_on"] = self.last_asked_on.isoformat()
        return told


_TYPES = get_type_hints(DebtorFacts)
_FLAGS = frozenset(name for name, kind in _TYPES.items() if kind is bool)
_NUMBERS = frozenset(name for name, kind in _TYPES.items() if kind is int)
_BOUNDS = {"_at_least": 1, "_at_most": -1}


@dataclass(frozen=True, slots=True)
class Conditions:
    """All must hold. `flags`: a fact and its value; `bounds`: a fact, 1 (at least) or -1 (at most), the number."""

    flags: Mapping[str, bool]
    bounds: tuple[tuple[str, int, int], ...]

    def hold(self, facts: DebtorFacts) -> bool:
        return all(getattr(facts, name) is value for name, value in self.flags.items()) and all(
            (getattr(facts, name) - limit) * sign >= 0 for name, sign, limit in self.bounds
        )


def parse_conditions(row: Row, column: str) -> Conditions:
    """A table such as { promises_broken_at_least = 2, vulnerable = false }. Raises PolicyError for unknown facts."""
    table = row.value(column)
    if not isinstance(table, Mapping) or not table:
        raise row.wrong(column, "must be a table of conditions, such as { promises_broken_at_least = 2 }")
    flags, bounds = {}, []
    for name, value in table.items():
        if name in _FLAGS and isinstance(value, bool):
            flags[name] = value
            continue
        suffix = next((one for one in _BOUNDS if name.endswith(one)), "")
        fact = name.removesuffix(suffix)
        if not suffix or fact not in _NUMBERS or isinstance(value, bool) or not isinstance(value, int):
            known = ", ".join([*sorted(_FLAGS), *(f"{one}_at_least/_at_most" for one in sorted(_NUMBERS))])
            raise row.wrong(column, f"{name} = {value}: no such condition; there are {known}")
        bounds.append((fact, _BOUNDS[suffix], value))
    return Conditions(flags, tuple(bounds))


def basis_of(facts: DebtorFacts, **more: Any) -> dict[str, Any]:
    """What an outreach row keeps of why it was planned so."""
    return {**{name: value for name, value in more.items() if value is not None}, "facts": facts.as_basis()}
