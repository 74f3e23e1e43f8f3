"""Promises and pauses over HTTP: once a key, refused as problems, closed to strangers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.api import collect
from service.db.engine import Database
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import owe
from tests.service.paying import log_in
from tests.service.routes import asking


@pytest.fixture
def http(sqlite_database: Database, clock: FrozenClock) -> Iterator[TestClient]:
    owe(sqlite_database, clock=clock)
    with asking(collect.router, database=sqlite_database, clock=clock, policy=policy()) as client:
        yield client


@pytest.fixture
def conversation(sqlite_database: Database, clock: FrozenClock, http: TestClient) -> str:
    return log_in(sqlite_database, "b1", now=clock.now())


WISH = {"amount_fen": 50_000, "due_on": "2026-11-25", "text": "后天还五百"}


def test_a_promise_over_http_is_made_once(http: TestClient, conversation: str) -> None:
    url = f"/collect/conversations/{conversation}/promises"
    first = http.post(url, json=WISH, headers={"Idempotency-Key": "c:m:promise"})
    again = http.post(url, json=WISH, headers={"Idempotency-Key": "c:m:promise"})
    assert (first.status_code, first.json()) == (200, again.json())
    told = first.json()
    (part,) = told.pop("parts")
    assert {**WISH, "state": "pending", "paid_fen": 0}.items() - told.items() == {("text", "后天还五百")}
    assert part == {
        "no": 1, "amount_fen": 50_000, "due_on": "2026-11-25", "condition": "", "state": "pending", "kept_fen": 0
    }  # fmt: skip
    assert http.get(url).json() == {"promises": [first.json()], "latest_on": "2026-12-23"}
    other = http.post(url, json=WISH | {"amount_fen": 1}, headers={"Idempotency-Key": "c:m:promise"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    "wish",
    [{"amount_fen": 10.5}, {"amount_fen": "100"}, {"amount_fen": 10**15}, {"due_on": "明天"}, {"text": "长" * 2001}],
)
def test_nonsense_is_refused_as_a_problem(http: TestClient, conversation: str, wish: dict[str, Any]) -> None:
    url = f"/collect/conversations/{conversation}/promises"
    answer = http.post(url, json=WISH | wish, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_promise_needs_a_key_and_a_refusal_says_why(http: TestClient, conversation: str) -> None:
    url = f"/collect/conversations/{conversation}/promises"
    assert http.post(url, json=WISH).status_code == 422
    refused = http.post(url, json=WISH | {"due_on": "2027-03-01"}, headers={"Idempotency-Key": "k"})
    assert (refused.status_code, refused.json()["code"]) == (422, "date_too_far")
    assert "12月23日" in refused.json()["detail"]


def test_a_pause_over_http_is_one_pause(http: TestClient, conversation: str) -> None:
    url = f"/collect/conversations/{conversation}/pauses"
    first = http.post(url, json={"reason": "dispute", "note": "金额不对"}, headers={"Idempotency-Key": "c:m:pause"})
    again = http.post(url, json={"reason": "dispute", "note": "还是不对"}, headers={"Idempotency-Key": "c:n:pause"})
    assert first.status_code == 200
    assert first.json() == again.json()
    assert http.post(url, json={"reason": "bankruptcy"}).status_code == 422


@pytest.mark.parametrize("what", ["promises", "pauses"])
def test_strangers_and_other_callers_get_nowhere(http: TestClient, conversation: str, what: str) -> None:
    body = WISH if what == "promises" else {"reason": "dispute"}
    key = {"Idempotency-Key": "k"}
    stranger = http.post(f"/collect/conversations/unknown/{what}", json=body, headers=key)
    assert (stranger.status_code, stranger.json()["code"]) == (401, "identity_required")
    forged = http.post(
        f"/collect/conversations/{conversation}/{what}", json=body, headers=key | {"Authorization": "Bearer wrong"}
    )
    assert (forged.status_code, forged.json()["code"]) == (401, "service_token_invalid")


def test_parts_over_http_are_resolved_and_told_back(http: TestClient, conversation: str) -> None:
    url = f"/collect/conversations/{conversation}/promises"
    parts = [{"amount_fen": 20_000, "due_on": "2026-11-25", "condition": "发工资"}, {"due_on": "2026-11-30"}]
    made = http.post(url, json={"parts": parts, "text": "先还两百"}, headers={"Idempotency-Key": "k"})
    assert made.status_code == 200, made.text
    told = made.json()["parts"]
    assert [(one["amount_fen"] > 0, one["due_on"], one["condition"]) for one in told] == [
        (True, "2026-11-25", "发工资"), (True, "2026-11-30", "")
    ]  # fmt: skip
    assert (made.json()["amount_fen"], made.json()["due_on"]) == (sum(o["amount_fen"] for o in told), "2026-11-30")
    again = http.post(url, json={"parts": parts, "text": "先还两百"}, headers={"Idempotency-Key": "k"})
    assert again.json() == made.json()


@pytest.mark.parametrize(
    "wish",
    [
        {}, {"amount_fen": 100}, {"due_on": "2026-11-25"}, {"parts": []}, {"parts": [{"amount_fen": 100}]},
        {"parts": [{"due_on": "月底"}]}, WISH | {"parts": [{"amount_fen": 100, "due_on": "2026-11-25"}]},
    ],
)  # fmt: skip
def test_a_promise_is_either_a_sum_and_a_day_or_parts(
    http: TestClient, conversation: str, wish: dict[str, Any]
) -> None:
    url = f"/collect/conversations/{conversation}/promises"
    answer = http.post(url, json=wish, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
