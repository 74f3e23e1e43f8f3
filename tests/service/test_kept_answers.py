"""Answers kept for repeated requests are forgotten once nobody repeats them; younger ones stay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from service.db import kept_answer
from service.db.engine import Database
from service.db.tables.kept_answer import kept_answer as table
from service.usecases.loan import forget_answers
from service.usecases.ports import FrozenClock


def test_old_answers_are_forgotten_in_parts_and_young_ones_kept(
    database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget_answers, "_AT_ONCE", 3)
    with database.transaction() as conn:
        for days in range(0, 60, 5):
            at = clock.now() - timedelta(days=days, seconds=1)
            kept_answer.keep(conn, scope="s", key=f"k{days}", request="r", answer={"days": days}, now=at)
    assert forget_answers.forget_answers(database, clock=clock) == 3
    assert forget_answers.forget_answers(database, clock=clock) == 0
    with database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(table)).scalar_one() == 9
        assert kept_answer.answer_of(conn, scope="s", key="k40") == ("r", {"days": 40})
        assert kept_answer.answer_of(conn, scope="s", key="k45") is None
