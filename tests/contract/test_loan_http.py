"""The shapes that the bot's actions rely on, and what strangers get."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from actions import read_back, replies
from actions.service_client import Refused, Service, forget_client
from service.api import loan, payments, quotes
from service.db.engine import Database
from service.domain.errors import KeyReused, Unavailable
from service.usecases.chat.conversation import open_conversation
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import BORROWER, CASH, FRIDGE, PRODUCTS, borrow, pay_on
from tests.service.paying import Unheard
from tests.service.routes import OURS, TOKEN, app_of
from tests.service.serving import serving

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
    routers = (loan.router, quotes.router, payments.router)
    app = app_of(*routers, database=sqlite_database, clock=clock, products=PRODUCTS, after_payment=())

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
    assert set(found) == {"lines", "limit_fen", "used_fen", "available_fen", "overdue_fen"}
    assert found["lines"][0] == {
        "line_id": f"line:{BORROWER}:appliance",
        "temporary_fen": 0,
        "temporary_until": None,
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
    assert found["overdue_fen"] == get(client, conversation, "bill")["overdue_fen"] > 0


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
        "refund_claim_fen": 0,
        "days_past_due": 5,
        "due_on": "2026-11-18",
        "next_due_on": "2026-11-28",
        "next_due_fen": coming,
        "statements": [],
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
    instalments = fridge.pop("instalments")
    assert fridge == {
        "loan_id": FRIDGE,
        "title": "分期·l-fridge",
        "product_name": "家电分期",
        "brand": "云朵电器",
        "principal_fen": 600_000,
        "outstanding_principal_fen": 457_954,
        "owed_fen": sum(one["unpaid_fen"] for one in instalments),
        "annual_rate": "0.144",
        # 4094.64 × 14.4 % / 360 (what was due on the 18th bears none of it); 484.90 × 21.6 % / 360
        "a_day": {
            "bearing_fen": 409_464,
            "interest_fen": 164,
            "late_fen": 48_490,
            "late_rate": "0.2160",
            "penalty_fen": 29,
            "from_tomorrow_fen": 0,
        },
        "periods": 12,
        "principal_grace_periods": 0,
        "interest_by_day": False,
        "by_statements": False,
        "status": "active",
        "plan_parts": [],
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
        "refund_claim_fen": 0,
    }


def test_the_payoff(client: TestClient, conversation: str) -> None:
    everything = get(client, conversation, "payoff")
    assert set(everything) == {"total_fen", "suspense_fen", "refund_claim_fen", "valid_until", "items"}
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
        "refund_claim_fen": 0,
        "shares": [{"loan_id": FRIDGE, "title": "分期·l-fridge", "amount_fen": LEVEL + PENALTY}],
        "paid": {"fee_fen": 0, "penalty_fen": PENALTY, "interest_fen": 5_495, "principal_fen": LEVEL - 5_495},
        "after": {"overdue_fen": 0},
    }
    partly = get(client, conversation, "payment-plan", kind="amount", amount_fen=10_000)
    assert partly["after"] == {"overdue_fen": LEVEL + PENALTY - 10_000}
    assert sum(partly["paid"].values()) == 10_000
    meant = get(client, conversation, "payment-plan", kind="amount", amount_fen=10_000, loan_id=FRIDGE)
    assert [share["loan_id"] for share in meant["shares"]] == [FRIDGE]


def test_a_quote_is_the_plan_under_a_number_with_the_items_it_was_told_with(
    client: TestClient, conversation: str
) -> None:
    made = client.post(f"/loan/conversations/{conversation}/quotes", json={"kind": "minimum"})
    assert made.status_code == 201
    found = made.json()
    plan = get(client, conversation, "payment-plan", kind="minimum")
    bill = get(client, conversation, "bill")
    del plan["paid"]
    assert {name: found[name] for name in plan} == plan
    assert (found["bill_fen"], found["items"]) == (bill["bill_fen"], bill["items"])
    assert found.keys() - plan.keys() == {
        "quote_id", "hash", "loan_id", "asked_fen", "business_date", "valid_until", "created_at", "suspense_fen",
        "bill_fen", "items",
    }  # fmt: skip
    assert re.fullmatch(r"Q20261123-[0-9A-F]{16}", found["quote_id"])
    assert found["valid_until"] == "2026-11-23T23:59:59.999999+08:00"
    assert get(client, conversation, f"quotes/{found['quote_id']}") == found


def test_the_quote_of_a_payoff_has_the_prices_of_the_payoff(client: TestClient, conversation: str) -> None:
    for loan_id in (None, FRIDGE):
        wish = {"kind": "payoff"} | ({"loan_id": loan_id} if loan_id else {})
        found = client.post(f"/loan/conversations/{conversation}/quotes", json=wish).json()
        asked = {"loan_id": loan_id} if loan_id else {}
        price = get(client, conversation, "payoff", **asked)
        assert (found["amount_fen"], found["items"]) == (price["total_fen"], price["items"])
        assert (found["kind"], found["loan_id"]) == ("payoff" if loan_id else "all", loan_id)


def test_the_actions_own_client_quotes_pays_and_is_refused_by_the_real_service(
    client: TestClient,
    conversation: str,
    sqlite_database: Database,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Client and routes of two processes, over HTTP: whatever one of them renames, this fails."""
    client.app.state.services.gateway = Unheard()  # type: ignore[attr-defined]
    with serving(client.app) as url:
        monkeypatch.setenv("XIAOQING_SERVICE_URL", url)
        monkeypatch.setenv("XIAOQING_SERVICE_TOKEN", TOKEN)
        forget_client()
        try:
            service = Service(conversation_id=conversation, message_id="m1")
            made = asyncio.run(service.make_quote(kind="amount", amount_fen=10_000))
            assert asyncio.run(service.quote_of(made["quote_id"])) == made
            said = read_back.plan(made, today=date(2026, 11, 23))
            assert (said.response, said.variables["still_overdue"]) == ("utter_repay_confirm_still_overdue", "441.30")
            whole = asyncio.run(service.make_quote(kind="all"))
            assert replies.payoff(whole).buttons[0]["payload"] == f'/repay_now{{"quote_id": "{whole["quote_id"]}"}}'
            with sqlite_database.transaction() as conn:
                pay_on(conn, date(2026, 11, 23), 100)
            for quote_id, code in ((whole["quote_id"], "quote_changed"), ("Q20261123-0", "quote_unknown")):
                with pytest.raises(Refused) as refusal:
                    asyncio.run(service.pay(quote_id=quote_id))
                assert refusal.value.code == code
            made = asyncio.run(service.make_quote(kind="amount", amount_fen=10_000))
            order = asyncio.run(service.pay(quote_id=made["quote_id"]))
            assert (order["state"], order["amount_fen"]) == ("pending", 10_000)
            assert asyncio.run(service.order(order["order_id"])) == order
        finally:
            forget_client()


