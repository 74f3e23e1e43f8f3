"""A promise is decided by what came until the end of its day, and a debtor's day by what he owes."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from service.domain.collect.promise import Promise, PromiseState, deadline, decide
from service.domain.collect.tier import Standing, standing
from service.domain.loan.bill import Debt

DUE = date(2026, 11, 25)
MADE = Promise(
    "p1", "b1", "c1", 50_000, DUE, PromiseState.PENDING, 0, "周三还五百",
    datetime(2026, 11, 23, tzinfo=timezone.utc), None,
)  # fmt: skip
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("paid_fen", "days_later", "state"),
    [
        (50_000, -1, "kept"), (50_001, 0, "kept"), (50_000, 1, "kept"), (49_999, 0, "pending"), (0, 0, "pending"),
        (49_999, 1, "partly"), (1, 1, "partly"), (0, 1, "broken"), (0, 30, "broken"),
    ],
)  # fmt: skip
def test_a_promise_is_kept_at_once_and_broken_only_when_its_day_is_over(
    paid_fen: int, days_later: int, state: str
) -> None:
    assert decide(MADE, paid_fen=paid_fen, today=DUE + timedelta(days=days_later)) == state


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
