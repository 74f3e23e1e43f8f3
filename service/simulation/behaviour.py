"""How made-up debtors behave: the parameters, read from behaviours.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service.domain.collect.template import Tone
from service.domain.rows import ORIGIN, Origin, PolicyError, Row, rows_in, version_of

NAME = "behaviours"
_CHANCES = (
    "share", "self_pay", "fade", "person", "fatigue", "pays", "part", "promises", "keeps", "hardship", "complains",
    "disputes", "broke_before", "cured_before", "first_payment",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Chances between 0 and 1; what each means stands at the head of behaviours.toml."""

    origin: Origin
    label: str
    answer: Mapping[Tone, float]
    share: float
    self_pay: float
    fade: float
    person: float
    fatigue: float
    pays: float
    part: float
    promises: float
    keeps: float
    hardship: float
    complains: float
    disputes: float
    broke_before: float
    cured_before: float
    first_payment: float


@dataclass(frozen=True, slots=True)
class Behaviours:
    version: str
    rows: tuple[Behaviour, ...]

    def at(self, chance: float) -> Behaviour:
        """The one that a number between 0 and 1 falls on, by their shares."""
        for one in self.rows:
            if chance < one.share:
                return one
            chance -= one.share
        return self.rows[-1]


def parse_behaviours(table: Mapping[str, Any]) -> Behaviours:
    """Raises PolicyError naming line, row and column."""
    rows = tuple(_behaviour(row) for row in rows_in(table, "behaviour", name=NAME))
    if sum(Decimal(str(one.share)) for one in rows) != 1:
        raise PolicyError(f"{NAME}.toml: behaviour: share: the shares must sum to 1")
    return Behaviours(version_of(table, name=NAME), rows)


def _behaviour(row: Row) -> Behaviour:
    row.only(*ORIGIN, "label", "answer", *_CHANCES)
    chances = {name: float(row.rate(name)) for name in _CHANCES}
    if chances["pays"] + chances["promises"] + chances["hardship"] > 1:
        raise row.wrong("pays", "pays, promises and hardship must not sum to more than 1")
    told = row.item("answer", 1, row.value("answer"))
    told.only(*Tone)
    return Behaviour(row.origin(), row.text("label"), {tone: float(told.rate(tone)) for tone in Tone}, **chances)
