"""A bank's file of payments over HTTP: what became of each line, once, and what waits for its borrower to be found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from service.db.engine import Database
from service.db.loan_journal import receipt_of
from service.db.promise import promises_of
from service.domain.collect.promise import PromiseState
from service.domain.collect.promising import Wished
from service.usecases.collect.make_promise import make_promise
from service.usecases.loan import import_payments as importing
from service.usecases.loan.post_payments import Payment
from service.usecases.ports import FrozenClock
from tests.contract.operating import NAME, Desk, desk_over, problem
from tests.domain.collect.policy_of import policy
from tests.service.loan.ledger import BORROWER, FRIDGE, book_of, borrow

TODAY = date(2026, 11, 23)  # the clock's
FILE = f"""流水号,账号,金额,日期
T1,{FRIDGE},539.85,2026-08-18
T2,{BORROWER},100,2026-11-23
T3,l-unknown,88.80,2026-11-20
T4,{FRIDGE},abc,2026-11-20
"""


@pytest.fixture
def desk(database: Database, clock: FrozenClock) -> Iterator[Desk]:
    with database.transaction() as conn:
        borrow(conn)
        borrow(conn, borrower_id="b-2", loan_id="l-2")
    with desk_over(database, clock=clock) as found:
        yield found
        found.assert_sound(BORROWER, "b-2")


def send(desk: Desk, csv: str = FILE, **more: Any) -> dict[str, Any]:
    answer = desk.ask("/payment-files", csv=csv, **more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def counts(told: dict[str, Any]) -> tuple[int, ...]:
    return tuple(told[name] for name in ("posted", "known", "set_aside", "refused", "posted_fen"))


def test_each_line_is_posted_from_its_day_and_what_cannot_be_is_told_by_its_number(desk: Desk) -> None:
    told = send(desk)
    assert counts(told) == (2, 0, 1, 1, 63_985)
    assert [(one["line"], one["state"]) for one in told["lines"]] == [
        (2, "posted"), (3, "posted"), (4, "set_aside"), (5, "refused"),
    ]  # fmt: skip
    assert "用同一流水号重新导入" in told["lines"][2]["detail"]
    assert "金额" in told["lines"][3]["detail"]
    with desk.database.reading() as conn:
        first = book_of(conn).loans[0].instalments[0]
        assert (first.paid_on, first.penalty_fen) == (date(2026, 8, 18), 0)
    assert [one["by"] for one in desk.events(BORROWER)][1:] == ["bank", "bank"]


def test_the_same_file_twice_changes_nothing(desk: Desk) -> None:
    send(desk)
    before = desk.events(BORROWER)
    assert counts(send(desk)) == (0, 2, 1, 1, 0)
    assert desk.events(BORROWER) == before
    assert len(desk.look("/payment-files/set-aside").json()["payments"]) == 1


def test_a_dry_run_says_the_same_and_keeps_nothing(desk: Desk) -> None:
    assert counts(send(desk, dry_run=True)) == (2, 0, 1, 1, 63_985)
    assert len(desk.events(BORROWER)) == 1
    assert desk.look("/payment-files/set-aside").json()["payments"] == []
    assert counts(send(desk)) == (2, 0, 1, 1, 63_985)


def test_money_set_aside_waits_until_a_file_names_its_borrower(desk: Desk) -> None:
    send(desk)
    (waits,) = desk.look("/payment-files/set-aside").json()["payments"]
    assert (waits["reference"], waits["account"], waits["amount_fen"], waits["by"]) == ("T3", "l-unknown", 8_880, NAME)
    other_sum = send(desk, "流水号,账号,金额,日期\nT3,l-2,99,2026-11-20")
    assert counts(other_sum) == (0, 0, 0, 1, 0)
    assert counts(send(desk, "流水号,账号,金额,日期\nT3,l-2,88.80,2026-11-20")) == (1, 0, 0, 0, 8_880)
    assert desk.look("/payment-files/set-aside").json()["payments"] == []
    again = send(desk)  # the first file, in which it still belongs to nobody
    assert counts(again) == (0, 2, 0, 2, 0)
    with desk.database.reading() as conn:
        posted = receipt_of(conn, "bank:T3")
        assert posted is not None
        assert posted.borrower_id == "b-2"


def test_a_promise_is_kept_by_what_the_file_brings(desk: Desk, clock: FrozenClock) -> None:
    with desk.database.transaction() as conn:
        earlier = clock.now() - timedelta(hours=1)
        make_promise(
            conn, borrower_id=BORROWER, conversation_id="c1", parts=[Wished(10_000, date(2026, 11, 25))],
            text="后天还一百", key="k1", now=earlier, today=TODAY, policy=policy(),
        )  # fmt: skip
    send(desk)
    with desk.database.reading() as conn:
        (promise,) = promises_of(conn, BORROWER, limit=5)
        assert promise.state is PromiseState.KEPT


def test_one_borrower_s_broken_books_do_not_stop_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importing.post_payments

    def broken(conn: Any, payments: list[Payment], **rest: Any) -> Any:
        if any(one.borrower_id == "b-2" for one in payments):
            raise ArithmeticError("spoiled")
        return real(conn, payments, **rest)

    monkeypatch.setattr(importing, "post_payments", broken)
    told = send(desk, FILE + "T5,l-2,10,2026-11-23\n")
    assert counts(told) == (2, 0, 1, 2, 63_985)
    assert "联系技术人员" in told["lines"][4]["detail"]


def test_who_may_not_change_the_ledger_may_not_send_one_and_rubbish_is_refused(desk: Desk) -> None:
    assert problem(desk.ask("/payment-files", token=desk.viewer, csv=FILE)) == (403, "role_not_allowed")
    assert problem(desk.ask("/payment-files", token="nobody", csv=FILE)) == (401, "agent_token_invalid")
    assert problem(desk.ask("/payment-files", csv="a,b\n1,2")) == (422, "payment_file_unreadable")
    with desk.database.reading() as conn:
        assert book_of(conn).loans[0].instalments[0].received_fen == 0
