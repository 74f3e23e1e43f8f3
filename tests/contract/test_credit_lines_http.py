"""Credit lines are changed by operators over HTTP: with who and why, within bounds, and closed when nothing is owed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from service.db.tables.credit_line import credit_line_event
from service.db.tables.loan import credit_line, loan
from service.domain.loan.limit_rules import parse_limit_rules
from service.domain.loan.payment import Share
from service.usecases.loan.changing_line import LineOrder
from service.usecases.loan.explain_limit import explain_limit
from service.usecases.loan.freeze_line import freeze_line
from service.usecases.loan.payoff import payoff
from service.usecases.loan.post_payment import post_payment
from service.wiring import read_policy
from tests.contract.operating import NAME, WHY, Desk, problem
from tests.service.loan.ledger import BORROWER, FRIDGE

CODE = "asked_by_borrower"
RULES = parse_limit_rules(read_policy("limit_rules"))


def line(desk: Desk, product_code: str = "shopping") -> str:
    with desk.database.reading() as conn:
        mine = select(credit_line.c.id).where(credit_line.c.product_code == product_code)
        return str(conn.scalar(mine.where(credit_line.c.borrower_id == BORROWER)))


def under(desk: Desk) -> str:
    """The line of the loan."""
    with desk.database.reading() as conn:
        return str(conn.scalar(select(loan.c.credit_line_id).where(loan.c.id == FRIDGE)))


def close(desk: Desk, line_id: str, **more: str) -> tuple[int, str]:
    answer = desk.ask(f"/credit-lines/{line_id}/closing", **({"reason_code": CODE} | more))
    return (200, "") if answer.status_code == 200 else problem(answer)


def events(desk: Desk, line_id: str) -> list[tuple[str, str, str, str]]:
    row = credit_line_event.c
    with desk.database.reading() as conn:
        mine = select(row.kind, row.made_by, row.reason_code, row.note).where(row.line_id == line_id)
        return [tuple(one) for one in conn.execute(mine.order_by(row.no))]


def why(desk: Desk) -> str:
    today = date(2026, 11, 24)
    with desk.database.reading() as conn:
        return explain_limit(conn, borrower_id=BORROWER, today=today, rules=RULES).text


def pay_everything(desk: Desk) -> None:
    now = desk.clock.now()
    with desk.database.transaction() as conn:
        total = payoff(conn, borrower_id=BORROWER, today=date(2026, 11, 23))
        post_payment(
            conn,
            payment_id="all",
            borrower_id=BORROWER,
            plan_or_shares=[Share(FRIDGE, total.total_fen, settles=True)],
            amount_fen=total.total_fen,
            paid_at=now,
            channel="test",
            now=now,
        )


def test_it_is_closed_once_with_who_and_why_and_the_borrower_hears_it_when_he_asks(desk: Desk) -> None:
    mine = line(desk)
    assert [close(desk, mine), close(desk, mine)] == [(200, ""), (200, "")]
    assert events(desk, mine)[1:] == [("closed", NAME, CODE, WHY)]
    assert close(desk, mine, key="again") == (422, "line_closed")
    assert "关闭：按您的要求办理" in why(desk)


def test_a_frozen_line_is_explained_and_can_be_closed(desk: Desk) -> None:
    mine, now = line(desk), desk.clock.now()
    with desk.database.transaction() as conn:
        freeze_line(conn, LineOrder(mine, "security_check", by=NAME, key="freeze", now=now, rules=RULES))
    assert "账户正在做安全核查" in why(desk)
    assert close(desk, mine, reason_code="account_closed") == (200, "")
    assert "关闭：额度已注销" in why(desk)


def test_while_anything_is_owed_under_it_it_stays_as_it_is(desk: Desk) -> None:
    mine = under(desk)
    assert close(desk, mine) == (422, "line_in_use")
    assert [kind for kind, *_ in events(desk, mine)] == ["opened"]


def test_once_everything_is_paid_it_can_be_closed(desk: Desk) -> None:
    pay_everything(desk)
    assert close(desk, under(desk)) == (200, "")


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"reason_code": "holiday"}, (422, "reason_unknown")),
        ({"reason_code": "nothing"}, (422, "reason_unknown")),
        ({"reason": "  "}, (422, "reason_required")),
    ],
)
def test_the_reason_is_one_of_the_policys_and_stated(
    desk: Desk, changes: dict[str, str], refused: tuple[int, str]
) -> None:
    assert close(desk, line(desk), **changes) == refused
    assert len(events(desk, line(desk))) == 1


def test_only_an_operator_closes_and_only_what_there_is(desk: Desk) -> None:
    assert close(desk, line(desk), token=desk.viewer) == (403, "role_not_allowed")
    assert close(desk, "line-none") == (404, "line_unknown")


def change(desk: Desk, deed: str, *, key: str, **body: Any) -> tuple[int, str]:
    answer = desk.ask(f"/credit-lines/{line(desk)}/{deed}", key=key, **body)
    return (200, "") if answer.status_code == 200 else problem(answer)


def shown(desk: Desk) -> dict[str, Any]:
    lines = desk.look(f"/borrowers/{BORROWER}/credit-lines").json()["lines"]
    return next(one for one in lines if one["line_id"] == line(desk))


def test_a_limit_goes_up_down_and_up_for_some_days_and_the_line_says_so(desk: Desk) -> None:
    assert change(desk, "raising", key="1", limit_fen=120_000, reason_code="periodic_review") == (200, "")
    assert change(desk, "raising", key="1", limit_fen=120_000, reason_code="periodic_review") == (200, "")
    assert change(desk, "lowering", key="2", limit_fen=90_000, reason_code="debt_elsewhere") == (200, "")
    days = {"from_on": "2026-11-23", "until_on": "2026-11-30"}
    assert change(desk, "temporary-limits", key="3", extra_fen=40_000, reason_code="holiday", **days) == (200, "")
    told = shown(desk)
    assert (told["limit_fen"], told["temporary_fen"], told["temporary_until"]) == (130_000, 40_000, "2026-11-30")
    assert (told["used_fen"], told["available_fen"], told["status"]) == (0, 130_000, "active")
    assert [kind for kind, *_ in events(desk, line(desk))] == ["opened", "raised", "lowered", "temporary"]
    told_why = [one for one in why(desk).split("\n") if one.startswith("·")]
    assert told_why == [
        "· 11月23日额度由 1,000 元提高到 1,200 元：定期评估后调整",
        "· 11月23日额度由 1,200 元调低到 900 元：负债情况变化后重新评估",
        "· 11月23日起增加临时额度 400 元，用到11月30日：节假日消费",
    ]


def test_each_freeze_is_lifted_by_itself(desk: Desk) -> None:
    assert change(desk, "freezing", key="1", reason_code="security_check") == (200, "")
    assert change(desk, "freezing", key="2", reason_code="documents_expired") == (200, "")
    assert change(desk, "unfreezing", key="3", lifts="security_check", reason_code="check_passed") == (200, "")
    told = shown(desk)
    assert (told["status"], told["available_fen"]) == ("frozen", 0)
    assert [(one["code"], one["since"]) for one in told["freezes"]] == [("documents_expired", "2026-11-23")]
    assert change(desk, "unfreezing", key="4", lifts="documents_expired", reason_code="documents_updated") == (200, "")
    assert (shown(desk)["status"], shown(desk)["freezes"]) == ("active", [])


@pytest.mark.parametrize(
    ("deed", "body", "refused"),
    [
        ("raising", {"limit_fen": 100_000, "reason_code": "periodic_review"}, (422, "limit_not_higher")),
        ("raising", {"limit_fen": 100_001, "reason_code": "periodic_review"}, (422, "limit_uneven")),
        ("raising", {"limit_fen": 30_000_000, "reason_code": "periodic_review"}, (422, "cap_exceeded")),
        ("lowering", {"limit_fen": 100_000, "reason_code": "periodic_review"}, (422, "limit_not_lower")),
        ("lowering", {"limit_fen": -1, "reason_code": "periodic_review"}, (422, "limit_negative")),
        ("unfreezing", {"lifts": "overdue", "reason_code": "check_passed"}, (422, "not_frozen")),
        ("freezing", {"reason_code": "holiday"}, (422, "reason_unknown")),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(
    desk: Desk, deed: str, body: dict[str, Any], refused: tuple[int, str]
) -> None:
    before = shown(desk)
    assert change(desk, deed, key="k", **body) == refused
    assert shown(desk) == before


@pytest.mark.parametrize(
    ("extra_fen", "days", "refused"),
    [
        (0, ("2026-11-23", "2026-11-30"), "temporary_not_positive"),
        (60_000, ("2026-11-23", "2026-11-30"), "temporary_too_high"),
        (10_000, ("2026-11-22", "2026-11-30"), "temporary_dates"),
        (10_000, ("2026-11-23", "2027-11-30"), "temporary_dates"),
        (10_000, ("2026-12-24", "2026-12-30"), "temporary_dates"),
        (10_000, ("9999-12-31", "9998-12-31"), "temporary_dates"),
    ],
)
def test_a_temporary_limit_has_its_bounds(desk: Desk, extra_fen: int, days: tuple[str, str], refused: str) -> None:
    wish = {"extra_fen": extra_fen, "from_on": days[0], "until_on": days[1], "reason_code": "holiday"}
    assert change(desk, "temporary-limits", key="k", **wish) == (422, refused)


def test_a_temporary_limit_is_cancelled_once_and_the_borrower_is_told_why(desk: Desk) -> None:
    days = {"from_on": "2026-11-23", "until_on": "2026-11-30"}
    assert change(desk, "temporary-limits", key="1", extra_fen=40_000, reason_code="holiday", **days) == (200, "")
    cancelled = "temporary-limits/cancellation"
    for _ in range(2):
        assert change(desk, cancelled, key="2", reason_code="temporary_not_wanted") == (200, "")
    assert (shown(desk)["temporary_fen"], shown(desk)["temporary_until"]) == (0, None)
    assert [kind for kind, *_ in events(desk, line(desk))] == ["opened", "temporary", "temporary_ended"]
    assert "取消临时额度 400 元，原定用到11月30日：按您的要求提前取消" in why(desk)
    assert change(desk, cancelled, key="3", reason_code="temporary_not_wanted") == (422, "no_temporary")


def test_the_lines_of_nobody_are_not_found(desk: Desk) -> None:
    assert problem(desk.look("/borrowers/nobody/credit-lines")) == (404, "borrower_unknown")
