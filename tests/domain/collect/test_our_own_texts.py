"""What the system itself says to borrowers passes the linter that agents' words pass, on the surface it is read on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.domain.collect.outreach import Surface
from service.domain.collect.template import Facts
from service.domain.collect.wording import lint
from tests.domain.collect.policy_of import policy
from tests.domain.loan.hardship_cases import hardship_table
from tests.domain.loan.limit_cases import table as limit_rules

ROOT = Path(__file__).resolve().parents[3]
RESPONSES: dict[str, list[dict[str, Any]]] = yaml.safe_load((ROOT / "domain.yml").read_text())["responses"]
VALUES = {"said": "下个月吧", "reasons": "随心借：资料待更新", "detail": "请稍后再试。"}
DAYS = {"day": "12月5日", "due_on": "12月5日", "next_due_on": "12月5日", "paid_on": "12月5日"}
LISTS = ("items", "shares", "loans", "payments")
# Said to somebody who has not proved who he is, or who says that he is somebody else.
TO_STRANGERS = {
    "utter_log_in", "utter_wrong_person", "utter_third_party", "utter_debtor_unavailable", "utter_crisis",
    "utter_are_you_the_borrower",
    "utter_complaint", "utter_bot_challenge", "utter_fraud_security", "utter_handed_over",
    "utter_handed_over_closed", "utter_person_is_here", "utter_gave_up", "utter_did_you_mean", "utter_default",
    "utter_thanks", "utter_goodbye", "utter_cancel",
    *(name for name in RESPONSES if name.endswith("_before_log_in")),
}  # fmt: skip
HIS_DEBT = re.compile(
    r"您的(?:欠款|逾期)|您(?:本期|名下)?(?:已经?|目前|现在|还|有|仍)+[^，。；]{0,6}(?:逾期|欠|未还|待还|到期)"
)


def said(name: str) -> Iterator[str]:
    """Every text and button of a response, with something in each slot."""
    for variant in RESPONSES[name]:
        yield filled(variant["text"])
        yield from (button["title"] for button in variant.get("buttons", ()))


def filled(text: str) -> str:
    def value(slot: re.Match[str]) -> str:
        one = slot[1]
        return (VALUES | DAYS).get(one) or ("家电分期·云朵冰箱 806.19 元" if one in LISTS else "806.19")

    return re.sub(r"\{(\w+)\}", value, text)


def breaches(text: str, surface: Surface) -> list[str]:
    return [one.detail for one in lint(text, rules=policy().wording, surface=surface)]


@pytest.mark.parametrize("name", sorted(RESPONSES))
def test_what_the_bot_says_breaks_no_rule_of_wording(name: str) -> None:
    assert [breaches(text, Surface.VERIFIED) for text in said(name) if breaches(text, Surface.VERIFIED)] == []


@pytest.mark.parametrize("name", sorted(TO_STRANGERS))
def test_what_a_stranger_is_told_shows_no_debt(name: str) -> None:
    assert name in RESPONSES
    texts = [filled(variant["text"]) for variant in RESPONSES[name]]  # a button is what he may say, not what we say
    assert [breaches(text, Surface.OPEN) for text in texts if breaches(text, Surface.OPEN)] == []


@pytest.mark.parametrize("text", ["您已逾期 5 天", "您有一笔借款未还", "您目前欠 300 元", "请处理您的欠款"])
def test_a_sentence_about_the_readers_own_debt_would_be_found(text: str) -> None:
    assert HIS_DEBT.search(text)


@pytest.mark.parametrize("name", sorted(TO_STRANGERS))
def test_what_is_said_whoever_asks_speaks_of_nobodys_debt(name: str) -> None:
    for text in said(name):
        assert not HIS_DEBT.search(text)
        assert "806.19 元" not in text


@pytest.mark.parametrize("name", sorted(policy().templates.rows))
def test_a_template_breaks_no_rule_on_its_surface_and_names_who_writes(name: str) -> None:
    template = policy().templates.rows[name]
    text = policy().templates.render(template, Facts(amount_fen=80_619, due_on=date(2026, 11, 18), days=5))
    assert breaches(text, template.surface) == []
    assert text.startswith(f"【{policy().templates.institution}】")
    assert "自动助手" in text
    assert "转人工" in text


def test_buttons_of_templates_break_no_rule() -> None:
    assert [one for one in policy().templates.buttons.values() if breaches(one["title"], Surface.VERIFIED)] == []


def test_the_first_words_of_the_bot_name_the_institution_and_the_machine_and_offer_a_person() -> None:
    text = RESPONSES["utter_greet"][0]["text"]
    for needed in (policy().templates.institution, "智能助手", "自动回复", "转人工"):
        assert needed in text


SENTENCES = re.compile(r"[一-鿿].*[，。！？]")
ROOMS = (
    "service/usecases/chat",
    "service/usecases/loan",
    "service/usecases/collect",
    "service/api",
    "service/channels",
)


def sentences() -> Iterator[tuple[str, str]]:
    """Chinese sentences in the service's code; of an f-string, each piece."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and SENTENCES.search(node.value):
                    yield path.name, node.value


def test_sentences_in_the_code_of_the_service_break_no_rule() -> None:
    found = list(sentences())
    assert len(found) > 20
    assert [(name, breaches(text, Surface.VERIFIED)) for name, text in found if breaches(text, Surface.VERIFIED)] == []


def reasons_for_limits() -> Iterator[str]:
    """Every sentence of the rules for limits that a borrower may read."""
    for kind in ("reason", "rule", "person_reason"):
        for row in limit_rules()[kind]:
            yield from (row[column] for column in ("text", "next_step", "reason", "merit", "advice") if column in row)


@pytest.mark.parametrize("text", sorted(set(reasons_for_limits())))
def test_a_reason_for_a_limit_breaks_no_rule_of_wording(text: str) -> None:
    assert breaches(text.format(value="5", limit="3"), Surface.VERIFIED) == []


def texts_of_hardship() -> Iterator[str]:
    """Every sentence of the policy on hardship that a borrower may read."""
    for kind in ("person", "refusal"):
        for row in hardship_table()[kind]:
            yield from (row[column] for column in ("reason", "text", "advice") if column in row)


@pytest.mark.parametrize("text", sorted(set(texts_of_hardship())))
def test_a_text_about_hardship_breaks_no_rule_of_wording(text: str) -> None:
    assert breaches(text, Surface.VERIFIED) == []
