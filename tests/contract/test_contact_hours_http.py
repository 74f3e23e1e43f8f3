"""Hours agreed with a debtor over HTTP: kept with who and how, held to by the gate, ended again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from service.api import contact_hours
from service.channels.memory import MemorySender
from service.db.engine import Database
from service.db.tables.contact import contact_terms_event
from service.usecases.collect.send import Counts
from service.usecases.ports import FrozenClock
from tests.contract.operating import problem, tokens_of
from tests.domain.collect.policy_of import policy
from tests.service.collecting import owe, plan_now, reasons, send_now
from tests.service.routes import asking

PATH = "/collect/borrowers/b1/contact-hours"
EVENING = {"agreed_from": "18:00", "agreed_until": "20:00", "note": "白天开车，约定晚上联系"}


@dataclass
class Hours:
    client: TestClient
    tokens: dict[str, str]

    def _as(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"}

    def put(self, *, by: str = "苏禾", path: str = PATH, **body: Any) -> Response:
        return self.client.put(path, json=body, headers=self._as(by))

    def now(self) -> dict[str, Any]:
        return dict(self.client.get(PATH, headers=self._as("viewer")).json())


@pytest.fixture
def http(database: Database, clock: FrozenClock) -> Iterator[Hours]:
    owe(database, clock=clock)
    tokens = tokens_of(database, "苏禾", "顾清", clock=clock)
    with asking(contact_hours.router, database=database, clock=clock, policy=policy()) as client:
        yield Hours(client, tokens)


def told(database: Database) -> list[tuple[Any, ...]]:
    kept = contact_terms_event.c
    with database.reading() as conn:
        return list(map(tuple, conn.execute(select(kept.agreed_by, kept.note).order_by(kept.id))))


def test_what_is_queued_already_waits_for_the_agreed_hours(http: Hours, database: Database, clock: FrozenClock) -> None:
    assert set(http.now().values()) == {"b1", None}
    assert plan_now(database, clock) == 1
    assert http.put(**EVENING).status_code == 200
    shown = http.now()
    assert (shown["agreed_from"], shown["agreed_until"], shown["timezone"]) == ("18:00", "20:00", "Asia/Shanghai")
    assert (shown["agreed_by"], shown["note"]) == ("苏禾", EVENING["note"])
    sender = MemorySender()
    assert send_now(database, clock, sender) == Counts(blocked=1)
    assert reasons(database) == [{"outside_hours"}]
    assert sender.sent == []


def test_in_the_agreed_hours_it_goes_out(http: Hours, database: Database, clock: FrozenClock) -> None:
    http.put(**EVENING)
    clock.instant += timedelta(hours=8, minutes=30)  # 18:30
    assert plan_now(database, clock) == 1
    assert send_now(database, clock, MemorySender()) == Counts(sent=1)


def test_each_change_is_kept_and_the_same_again_is_none(http: Hours, database: Database) -> None:
    for _ in range(2):
        http.put(**EVENING)
    http.put(by="顾清", note="客户说随时都可以")
    assert http.now()["agreed_from"] is None
    assert told(database) == [("苏禾", EVENING["note"]), ("顾清", "客户说随时都可以")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"agreed_until": None}, "hours_incomplete"),
        ({"agreed_from": "20:00"}, "hours_reversed"),
        ({"timezone": "Moon/Sea"}, "timezone_unknown"),
        ({"timezone": "../etc/passwd"}, "timezone_unknown"),
        ({"timezone": "Asia"}, "timezone_unknown"),
        ({"note": "  "}, "reason_required"),
        ({"agreed_from": "8:00"}, "invalid_request"),
        ({"agreed_from": 64800}, "invalid_request"),
    ],
)
def test_what_cannot_be_agreed_on_is_refused_and_nothing_is_kept(
    http: Hours, database: Database, change: dict[str, Any], code: str
) -> None:
    assert problem(http.put(**EVENING | change)) == (422, code)
    assert told(database) == []


def test_of_nobody_nothing_is_kept_and_who_only_looks_changes_nothing(http: Hours, database: Database) -> None:
    assert problem(http.put(path=PATH.replace("b1", "b9"), **EVENING)) == (404, "borrower_unknown")
    assert http.put(by="viewer", **EVENING).status_code == 403
    assert told(database) == []
