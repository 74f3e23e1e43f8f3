"""The model learns what is there to be learned, tells why, is kept whole, and plans only by what the policy lets it."""

from __future__ import annotations

import json
import math
import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer

from service import propensity_by_hand
from service.channels.memory import MemorySender
from service.db import learned as log
from service.db.engine import Database
from service.db.learned import counts_by_context
from service.domain.days import business_date
from service.learning.features import FEATURES, features_of
from service.learning.propensity import Model, TooFewRows, UnknownModel, drifted, load, save, train
from service.settings import Settings
from service.usecases.collect.count_tries import count_tries
from service.usecases.collect.plan import plan
from service.usecases.collect.rows_to_learn import recent_facts, rows_to_learn
from service.usecases.ports import FrozenClock, SystemClock
from tests.service.collecting import at, for_everybody_alike, owe, pay, plan_now, rows, send_now

START = date(2026, 1, 1)


def made_up(n: int, *, seed: int = 7) -> list[dict[str, Any]]:
    """Debtors who pay the likelier the more often they cured by themselves, the less the more promises they broke."""
    draw = random.Random(seed)
    found = []
    for number in range(n):
        facts = {
            "days_past_due": draw.randint(1, 60), "overdue_fen": draw.randint(5_000, 500_000),
            "owed_principal_fen": 1_000_000, "limit_fen": 2_000_000, "instalments_paid": draw.randint(0, 12),
            "quick_cures": draw.choice([0, 0, 0, 1, 2, 3]), "promises_broken": draw.choice([0, 0, 0, 1, 2]),
        }  # fmt: skip
        logit = (
            0.4 + 0.9 * facts["quick_cures"] - 1.1 * facts["promises_broken"] - 0.5 * math.log1p(facts["days_past_due"])
        )
        paid = draw.random() < 1 / (1 + math.exp(-logit))
        found.append({"facts": facts, "paid": paid, "on": (START + timedelta(days=number // 50)).isoformat()})
    return found


@pytest.fixture(scope="module")
def model() -> Model:
    return train(made_up(6_000))


def test_the_model_ranks_and_is_calibrated_on_later_rows(model: Model) -> None:
    quality = model.quality
    assert quality.auc > 0.75
    assert quality.boosted_auc < quality.auc + 0.03
    assert all(abs(score - paid) < 0.12 for _, score, paid in quality.reliability)


def test_scores_follow_what_matters_and_say_why(model: Model) -> None:
    base = {"days_past_due": 10, "overdue_fen": 100_000, "owed_principal_fen": 1_000_000, "limit_fen": 2_000_000}
    curer, breaker = base | {"quick_cures": 3}, base | {"promises_broken": 2}
    assert model.score(breaker) < model.score(base) < model.score(curer)
    assert (model.why(curer)[0]["what"], model.why(breaker)[0]["what"]) == (
        FEATURES["quick_cures"],
        FEATURES["promises_broken"],
    )
    assert model.why(curer)[0]["part"] > 0 > model.why(breaker)[0]["part"]


def test_a_kept_model_scores_as_before_and_rubbish_is_refused(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "propensity.json"
    assert load(path) is None
    save(model, path)
    again = load(path)
    assert again is not None
    facts = made_up(1)[0]["facts"]
    assert again.score(facts) == model.score(facts)
    for rubbish in ("{}", "[]", "no json", path.read_text().replace("promises_broken", "shoe_size")):
        path.write_text(rubbish)
        with pytest.raises(UnknownModel):
            load(path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"weights": [0.1] * 5},
        {"means": [float("nan")] * len(FEATURES)},
        {"scales": [0.0] * len(FEATURES)},
        {"bias": None},
        {"bias": float("inf")},
        {"steps": [[0.1, 0.2], [0.1]]},
        {"steps": [[], []]},
        {"steps": [[0.2, 0.1], [0.1, 0.2]]},
        {"steps": [[0.1, 0.2], [0.1, 7.0]]},
        {"seen": []},
        {"seen": [[[0.5], [1.0]]] * len(FEATURES)},
    ],
)
def test_a_model_that_would_give_no_score_is_refused_before_anything_is_planned_by_it(
    model: Model, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    path = tmp_path / "propensity.json"
    save(model, path)
    path.write_text(json.dumps(json.loads(path.read_text()) | wrong))
    with pytest.raises(UnknownModel):
        load(path)


def test_what_cannot_be_read_is_no_model(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "bytes"):
        (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(UnknownModel):
            load(path)


def test_the_command_learns_on_the_clock_of_the_records(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system whose clock is shifted for a demonstration has its records in that time."""
    seen: list[date] = []
    shifted = Settings(_env_file=None, database_url=sqlite_database.url, clock_offset_seconds=40 * 86_400)
    monkeypatch.setattr(propensity_by_hand, "ready", lambda: shifted)
    monkeypatch.setattr(
        "service.usecases.collect.rows_to_learn.rows_to_learn", lambda _conn, *, today, **_: seen.append(today) or []
    )
    with pytest.raises(typer.Exit):  # there is nothing to learn from
        propensity_by_hand.train()
    assert seen == [business_date(SystemClock().now() + timedelta(days=40))]


def test_too_few_rows_make_no_model() -> None:
    with pytest.raises(TooFewRows, match="至少需要"):
        train(made_up(100))
    with pytest.raises(TooFewRows):
        train([{**one, "paid": True} for one in made_up(1_000)])


def test_other_debtors_than_at_training_are_seen_as_drift(model: Model) -> None:
    alike = [one["facts"] for one in made_up(2_000, seed=8)]
    assert drifted(model.drift(alike)) == []
    later = [one | {"days_past_due": 300} for one in alike]
    assert drifted(model.drift(later)) == [FEATURES["days_past_due_log"]]


def test_a_missing_fact_has_its_default() -> None:
    assert len(features_of({})) == len(FEATURES)


def test_rows_to_learn_from_know_whether_all_overdue_was_paid_in_time(database: Database, clock: FrozenClock) -> None:
    for name in ("payer", "late", "part"):
        owe(database, clock=clock, borrower_id=name)
    plan_now(database, clock)
    began = clock.instant
    pay(database, clock=clock, borrower_id="payer")
    pay(database, clock=clock, borrower_id="part", amount_fen=100)
    clock.instant = began + timedelta(days=14)
    pay(database, clock=clock, borrower_id="late")
    today = business_date(clock.now())
    with database.reading() as conn:
        assert list(rows_to_learn(conn, today=today - timedelta(days=1), horizon_days=14)) == []
        found = list(rows_to_learn(conn, today=today + timedelta(days=1), horizon_days=14))
        assert recent_facts(conn, today=today) == []
    assert sorted(one["paid"] for one in found) == [False, False, True]
    assert all(one["facts"]["overdue_fen"] > 0 for one in found)


class Sure:
    """A scorer with one answer."""

    version = "sure-1"

    def __init__(self, score: str) -> None:
        self._score = Decimal(score)

    def score(self, facts: Any) -> Decimal:
        return self._score

    def why(self, facts: Any) -> list[dict[str, Any]]:
        return [{"what": "逾期天数", "part": -0.5}]


@pytest.mark.parametrize(("score", "risk", "step"), [("0.9", "low", "M1+2"), ("0.5", "medium", "M1+5")])
def test_the_score_chooses_the_band_and_the_row_keeps_score_version_and_why(
    database: Database, clock: FrozenClock, score: str, risk: str, step: str
) -> None:
    owe(database, clock=clock, days=5)
    plan(database, clock=clock, policy=for_everybody_alike(), channels=("inapp",), scorer=Sure(score))
    (row,) = rows(database)
    basis = row["basis"]
    assert (row["step"], basis["risk"], basis["score"], basis["model"]) == (step, risk, score, "sure-1")
    assert basis["why"] == [{"what": "逾期天数", "part": -0.5}]


def test_messages_are_counted_by_what_followed_them_within_three_days(database: Database, clock: FrozenClock) -> None:
    for name in ("payer", "silent"):
        owe(database, clock=clock, days=28, borrower_id=name)
    plan_now(database, clock)
    at(clock, "19:30")
    assert send_now(database, clock, MemorySender()).sent == 2
    pay(database, clock=clock, borrower_id="payer")
    at(clock, "09:00", days=3)
    assert count_tries(database, policy=for_everybody_alike(), clock=clock) == 0
    at(clock, "09:00", days=1)
    with database.transaction() as conn:
        log.replace_counts(conn, {}, on=business_date(clock.now()))
    assert count_tries(database, policy=for_everybody_alike(), clock=clock) == 2
    with database.reading() as conn:
        counts = counts_by_context(conn)["M1/usual"]
    assert sum(one.times for one in counts.values()) == 2
    assert sum(one.worked for one in counts.values()) == 1
    assert count_tries(database, policy=for_everybody_alike(), clock=clock) == 0  # once a day
