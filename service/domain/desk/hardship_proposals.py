"""What the desk's page of hardship proposals shows, row by row."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.desk.pages import Person
from service.domain.loan.hardship_proposal import Proposal


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """`person` is masked; `loan_title` is what people call the loan."""

    proposal: Proposal
    person: Person | None
    loan_title: str
