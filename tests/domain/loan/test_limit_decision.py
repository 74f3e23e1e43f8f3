"""Rules as data decide: hard stops refuse, what is within the policy is granted, the rest is a person's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.loan.accrual import age
from service.domain.loan.ageing import Pause
from service.domain.loan.book import Book, InstalmentState, LoanState
from service.domain.loan.event import Event, Paid, Paused, PlanAgreed, apply
from service.domain.loan.limit_decision import Facts, decide, months_between, percent_up, record_of
from service.domain.loan.limit_rules import FACTS, LimitRulesError, Outcome, parse_limit_rules
from service.domain.loan.origination import originate
from service.domain.loan.payment import Share
from service.domain.loan.plan import Part
from service.domain.loan.settlement import payoff_of
from tests.domain.loan.limit_cases import RULES, TODAY, facts, table
from tests.service.loan.ledger import PRODUCTS


def codes(found: Any) -> list[str]:
    return [one.code for one in found]


def test_a_good_record_is_granted_what_it_asks_for_and_told_why() -> None:
    decision = decide(facts(), RULES)
    assert (decision.outcome, decision.amount_fen) == (Outcome.APPROVED, 3_000_000)
    assert "近 12 个月按时还了 8 期" in [one.text for one in decision.reasons]
    assert decision.rules_version == RULES.version


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"days_past_due": 5}, "not_overdue", "已经逾期 5 天"),
        ({"worst_days_past_due_12m": 31}, "worst_lateness", "最长的一次逾期有 31 天"),
        ({"total_after_fen": 20_000_100}, "cap_per_borrower", "会到 200,001 元，超过了每位客户 200,000 元"),
        ({"line_status": "frozen"}, "line_usable", "暂停使用"),
        ({"stops": ("fraud",)}, "identity_in_doubt", "身份情况正在核实"),
    ],
)
def test_a_hard_stop_refuses_however_good_the_rest_is(changes: dict[str, Any], code: str, said: str) -> None:
    decision = decide(facts(**changes, model_score=999), RULES)
    assert (decision.outcome, decision.amount_fen) == (Outcome.REFUSED, 0)
    assert codes(decision.reasons) == [code]
    assert said in decision.reasons[0].text
    assert decision.reasons[0].source.startswith("[")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"worst_days_past_due_12m": 4}, "short_lateness"),
        ({"stops": ("hardship", "dispute")}, "nothing_open"),
        ({"asked_percent": 151}, "raise_within_share"),
        ({"model_score": 499}, "model_doubts"),
    ],
)
def test_what_the_rules_may_not_decide_goes_to_a_person(changes: dict[str, Any], code: str) -> None:
    decision = decide(facts(**changes), RULES)
    assert (decision.outcome, decision.amount_fen) == (Outcome.REFERRED, 0)
    assert codes(decision.reasons) == [code]


def test_too_few_points_go_to_a_person_with_what_is_missing_and_never_refuse() -> None:
    decision = decide(facts(on_time_payments_12m=2, months_on_book=3), RULES)
    assert decision.outcome is Outcome.REFERRED
    assert {"paid_on_time", "months_on_book"} <= set(codes(decision.reasons))
    assert "开通额度只有 3 个月，满 6 个月更容易通过" in [one.text for one in decision.reasons]


def test_no_advice_is_to_apply_again_at_once_which_the_cooling_time_would_refuse() -> None:
    (cap,) = decide(facts(total_after_fen=20_000_100), RULES).reasons
    assert cap.advice == "下次申请时可以选一个低一些的额度"
    assert not [rule.id for rule in RULES.rules_on(TODAY) if "改申请" in rule.advice]


def test_all_hard_stops_are_told_and_not_the_first_alone() -> None:
    decision = decide(facts(days_past_due=40, worst_days_past_due_12m=40, line_status="frozen"), RULES)
    assert codes(decision.reasons) == ["not_overdue", "worst_lateness", "line_usable"]


def test_what_is_not_known_is_held_against_nobody_and_looked_at_by_a_person() -> None:
    decision = decide(facts(asked_percent=None), RULES)
    assert decision.outcome is Outcome.REFERRED
    assert "人工核实" in decision.reasons[0].text


RISKY = st.fixed_dictionaries(
    {},
    optional={
        "days_past_due": st.integers(0, 200),
        "worst_days_past_due_12m": st.integers(0, 200),
        "on_time_payments_12m": st.integers(0, 30),
        "months_on_book": st.integers(0, 60),
        "utilisation_percent": st.none() | st.integers(0, 200),
        "asked_percent": st.none() | st.integers(101, 400),
        "total_after_fen": st.integers(1, 40_000_000),
        "line_status": st.sampled_from(["active", "frozen"]),
        "stops": st.lists(st.sampled_from(["fraud", "dispute", "hardship", "opt_out"]), unique=True).map(tuple),
        "income_documented": st.booleans(),
    },
)


@given(RISKY, st.integers(0, 999))
def test_a_models_score_never_grants_and_never_refuses(changes: dict[str, Any], score: int) -> None:
    without, with_it = decide(facts(**changes), RULES), decide(facts(**changes, model_score=score), RULES)
    assert (with_it.outcome is Outcome.REFUSED) == (without.outcome is Outcome.REFUSED)
    if with_it.outcome is Outcome.APPROVED:
        assert without.outcome is Outcome.APPROVED
    assert with_it.points == without.points


@given(RISKY)
def test_every_decision_has_a_reason_and_grants_nothing_over_the_cap(changes: dict[str, Any]) -> None:
    decision = decide(facts(**changes), RULES)
    assert decision.reasons
    assert all(one.text and "{" not in one.text for one in decision.reasons)
    if facts(**changes).total_after_fen > RULES.cap_fen:
        assert decision.outcome is Outcome.REFUSED
    assert (decision.amount_fen > 0) == (decision.outcome is Outcome.APPROVED)


def test_a_rule_holds_from_its_day_until_its_day() -> None:
    late = facts(days_past_due=5, as_of=date(2026, 10, 31))
    assert "not_overdue" not in codes(decide(late, RULES).findings)
    ended = table()
    next(one for one in ended["rule"] if one["id"] == "not_overdue")["until"] = TODAY
    assert "not_overdue" not in codes(decide(facts(), parse_limit_rules(ended)).findings)
    ended["rule"][1]["until"] = TODAY + timedelta(1)
    assert "not_overdue" in codes(decide(facts(), parse_limit_rules(ended)).findings)


def test_the_rules_look_at_facts_that_are_gathered() -> None:
    assert set(Facts.__dataclass_fields__) >= FACTS


def test_the_numbers_that_are_told_twice_in_the_table_are_the_same() -> None:
    by_id = {one.id: one.value for one in RULES.rules}
    assert by_id["cap_per_borrower"] == RULES.cap_fen
    assert by_id["raise_within_share"] == RULES.automatic_share_percent


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("fact", "star_sign", "nobody gathers it"),
        ("test", "about", "is none of"),
        ("effect", "shrug", "is none of"),
        ("weight", 5, "not both"),
        ("reason", "到 {fact}", "braces"),
        ("mark", "X", "is none of"),
        ("typo", 1, "no such column"),
        ("in_force", "2026-11-01", "without quotes"),
    ],
)
def test_a_table_that_cannot_be_used_says_where(column: str, value: Any, said: str) -> None:
    broken = table()
    broken["rule"][1][column] = value
    with pytest.raises(LimitRulesError, match=rf"rule 2 \(not_overdue\).*{said}"):
        parse_limit_rules(broken)


@pytest.mark.parametrize("effect", [{"effect": "refuse"}, {"weight": 30}])
def test_a_table_cannot_let_a_model_decide(effect: dict[str, Any]) -> None:
    broken = table()
    rule = next(one for one in broken["rule"] if one["id"] == "model_doubts")
    del rule["effect"]
    rule |= effect
    with pytest.raises(LimitRulesError, match="nothing else"):
        parse_limit_rules(broken)


def test_a_suggestion_stays_within_the_share_the_cap_and_whole_steps() -> None:
    assert RULES.suggestion(base_fen=2_000_000, others_fen=0) == 3_000_000
    assert RULES.suggestion(base_fen=2_011_000, others_fen=0) == 3_010_000
    assert RULES.suggestion(base_fen=2_000_000, others_fen=17_500_000) == 2_500_000
    assert RULES.suggestion(base_fen=2_000_000, others_fen=19_000_000) == 2_000_000


def test_months_are_whole_ones() -> None:
    assert months_between(date(2026, 1, 31), date(2026, 2, 28)) == 1
    assert months_between(date(2026, 1, 15), date(2026, 2, 14)) == 0
    assert months_between(TODAY, TODAY - timedelta(40)) == 0


def test_shares_are_rounded_up() -> None:
    assert percent_up(1, 300) == 1
    assert percent_up(300, 300) == 100
    assert percent_up(5, 0) is None


def paid(one: InstalmentState, on: date) -> InstalmentState:
    return replace(one, paid_on=on, principal_paid_fen=one.principal_fen, interest_paid_fen=one.interest_fen)


def test_the_record_counts_twelve_months_and_what_is_late_until_today() -> None:
    loan = originate(
        PRODUCTS["appliance"], loan_id="l", borrower_id="b", credit_line_id="line", principal_fen=600_000, periods=24,
        disbursed_on=date(2025, 3, 10), due_day=None, purpose="分期", products_version="1",
    )  # fmt: skip
    parts = list(loan.instalments)
    parts[0] = paid(parts[0], parts[0].due_on + timedelta(60))  # 2025-06-09, over for more than a year
    for at in range(1, 18):
        parts[at] = paid(parts[at], parts[at].due_on)
    parts[18] = paid(parts[18], parts[18].due_on + timedelta(2))
    book = Book("b", 0, (replace(loan, instalments=tuple(parts)),))
    record = record_of(book, date(2026, 11, 15))  # no. 20 was due on 2026-11-10
    assert (record.days_past_due, record.worst_days_past_due_12m) == (5, 5)
    assert (record.on_time_payments_12m, record.late_payments_12m) == (10, 2)


def borrowed(on: date) -> LoanState:
    return originate(
        PRODUCTS["appliance"], loan_id="l", borrower_id="b", credit_line_id="line", principal_fen=600_000, periods=12,
        disbursed_on=on, due_day=None, purpose="分期", products_version="1",
    )  # fmt: skip


@pytest.mark.parametrize(
    "agreed",
    [
        Paused("l", Pause("p", date(2026, 8, 1), None, "灾区")),
        PlanAgreed("l", "p", (Part(date(2026, 12, 1), 700_000),), grace_days=3, stops_penalty=True),
    ],
)
def test_days_that_the_ledger_does_not_count_are_not_held_against_an_application(agreed: Paused | PlanAgreed) -> None:
    start, today = date(2026, 7, 10), date(2026, 11, 15)
    book = Book("b", 0, (borrowed(start),))
    book = age(apply(book, Event("agreed", date(2026, 8, 1), agreed)).book, today).book
    assert book.loans[0].days_past_due == 0
    record = record_of(book, today)
    assert (record.days_past_due, record.worst_days_past_due_12m, record.late_payments_12m) == (0, 0, 0)


def test_a_loan_that_is_settled_at_once_is_no_record_of_instalments_paid_on_time() -> None:
    start = date(2026, 7, 10)
    book = Book("b", 0, (borrowed(start),))
    price_fen = payoff_of(book.loans[0], start).total_fen
    settled = apply(book, Event("p", start, Paid(price_fen, (Share("l", price_fen, settles=True),)))).book
    assert settled.loans[0].status == "settled"
    assert record_of(settled, start + timedelta(40)).on_time_payments_12m == 0
    later = start + timedelta(45)  # in the second period: the first was not paid in time, the second was
    aged = age(book, later).book
    price_fen = payoff_of(aged.loans[0], later).total_fen
    settled = apply(aged, Event("p", later, Paid(price_fen, (Share("l", price_fen, settles=True),)))).book
    record = record_of(settled, later)
    assert (record.on_time_payments_12m, record.late_payments_12m) == (1, 1)


def test_who_pays_a_month_ahead_pays_on_time() -> None:
    start, today = date(2026, 7, 10), date(2026, 11, 15)
    book = Book("b", 0, (borrowed(start),))
    dues = [one.principal_fen + one.interest_fen for one in book.loans[0].instalments]
    for no, day in ((0, date(2026, 8, 10)), (2, date(2026, 9, 10)), (3, date(2026, 10, 10))):
        fen = dues[0] + dues[1] if no == 0 else dues[no]
        book = apply(book, Event(f"p-{no}", day, Paid(fen, (Share("l", fen),)))).book
    assert [one.paid_on is not None for one in book.loans[0].instalments[:5]] == [True] * 4 + [False]
    assert record_of(age(book, today).book, today).on_time_payments_12m == 4
