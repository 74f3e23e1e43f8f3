"""Applications for a higher limit: decided once, with facts and reasons kept, and looked at by a person when asked."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from service.db import credit_line as store
from service.db.engine import Database
from service.db.tables.credit_line import limit_application
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.limit_application import Application
from service.domain.loan.limit_rules import Outcome
from service.usecases.collect.open_stops import open_stops
from service.usecases.collect.pause import pause
from service.usecases.loan.apply_for_limit import apply_for_limit
from service.usecases.loan.ask_limit_review import ask_limit_review
from service.usecases.loan.decide_limit_application import decide_limit_application
from service.usecases.loan.list_limit_applications import list_limit_applications
from service.usecases.loan.plan_payment import plan_payment
from service.usecases.loan.record_income import record_income
from service.usecases.ports import FrozenClock
from tests.domain.loan.limit_cases import RULES
from tests.service.loan.ledger import BORROWER, borrow, noon, pay_on

START = date(2026, 1, 10)
TODAY = date(2026, 11, 23)
LINE = f"line:{BORROWER}:cash"
PERSON = "王敏"


def good_record(database: Database, *, paid: int = 10, days_late: int = 0) -> None:
    """A cash line of 20,000 yuan since January, 12,000 drawn over 12 periods and `paid` of them paid."""
    with database.transaction() as conn:
        loan = borrow(conn, product_code="cash", principal_fen=1_200_000, on=START)
        for one in loan.instalments[:paid]:
            day = one.due_on + timedelta(days_late)
            plan = plan_payment(conn, borrower_id=BORROWER, kind="minimum", today=day)
            pay_on(conn, day, plan.amount_fen, payment_id=f"p-{one.no}", shares=plan)


def apply(
    database: Database, *, key: str = "k", on: date = TODAY, asked_fen: int | None = None, **more: Any
) -> Application:
    values: dict[str, Any] = {"borrower_id": BORROWER, "conversation_id": "c", "line_id": LINE, "stops": open_stops}
    clock = FrozenClock(noon(on))
    return apply_for_limit(database, asked_fen=asked_fen, key=key, rules=RULES, clock=clock, **values | more)


def person(
    database: Database, one: Application, outcome: Outcome, reason: str, amount_fen: int = 0, **more: Any
) -> Application:
    with database.transaction() as conn:
        values = {"by": PERSON, "now": noon(TODAY), "rules": RULES} | more
        return decide_limit_application(
            conn, application_id=one.id, outcome=outcome, amount_fen=amount_fen, reason_code=reason, **values
        )


def base_fen(database: Database) -> int:
    with database.reading() as conn:
        return next(one for one in store.lines_of(conn, BORROWER) if one.id == LINE).state.limit_fen


def codes(one: Application) -> list[str]:
    return [reason["code"] for reason in one.reasons]


def test_a_good_record_is_granted_at_once_and_the_line_raised_by_the_rules(database: Database) -> None:
    good_record(database)
    made = apply(database, asked_fen=2_800_000)
    assert (made.state, made.amount_fen, base_fen(database)) == (Outcome.APPROVED, 2_800_000, 2_800_000)
    assert made.decided_by == f"rule:limit_application@{RULES.version}"
    assert made.facts["on_time_payments_12m"] == 10
    assert made.facts["utilisation_percent"] == 10 + 1  # 210,000 fen and some are left of 2,000,000, rounded up
    with database.reading() as conn:
        raised = store.events_of(conn, LINE)[-1]
    assert (raised.kind.value, raised.by, raised.reason.code) == ("raised", made.decided_by, "application_approved")


def test_without_a_sum_the_highest_is_asked_for_that_the_rules_may_grant(database: Database) -> None:
    good_record(database)
    assert apply(database).amount_fen == 3_000_000


def test_the_same_key_is_the_same_application_and_another_body_is_refused(database: Database) -> None:
    good_record(database)
    first = apply(database, asked_fen=2_800_000)
    assert apply(database, asked_fen=2_800_000) == first
    for other in ({"asked_fen": 2_900_000}, {"asked_fen": None}, {"asked_fen": 2_800_000, "line_id": "line:other"}):
        with pytest.raises(KeyReused):
            apply(database, **other)  # type: ignore[arg-type]
    assert base_fen(database) == 2_800_000


def test_who_is_overdue_is_refused_with_what_to_do(database: Database) -> None:
    good_record(database, paid=9)  # the tenth was due on 2026-11-10
    made = apply(database)
    assert (made.state, codes(made), base_fen(database)) == (Outcome.REFUSED, ["not_overdue"], 2_000_000)
    assert made.reasons[0]["text"] == "有借款已经逾期 13 天"
    assert "先还清逾期" in made.reasons[0]["advice"]


def test_a_late_year_goes_to_a_person(database: Database) -> None:
    good_record(database, days_late=10)
    made = apply(database)
    assert (made.state, made.decided_by, made.decided_at) == (Outcome.REFERRED, "", None)
    assert codes(made)[0] == "short_lateness"


@pytest.mark.parametrize(("stop", "state"), [("dispute", Outcome.REFERRED), ("fraud", Outcome.REFUSED)])
def test_an_open_matter_of_collection_is_seen(database: Database, stop: str, state: Outcome) -> None:
    good_record(database)
    with database.transaction() as conn:
        pause(conn, borrower_id=BORROWER, reason=stop, by=PERSON, now=noon(TODAY))
    assert apply(database).state is state


def test_more_than_the_rules_may_grant_goes_to_a_person(database: Database) -> None:
    good_record(database)
    assert codes(apply(database, asked_fen=3_010_000)) == ["raise_within_share"]


def test_a_low_score_of_a_model_only_asks_for_a_person(database: Database) -> None:
    good_record(database)
    made = apply(database, model_score=1)
    assert (made.state, codes(made), made.facts["model_score"]) == (Outcome.REFERRED, ["model_doubts"], 1)


@pytest.mark.parametrize(
    ("asked_fen", "code"), [(2_000_000, "limit_not_higher"), (-5, "limit_not_higher"), (2_500_001, "limit_uneven")]
)
def test_a_senseless_sum_is_refused_and_nothing_kept(database: Database, asked_fen: int, code: str) -> None:
    good_record(database)
    with pytest.raises(Refused) as refused:
        apply(database, asked_fen=asked_fen)
    assert refused.value.code == code
    with database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(limit_application)).scalar_one() == 0


def test_a_line_of_somebody_else_is_not_found(database: Database) -> None:
    good_record(database)
    with database.transaction() as conn:
        borrow(conn, borrower_id="b-2", loan_id="l-2", product_code="cash")
    with pytest.raises(NotFound):
        apply(database, line_id="line:b-2:cash")


def test_after_a_decision_one_waits_and_then_may_apply_again(database: Database) -> None:
    good_record(database)
    apply(database, asked_fen=2_500_000)
    with pytest.raises(Refused, match=r"2026年12月23日起可以再申请") as refused:
        apply(database, key="k2", on=date(2026, 12, 22))
    assert refused.value.code == "application_too_soon"
    with database.transaction() as conn:
        pay_on(conn, date(2026, 12, 10), 200_000)
    assert apply(database, key="k2", on=date(2026, 12, 23)).facts["days_since_last_application"] == 30


def test_while_a_person_decides_there_is_one_application_a_line(database: Database) -> None:
    good_record(database, days_late=10)
    apply(database)
    with pytest.raises(Refused) as refused:
        apply(database, key="k2")
    assert refused.value.code == "application_open"


def test_a_person_grants_less_than_was_asked_for_a_reason_and_by_name(database: Database) -> None:
    good_record(database, days_late=10)
    made = apply(database)
    decided = person(database, made, Outcome.APPROVED, "partly_granted", 2_400_000)
    assert (decided.state, decided.amount_fen, decided.decided_by) == (Outcome.APPROVED, 2_400_000, PERSON)
    assert decided.by_rules["outcome"] == "referred"
    assert base_fen(database) == 2_400_000
    assert person(database, made, Outcome.APPROVED, "partly_granted", 2_400_000) == decided
    with pytest.raises(Refused) as refused:
        person(database, made, Outcome.REFUSED, "recent_lateness", by="李岩")
    assert refused.value.code == "already_decided"


@pytest.mark.parametrize(
    ("outcome", "reason", "amount_fen", "by", "code"),
    [
        (Outcome.APPROVED, "partly_granted", 3_010_000, PERSON, "amount_not_asked"),
        (Outcome.APPROVED, "recent_lateness", 2_400_000, PERSON, "reason_unknown"),
        (Outcome.REFUSED, "", 0, PERSON, "reason_unknown"),
        (Outcome.REFUSED, "recent_lateness", 0, "", "person_missing"),
        (Outcome.REFUSED, "recent_lateness", 0, "rule:x@1", "person_missing"),
        (Outcome.APPROVED, "partly_granted", 2_000_000, PERSON, "limit_not_higher"),
    ],
)
def test_a_persons_decision_has_its_rules_too(
    sqlite_database: Database, outcome: Outcome, reason: str, amount_fen: int, by: str, code: str
) -> None:
    good_record(sqlite_database, days_late=10)
    made = apply(sqlite_database)
    with pytest.raises(Refused) as refused:
        person(sqlite_database, made, outcome, reason, amount_fen, by=by)
    assert refused.value.code == code
    assert base_fen(sqlite_database) == 2_000_000


def review(database: Database, one: Application, *, on: date = TODAY, borrower_id: str = BORROWER) -> Application:
    with database.transaction() as conn:
        return ask_limit_review(conn, application_id=one.id, borrower_id=borrower_id, now=noon(on), rules=RULES)


def test_a_refusal_by_the_rules_is_looked_at_by_a_person_who_is_asked(database: Database) -> None:
    good_record(database, paid=9)
    refused = apply(database)
    waiting = review(database, refused)
    assert (waiting.state, waiting.decided_by) == (Outcome.REFERRED, "")
    assert review(database, refused) == waiting
    assert waiting.by_rules["outcome"] == "refused"
    decided = person(database, waiting, Outcome.APPROVED, "record_explained", waiting.asked_fen)
    assert (decided.by_person, base_fen(database)) == (True, 3_000_000)
    with pytest.raises(Refused) as again:
        review(database, refused)
    assert again.value.code == "nothing_to_review"


def test_who_was_granted_a_part_is_not_told_that_it_was_all_he_asked_for(database: Database) -> None:
    good_record(database, days_late=10)
    made = apply(database)
    person(database, made, Outcome.APPROVED, "partly_granted", 2_400_000)
    with pytest.raises(Refused) as refused:
        review(database, made)
    assert refused.value.code == "already_reviewed"


def test_what_a_person_refused_is_not_reviewed_again_and_a_late_wish_not_at_all(database: Database) -> None:
    good_record(database, paid=9)
    made = apply(database)
    with pytest.raises(Refused) as late:
        review(database, made, on=TODAY + timedelta(61))
    assert late.value.code == "review_too_late"
    person(database, review(database, made, on=TODAY + timedelta(60)), Outcome.REFUSED, "recent_lateness")
    with pytest.raises(Refused) as again:
        review(database, made)
    assert again.value.code == "already_reviewed"


def test_nobody_can_ask_about_the_application_of_another(sqlite_database: Database) -> None:
    good_record(sqlite_database, paid=9)
    made = apply(sqlite_database)
    with pytest.raises(NotFound):
        review(sqlite_database, made, borrower_id="b-2")


def test_a_checked_income_counts_for_a_year(database: Database) -> None:
    good_record(database, paid=4)
    with database.transaction() as conn:
        pay_on(conn, date(2026, 11, 12), 800_000)  # the rest that is due; late by up to half a year
    with database.transaction() as conn:
        for _ in range(2):
            record_income(
                conn, borrower_id=BORROWER, monthly_fen=900_000, by=PERSON, key="i", now=noon(TODAY), rules=RULES
            )
        with pytest.raises(KeyReused):
            record_income(conn, borrower_id=BORROWER, monthly_fen=1, by=PERSON, key="i", now=noon(TODAY), rules=RULES)
    made = apply(database)
    assert (made.facts["income_documented"], made.facts["income_monthly_fen"]) == (True, 900_000)
    later = apply(database, key="k2", on=TODAY + timedelta(366))
    assert later.facts["income_documented"] is False


def test_what_can_be_applied_for_is_told_line_by_line(database: Database) -> None:
    good_record(database)
    with database.reading() as conn:
        (offer,) = list_limit_applications(conn, borrower_id=BORROWER, now=noon(TODAY), rules=RULES).offers
    assert (offer.limit_fen, offer.suggested_fen, offer.blocked_code) == (2_000_000, 3_000_000, "")
    made = apply(database)
    with database.reading() as conn:
        found = list_limit_applications(conn, borrower_id=BORROWER, now=noon(TODAY), rules=RULES)
    assert (found.applications, found.offers[0].blocked_code) == ((made,), "application_too_soon")


def at_once(database: Database, keys: Sequence[str]) -> list[Application | str]:
    def one(key: str) -> Application | str:
        try:
            return apply(database, key=key, asked_fen=2_500_000)
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(len(keys)) as pool:
        return list(pool.map(one, keys))


def test_eight_requests_at_once_with_one_key_are_one_application(database: Database) -> None:
    good_record(database)
    found = at_once(database, ["k"] * 8)
    assert len({one.id for one in found if isinstance(one, Application)}) == 1
    assert all(isinstance(one, Application) for one in found)
    with database.reading() as conn:
        assert len(store.events_of(conn, LINE)) == 2


def test_eight_requests_at_once_with_eight_keys_are_one_application(database: Database) -> None:
    good_record(database)
    found = at_once(database, [f"k{number}" for number in range(8)])
    assert sum(isinstance(one, Application) for one in found) == 1
    assert {one for one in found if isinstance(one, str)} == {"application_too_soon"}
    assert base_fen(database) == 2_500_000
