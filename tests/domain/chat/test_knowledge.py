"""Every general question has its clause, with a source and a date, found in other words than it was written in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.domain.chat.knowledge import Clause, Told
from service.domain.chat.knowledge_index import Index
from service.domain.chat.knowledge_words import fold
from service.domain.collect.wording import lint
from service.domain.rows import Mark, PolicyError
from tests.domain.chat.knowledge_cases import TODAY, gold, knowledge, row, small
from tests.domain.collect.policy_of import policy

DOMAIN = yaml.safe_load((Path(__file__).resolve().parents[3] / "domain.yml").read_text(encoding="utf-8"))
IN_FORCE = [clause for clause in knowledge().clauses if clause.origin.holds_on(TODAY)]
LAWS = re.compile(r"《|GB/T|〔\d{4}〕|规定|办法|工作指引|信用修复政策")
GENERAL = {
    "apply_or_open", "close_account", "bill_date", "repay_how", "repay_failed", "early_settlement", "installment",
    "interest_and_fees", "overdue_consequence", "overdue_hardship", "credit_report", "autopay_deduction",
    "change_bank_card", "change_phone_or_account", "drawdown_borrow", "loan_progress", "usage_merchant", "refund",
    "coupon_promo", "fraud_security", "identity_verification", "app_problem", "documents", "product_intro",
    "complaint", "stop_contact", "bot_challenge", "query_credit_limit", "limit_increase", "limit_decrease_or_frozen",
    "partial_or_min_payment", "repay_status", "dispute_debt", "third_party", "debtor_unavailable",
}  # fmt: skip


def told(clause: Clause) -> Told:
    found = knowledge().find(clause.asks[0], intents=clause.intents, day=TODAY)
    assert found is not None
    return found


def test_at_least_150_questions_of_the_field_have_a_clause_of_their_own() -> None:
    assert len(IN_FORCE) >= 150
    assert {intent for clause in IN_FORCE for intent in clause.intents} >= GENERAL


def test_intents_and_buttons_are_the_bots_own() -> None:
    known = set(DOMAIN["intents"])
    assert {intent for clause in knowledge().clauses for intent in clause.intents} <= known
    assert {button["payload"][1:] for clause in knowledge().clauses for button in clause.buttons} <= known


@pytest.mark.parametrize("clause", IN_FORCE, ids=lambda clause: clause.id)
def test_every_way_of_asking_finds_its_clause_and_its_numbers_are_filled_in(clause: Clause) -> None:
    for asked in clause.asks:
        found = knowledge().find(asked, intents=clause.intents, day=TODAY)
        assert found is not None, asked
        assert found.id == clause.id, f"{asked} finds {found.id}"
        assert found.strong
        assert not re.search(r"[{}]", found.answer)
        assert len(found.answer) <= 160


@pytest.mark.parametrize("clause", knowledge().clauses, ids=lambda clause: clause.id)
def test_every_clause_says_what_it_rests_on(clause: Clause) -> None:
    source = told(clause).source if clause.origin.holds_on(TODAY) else clause.origin.source
    if clause.origin.mark is Mark.POLICY:
        assert source == "小清消费金融产品规则"
    else:
        assert LAWS.search(source), source
    assert clause.origin.in_force.year >= 2000


@pytest.mark.parametrize("clause", IN_FORCE, ids=lambda clause: clause.id)
def test_no_answer_breaks_a_rule_of_wording_or_speaks_of_the_readers_own_debt(clause: Clause) -> None:
    answer = told(clause).answer
    assert lint(answer, rules=policy().wording) == ()
    assert not re.search(r"您(?:目前|现在|还)有[^，。]*(?:逾期|欠|未还)", answer)


def left_out() -> Iterator[tuple[str, str, str | None]]:
    """Each way of asking, its clause, and what is found when the clause does not know it."""
    answers = {clause.id: clause.answer for clause in IN_FORCE}
    for clause in IN_FORCE:
        texts = {one.id: (one.title, *one.asks) for one in IN_FORCE if set(one.intents) & {clause.intents[0]}}
        for asked in clause.asks:
            index = Index.of(
                {id: tuple(text for text in own if text != asked) for id, own in texts.items()}, answers=answers
            )
            near = index.nearness(asked)
            best = max(near, key=lambda id: near[id].all_in)
            yield asked, clause.id, best if near[best].all_in >= knowledge().near else None


def test_a_way_of_asking_that_is_left_out_is_found_by_the_others() -> None:
    tried = list(left_out())
    missed = [one for one in tried if one[1] != one[2]]
    share = 1 - len(missed) / len(tried)
    assert share >= 0.85, f"{share:.3f}: {missed[:20]}"


def test_nine_of_ten_questions_in_other_words_find_their_clause() -> None:
    asked = gold()
    found = {question: knowledge().find(question, intents=[intent], day=TODAY) for _, intent, question in asked}
    missed = [one for one in asked if (hit := found[one[2]]) is None or hit.id != one[0]]
    wrong = [one for one in missed if found[one[2]] is not None]
    assert len(asked) >= 150
    assert 1 - len(missed) / len(asked) >= 0.9, missed
    assert len(wrong) / len(asked) <= 0.04, wrong


def test_the_questions_to_measure_with_are_not_among_the_ways_of_asking() -> None:
    known = {fold(asked) for clause in knowledge().clauses for asked in clause.asks}
    asked = gold()
    assert {clause for clause, _, _ in asked} <= {clause.id for clause in IN_FORCE}
    assert [clause for clause, intent, _ in asked if intent not in DOMAIN["intents"]] == []
    assert [question for _, _, question in asked if fold(question) in known] == []
    assert max(Counter(question for _, _, question in asked).values()) == 1


@pytest.mark.parametrize(
    "text", ["今天天气怎么样", "讲个笑话", "帮我订张机票", "余额宝收益多少", "", "？？", "x" * 5000]
)
def test_what_is_none_of_it_finds_nothing(text: str) -> None:
    assert knowledge().find(text, intents=["out_of_scope"], day=TODAY) is None


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("query_bill", "我欠多少钱"), ("query_bill", "这个月要还多少"), ("query_credit_limit", "我还有多少额度"),
        ("early_settlement", "我现在还清要给多少"), ("repay_status", "昨天还的到了吗"),
        ("overdue_hardship", "能不能晚几天"),
        ("fraud_security", "这笔不是我借的"), ("dispute_debt", "金额不对"), ("debtor_unavailable", "他住院了"),
        ("limit_decrease_or_frozen", "我的额度怎么变少了"),
    ],
)  # fmt: skip
def test_a_question_about_ones_own_account_is_no_strong_match_to_be_answered_in_general(intent: str, text: str) -> None:
    found = knowledge().find(text, intents=[intent], day=TODAY)
    assert found is None or not (found.strong and found.only_asks)


@pytest.mark.parametrize(
    ("day", "clause", "says"),
    [(date(2026, 3, 31), "credit_once", "自动处理"), (date(2026, 4, 1), "credit_once_over", "已经结束")],
)
def test_the_one_off_repair_of_credit_records_is_told_to_be_over_from_the_day_after(
    day: date, clause: str, says: str
) -> None:
    found = knowledge().find("央行的一次性信用修复怎么办", intents=["credit_report"], day=day)
    assert found is not None
    assert (found.id, says in found.answer) == (clause, True)


def test_a_clause_that_is_over_or_to_come_is_not_told() -> None:
    kept = small(row(in_force=date(2026, 1, 1), until=date(2026, 11, 1)))
    days = {day: kept.find("能提前还吗", intents=["early_settlement"], day=day) for day in
            (date(2025, 12, 31), date(2026, 1, 1), date(2026, 10, 31), date(2026, 11, 1))}  # fmt: skip
    assert [found is not None for found in days.values()] == [False, True, True, False]


def test_a_number_is_that_of_the_day_on_which_it_is_told() -> None:
    kept = small(row())
    says = [kept.find("能提前还吗", day=day) for day in (date(2026, 12, 31), date(2027, 1, 1))]
    assert [one.answer for one in says if one] == ["可以，宽限期是 3 天。", "可以，宽限期是 5 天。"]


def test_outside_of_the_intent_only_a_strong_match_counts() -> None:
    kept = small(row())
    weak = "我想早点把钱都提前还完行吗"
    assert kept.find(weak, intents=["early_settlement"], day=TODAY)
    assert kept.find(weak, intents=["refund"], day=TODAY) is None
    assert kept.find("提前还清可以吗", intents=["refund"], day=TODAY)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"answer": ""}, "answer: must be text"),
        ({"answer": "宽限期是 {grace_dayz} 天。"}, "{grace_dayz} is no figure"),
        ({"answer": "宽限期是 {grace_days 天。"}, "answer:"),
        ({"answer": "好" * 161}, "has 161 characters"),
        ({"answer": "申请一定能通过。"}, "wording_approval"),
        ({"answer": "我们可以帮您修复征信。"}, "wording_credit_record"),
        ({"answer": "按时还款就不会上征信。"}, "wording_credit_record"),
        ({"answer": "我们可以给您减免罚息。"}, "wording_waiver"),
        ({"answer": "还款后2小时内到账。"}, "wording_time"),
        ({"answer": "我们保证不会有事。"}, "wording_certainty"),
        ({"answer": "不还就起诉您。"}, "wording_litigation"),
        ({"source": None}, "source: is missing"),
        ({"source": "产品规则"}, "must begin with 产品规则 where the mark is P"),
        ({"mark": "P"}, "must begin with 产品规则 where the mark is P"),
        ({"in_force": None}, "in_force: is missing"),
        ({"in_force": "2026-11-01"}, "must be a date without quotes"),
        ({"until": date(2020, 1, 1)}, "ends before it begins"),
        ({"asks": ["能提前还吗", "能提前还吗", "早点还"]}, "different ways of asking"),
        ({"asks": ["能提前还吗"]}, "3 to 12 different ways"),
        ({"intents": []}, "intents: must be a list"),
        ({"buttons": ["give_money"]}, "give_money is no button"),
        ({"id": "Early!"}, "small letters"),
        ({"answr": "x"}, "answr: there is no such column"),
    ],
)
def test_a_clause_that_must_not_be_told_is_refused_by_file_and_id(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PolicyError) as refused:
        small(row(**changes))
    assert complaint in str(refused.value)
    assert str(refused.value).startswith("knowledge/early.toml: clause 1 (")


def test_a_denial_of_a_promise_is_no_promise() -> None:
    assert small(row(answer="不一定能通过，不能保证会批准。")).clauses


def test_an_id_that_comes_twice_is_refused_within_a_file() -> None:
    with pytest.raises(PolicyError, match="early is taken by an earlier row"):
        small(row(), row())
