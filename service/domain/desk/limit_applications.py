"""What the desk's page of limit applications shows, row by row."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.desk.pages import Person
from service.domain.loan.limit_application import Application


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """`limit_fen` is the base of the line as it is now, `income_fen` the income that was checked (None: not yet);
    `person` is masked; `key` makes a form that is sent twice count once."""

    application: Application
    person: Person | None
    product_name: str
    limit_fen: int
    income_fen: int | None
    key: str
