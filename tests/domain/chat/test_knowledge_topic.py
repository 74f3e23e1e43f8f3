"""A question so short that it is said of everything is answered of what was spoken of before it."""

from __future__ import annotations

import pytest

from tests.domain.chat.knowledge_cases import TODAY, knowledge


@pytest.mark.parametrize(
    ("topic", "intent", "text", "id"),
    [
        ("early_settlement", "interest_and_fees", "手续费呢", "early_fee"),
        ("debtor_unavailable", "debtor_unavailable", "要什么材料", "heirs_documents"),
        ("overdue_hardship", "overdue_hardship", "要什么材料", "hardship_documents"),
        ("human_agent", "human_agent", "要等多久", "person_hours"),
        ("complaint", "complaint", "多久处理", "complain_time"),
        ("limit_increase", "loan_progress", "多久出结果", "limit_raise_time"),
        ("refund", "refund", "退到哪", "refund_where"),
        ("close_account", "credit_report", "会影响征信吗", "close_credit"),
        ("overdue_consequence", "interest_and_fees", "利息呢", "penalty_how"),
        ("coupon_promo", "coupon_promo", "在哪看", "coupon_where"),
        ("bot_challenge", "bot_challenge", "执照呢", "institution_where"),
    ],
)
def test_it_is_answered_of_the_topic(topic: str, intent: str, text: str, id: str) -> None:
    found = knowledge().find(text, intents=[intent], topic=topic, day=TODAY)
    assert found is not None
    assert found.id == id
    assert found.on_topic


def test_what_names_another_subject_leaves_the_topic() -> None:
    found = knowledge().find("怎么查征信", intents=["credit_report"], topic="early_settlement", day=TODAY)
    assert found is not None
    assert found.id == "credit_look_up"
    assert not found.on_topic


def test_what_no_clause_of_the_topic_is_near_to_is_not_answered_from_another() -> None:
    assert knowledge().find("要多久", intents=["close_account"], topic="close_account", day=TODAY) is None


def test_without_a_topic_nothing_is_on_it() -> None:
    found = knowledge().find("怎么查征信", intents=["credit_report"], day=TODAY)
    assert found is not None
    assert not found.on_topic
