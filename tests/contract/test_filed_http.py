"""How it stands that something was filed: whose it is, what it looks like, and that it is answered once and told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from service.api import credit_line, hardship, matters
from service.db.engine import Database
from service.db.tables.chat import turn
from service.db.tables.collect import pause
from service.domain.collect.policy import parse_policy
from service.domain.desk.agent_token import TokenRole
from service.domain.desk.matter import answer_days
from service.domain.loan.limit_rules import parse_limit_rules
from service.usecases.chat.bell import Bell
from service.usecases.desk.ensure_agent import ensure_agent
from service.usecases.ports import FrozenClock
from service.wiring import read_collection, read_policy
from tests.contract.operating import NAME, OTHER, token_for
from tests.domain.loan.hardship_cases import hardship_policy
from tests.service.paying import BORROWER, lend, log_in
from tests.service.routes import TOKEN, asking

SHAPE = {
    "reference", "kind", "title", "about", "filed_on", "state", "late", "answer_by", "decided_on", "outcome",
    "reviewable", "text",
}  # fmt: skip
FOUND = {"outcome": "upheld", "answer": "多收的 12 元利息已经退回预存款"}


@pytest.fixture
def client(database: Database, clock: FrozenClock) -> Iterator[TestClient]:
    with asking(
        matters.router,
        hardship.router,
        credit_line.router,
        database=database,
        clock=clock,
        answer_days=answer_days(read_policy("desk")),
        hardship=hardship_policy(),
        limit_rules=parse_limit_rules(read_policy("limit_rules")),
        policy=parse_policy(**read_collection()),
        bell=Bell(),
    ) as found:
        yield found


@pytest.fixture
def operator(database: Database, clock: FrozenClock) -> str:
    for name in (NAME, OTHER):
        with database.transaction() as conn:
            ensure_agent(conn, agent_id=name, name=name, password="not-needed-here", now=clock.now())
    return token_for(database, NAME, TokenRole.OPERATOR, clock=clock)


def filed(client: TestClient, conversation: str) -> list[dict[str, Any]]:
    answer = client.get(f"/desk/conversations/{conversation}/filed")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["filed"])


def file(client: TestClient, conversation: str, *, kind: str = "dispute") -> dict[str, Any]:
    body = {"kind": kind, "about": "家电分期", "words": "利息多收了"}
    path = f"/desk/conversations/{conversation}/matters"
    return dict(client.post(path, json=body, headers={"Idempotency-Key": f"file-{kind}"}).json())


def answer(client: TestClient, matter_id: str, token: str, **wish: Any) -> Response:
    path, head = f"/desk/matters/{matter_id}/answer", {"Authorization": f"Bearer {token}"}
    return client.post(path, json={**FOUND, **wish}, headers=head)


def told(database: Database) -> list[str]:
    with database.reading() as conn:
        return list(conn.scalars(select(turn.c.text).where(turn.c.sender == "system").order_by(turn.c.id)))


def test_nothing_filed_is_an_empty_list_and_nobody_sees_anothers(
    client: TestClient, conversation: str, database: Database, clock: FrozenClock
) -> None:
    assert filed(client, conversation) == []
    file(client, conversation)
    assert filed(client, lend(database, clock=clock, borrower_id="another")) == []
    assert client.get("/desk/conversations/nobody/filed").json()["code"] == "identity_required"
    theirs = client.get(f"/desk/conversations/{conversation}/filed", headers={"Authorization": "Bearer x"})
    assert theirs.status_code == 401


def test_everything_that_was_filed_is_there_with_its_number_and_its_days(
    client: TestClient, conversation: str, clock: FrozenClock
) -> None:
    made = file(client, conversation)
    wish = {"loan_id": f"loan-{BORROWER}", "kind": "defer", "months": 12, "note": "住院了"}
    path = f"/loan/conversations/{conversation}/hardship-proposals"
    proposed = client.post(path, json=wish, headers={"Idempotency-Key": "propose"}).json()
    found = {one["kind"]: one for one in filed(client, conversation)}
    assert all(set(one) == SHAPE for one in found.values())
    assert {kind: (one["reference"], one["answer_by"], one["state"]) for kind, one in found.items()} == {
        "dispute": (made["reference"], "2026-12-08", "waiting"),
        "hardship": (proposed["reference"], proposed["answer_by"], "waiting"),
    }


def test_a_person_answers_once_and_the_borrower_is_told_once(
    client: TestClient, conversation: str, operator: str, database: Database, clock: FrozenClock
) -> None:
    made = file(client, conversation)
    first = answer(client, made["matter_id"], operator)
    assert first.status_code == 200, first.text
    assert first.json()["answered_by"] == NAME
    assert answer(client, made["matter_id"], operator).json() == first.json()
    assert answer(client, made["matter_id"], operator, outcome="rejected").json()["code"] == "already_decided"
    other = token_for(database, OTHER, TokenRole.OPERATOR, clock=clock)
    assert answer(client, made["matter_id"], other).json()["code"] == "already_decided"
    (said,) = told(database)
    assert made["reference"] in said
    assert "情况属实。多收的 12 元利息已经退回预存款。" in said
    (one,) = filed(client, conversation)
    assert (one["state"], one["outcome"], one["decided_on"]) == ("decided", "upheld", "2026-11-23")
    assert NAME not in one["text"]


def test_an_answer_does_not_let_outreach_begin_again(
    client: TestClient, conversation: str, operator: str, database: Database
) -> None:
    answer(client, file(client, conversation)["matter_id"], operator)
    with database.reading() as conn:
        assert list(conn.scalars(select(pause.c.ended_at).where(pause.c.reason == "dispute"))) == [None]


def test_an_answer_passes_the_check_of_words_and_needs_an_operator(
    client: TestClient, conversation: str, operator: str, database: Database, clock: FrozenClock
) -> None:
    matter_id = file(client, conversation)["matter_id"]
    assert answer(client, matter_id, operator, answer="再不还钱就让公安抓你").json()["code"] == "wording"
    assert answer(client, matter_id, operator, answer="  ").json()["code"] == "empty_message"
    assert answer(client, "matter-x", operator).json()["code"] == "matter_unknown"
    viewer = token_for(database, NAME, TokenRole.VIEWER, clock=clock)
    assert answer(client, matter_id, viewer).json()["code"] == "role_not_allowed"
    assert answer(client, matter_id, TOKEN).status_code == 401
    assert told(database) == []


def test_what_was_not_answered_by_its_day_is_late(
    client: TestClient, conversation: str, database: Database, clock: FrozenClock
) -> None:
    file(client, conversation)
    clock.instant += timedelta(days=15)
    assert not filed_again(client, database, clock)[0]["late"]
    clock.instant += timedelta(days=1)
    (one,) = filed_again(client, database, clock)
    assert one["late"]
    assert "已经超过了时间" in one["text"]


def filed_again(client: TestClient, database: Database, clock: FrozenClock) -> list[dict[str, Any]]:
    """After logging in anew: weeks have gone by."""
    return filed(client, log_in(database, BORROWER, now=clock.now()))