def test_a_refusal_is_a_problem_with_a_code_and_a_chinese_sentence(client: TestClient, conversation: str) -> None:
    path = f"/loan/conversations/{conversation}/payment-plan"
    answer = client.get(path, params={"kind": "amount", "amount_fen": 0})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/amount-not-positive",
        "title": "Amount not positive",
        "title_zh": "金额要大于 0 元",
        "status": 422,
        "code": "amount_not_positive",
        "detail": "还款金额要大于 0 元，请重新告诉我金额。",
        "detail_en": "The amount must be more than 0 yuan. Name another one.",
    }


@pytest.mark.parametrize("params", [{}, {"kind": "half"}, {"kind": "amount", "amount_fen": "一百"}])
def test_nonsense_is_a_problem_that_names_the_field(
    client: TestClient, conversation: str, params: dict[str, str]
) -> None:
    answer = client.get(f"/loan/conversations/{conversation}/payment-plan", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    wrong = answer.json()["errors"][0]
    assert wrong["field"] in {"kind", "amount_fen"}
    assert wrong["message"].isascii()
    assert wrong["message_zh"].endswith("。")
    assert "一百" not in answer.text


PAGES = ("limit", "bill", "schedule", "payments", "payoff", "payment-plan?kind=bill", "quotes/Q20261123-0")


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
