"""A change that is sent again: the same answer, one effect; another request under its key is refused; and while the
first one is at work, whoever asks is told to wait."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from httpx import Response

from service.db.engine import Database
from service.usecases.loan.post_event import locked_book
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.ports import FrozenClock
from tests.contract.operating import Desk, desk_over, problem
from tests.service.loan.ledger import BORROWER, FRIDGE, borrow, noon, pay_on, somebody_waits_for
from tests.service.serving import eventually

TODAY = date(2026, 11, 23)
FEE = f"/loans/{FRIDGE}/fees"


def lend(database: Database) -> None:
    with database.transaction() as conn:
        borrow(conn)
        pay_on(conn, date(2026, 8, 18), 60_000, payment_id="p-aug")
        register_borrower(conn, borrower_id="b-2", name="顾小川", phone="19900000002", now=noon(TODAY))


@pytest.fixture
def desk(database: Database, clock: FrozenClock) -> Iterator[Desk]:
    lend(database)
    with desk_over(database, clock=clock) as found:
        yield found
        found.assert_sound(BORROWER, "b-2")


@pytest.fixture
def postgres(postgres_database: Database, clock: FrozenClock) -> Iterator[Desk]:
    lend(postgres_database)
    with desk_over(postgres_database, clock=clock) as found:
        yield found
        found.assert_sound(BORROWER, "b-2")


def test_the_same_again_is_answered_the_same_whatever_happened_since(desk: Desk) -> None:
    first = desk.ask(FEE, no=2, fee_fen=500)
    desk.clock.instant += timedelta(days=3)
    assert desk.ask(FEE, key="k-2", no=3, fee_fen=700).status_code == 200
    again = desk.ask(FEE, no=2, fee_fen=500)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert [one["kind"] for one in desk.events(BORROWER)].count("charged") == 2


def test_a_key_is_for_one_request_of_one_agent(desk: Desk) -> None:
    desk.ask(FEE, no=2, fee_fen=500)
    for path, body in ((FEE, {"no": 2, "fee_fen": 501}), (FEE, {"no": 2, "fee_fen": 500, "reason": "别的原因"}),
                       (f"/loans/{FRIDGE}/write-off", {})):  # fmt: skip
        assert problem(desk.ask(path, **body)) == (422, "idempotency_key_reused")
    others = desk.ask(FEE, token=desk.other, no=2, fee_fen=500)  # his own key, though it reads the same
    assert others.status_code == 200
    charged = [one for one in desk.events(BORROWER) if one["kind"] == "charged"]
    assert [one["by"] for one in charged] == ["苏禾", "顾清"]


@pytest.mark.parametrize("deed", ["reversal", "move", "refund"])
def test_every_kind_of_deed_is_done_once(desk: Desk, deed: str) -> None:
    path, body = {
        "reversal": ("/payments/p-aug/reversal", {"cause": "bounced"}),
        "move": ("/payments/p-aug/move", {"to_borrower_id": "b-2"}),
        "refund": (f"/borrowers/{BORROWER}/refunds", {"amount_fen": 100}),
    }[deed]
    if deed == "refund":
        with desk.database.transaction() as conn:
            pay_on(conn, TODAY, 700_000)
    answers = [desk.ask(path, **body) for _ in range(3)]  # type: ignore[arg-type]
    assert [one.status_code for one in answers] == [200] * 3, answers[0].text
    assert answers[0].json() == answers[1].json() == answers[2].json()


def test_while_the_first_is_at_work_the_same_is_in_progress_and_later_has_its_answer(postgres: Desk) -> None:
    body = {"no": 2, "fee_fen": 500}
    with ThreadPoolExecutor(1) as pool:
        with postgres.database.transaction() as conn:
            locked_book(conn, BORROWER)  # a payment is being posted; the first request waits for it
            first = pool.submit(postgres.ask, FEE, **body)
            eventually(lambda: somebody_waits_for(conn, postgres.database))
            second = postgres.ask(FEE, **body)
            assert problem(second) == (409, "request_in_progress")
            assert second.headers["Retry-After"] == "1"
            another = postgres.ask(FEE, token=postgres.viewer, **body)
            assert problem(another) == (403, "role_not_allowed")
        answer = first.result()
    assert answer.status_code == 200, answer.text
    assert postgres.ask(FEE, **body).json() == answer.json()
    assert [one["kind"] for one in postgres.events(BORROWER)].count("charged") == 1


@pytest.mark.parametrize("round_no", range(3))
def test_many_at_once_have_one_effect(desk: Desk, round_no: int) -> None:
    at_once = 6
    start = threading.Barrier(at_once)

    def ask(_: int) -> Response:
        start.wait(timeout=10)
        return desk.ask(FEE, no=2, fee_fen=500)

    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(ask, range(at_once)))
    statuses = Counter(one.status_code for one in answers)
    assert statuses[200] >= 1
    assert set(statuses) <= {200, 409}
    assert len({one.text for one in answers if one.status_code == 200}) == 1
    assert [one["kind"] for one in desk.events(BORROWER)].count("charged") == 1


def test_different_requests_under_one_key_at_once_have_one_effect(desk: Desk) -> None:
    at_once = 6
    start = threading.Barrier(at_once)

    def ask(number: int) -> Response:
        start.wait(timeout=10)
        return desk.ask(FEE, no=2, fee_fen=100 + number)

    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(ask, range(at_once)))
    assert sorted(one.status_code for one in answers)[0] == 200
    assert [one.status_code for one in answers].count(200) == 1
    assert {problem(one) for one in answers if one.status_code != 200} <= {
        (409, "request_in_progress"), (422, "idempotency_key_reused"),
    }  # fmt: skip
    assert [one["kind"] for one in desk.events(BORROWER)].count("charged") == 1
