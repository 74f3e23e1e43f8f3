"""Quotes over HTTP and on both databases: what was told is what is paid, or it is refused by id."""

# ruff: noqa: F811
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from service.db import payment
from service.db import quote as quotes
from service.domain.days import SHANGHAI, business_date
from service.usecases.loan.close_day import close_day
from service.usecases.loan.post_payment import post_payment
from tests.service.loan.ledger import assert_projection_is_the_journal, book_of
from tests.service.paying import BORROWER, World, lend, log_in
from tests.service.quoting import LOAN, ask, look, orders, silent, told  # noqa: F401  fixtures

KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "bill"},
    {"kind": "minimum"},
    {"kind": "all"},
    {"kind": "payoff", "loan_id": LOAN},
    {"kind": "amount", "amount_fen": 20_000},
)


def money_arrives(at: World, fen: int, *, paid_at: datetime | None = None) -> None:
    """A payment from elsewhere, such as a transfer at a counter."""
    now = at.clock.now()
    with at.database.transaction() as conn:
        count = len(at.posted())
        post_payment(
            conn,
            payment_id=f"counter-{count}",
            borrower_id=BORROWER,
            amount_fen=fen,
            paid_at=paid_at or now,
            channel="counter",
            now=now,
        )


def shanghai(at: World, day: int, hour: int, minute: int, second: int = 0) -> datetime:
    """Moves the world's clock there, with the borrower logged in."""
    at.clock.instant = datetime(2026, 11, day, hour, minute, second, tzinfo=SHANGHAI)
    log_in(at.database, BORROWER, now=at.clock.instant)
    return at.clock.instant


@pytest.mark.parametrize("wish", KINDS, ids=lambda wish: wish["kind"])
def test_what_was_told_is_what_is_paid_share_by_share(silent: World, wish: dict[str, Any]) -> None:
    found = told(silent, **wish)
    order = silent.pay(quote_id=found["quote_id"])
    assert order.status_code == 200, order.text
    assert (order.json()["amount_fen"], order.json()["quote_id"]) == (found["amount_fen"], found["quote_id"])
    with silent.database.reading() as conn:
        kept = payment.by_id(conn, order.json()["order_id"])
        offer = quotes.by_id(conn, found["quote_id"])
    assert kept is not None
    assert offer is not None
    assert kept.shares == tuple(one.share for one in offer.offer.shares)
    assert kept.to_suspense_fen == offer.offer.to_suspense_fen == found["to_suspense_fen"]
    silent.tell(kept.id, state="succeeded", amount_fen=kept.amount_fen)
    [settled] = silent.told
    assert settled.receipt is not None
    assert settled.receipt.still_overdue_fen == found["after"]["overdue_fen"]
    assert settled.receipt.loans == ((LOAN,) if wish["kind"] in {"all", "payoff"} else ())


@pytest.mark.parametrize("wish", KINDS, ids=lambda wish: wish["kind"])
def test_money_kept_in_suspense_is_in_the_quote_and_the_payment_does_what_it_said(
    silent: World, wish: dict[str, Any]
) -> None:
    money_arrives(silent, 80_000)
    found = told(silent, **wish)
    assert found["suspense_fen"] > 0
    order = silent.pay(quote_id=found["quote_id"]).json()
    silent.tell(order["order_id"], state="succeeded", amount_fen=found["amount_fen"])
    [settled] = silent.told
    assert settled.receipt is not None
    kept = found["to_suspense_fen"] - (found["suspense_fen"] if wish["kind"] in {"all", "payoff"} else 0)
    assert settled.receipt.to_suspense_fen == kept
    assert settled.receipt.still_overdue_fen == found["after"]["overdue_fen"]
    with silent.database.reading() as conn:
        assert_projection_is_the_journal(conn, BORROWER)


def test_the_same_question_on_the_same_day_is_the_same_quote_and_the_next_day_another(silent: World) -> None:
    first = told(silent, kind="all")
    silent.clock.instant += timedelta(minutes=20)
    assert told(silent, kind="all") == first == look(silent, first["quote_id"]).json()
    assert told(silent, kind="payoff")["quote_id"] == first["quote_id"], "a payoff that names no loan is of all"
    assert first["valid_until"] == "2026-11-23T23:59:59.999999+08:00"
    assert len({told(silent, **wish)["quote_id"] for wish in KINDS}) == len(KINDS)
    shanghai(silent, 24, 0, 0)
    tomorrow = told(silent, kind="all")
    assert tomorrow["quote_id"] != first["quote_id"]
    assert tomorrow["amount_fen"] > first["amount_fen"]


