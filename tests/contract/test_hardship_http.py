"""The shapes of what the bot's actions ask for a borrower in difficulty, and that nobody gets at what is not his."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from service.api import hardship
from service.db.engine import Database
from service.usecases.chat.bell import Bell
from service.usecases.ports import FrozenClock
from tests.domain.loan.hardship_cases import hardship_policy
from tests.service.paying import BORROWER, lend
from tests.service.routes import asking

LOAN = f"loan-{BORROWER}"
SHAPE = {
    "proposal_id", "loan_id", "kind", "state", "terms", "parts", "reasons", "reason", "advice", "outcome",
    "decided_by", "begins_on", "until_on", "ended_on", "policy_version", "created_at", "answer_by", "decided_at",
    "reference",
}  # fmt: skip


@pytest.fixture
def client(database: Database, clock: FrozenClock) -> Iterator[TestClient]:
    with asking(hardship.router, database=database, clock=clock, hardship=hardship_policy(), bell=Bell()) as found:
        yield found


def propose(client: TestClient, conversation: str, *, key: str = "k", **body: Any) -> Response:
    path = f"/loan/conversations/{conversation}/hardship-proposals"
    return client.post(path, json={"loan_id": LOAN, **body}, headers={"Idempotency-Key": key})


def test_a_plan_within_the_rules_is_answered_with_its_parts(client: TestClient, conversation: str) -> None:
    answer = propose(client, conversation, kind="plan", periods=6, first_on="2026-12-10", note="最近失业了")
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert set(made) == SHAPE
    assert (made["state"], made["decided_by"], made["until_on"]) == ("active", "rules", "2027-05-10")
    assert made["terms"] == {"periods": 6, "first_on": "2026-12-10"}
    assert [part["due_on"] for part in made["parts"]][:2] == ["2026-12-10", "2027-01-10"]
    again = propose(client, conversation, kind="plan", periods=6, first_on="2026-12-10", note="最近失业了")
    assert again.json() == made
    listed = client.get(f"/loan/conversations/{conversation}/hardship-proposals").json()
    assert listed["proposals"] == [made]
    assert listed["bounds"] == {
        "months_at_most": 12, "periods_at_most": 60, "part_at_least_fen": 5000, "first_on_latest": "2027-01-07",
    }  # fmt: skip
    assert made["reference"] == f"H261123-{made['proposal_id'][-6:].upper()}"
    assert made["answer_by"] is None


def test_terms_of_other_kinds_say_nothing(client: TestClient, conversation: str) -> None:
    first = propose(client, conversation, kind="stop", days=7, months=3)
    assert first.json()["terms"] == {"days": 7}
    assert propose(client, conversation, kind="stop", days=7).json() == first.json()


def test_one_that_waits_says_why_and_can_be_taken_back(client: TestClient, conversation: str) -> None:
    made = propose(client, conversation, kind="defer", months=3).json()
    assert (made["state"], made["decided_by"], made["parts"]) == ("proposed", "", [])
    assert made["reasons"] == [{"code": "beyond_rule", "text": "超过 1 个月的申请由人工决定。"}]
    assert made["answer_by"] == "2026-11-28"
    second = propose(client, conversation, kind="defer", months=1, key="second")
    assert (second.status_code, second.json()["code"]) == (422, "proposal_open")
    path = f"/loan/conversations/{conversation}/hardship-proposals/{made['proposal_id']}/withdrawal"
    for _ in range(2):
        assert client.post(path).json()["state"] == "withdrawn"
    missing = client.post(path.replace(made["proposal_id"], "hardship-x"))
    assert (missing.status_code, missing.json()["code"]) == (404, "proposal_unknown")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "plan", "periods": 61, "first_on": "2026-12-10"}, "periods_out_of_range"),
        ({"kind": "plan", "periods": 6}, "first_part_out_of_range"),
        ({"kind": "plan", "periods": 60, "first_on": "2027-12-10"}, "first_part_out_of_range"),
        ({"kind": "defer", "months": -1}, "months_out_of_range"),
        ({"kind": "defer", "months": 10**12}, "months_out_of_range"),
        ({"kind": "reduce", "penalty_fen": 10**12}, "reduction_too_large"),
        ({"kind": "stop"}, "stop_days_out_of_range"),
        ({"kind": "forgive"}, "invalid_request"),
        ({"kind": "defer", "months": "1"}, "invalid_request"),
        ({"kind": "defer", "months": 10**13}, "invalid_request"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(
    client: TestClient, conversation: str, body: dict[str, Any], code: str
) -> None:
    answer = propose(client, conversation, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_key_is_needed_and_is_for_one_wish(client: TestClient, conversation: str) -> None:
    path = f"/loan/conversations/{conversation}/hardship-proposals"
    assert client.post(path, json={"loan_id": LOAN, "kind": "stop", "days": 7}).status_code == 422
    propose(client, conversation, kind="stop", days=7)
    other = propose(client, conversation, kind="stop", days=8)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_nobody_asks_for_another_or_without_the_token(
    client: TestClient, conversation: str, database: Database, clock: FrozenClock
) -> None:
    other = lend(database, clock=clock, borrower_id="another")
    assert propose(client, other, kind="stop", days=7).json()["code"] == "loan_unknown"
    made = propose(client, conversation, kind="defer", months=3).json()
    path = f"/loan/conversations/{other}/hardship-proposals"
    assert client.post(f"{path}/{made['proposal_id']}/withdrawal").json()["code"] == "proposal_unknown"
    assert client.get(path).json()["proposals"] == []
    assert propose(client, "nobody", kind="stop", days=7).status_code == 401
    assert client.get(path, headers={"Authorization": "Bearer x"}).status_code == 401
