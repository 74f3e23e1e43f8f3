"""Runs the scenarios about limits: given and when happen to a line, then is compared. A failure names its sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from service.db.engine import Database
from tests.service.loan.limit_scenarios.limit_steps import LimitStory

Scenario = dict[str, Any]
ALL: list[Scenario] = yaml.load((Path(__file__).parent / "limits.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
ON_POSTGRES = [one for one in ALL if one.get("postgres") == "true"]


def name_of(scenario: Scenario) -> str:
    return str(scenario["scenario"])


def run(database: Database, scenario: Scenario) -> None:
    story = LimitStory(database)
    steps = [(story.does, line) for line in (*scenario.get("given", ()), *scenario.get("when", ()))]
    steps += [(story.shows, line) for line in scenario["then"]]
    for step, sentence in steps:
        try:
            step(sentence)
        except Exception as error:
            what = f"{error}" if isinstance(error, AssertionError) else repr(error)
            pytest.fail(f"{scenario['scenario']}\n  {sentence}\n  {what}")


@pytest.mark.parametrize("scenario", ALL, ids=name_of)
def test_on_sqlite(scenario: Scenario, sqlite_database: Database) -> None:
    run(sqlite_database, scenario)


@pytest.mark.parametrize("scenario", ON_POSTGRES, ids=name_of)
def test_on_postgres(scenario: Scenario, postgres_database: Database) -> None:
    run(postgres_database, scenario)


def test_there_are_scenarios_enough_and_no_two_share_a_name() -> None:
    names = [name_of(one) for one in ALL]
    assert len(names) == len(set(names)) >= 20