def test_a_quote_ends_at_midnight_in_shanghai_and_the_refusal_names_the_new_amount(silent: World) -> None:
    quoted = told(silent, kind="all")
    shanghai(silent, 24, 0, 0)
    refused = silent.pay(quote_id=quoted["quote_id"])
    assert (refused.status_code, refused.json()["code"]) == (422, "quote_expired")
    new = told(silent, kind="all")
    assert f"{new['amount_fen'] / 100:,.2f} 元" in refused.json()["detail"]
    assert orders(silent) == []
    assert silent.pay(quote_id=new["quote_id"]).json()["amount_fen"] == new["amount_fen"]


def test_in_the_last_second_of_the_day_the_quote_still_holds(silent: World) -> None:
    quoted = told(silent, kind="bill")
    shanghai(silent, 23, 23, 59, 59)
    assert silent.pay(quote_id=quoted["quote_id"]).status_code == 200


@pytest.mark.parametrize("wish", KINDS, ids=lambda wish: wish["kind"])
def test_a_payment_that_lands_in_between_changes_the_quote_and_it_is_refused_by_id(
    silent: World, wish: dict[str, Any]
) -> None:
    quoted = told(silent, **wish)
    money_arrives(silent, 10_000)
    refused = silent.pay(quote_id=quoted["quote_id"])
    assert (refused.status_code, refused.json()["code"]) == (422, "quote_changed")
    new = told(silent, **wish)
    assert new["quote_id"] != quoted["quote_id"]
    spoken = f"{new['amount_fen'] / 100:,.2f}".removesuffix(".00")
    assert f"{spoken} 元" in refused.json()["detail"]
    assert orders(silent) == []


def test_a_quote_of_what_has_been_settled_meanwhile_says_that_nothing_is_due(silent: World) -> None:
    everything, one = told(silent, kind="all"), told(silent, kind="payoff", loan_id=LOAN)
    order = silent.pay(quote_id=everything["quote_id"]).json()
    silent.tell(order["order_id"], state="succeeded", amount_fen=order["amount_fen"])
    again, other = silent.pay("k2", quote_id=everything["quote_id"]), silent.pay("k3", quote_id=one["quote_id"])
    assert again.json()["code"] == "quote_used"
    assert (other.json()["code"], "没有找到这笔未结清的借款" in other.json()["detail"]) == ("quote_changed", True)
    assert ask(silent, kind="all").json()["code"] == "nothing_due"


def test_the_close_of_its_own_day_leaves_a_quote_as_good_as_it_was(silent: World) -> None:
    """The figures of the day are the same whether its close has run or not."""
    quoted = told(silent, kind="all")
    close_day(silent.database, business_date=business_date(silent.clock.now()), clock=silent.clock)
    assert told(silent, kind="all")["quote_id"] == quoted["quote_id"]
    assert silent.pay(quote_id=quoted["quote_id"]).json()["amount_fen"] == quoted["amount_fen"]


def test_money_taken_before_midnight_and_told_after_the_close_of_day_settles_to_the_fen(silent: World) -> None:
    shanghai(silent, 23, 23, 50)
    quoted = told(silent, kind="all")
    order = silent.pay(quote_id=quoted["quote_id"]).json()
    taken = shanghai(silent, 23, 23, 58)
    shanghai(silent, 24, 0, 20)
    close_day(silent.database, business_date=business_date(silent.clock.now()), clock=silent.clock)
    outcome = {"state": "succeeded", "amount_fen": order["amount_fen"], "paid_at": taken.isoformat()}
    assert silent.tell(order["order_id"], **outcome).status_code == 200
    assert_settled_to_the_fen(silent, quoted)


def test_money_taken_after_midnight_for_what_was_confirmed_before_is_worth_what_was_quoted(silent: World) -> None:
    shanghai(silent, 23, 23, 59, 50)
    quoted = told(silent, kind="all")
    order = silent.pay(quote_id=quoted["quote_id"]).json()
    taken = shanghai(silent, 24, 0, 0, 20)
    outcome = {"state": "succeeded", "amount_fen": order["amount_fen"], "paid_at": taken.isoformat()}
    assert silent.tell(order["order_id"], **outcome).status_code == 200
    assert_settled_to_the_fen(silent, quoted)


def assert_settled_to_the_fen(at: World, quoted: dict[str, Any]) -> None:
    with at.database.reading() as conn:
        book = book_of(conn, BORROWER)
        assert_projection_is_the_journal(conn, BORROWER)
    assert [(loan.status, loan.settled_on.isoformat()) for loan in book.loans if loan.settled_on] == [
        ("settled", quoted["business_date"])
    ]
    assert (at.posted(), book.suspense_fen) == ([quoted["amount_fen"]], 0)


