"""The shape of a filed dispute or complaint, and that nobody files for another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from service.api import matters
from service.db.engine import Database
from service.db.tables.collect import pause
from service.db.tables.desk import handover
from service.db.tables.matter import matter
from service.domain.desk.matter import answer_days
from service.usecases.ports import FrozenClock
from service.wiring import read_policy
from tests.service.paying import BORROWER, lend
from tests.service.routes import asking

LOAN = f"loan-{BORROWER}"
BODY = {"kind": "dispute", "about": "家电分期", "words": "不是我借的", "loan_id": LOAN}


@pytest.fixture
def client(database: Database, clock: FrozenClock) -> Iterator[TestClient]:
    with asking(matters.router, database=database, clock=clock, answer_days=answer_days(read_policy("desk"))) as found:
        yield found


def post(client: TestClient, conversation: str, *, key: str = "k", **body: Any) -> Response:
    path = f"/desk/conversations/{conversation}/matters"
    return client.post(path, json=BODY | body, headers={"Idempotency-Key": key})


def count(database: Database) -> tuple[int, int, int]:
    with database.reading() as conn:
        return tuple(len(conn.execute(select(table)).all()) for table in (matter, pause, handover))  # type: ignore[return-value]


def test_it_is_filed_once_with_its_stop_and_a_person(client: TestClient, conversation: str, database: Database) -> None:
    answer = post(client, conversation)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made == {
        **BODY,
        "matter_id": made["matter_id"],
        "reference": f"D261123-{made['matter_id'][-6:].upper()}",
        "answer_by": "2026-12-08",
        "created_at": "2026-11-23T02:00:00Z",
    }
    assert post(client, conversation).json() == made
    assert count(database) == (1, 1, 1)


def test_a_second_one_is_another_and_the_stop_is_the_same(
    client: TestClient, conversation: str, database: Database
) -> None:
    post(client, conversation)
    post(client, conversation, key="second", words="利息也不对")
    assert count(database) == (2, 1, 1)
    with database.reading() as conn:
        assert str(conn.scalar(select(handover.c.brief))).startswith("异议 D261123-")


@pytest.mark.parametrize(
    ("body", "code"),
    [({"kind": "praise"}, "invalid_request"), ({"words": ""}, "invalid_request"), ({"loan_id": "x"}, "loan_unknown")],
)
def test_what_cannot_be_filed_changes_nothing(
    client: TestClient, conversation: str, database: Database, body: dict[str, Any], code: str
) -> None:
    assert post(client, conversation, **body).json()["code"] == code
    assert count(database) == (0, 0, 0)


def test_a_key_is_for_one_matter_and_a_loan_for_its_borrower(
    client: TestClient, conversation: str, database: Database, clock: FrozenClock
) -> None:
    other = lend(database, clock=clock, borrower_id="another")
    assert post(client, other).json()["code"] == "loan_unknown"
    post(client, conversation)
    assert post(client, conversation, words="别的").json()["code"] == "idempotency_key_reused"
    assert post(client, "nobody").status_code == 401
    path = f"/desk/conversations/{conversation}/matters"
    assert client.post(path, json=BODY, headers={"Authorization": "Bearer x"}).status_code in {401, 422}


def test_days_to_answer_are_decided_for_each_kind() -> None:
    with pytest.raises(KeyError):
        answer_days({"answer_within_days": {"dispute": 15}})
    with pytest.raises(ValueError, match="at least"):
        answer_days({"answer_within_days": {"dispute": 0, "complaint": 15}})
