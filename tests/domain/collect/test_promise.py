"""A promise ends with its day in Shanghai, and a debtor's day is decided by what he owes."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from service.domain.collect.promise import deadline
from service.domain.collect.tier import Standing, standing
from service.domain.loan.bill import Debt

DUE = date(2026, 11, 25)
TODAY = date(2026, 11, 23)


def test_the_day_of_a_promise_ends_at_midnight_in_shanghai() -> None:
    assert deadline(DUE) < datetime(2026, 11, 25, 16, 0, tzinfo=timezone.utc)
    assert deadline(DUE) >= datetime(2026, 11, 25, 15, 59, 59, tzinfo=timezone.utc)


def debt(**changes: object) -> Debt:
    nothing = {
        "borrower_id": "b1", "overdue_fen": 0, "due_fen": 0, "oldest_due_on": None, "days_past_due": 0,
        "bucket": "M0", "next_due_on": None, "next_due_fen": 0,
    }  # fmt: skip
    return Debt(**{**nothing, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("owed", "at"),
    [
        ({}, None),
        ({"next_due_on": date(2026, 11, 26), "next_due_fen": 9}, Standing(-3, date(2026, 11, 26), 9)),
        ({"next_due_on": TODAY, "next_due_fen": 9}, Standing(0, TODAY, 9)),
        ({"next_due_on": TODAY, "next_due_fen": 0}, None),
        (
            {
                "next_due_on": TODAY, "next_due_fen": 9,
                "overdue_fen": 5, "oldest_due_on": date(2026, 11, 18), "days_past_due": 5,
            },
            Standing(5, date(2026, 11, 18), 5),
        ),
        # suspense covers what is overdue
        ({"overdue_fen": 0, "oldest_due_on": date(2026, 11, 18), "days_past_due": 5}, None),
    ],
)  # fmt: skip
def test_what_is_overdue_comes_before_what_falls_due(owed: dict[str, object], at: Standing | None) -> None:
    assert standing(debt(**owed), TODAY) == at
