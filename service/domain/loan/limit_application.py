"""An application for a higher limit: what was asked, what was known, what was decided, by whom and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from service.domain.days import business_date
from service.domain.loan.limit_rules import LimitRules, Outcome


@dataclass(frozen=True, slots=True)
class Application:
    """`asked_fen` and `amount_fen` are bases of the line; `amount_fen` is 0 where nothing was granted. `reasons` are
    those of the decision that holds, `by_rules` is what the rules said, kept whatever a person decided later.
    `decided_by` is a person, rule:<id>@<version>, or empty while a person has yet to decide. `note` is
    that person's, for colleagues."""

    id: str
    borrower_id: str
    line_id: str
    conversation_id: str
    asked_fen: int
    state: Outcome
    amount_fen: int
    facts: Mapping[str, Any]
    reasons: tuple[Mapping[str, Any], ...]
    rules_version: str
    decided_by: str
    by_rules: Mapping[str, Any]
    created_at: datetime
    decided_at: datetime | None
    review_asked_at: datetime | None
    note: str = ""

    @property
    def reference(self) -> str:
        """What borrower and agent call it by when they speak."""
        return f"L{business_date(self.created_at):%y%m%d}-{self.id[-6:].upper()}"

    def answer_by(self, rules: LimitRules) -> date | None:
        """The day by which a person decides; None where nobody has to."""
        if self.state is not Outcome.REFERRED:
            return None
        return business_date(self.review_asked_at or self.created_at) + timedelta(days=rules.answer_within_days)

    @property
    def by_person(self) -> bool:
        return bool(self.decided_by) and not self.decided_by.startswith("rule:")

    def cooled_on(self, rules: LimitRules) -> date:
        """The first day on which the borrower may apply again for this line."""
        return business_date(self.decided_at or self.created_at) + timedelta(days=rules.cooling_days)

    def reviewable(self, today: date, rules: LimitRules) -> bool:
        """Whether a person can still be asked to look again: at a refusal by the rules, for some time."""
        if self.state is not Outcome.REFUSED or self.by_person or self.decided_at is None:
            return False
        return today <= business_date(self.decided_at) + timedelta(days=rules.review_days)
