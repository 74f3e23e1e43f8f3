"""Accounts to buy with, over HTTP: opened once for a line, bought with, and a purchase taken back."""

from __future__ import annotations

from service.api import hardship, operate
from tests.contract.operating import NAME, Desk, problem
from tests.service.loan.ledger import BORROWER, FRIDGE, book_of

OPEN = f"/borrowers/{BORROWER}/accounts"
ACCOUNT = {"product_code": "shopping", "statement_day": 5, "purpose": "购物账户"}


def opened(desk: Desk) -> str:
    answer = desk.ask(OPEN, key="open", **ACCOUNT)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["event_key"].removeprefix("account:"))


def test_an_account_is_opened_once_for_a_line(desk: Desk) -> None:
    account = opened(desk)
    assert opened(desk) == account
    assert problem(desk.ask(OPEN, key="again", **ACCOUNT)) == (422, "account_exists")
    assert problem(desk.ask(OPEN, key="k-2", **ACCOUNT | {"product_code": "appliance"})) == (422, "not_for_purchases")
    assert problem(desk.ask(OPEN, key="k-3", **ACCOUNT | {"product_code": "none"})) == (404, "product_unknown")
    assert problem(desk.ask("/borrowers/b-none/accounts", key="k-4", **ACCOUNT)) == (404, "borrower_unknown")


def test_what_is_bought_is_owed_from_its_day_once_and_within_the_limit(desk: Desk) -> None:
    path = f"/loans/{opened(desk)}/purchases"
    answers = [desk.ask(path, key="buy", amount_fen=60_000, what="书桌") for _ in range(2)]
    assert answers[0].status_code == 200, answers[0].text
    told = answers[0].json()
    assert answers[1].json() == told
    assert (told["by"], told["amount_fen"], told["event_key"]) == (NAME, 60_000, f"purchase:{told['purchase_id']}")
    assert [one["outstanding_principal_fen"] for one in told["loans"] if one["loan_id"] != FRIDGE] == [60_000]
    assert problem(desk.ask(path, key="k-2", amount_fen=40_001, what="椅子")) == (422, "limit_exceeded")
    fridge = desk.ask(f"/loans/{FRIDGE}/purchases", key="k-3", amount_fen=1, what="椅子")
    assert problem(fridge) == (422, "not_for_purchases")


def test_a_purchase_is_taken_back_by_whoever_was_first(desk: Desk) -> None:
    bought = desk.ask(f"/loans/{opened(desk)}/purchases", key="buy", amount_fen=60_000, what="书桌").json()
    path = f"/purchases/{bought['purchase_id']}/reversal"
    back = desk.ask(path, key="back")
    assert back.status_code == 200, back.text
    assert back.json()["purchase_id"] == bought["purchase_id"]
    assert desk.ask(path, key="back").json() == back.json()
    assert problem(desk.ask(path, key="other", token=desk.other)) == (422, "purchase_taken_back")
    assert problem(desk.ask("/purchases/none/reversal", key="k-2")) == (404, "purchase_unknown")
    with desk.database.reading() as conn:
        assert book_of(conn).loans[1].unpaid_principal_fen == 0


def test_an_account_is_not_deferred_and_the_description_of_the_api_says_so(desk: Desk) -> None:
    answer = desk.ask(f"/loans/{opened(desk)}/deferrals", key="defer", months=1)
    assert problem(answer) == (422, "paid_by_statements")
    for route in (operate.post_deferral, hardship.post_hardship_proposal):
        assert "paid_by_statements" in route.refuses  # type: ignore[attr-defined]


def test_who_may_only_look_may_not_buy(desk: Desk) -> None:
    for path, body in ((OPEN, ACCOUNT), ("/loans/l/purchases", {"amount_fen": 1, "what": "椅子"})):
        assert problem(desk.ask(path, token=desk.viewer, **body)) == (403, "role_not_allowed")
