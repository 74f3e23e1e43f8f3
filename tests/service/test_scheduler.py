"""The scheduler's own pace: what takes long rests long, and keeps nothing else waiting."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from service import scheduler
from service.db.engine import Database
from service.usecases.ports import FrozenClock
from service.wiring import Services
from tests.service.serving import eventually

JOBS = ("close_and_plan", "charge", "send", "queue_cases", "reconcile", "tell_news")


def slow(name: str, seconds: float, done: list[str]) -> Any:
    def job(_services: Services) -> None:
        time.sleep(seconds)
        done.append(name)

    job.__name__ = name
    return job


def test_planning_that_took_long_rests_long_and_sending_goes_on(
    sqlite_database: Database, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for name in JOBS:
        monkeypatch.setattr(scheduler, name, slow(name, 0.5 if name == "close_and_plan" else 0.0, done))
    monkeypatch.setattr(scheduler, "RESTS", 100)
    settings = SimpleNamespace(data_dir=tmp_path, scheduler_seconds=1)
    services = SimpleNamespace(database=sqlite_database, settings=settings, clock=clock)
    ticker = scheduler.Ticker(cast(Services, services))
    for job in ticker._scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(timezone.utc))

    def rests() -> bool:  # the rest begins a moment after the job is done
        planned = ticker._scheduler.get_job("close_and_plan").next_run_time
        return "close_and_plan" in done and planned - datetime.now(timezone.utc) > timedelta(seconds=20)

    ticker.start()
    try:
        eventually(lambda: done.count("send") >= 3 and rests(), seconds=20)
        assert done.count("close_and_plan") == 1
    finally:
        ticker.stop()
