"""What operators may do to the ledger over HTTP: each deed, its answer, its trace, and that nobody else can."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute
from httpx import Response

from service.api import ledger, operate
from service.db.engine import Database
from service.db.loan import hardship_plans_of
from service.db.loan_journal import receipt_of
from service.domain.desk.agent_token import TokenRole
from service.domain.loan.event import PlanAgreed
from service.domain.loan.plan import Part
from service.usecases.desk.revoke_token import revoke_all_tokens
from service.usecases.loan.post_event import post_once
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.ports import FrozenClock
from tests.contract.operating import NAME, WHY, Desk, desk_over, problem, token_for
from tests.service.loan.ledger import BORROWER, FRIDGE, book_of, borrow, noon, pay_on
from tests.service.routes import TOKEN

TODAY = date(2026, 11, 23)  # the clock's
OTHER_BORROWER = "b-2"
CHANGE = {
    "event_key", "borrower_id", "by", "reason", "effective_on", "done_at", "payment_id", "pause_id", "purchase_id",
    "amount_fen", "suspense_fen", "refund_claim_fen", "overdue_fen", "loans",
}  # fmt: skip


@pytest.fixture
def desk(database: Database, clock: FrozenClock) -> Iterator[Desk]:
    """6,000 yuan from 07-18: August paid in time, the rest not; another borrower who owes nothing."""
    with database.transaction() as conn:
        borrow(conn)
        pay_on(conn, date(2026, 8, 18), 53_990, payment_id="p-aug")
        register_borrower(conn, borrower_id=OTHER_BORROWER, name="顾小川", phone="19900000002", now=noon(TODAY))
    with desk_over(database, clock=clock) as found:
        yield found
        found.assert_sound(BORROWER, OTHER_BORROWER)


def test_a_payment_is_taken_back_with_who_and_why(desk: Desk) -> None:
    answer = desk.ask("/payments/p-aug/reversal", cause="charged_back")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert set(told) == CHANGE
    assert (told["by"], told["reason"], told["payment_id"], told["amount_fen"]) == (NAME, WHY, "p-aug", 53_990)
    assert (told["borrower_id"], told["effective_on"]) == (BORROWER, "2026-11-23")
    assert told["loans"][0] | {"unpaid_fen": 0} == {
        "loan_id": FRIDGE, "status": "active", "days_past_due": 97, "bucket": "M4", "unpaid_fen": 0,
        "outstanding_principal_fen": 600_000,
    }  # fmt: skip
    events = desk.events(BORROWER)
    assert [one["kind"] for one in events] == ["disbursed", "paid", "cancel"]
    assert (events[2]["by"], events[2]["reason"]) == (NAME, f"charged_back: {WHY}")
    assert events[2]["cancels"] == events[1]["event_key"] == "payment:p-aug"
    assert events[1]["cancelled_by"] == events[2]["event_key"] == told["event_key"]
    second = desk.ask("/payments/p-aug/reversal", key="k-2", cause="bounced")
    assert problem(second) == (422, "moved_already")
    assert problem(desk.ask("/payments/p-none/reversal", key="k-3", cause="bounced")) == (404, "payment_unknown")


def test_a_payment_goes_to_its_right_borrower(desk: Desk) -> None:
    answer = desk.ask("/payments/p-aug/move", to_borrower_id=OTHER_BORROWER)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["borrower_id"], told["suspense_fen"], told["amount_fen"]) == (OTHER_BORROWER, 53_990, 53_990)
    with desk.database.reading() as conn:
        moved, first = receipt_of(conn, told["payment_id"]), receipt_of(conn, "p-aug")
        assert moved is not None
        assert first is not None
        assert (moved.paid_at, moved.borrower_id) == (first.paid_at, OTHER_BORROWER)
        assert first.reversed_at is not None
    assert desk.events(BORROWER)[-1]["reason"] == f"wrong_account:{OTHER_BORROWER} {WHY}"
    for to, code in ((BORROWER, "same_borrower"), (OTHER_BORROWER, "moved_already")):
        assert problem(desk.ask("/payments/p-aug/move", key=to, to_borrower_id=to)) == (422, code)
    nobody = desk.ask("/payments/p-aug/move", key="k-4", to_borrower_id="b-none")
    assert problem(nobody) == (404, "borrower_unknown")


def test_a_payment_goes_back_and_forth_as_often_as_it_takes_and_can_still_be_taken_back(desk: Desk) -> None:
    payment_id = f"bank:{'R' * 100}"  # the longest reference of a bank's file
    with desk.database.transaction() as conn:
        pay_on(conn, date(2026, 9, 18), 1_000, payment_id=payment_id)
    for number in range(8):
        to = (OTHER_BORROWER, BORROWER)[number % 2]
        answer = desk.ask(f"/payments/{payment_id}/move", key=f"m-{number}", to_borrower_id=to)
        assert answer.status_code == 200, answer.text
        assert answer.json()["borrower_id"] == to
        payment_id = answer.json()["payment_id"]
        assert len(payment_id) <= 128
    taken_back = desk.ask(f"/payments/{payment_id}/reversal", key="back", cause="bounced")
    assert (taken_back.status_code, taken_back.json()["borrower_id"]) == (200, BORROWER)


def test_fees_are_charged_and_given_up_and_so_is_penalty_and_interest(desk: Desk) -> None:
    charged = desk.ask(f"/loans/{FRIDGE}/fees", no=2, fee_fen=1_000)
    assert charged.status_code == 200, charged.text
    before = charged.json()["loans"][0]["unpaid_fen"]
    parts = [{"no": 2, "component": name, "amount_fen": 400} for name in ("fee", "penalty", "interest")]
    waived = desk.ask(f"/loans/{FRIDGE}/waivers", key="k-2", parts=parts)
    assert waived.json()["loans"][0]["unpaid_fen"] == before - 1_200
    with desk.database.reading() as conn:
        assert book_of(conn).loans[0].instalments[1].fee_fen == 600
    kinds = [(one["kind"], one["by"], one["reason"]) for one in desk.events(BORROWER)[2:]]
    assert kinds == [("charged", NAME, WHY), ("waived", NAME, WHY)]


REFUSED: list[tuple[str, dict[str, Any], tuple[int, str]]] = [
    (f"/loans/{FRIDGE}/fees", {"no": 1, "fee_fen": 1}, (422, "instalment_paid")),
    (f"/loans/{FRIDGE}/fees", {"no": 13, "fee_fen": 1}, (422, "instalment_unknown")),
    (f"/loans/{FRIDGE}/fees", {"no": 2, "fee_fen": 0}, (422, "invalid_request")),
    (f"/loans/{FRIDGE}/fees", {"no": 2, "fee_fen": 1.5}, (422, "invalid_request")),
    (f"/loans/{FRIDGE}/fees", {"no": 2, "fee_fen": 1, "reason": " "}, (422, "reason_required")),
    (f"/loans/{FRIDGE}/fees", {"no": 2, "fee_fen": 1, "reason": ""}, (422, "invalid_request")),
    (f"/loans/{FRIDGE}/fees", {"no": 2, "fee_fen": 1, "effective_on": "2026-11-24"}, (422, "effective_in_future")),
    (f"/loans/{FRIDGE}/fees", {"no": 2, "fee_fen": 1, "effective_on": "0001-01-01"}, (422, "not_possible_then")),
    ("/loans/l-none/fees", {"no": 2, "fee_fen": 1}, (404, "loan_unknown")),
    (f"/loans/{FRIDGE}/waivers", {"parts": []}, (422, "invalid_request")),
    (
        f"/loans/{FRIDGE}/waivers",
        {"parts": [{"no": 2, "component": "principal", "amount_fen": 1}]},
        (422, "invalid_request"),
    ),
    (
        f"/loans/{FRIDGE}/waivers",
        {"parts": [{"no": 2, "component": "fee", "amount_fen": 1}]},
        (422, "nothing_to_waive"),
    ),
    (f"/borrowers/{BORROWER}/refunds", {"amount_fen": 1}, (422, "refund_exceeds_suspense")),
    ("/borrowers/b-none/refunds", {"amount_fen": 1}, (404, "borrower_unknown")),
    (f"/loans/{FRIDGE}/plan/end", {}, (422, "no_plan")),
    (f"/loans/{FRIDGE}/ageing-pauses", {"until_on": "2026-11-22"}, (422, "pause_ends_before_it_begins")),
    (f"/loans/{FRIDGE}/ageing-pauses/pause-none/end", {}, (422, "ageing_pause_unknown")),
    (f"/loans/{FRIDGE}/deferrals", {"months": 13}, (422, "invalid_request")),
    ("/payments/p-aug/reversal", {"cause": "whim"}, (422, "invalid_request")),
]


def test_what_the_ledger_does_not_allow_is_refused_in_both_languages_and_leaves_no_trace(desk: Desk) -> None:
    before = desk.events(BORROWER)
    for number, (path, body, expected) in enumerate(REFUSED):
        assert problem(desk.ask(path, key=f"r-{number}", **body)) == expected, (path, body)
    assert desk.events(BORROWER) == before
    for number in range(len(REFUSED)):  # no refused key was used up
        again = desk.ask(f"/loans/{FRIDGE}/fees", key=f"r-{number}", no=2, fee_fen=5)
        assert again.status_code == 200, again.text


def test_money_in_suspense_is_paid_back(desk: Desk) -> None:
    desk.ask("/payments/p-aug/move", to_borrower_id=OTHER_BORROWER)
    answer = desk.ask(f"/borrowers/{OTHER_BORROWER}/refunds", key="k-2", amount_fen=50_000)
    assert (answer.json()["suspense_fen"], answer.json()["amount_fen"]) == (3_990, 50_000)
    moved = f"/payments/p-aug%3E{OTHER_BORROWER}/reversal"
    assert problem(desk.ask(moved, key="k-3", cause="mistake")) == (422, "later_refund")
    taken = desk.ask(moved, key="k-4", cause="charged_back").json()
    assert (taken["suspense_fen"], taken["refund_claim_fen"]) == (0, 50_000)
    found = desk.look(f"/borrowers/{OTHER_BORROWER}/ageing").json()
    assert (found["refund_claim_fen"], found["refund_claim_since"]) == (50_000, str(TODAY))


def test_a_write_off_and_a_deferral_by_mistake_are_undone_once(desk: Desk) -> None:
    for number, path in enumerate(("write-off", "deferrals")):
        more = {"months": 1} if path == "deferrals" else {}
        key = desk.ask(f"/loans/{FRIDGE}/{path}", key=f"k-{number}", **more).json()["event_key"]
        undone = f"/ledger-events/{key}/reversal"
        answer = desk.ask(undone, key=f"u-{number}")
        assert answer.status_code == 200, answer.text
        assert desk.ask(undone, key=f"u-{number}").json() == answer.json()
        assert problem(desk.ask(undone, key=f"v-{number}")) == (422, "undone_before")
        (last,) = [one for one in desk.events(BORROWER) if one["cancels"] == key]
        assert (last["event_key"], last["by"]) == (answer.json()["event_key"], NAME)
    with desk.database.reading() as conn:
        (loan,) = book_of(conn).loans
        assert loan.written_off_on is None
        assert hardship_plans_of(conn, BORROWER) == ()
    assert problem(desk.ask("/ledger-events/nothing/reversal", key="w")) == (404, "event_unknown")
    assert problem(desk.ask("/ledger-events/payment:p-aug/reversal", key="x")) == (422, "not_undoable")


def test_a_loan_is_written_off_once(desk: Desk) -> None:
    assert desk.ask(f"/loans/{FRIDGE}/write-off").status_code == 200
    with desk.database.reading() as conn:
        assert book_of(conn).loans[0].written_off_on == TODAY
    assert problem(desk.ask(f"/loans/{FRIDGE}/write-off", key="k-2")) == (422, "already_written_off")


def test_ageing_is_paused_from_an_earlier_day_and_goes_on(desk: Desk) -> None:
    begun = desk.ask(f"/loans/{FRIDGE}/ageing-pauses", effective_on="2026-11-14", stops_penalty=True).json()
    assert begun["effective_on"] == "2026-11-14"
    assert begun["loans"][0]["days_past_due"] == 66 - 10  # since 09-18, without 11-14 … 11-23
    path = f"/loans/{FRIDGE}/ageing-pauses/{begun['pause_id']}/end"
    ended = desk.ask(path, key="k-2", effective_on="2026-11-20").json()
    assert ended["loans"][0]["days_past_due"] == 66 - 7
    assert ended["pause_id"] == begun["pause_id"]
    assert problem(desk.ask(path, key="k-3")) == (422, "ageing_pause_unknown")


def test_a_running_plan_is_ended(desk: Desk) -> None:
    agreed = PlanAgreed(FRIDGE, "plan-1", (Part(date(2027, 1, 10), 600_000),), 0, stops_penalty=True)
    with desk.database.transaction() as conn:
        post_once(conn, borrower_id=BORROWER, key="plan", body=agreed, by="王敏", on=TODAY, now=noon(TODAY))
    assert desk.ask(f"/loans/{FRIDGE}/plan/end").status_code == 200
    with desk.database.reading() as conn:
        assert book_of(conn).loans[0].plan is None


def test_due_dates_are_deferred(desk: Desk) -> None:
    answer = desk.ask(f"/loans/{FRIDGE}/deferrals", months=2)
    assert answer.json()["loans"][0]["days_past_due"] == 5  # September's is due 11-18 now
    assert desk.events(BORROWER)[-1] | {"event_id": 0, "created_at": ""} == {
        "event_id": 0, "event_key": answer.json()["event_key"], "kind": "deferred", "effective_on": "2026-11-23",
        "body": {"loan_id": FRIDGE, "months": 2}, "by": NAME, "reason": WHY, "created_at": "", "cancels": "",
        "cancelled_by": "",
    }  # fmt: skip


def every_door() -> list[tuple[str, str]]:
    routes = [one for router in (operate.router, ledger.router) for one in router.routes if isinstance(one, APIRoute)]
    return [(method, one.path) for one in routes for method in one.methods]


def test_there_are_fifteen_doors() -> None:
    assert sorted(method for method, _ in every_door()) == ["GET"] * 4 + ["POST"] * 11


def test_no_token_but_an_agents_opens_a_door(desk: Desk) -> None:
    revoked = token_for(desk.database, "林知远", TokenRole.OPERATOR, clock=desk.clock)
    with desk.database.transaction() as conn:
        revoke_all_tokens(conn, name="林知远", now=desk.clock.now())
    earlier = FrozenClock(desk.clock.now() - timedelta(30))
    expired = token_for(desk.database, "云小满", TokenRole.OPERATOR, clock=earlier)
    forged = (desk.operator[:-1], desk.operator + "x", "", "borrower.s.jwt")
    for method, path in every_door():
        at = path.format(borrower_id=BORROWER, loan_id=FRIDGE, payment_id="p-aug", pause_id="x", event_key="x")
        sent: dict[str, Any] = {"json": {"reason": WHY}} if method == "POST" else {}

        def knock(token: str | None, at: str = at, method: str = method, sent: dict[str, Any] = sent) -> Response:
            headers = {"Idempotency-Key": "k"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
            return desk.client.request(method, at, headers=headers, **sent)

        for token in (None, TOKEN, revoked, expired, *forged):
            answer = knock(token)
            assert problem(answer) == (401, "agent_token_invalid"), (path, token)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        if method == "POST":
            assert problem(knock(desk.viewer)) == (403, "role_not_allowed"), path
        else:
            assert knock(desk.viewer).status_code == 200, path
    assert [one["kind"] for one in desk.events(BORROWER)] == ["disbursed", "paid"]


def test_every_change_needs_a_key_and_a_reason(desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {desk.operator}"}
    for _, path in [one for one in every_door() if one[0] == "POST"]:
        at = path.format(borrower_id=BORROWER, loan_id=FRIDGE, payment_id="p-aug", pause_id="x", event_key="x")
        answer = desk.client.post(at, json={}, headers=headers)
        assert problem(answer) == (422, "invalid_request")
        assert {"idempotency-key", "reason"} <= {one["field"].lower() for one in answer.json()["errors"]}, path
