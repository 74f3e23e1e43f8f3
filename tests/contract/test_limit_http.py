"""The shapes of what the bot's actions ask about limits, and that nobody gets at what is not his."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from service.api import credit_line
from service.db.engine import Database
from service.usecases.chat.conversation import open_conversation
from service.usecases.ports import FrozenClock
from tests.domain.loan.limit_cases import RULES
from tests.service.loan.ledger import BORROWER, PRODUCTS, borrow, pay_on
from tests.service.routes import asking

LINE = f"line:{BORROWER}:cash"


@pytest.fixture
def client(database: Database, clock: FrozenClock) -> Iterator[TestClient]:
    with asking(credit_line.router, database=database, clock=clock, products=PRODUCTS, limit_rules=RULES) as found:
        yield found


@pytest.fixture
def conversation(database: Database, clock: FrozenClock) -> str:
    """A borrower with a cash line since January who has paid ten instalments in time."""
    with database.transaction() as conn:
        loan = borrow(conn, product_code="cash", principal_fen=1_200_000, on=date(2026, 1, 10))
        for one in loan.instalments[:10]:
            pay_on(conn, one.due_on, one.total_fen, payment_id=f"p-{one.no}")
        return opened(conn, BORROWER, clock)


def opened(conn: Any, borrower_id: str, clock: FrozenClock) -> str:
    until = clock.now() + timedelta(minutes=30)
    who = {"channel": "inapp", "channel_user_id": borrower_id, "borrower_id": borrower_id, "verified_until": until}
    return open_conversation(conn, now=clock.now(), **who).id


def apply(client: TestClient, conversation: str, *, key: str = "k", **body: Any) -> Response:
    path = f"/loan/conversations/{conversation}/limit-applications"
    return client.post(path, json={"line_id": LINE, **body}, headers={"Idempotency-Key": key})


def test_the_history_has_events_changes_and_words(client: TestClient, conversation: str) -> None:
    answer = client.get(f"/loan/conversations/{conversation}/limit-history", params={"since": "2026-10-01"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert set(found) == {"since", "today", "days_past_due", "text", "lines"}
    assert (found["since"], found["today"], found["days_past_due"]) == ("2026-10-01", "2026-11-23", 0)
    (line,) = found["lines"]
    assert set(line) == {"line_id", "product_name", "then", "now", "changes", "text", "events"}
    assert line["events"] == [
        {
            "no": 1, "kind": "opened", "amount_fen": 2_000_000, "from_on": None, "until_on": None,
            "reason_code": "opened", "reason": "额度开通", "by": "rules", "on": "2026-01-10",
        }
    ]  # fmt: skip
    assert set(line["now"]) == {
        "day", "limit_fen", "temporary_fen", "used_fen", "available_fen", "status", "reason",
    }  # fmt: skip
    assert line["then"]["day"] == "2026-10-01"
    (change,) = line["changes"]
    assert (change["kind"], change["count"]) == ("repaid", 2)
    assert "共归还本金" in found["text"]


def test_an_application_is_decided_with_its_reasons(client: TestClient, conversation: str) -> None:
    answer = apply(client, conversation, amount_fen=2_800_000)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert set(made) == {
        "application_id", "line_id", "asked_fen", "state", "amount_fen", "reasons", "rules_version", "decided_by",
        "reviewable", "created_at", "decided_at", "review_asked_at", "reference", "answer_by",
    }  # fmt: skip
    assert (made["state"], made["amount_fen"], made["decided_by"]) == ("approved", 2_800_000, "rules")
    assert set(made["reasons"][0]) == {"code", "text", "advice"}
    again = apply(client, conversation, amount_fen=2_800_000)
    assert (again.status_code, again.json()) == (200, made)
    found = client.get(f"/loan/conversations/{conversation}/limit-applications").json()
    assert found["applications"] == [made]
    assert set(found["offers"][0]) == {
        "line_id", "product_name", "limit_fen", "suggested_fen", "blocked_code", "blocked_detail",
    }  # fmt: skip
    assert found["offers"][0]["blocked_code"] == "application_too_soon"


def test_one_key_with_two_bodies_is_a_problem(client: TestClient, conversation: str) -> None:
    apply(client, conversation, amount_fen=2_800_000)
    answer = apply(client, conversation, amount_fen=2_900_000)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_without_a_key_nothing_is_applied_for(client: TestClient, conversation: str) -> None:
    answer = client.post(f"/loan/conversations/{conversation}/limit-applications", json={"line_id": LINE})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_person_is_asked_to_look_again(client: TestClient, conversation: str, clock: FrozenClock) -> None:
    clock.instant += timedelta(days=20)  # the eleventh instalment is overdue
    with client.app.state.services.database.transaction() as conn:  # type: ignore[attr-defined]
        opened(conn, BORROWER, clock)
    made = apply(client, conversation).json()
    assert (made["state"], made["reviewable"]) == ("refused", True)
    path = f"/loan/conversations/{conversation}/limit-applications/{made['application_id']}/review"
    first, second = client.post(path), client.post(path)
    assert (first.status_code, first.json()["state"], first.json()["decided_by"]) == (200, "referred", "")
    assert first.json() == second.json()
    assert client.post(path.replace(made["application_id"], "limit-none")).json()["code"] == "application_unknown"


def test_the_line_and_the_application_of_another_are_as_if_they_were_not(
    client: TestClient, conversation: str, database: Database, clock: FrozenClock
) -> None:
    made = apply(client, conversation, amount_fen=2_800_000).json()
    with database.transaction() as conn:
        borrow(conn, borrower_id="b-2", loan_id="l-2")
        other = opened(conn, "b-2", clock)
    assert apply(client, other, key="k2").json()["code"] == "line_unknown"
    path = f"/loan/conversations/{other}/limit-applications/{made['application_id']}/review"
    assert client.post(path).status_code == 404


PAGES = ("limit-history", "limit-applications")


@pytest.mark.parametrize("page", PAGES)
def test_strangers_and_callers_without_the_token_hear_nothing(
    client: TestClient, conversation: str, page: str, clock: FrozenClock
) -> None:
    path = f"/loan/conversations/{conversation}/{page}"
    assert client.get(path, headers={"Authorization": "Bearer x"}).json()["code"] == "service_token_invalid"
    clock.instant += timedelta(minutes=31)
    assert client.get(path).json()["code"] == "identity_required"
    assert apply(client, conversation).json()["code"] == "identity_required"


@pytest.mark.parametrize("body", [{"amount_fen": "一百"}, {"amount_fen": 10**13}, {"line_id": ""}, {"line_id": None}])
def test_nonsense_is_a_problem(client: TestClient, conversation: str, body: dict[str, Any]) -> None:
    assert apply(client, conversation, **body).json()["code"] == "invalid_request"
