"""A dispute or a complaint as the borrower said it, the day by which a person answers it, and what he answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from service.domain.days import business_date

ABOUT_AT_MOST, WORDS_AT_MOST, ANSWER_AT_MOST = 200, 1000, 500


class MatterKind(StrEnum):
    """异议 · 投诉. Each stops outreach under its own name."""

    DISPUTE = "dispute"
    COMPLAINT = "complaint"


class MatterOutcome(StrEnum):
    """情况属实 · 部分属实 · 没有发现问题."""

    UPHELD = "upheld"
    PARTLY = "partly"
    REJECTED = "rejected"


LETTERS = {MatterKind.DISPUTE: "D", MatterKind.COMPLAINT: "C"}
NAMES = {MatterKind.DISPUTE: "异议", MatterKind.COMPLAINT: "投诉"}
OUTCOMES = {
    MatterOutcome.UPHELD: "情况属实",
    MatterOutcome.PARTLY: "部分情况属实",
    MatterOutcome.REJECTED: "没有发现所说的问题",
}


@dataclass(frozen=True, slots=True)
class Matter:
    """`about` is which loan or sum, or what a complaint is about; `loan_id` where it is about one loan. `outcome` and
    `answer`, the latter in words for the borrower, are None and empty until a named person has answered."""

    id: str
    borrower_id: str
    conversation_id: str
    kind: MatterKind
    about: str
    loan_id: str | None
    words: str
    answer_by: date
    created_at: datetime
    outcome: MatterOutcome | None = None
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None

    @property
    def reference(self) -> str:
        """What borrower and agent call it by when they speak."""
        return f"{LETTERS[self.kind]}{business_date(self.created_at):%y%m%d}-{self.id[-6:].upper()}"

    @property
    def brief(self) -> str:
        """What the person who answers it reads first."""
        return f"{NAMES[self.kind]} {self.reference}（{self.answer_by} 前答复）：{self.about}。{self.words}"


def answer_days(table: Mapping[str, Any]) -> Mapping[MatterKind, int]:
    """Within how many days a person answers, from `policy/desk.toml`. Raises KeyError or ValueError where it does not
    say so for each kind."""
    days = {kind: int(table["answer_within_days"][kind.value]) for kind in MatterKind}
    if min(days.values()) < 1:
        raise ValueError("a matter is answered within a day at least")
    return days
