"""How an action asks for a person over HTTP."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from service.api import desk, errors
from service.db.engine import Database
from service.db.tables.desk import handover
from service.domain.desk.hours import hours_from
from service.settings import ROOT
from service.usecases.desk.hand_over import hand_over
from service.usecases.ports import FrozenClock
from tests.service.desk_cast import known

AUTH = {"Authorization": "Bearer a-token-for-tests"}


@pytest.fixture
def client(sqlite_database: Database, clock: FrozenClock) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.services = SimpleNamespace(
        database=sqlite_database,
        clock=clock,
        settings=SimpleNamespace(service_token="a-token-for-tests"),
        desk_hours=hours_from(tomllib.loads((ROOT / "service/policy/desk.toml").read_text())),
    )
    errors.install(app)
    app.include_router(desk.router)
    with TestClient(app) as client:
        yield client


def test_the_borrower_is_told_his_place_and_the_hours(
    client: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    with sqlite_database.transaction() as conn:
        first, second = known(conn, "转人工", now=clock.now()), known(conn, "转人工", number=2, now=clock.now())
    path = "/desk/conversations/{}/handover"
    client.post(path.format(first), json={"reason": "human_agent"}, headers=AUTH)
    for _ in range(2):
        answer = client.post(path.format(second), json={"reason": "human_agent"}, headers=AUTH)
        assert answer.json() == {"position": 2, "state": "waiting", "hours": "每天 08:30–20:30", "open": True}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_nobody_asks_without_the_service_token(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/desk/conversations/x/handover", json={"reason": "x"}, headers=headers)
    assert answer.status_code == 401


def test_a_conversation_nobody_knows_is_a_problem_document(client: TestClient) -> None:
    answer = client.post("/desk/conversations/inapp-none/handover", json={"reason": "x"}, headers=AUTH)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "长" * 65}])
def test_a_request_without_a_reason_is_refused(client: TestClient, body: dict[str, str]) -> None:
    assert client.post("/desk/conversations/x/handover", json=body, headers=AUTH).status_code == 422


def test_many_requests_at_once_are_one_handover(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        cid = known(conn, "转人工", now=clock.now())

    def ask(number: int) -> int:
        with database.transaction() as conn:
            return hand_over(conn, conversation_id=cid, reason=f"reason {number}", now=clock.now()).id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(16)))) == 1
    with database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(handover)).scalar_one() == 1
