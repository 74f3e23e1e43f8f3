"""Stops over HTTP: operators stop, a second one lets begin again what is grave, viewers only look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from service.api import stops
from service.db.engine import Database
from service.usecases.ports import FrozenClock
from tests.contract.operating import problem, tokens_of
from tests.domain.collect.policy_of import policy
from tests.service.collecting import owe
from tests.service.routes import asking


@dataclass
class Stops:
    client: TestClient
    tokens: dict[str, str]

    def post(self, path: str, *, by: str = "苏禾", key: str = "k-1", **body: Any) -> Response:
        headers = {"Authorization": f"Bearer {self.tokens[by]}", "Idempotency-Key": key}
        return self.client.post(f"/collect{path}", json=body, headers=headers)

    def all(self) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.tokens['viewer']}"}
        return list(self.client.get("/collect/borrowers/b1/stops", headers=headers).json()["stops"])


@pytest.fixture
def http(database: Database, clock: FrozenClock) -> Iterator[Stops]:
    owe(database, clock=clock)
    tokens = tokens_of(database, "苏禾", "顾清", clock=clock)
    with asking(stops.router, database=database, clock=clock, policy=policy()) as client:
        yield Stops(client, tokens)


def test_a_grave_stop_from_its_beginning_to_its_end(http: Stops) -> None:
    wish = {"reason": "fraud", "note": "客户称被冒用"}
    for _ in range(2):
        assert http.post("/borrowers/b1/stops", **wish).status_code == 200
    (made,) = http.all()
    assert (made["reason"], made["started_by"], made["grave"]) == ("fraud", "苏禾", True)
    asked = http.post(f"/stops/{made['pause_id']}/resume", reason="公安已排除")
    (request,) = asked.json()["requests"]
    assert (request["state"], asked.json()["ended_at"]) == ("waiting", None)
    path = f"/resume-requests/{request['request_id']}/decision"
    assert problem(http.post(path, approve=True)) == (422, "second_person_required")
    ended = http.post(path, by="顾清", approve=True).json()
    assert (ended["ended_by"], ended["requests"][0]["decided_by"]) == ("顾清", "顾清")
    assert problem(http.post(path, by="顾清", approve=True)) == (422, "already_decided")
    assert http.all()[0]["ended_by"] == "顾清"


def test_one_person_ends_what_is_not_grave(http: Stops) -> None:
    http.post("/borrowers/b1/stops", reason="complaint", note="投诉")
    (made,) = http.all()
    assert http.post(f"/stops/{made['pause_id']}/resume", reason="已答复").json()["ended_by"] == "苏禾"


def test_who_may_not_and_what_is_not_there(http: Stops) -> None:
    wish = {"reason": "complaint", "note": "投诉"}
    assert problem(http.post("/borrowers/b1/stops", by="viewer", **wish)) == (403, "role_not_allowed")
    assert problem(http.post("/borrowers/nobody/stops", **wish)) == (404, "borrower_unknown")
    assert problem(http.post("/stops/none/resume", reason="x")) == (404, "pause_unknown")
    assert problem(http.post("/resume-requests/none/decision", approve=True)) == (404, "resume_request_unknown")
    lost = http.post("/borrowers/b1/stops", **wish, contact_point_id="none")
    assert problem(lost) == (404, "contact_point_unknown")
    http.post("/borrowers/b1/stops", **wish)
    again = http.post("/borrowers/b1/stops", reason="dispute", note="投诉")
    assert problem(again) == (422, "idempotency_key_reused")
    assert http.client.get("/collect/borrowers/b1/stops").status_code == 401