def test_the_same_key_again_is_the_same_order_also_after_the_quote_is_over(silent: World) -> None:
    quoted = told(silent, kind="bill")
    first = silent.pay("k", quote_id=quoted["quote_id"]).json()
    assert silent.pay("k", quote_id=quoted["quote_id"]).json() == first
    shanghai(silent, 24, 9, 0)
    assert silent.pay("k", quote_id=quoted["quote_id"]).json() == first
    assert silent.pay("k", kind="bill").json()["code"] == "idempotency_key_reused"
    assert orders(silent) == [("pending", quoted["quote_id"])]


def test_a_quote_is_used_once_while_its_order_is_open_or_has_succeeded(silent: World) -> None:
    quoted = told(silent, kind="amount", amount_fen=20_000)
    order = silent.pay("k1", quote_id=quoted["quote_id"]).json()
    assert silent.pay("k2", quote_id=quoted["quote_id"]).json()["code"] == "quote_used"
    silent.tell(order["order_id"], state="succeeded", amount_fen=20_000)
    assert silent.pay("k3", quote_id=quoted["quote_id"]).json()["code"] == "quote_used"
    assert silent.posted() == [20_000]


def test_after_a_failed_order_the_quote_may_be_used_again_and_late_money_of_the_first_is_posted(silent: World) -> None:
    quoted = told(silent, kind="amount", amount_fen=20_000)
    first = silent.pay("k1", quote_id=quoted["quote_id"]).json()["order_id"]
    silent.tell(first, state="failed", amount_fen=20_000, reason="银行系统繁忙")
    assert told(silent, kind="amount", amount_fen=20_000)["quote_id"] == quoted["quote_id"]
    second = silent.pay("k2", quote_id=quoted["quote_id"]).json()["order_id"]
    assert second != first
    for order_id in (second, first):
        assert silent.tell(order_id, state="succeeded", amount_fen=20_000).status_code == 200
    assert silent.posted() == [20_000, 20_000]
    assert silent.pay("k3", quote_id=quoted["quote_id"]).json()["code"] == "quote_used"


def test_another_payment_on_its_way_is_named_as_such_whatever_the_quote(silent: World) -> None:
    quoted = told(silent, kind="bill")
    silent.pay("k1", kind="amount", amount_fen=100)
    assert silent.pay("k2", quote_id=quoted["quote_id"]).json()["code"] == "payment_pending"


def test_a_forged_and_another_borrowers_quote_are_not_found(silent: World) -> None:
    quoted = told(silent, kind="bill")
    other = lend(silent.database, clock=silent.clock, borrower_id="demo-overdue-20")
    seen = look(silent, quoted["quote_id"], conversation_id=other)
    paid = silent.pay("k1", conversation_id=other, quote_id=quoted["quote_id"])
    forged = silent.pay("k2", quote_id="Q20261123-0000000000000000")
    for answer in (seen, paid, forged, look(silent, "Q20261123-0000000000000000")):
        assert (answer.status_code, answer.json()["code"]) == (404, "quote_unknown")
    assert seen.json() == forged.json(), "whether it exists is not to be told apart"
    assert orders(silent) == []


def test_quotes_are_for_who_is_logged_in_and_for_our_own_processes(silent: World) -> None:
    quoted = told(silent, kind="bill")
    url = f"{silent.service}/loan/conversations/{silent.conversation_id}/quotes"
    assert httpx.post(url, json={"kind": "bill"}).status_code == httpx.get(f"{url}/x").status_code == 401
    silent.clock.instant += timedelta(minutes=31)
    for answer in (ask(silent, kind="bill"), look(silent, quoted["quote_id"]), ask(silent, conversation_id="x")):
        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"kind": "amount"}, "amount_required"),
        ({"kind": "amount", "amount_fen": 0}, "amount_not_positive"),
        ({"kind": "amount", "amount_fen": 10**11}, "amount_too_large"),
        ({"kind": "half"}, "invalid_request"),
        ({"kind": "amount", "amount_fen": "20000"}, "invalid_request"),
        ({}, "invalid_request"),
    ],
)
def test_what_cannot_be_paid_cannot_be_quoted(silent: World, wish: dict[str, Any], code: str) -> None:
    refused = ask(silent, **wish)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_a_loan_that_is_not_the_borrowers_cannot_be_quoted(silent: World) -> None:
    lend(silent.database, clock=silent.clock, borrower_id="demo-overdue-20")
    refused = ask(silent, kind="payoff", loan_id="loan-demo-overdue-20")
    assert (refused.status_code, refused.json()["code"]) == (404, "loan_unknown")


@pytest.mark.parametrize("beside", [{"kind": "bill"}, {"amount_fen": 1}, {"kind": "amount", "amount_fen": 1}])
def test_nothing_stands_beside_a_quote_in_a_payment(silent: World, beside: dict[str, Any]) -> None:
    quoted = told(silent, kind="bill")
    refused = silent.pay(quote_id=quoted["quote_id"], **beside)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert orders(silent) == []
