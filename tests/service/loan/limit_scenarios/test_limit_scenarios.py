"""Runs the scenarios about limits: given and when happen to a line, then is compared. A failure names its sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from service.db.engine import Database
from tests.service.loan.limit_scenarios.limit_steps import LimitStory
from tests.service.loan.told import Scenario, tell

ALL: list[Scenario] = yaml.load((Path(__file__).parent / "limits.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
ON_POSTGRES = [one for one in ALL if one.get("postgres") == "true"]


def name_of(scenario: Scenario) -> str:
    return str(scenario["scenario"])


@pytest.mark.parametrize("scenario", ALL, ids=name_of)
def test_on_sqlite(scenario: Scenario, sqlite_database: Database) -> None:
    tell(LimitStory(sqlite_database), scenario)


@pytest.mark.parametrize("scenario", ON_POSTGRES, ids=name_of)
def test_on_postgres(scenario: Scenario, postgres_database: Database) -> None:
    tell(LimitStory(postgres_database), scenario)


def test_there_are_scenarios_enough_and_no_two_share_a_name() -> None:
    names = [name_of(one) for one in ALL]
    assert len(names) == len(set(names)) >= 20
