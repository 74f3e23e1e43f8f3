"""A bank's file of payments over HTTP: what became of each line, once, and what waits for its borrower to be found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.db.engine import Database
from service.db.loan_journal import receipt_of
from service.db.promise import promises_of
from service.db.tables.payment_file import payment_set_aside
from service.domain.collect.promise import PromiseState
from service.domain.collect.promising import Wished
from service.domain.loan.file_policy import FilePolicy, parse_file_policy
from service.usecases.collect.make_promise import make_promise
from service.usecases.loan import import_payments as importing
from service.usecases.loan.post_payments import Payment
from service.usecases.ports import FrozenClock
from service.wiring import read_policy
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


def desk_policy() -> FilePolicy:
    return parse_file_policy(read_policy("bank_files"))


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


OLD = "流水号,账号,金额,日期\nT9,{},100,2025-08-18"


def test_a_line_of_long_ago_waits_for_a_person_and_counts_from_its_day_once_accepted(desk: Desk) -> None:
    before = desk.events("b-2")
    told = send(desk, OLD.format("l-2"))
    assert counts(told) == (0, 0, 1, 0, 0)
    assert "2025-08-18 太早" in told["lines"][0]["detail"]
    assert desk.events("b-2") == before
    assert counts(send(desk, OLD.format("l-2"), key="k-9")) == (0, 0, 1, 0, 0)
    (waits,) = desk.look("/payment-files/set-aside").json()["payments"]
    assert (waits["reference"], waits["account"], waits["why"]) == ("T9", "l-2", "too_old")
    asked = {"reference": "T9", "reason": "已与银行核对，日期属实"}
    accepted = desk.ask("/payment-files/set-aside/acceptance", **asked).json()
    assert (accepted["state"], accepted["borrower_id"], accepted["amount_fen"]) == ("posted", "b-2", 10_000)
    assert [one["effective_on"] for one in desk.events("b-2")][len(before) :] == ["2025-08-18"]
    assert desk.look("/payment-files/set-aside").json()["payments"] == []
    assert desk.ask("/payment-files/set-aside/acceptance", **asked).json()["state"] == "known"
    assert counts(send(desk, OLD.format("l-2"))) == (0, 1, 0, 0, 0)
    with desk.database.reading() as conn:
        kept = conn.execute(select(payment_set_aside.c.accepted_by, payment_set_aside.c.accepted_why)).one()
        assert tuple(kept) == (NAME, "已与银行核对，日期属实")


def test_the_oldest_day_that_the_policy_allows_is_posted_and_the_day_before_is_not(desk: Desk) -> None:
    oldest = desk_policy().oldest_on(TODAY)
    lines = [f"T{number},{BORROWER},1,{oldest - timedelta(days=number)}" for number in (0, 1)]
    told = send(desk, "\n".join(["流水号,账号,金额,日期", *lines]))
    assert [one["state"] for one in told["lines"]] == ["posted", "set_aside"]


def test_an_old_line_for_nobody_is_accepted_for_the_borrower_whom_a_person_names(desk: Desk) -> None:
    send(desk, OLD.format("l-nobody"))
    asked = {"reference": "T9", "reason": "客户来函，账号写错"}
    left = desk.ask("/payment-files/set-aside/acceptance", **asked).json()
    assert (left["state"], left["borrower_id"]) == ("set_aside", "")
    named = desk.ask("/payment-files/set-aside/acceptance", account="b-2", **asked).json()
    assert (named["state"], named["borrower_id"]) == ("posted", "b-2")
    nothing = desk.ask("/payment-files/set-aside/acceptance", reference="T0", reason="无")
    assert problem(nothing) == (404, "payment_not_set_aside")


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
