"""The shapes that the bot's actions rely on, and what strangers get."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.api import errors, loan
from service.db.engine import Database
from service.domain.errors import KeyReused, Unavailable
from service.usecases.chat.conversation import open_conversation
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import BORROWER, CASH, FRIDGE, PRODUCTS, borrow, pay_on

TOKEN = "a-service-token"
OURS = {"Authorization": f"Bearer {TOKEN}"}
LEVEL = 53_985
PENALTY = 145


@pytest.fixture
def conversation(sqlite_database: Database, clock: FrozenClock) -> str:
    """A verified conversation of a borrower with one loan five days overdue and one that is current."""
    with sqlite_database.transaction() as conn:
        borrow(conn)
        for month in (8, 9, 10):
            pay_on(conn, date(2026, month, 18), LEVEL)
        borrow(conn, loan_id=CASH, product_code="cash", principal_fen=1_000_000, on=date(2026, 10, 28))
        now = clock.now()
        opened = open_conversation(
            conn,
            channel="inapp",
            channel_user_id=BORROWER,
            borrower_id=BORROWER,
            verified_until=now + timedelta(minutes=30),
            now=now,
        )
        return opened.id


@pytest.fixture
def client(sqlite_database: Database, clock: FrozenClock) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.services = SimpleNamespace(
        database=sqlite_database, clock=clock, products=PRODUCTS, settings=SimpleNamespace(service_token=TOKEN)
    )
    app.include_router(loan.router)
    errors.install(app)

    @app.get("/breaks/{how}")
    def breaks(how: str) -> None:
        raise {"down": Unavailable(), "reused": KeyReused(), "bug": ZeroDivisionError("secret")}[how]

    with TestClient(app, headers=OURS, raise_server_exceptions=False) as found:
        yield found


def get(client: TestClient, conversation: str, what: str, **params: Any) -> Any:
    answer = client.get(f"/loan/conversations/{conversation}/{what}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_limit(client: TestClient, conversation: str) -> None:
    found = get(client, conversation, "limit")
    assert set(found) == {"lines", "limit_fen", "used_fen", "available_fen"}
    assert found["lines"][0] == {
        "product_name": "家电分期",
        "brand": "云朵电器",
        "scene": "家电",
        "limit_fen": 2_000_000,
        "used_fen": 457_954,
        "available_fen": 2_000_000 - 457_954,
        "status": "active",
        "status_reason": "",
    }
    assert found["used_fen"] == 457_954 + 1_000_000


def test_the_bill(client: TestClient, conversation: str) -> None:
    found = get(client, conversation, "bill")
    coming = found["items"][1]["unpaid_fen"]
    assert found["items"][0] == {
        "loan_id": FRIDGE,
        "title": "分期·l-fridge",
        "no": 4,
        "periods": 12,
        "due_on": "2026-11-18",
        "days_past_due": 5,
        "fee_fen": 0,
        "penalty_fen": PENALTY,
        "interest_fen": 5_495,
        "principal_fen": 48_490,
        "unpaid_fen": LEVEL + PENALTY,
    }
    del found["items"]
    assert found == {
        "bill_fen": LEVEL + PENALTY + coming,
        "minimum_fen": LEVEL + PENALTY,
        "overdue_fen": LEVEL + PENALTY,
        "penalty_fen": PENALTY,
        "suspense_fen": 0,
        "days_past_due": 5,
        "due_on": "2026-11-18",
        "next_due_on": "2026-11-28",
        "next_due_fen": coming,
    }


def test_the_schedule(client: TestClient, conversation: str) -> None:
    cash, fridge = get(client, conversation, "schedule")["loans"]
    assert cash["loan_id"] == CASH
    assert fridge["instalments"][3] == {
        "no": 4,
        "due_on": "2026-11-18",
        "principal_fen": 48_490,
        "interest_fen": 5_495,
        "fee_fen": 0,
        "penalty_fen": PENALTY,
        "total_fen": LEVEL + PENALTY,
        "unpaid_fen": LEVEL + PENALTY,
        "state": "overdue",
    }
    del fridge["instalments"]
    assert fridge == {
        "loan_id": FRIDGE,
        "title": "分期·l-fridge",
        "product_name": "家电分期",
        "brand": "云朵电器",
        "principal_fen": 600_000,
        "outstanding_principal_fen": 457_954,
        "annual_rate": "0.144",
        "periods": 12,
        "status": "active",
    }


def test_the_payments(client: TestClient, conversation: str) -> None:
    found = get(client, conversation, "payments", limit=2)["payments"]
    assert [one["amount_fen"] for one in found] == [LEVEL, LEVEL]
    assert found[0] == {
        "payment_id": f"p-2026-10-18-{LEVEL}",
        "paid_at": "2026-10-18T04:00:00Z",
        "amount_fen": LEVEL,
        "principal_fen": 47_915,
        "interest_fen": 6_070,
        "penalty_fen": 0,
        "fee_fen": 0,
        "to_suspense_fen": 0,
    }


def test_the_payoff(client: TestClient, conversation: str) -> None:
    everything = get(client, conversation, "payoff")
    assert set(everything) == {"total_fen", "suspense_fen", "valid_until", "items"}
    assert everything["valid_until"] == "2026-11-23T23:59:59+08:00"
    assert everything["total_fen"] == sum(one["total_fen"] for one in everything["items"])
    one = get(client, conversation, "payoff", loan_id=FRIDGE)["items"]
    assert set(one[0]) == {
        "loan_id", "title", "principal_fen", "interest_fen", "penalty_fen", "fee_fen", "early_fee_fen", "total_fen",
        "interest_saved_fen",
    }  # fmt: skip


def test_the_payment_plan(client: TestClient, conversation: str) -> None:
    assert get(client, conversation, "payment-plan", kind="minimum") == {
        "kind": "minimum",
        "amount_fen": LEVEL + PENALTY,
        "to_suspense_fen": 0,
        "shares": [{"loan_id": FRIDGE, "title": "分期·l-fridge", "amount_fen": LEVEL + PENALTY}],
        "after": {"overdue_fen": 0},
    }
    partly = get(client, conversation, "payment-plan", kind="amount", amount_fen=10_000)
    assert partly["after"] == {"overdue_fen": LEVEL + PENALTY - 10_000}


def test_a_refusal_is_a_problem_with_a_code_and_a_chinese_sentence(client: TestClient, conversation: str) -> None:
    path = f"/loan/conversations/{conversation}/payment-plan"
    answer = client.get(path, params={"kind": "amount", "amount_fen": 0})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "code": "amount_not_positive",
        "detail": "还款金额要大于 0 元，请重新告诉我金额。",
    }


@pytest.mark.parametrize("params", [{}, {"kind": "half"}, {"kind": "amount", "amount_fen": "一百"}])
def test_nonsense_is_a_problem_that_names_the_field(
    client: TestClient, conversation: str, params: dict[str, str]
) -> None:
    answer = client.get(f"/loan/conversations/{conversation}/payment-plan", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"][0]["field"] in {"kind", "amount_fen"}
    assert "一百" not in answer.text


PAGES = ("limit", "bill", "schedule", "payments", "payoff", "payment-plan?kind=bill")


@pytest.mark.parametrize("page", PAGES)
def test_without_a_proved_identity_every_conversation_gets_the_same_words(
    client: TestClient, conversation: str, clock: FrozenClock, page: str
) -> None:
    clock.instant += timedelta(minutes=31)
    expired = client.get(f"/loan/conversations/{conversation}/{page}")
    unknown = client.get(f"/loan/conversations/nobody/{page}")
    assert expired.status_code == unknown.status_code == 401
    assert expired.json() == unknown.json()
    assert expired.json()["code"] == "identity_required"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
@pytest.mark.parametrize("page", PAGES)
def test_without_the_service_token_nothing_is_said(
    client: TestClient, conversation: str, page: str, header: str
) -> None:
    answer = client.get(f"/loan/conversations/{conversation}/{page}", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "service_token_invalid")


def test_an_unset_service_token_opens_nothing(client: TestClient, conversation: str) -> None:
    client.app.state.services.settings.service_token = ""  # type: ignore[attr-defined]
    answer = client.get(f"/loan/conversations/{conversation}/bill", headers={"Authorization": "Bearer "})
    assert answer.status_code == 401


@pytest.mark.parametrize(("how", "status", "code"), [
    ("down", 503, "unavailable"), ("reused", 422, "idempotency_key_reused"), ("bug", 500, "internal"),
])  # fmt: skip
def test_what_goes_wrong_is_a_problem_that_gives_nothing_away(
    client: TestClient, how: str, status: int, code: str
) -> None:
    answer = client.get(f"/breaks/{how}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"].endswith("。")
    assert "secret" not in answer.text
    assert client.get("/no/such/page").json()["code"] == "not_found"
