"""Statements over HTTP: who gets which, by a link for five minutes, and who gets nothing."""

# ruff: noqa: F811
from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.db.engine import Database
from service.domain.loan.statement import (
    StatementKind,
    code_of,
    verify,
)
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import FRIDGE
from tests.service.stating import (
    OTHER,
    OTHERS_LOAN,
    SERVICE_TOKEN,
    SMALL,
    STATEMENT_KEY,
    application,
    conversation,
    stated,
    text_of,
    token,
)
from tests.service.test_statements import book  # noqa: F401  fixtures


@pytest.fixture
def http(book: Database, clock: FrozenClock) -> Iterator[TestClient]:
    with TestClient(application(book, clock), raise_server_exceptions=False) as client:
        yield client


def problem(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert any("\u4e00" <= one <= "\u9fff" for one in body["detail"]), "it says in Chinese what to do"
    return answer.status_code, body["code"]


def test_the_service_token_and_a_verified_borrower_get_a_pdf(
    http: TestClient, book: Database, clock: FrozenClock
) -> None:
    ours = {"Authorization": f"Bearer {SERVICE_TOKEN}"}
    known, unknown = conversation(book, clock), conversation(book, clock, verified=False)
    path = f"/loan/conversations/{known}/statements"
    answer = http.get(f"{path}/bill.pdf", headers=ours)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-1.")
    assert answer.headers["cache-control"] == "no-store"
    assert "filename*=UTF-8''%E8%B4%A6%E5%8D%95-ZD20261123-" in answer.headers["content-disposition"]
    assert http.get(f"{path}/settlement.pdf", headers=ours, params={"loan_id": SMALL}).status_code == 200
    assert problem(http.get(f"{path}/settlement.pdf", headers=ours)) == (422, "not_settled")
    assert problem(http.get(f"{path}/bill.pdf", headers=ours, params={"loan_id": OTHERS_LOAN})) == (404, "loan_unknown")
    assert problem(http.get(f"{path}/secrets.pdf", headers=ours)) == (422, "invalid_request")
    assert problem(http.get(f"{path}/bill.pdf")) == (401, "service_token_invalid")
    strange = f"/loan/conversations/{unknown}/statements/bill.pdf"
    assert problem(http.get(strange, headers=ours)) == (401, "identity_required")


@pytest.mark.parametrize("kind", ["bill", "schedule"])
def test_the_borrower_gets_his_own_with_a_code_that_the_lender_finds_again(
    http: TestClient, book: Database, clock: FrozenClock, kind: StatementKind
) -> None:
    answer = http.get(f"/chat/statements/{kind}.pdf", headers=token(clock))
    assert answer.status_code == 200
    said, found = text_of(answer.content), stated(book, kind)
    code = code_of(found, key=STATEMENT_KEY)
    assert code.replace(" ", "") in said
    assert verify(found, code, key=STATEMENT_KEY)
    others = text_of(http.get(f"/chat/statements/{kind}.pdf", headers=token(clock, OTHER)).content)
    assert code.replace(" ", "") not in others


def test_strangers_and_visitors_get_nothing(http: TestClient, clock: FrozenClock) -> None:
    for path in ("/chat/statements/bill.pdf", "/chat/statements/schedule.pdf", "/chat/statements/settlement.pdf"):
        assert problem(http.get(path)) == (401, "token_invalid")
        assert problem(http.get(path, headers=token(clock, "visitor:someone"))) == (401, "identity_required")
        assert problem(http.get(path, headers=token(clock, "nobody-known"))) == (401, "token_invalid")
    assert problem(http.post("/chat/statements/bill/links")) == (401, "token_invalid")
    mine = http.get("/chat/statements/bill.pdf", headers=token(clock), params={"loan_id": OTHERS_LOAN})
    assert problem(mine) == (404, "loan_unknown")


def test_a_link_needs_no_token_and_is_for_one_document_for_five_minutes(http: TestClient, clock: FrozenClock) -> None:
    asked = http.post("/chat/statements/settlement/links", headers=token(clock), params={"loan_id": SMALL})
    assert asked.status_code == 201
    link = asked.json()
    assert link["expires_in"] == 300
    assert link["filename"].startswith("结清证明-JQ20261123-")
    assert http.get(link["url"]).headers["content-disposition"].startswith("attachment;")
    shown = http.get(f"{link['url']}&view=1")
    assert shown.headers["content-disposition"].startswith("inline;")
    assert SMALL in text_of(shown.content)
    assert SMALL in text_of(http.get(f"{link['url']}&loan_id={FRIDGE}").content), "the ticket says which loan"
    ticket = link["url"].partition("ticket=")[2]
    assert problem(http.get(f"/chat/statements/bill.pdf?ticket={ticket}")) == (401, "ticket_invalid")
    assert problem(http.get(f"/chat/statements/settlement.pdf?ticket={ticket[:-4]}AAAA")) == (401, "ticket_invalid")
    clock.instant += timedelta(minutes=5)
    assert problem(http.get(link["url"])) == (401, "ticket_expired")


def test_a_ticket_is_no_token_and_a_token_is_no_ticket(http: TestClient, clock: FrozenClock) -> None:
    ticket = http.post("/chat/statements/bill/links", headers=token(clock)).json()["url"].partition("ticket=")[2]
    as_token = {"Authorization": f"Bearer {ticket}"}
    assert problem(http.get("/chat/statements/bill.pdf", headers=as_token)) == (401, "token_invalid")
    bearer = token(clock)["Authorization"].removeprefix("Bearer ")
    assert problem(http.get(f"/chat/statements/bill.pdf?ticket={bearer}")) == (401, "ticket_invalid")


def test_a_link_outlives_no_session_and_refusals_are_told_before_it_is_made(
    http: TestClient, clock: FrozenClock
) -> None:
    short = http.post("/chat/statements/bill/links", headers=token(clock, minutes=2)).json()
    assert short["expires_in"] == 120
    assert problem(http.post("/chat/statements/settlement/links", headers=token(clock))) == (422, "not_settled")


def test_who_asks_too_often_is_asked_to_wait(http: TestClient, clock: FrozenClock) -> None:
    answers = [http.post("/chat/statements/bill/links", headers=token(clock)) for _ in range(31)]
    assert {one.status_code for one in answers[:30]} == {201}
    assert problem(answers[30]) == (429, "too_many_statements")
    assert http.get("/chat/statements/bill.pdf", headers=token(clock, OTHER)).status_code == 200


def test_unset_keys_open_nothing(book: Database, clock: FrozenClock) -> None:
    with TestClient(application(book, clock, statement_key="")) as http:
        assert problem(http.get("/chat/statements/bill.pdf", headers=token(clock))) == (503, "statement_key_unset")
    with TestClient(application(book, clock, app_signing_key="")) as http:
        assert problem(http.get("/chat/statements/bill.pdf", headers=token(clock))) == (401, "token_invalid")
        assert problem(http.get("/chat/statements/bill.pdf?ticket=e30.e30.")) == (401, "ticket_invalid")
