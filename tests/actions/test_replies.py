"""The service's answers become the right response with the right figures; every response named exists and is filled."""

from __future__ import annotations

import ast
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions import replies
from actions.fall_back import TITLES, guesses
from actions.replies import Said

ROOT = Path(__file__).resolve().parent.parent.parent
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text())
RESPONSES: dict[str, list[dict[str, Any]]] = DOMAIN["responses"]
TODAY = date(2026, 11, 23)
BILL = {
    "bill_fen": 54173, "minimum_fen": 53993, "overdue_fen": 53993, "penalty_fen": 180, "suspense_fen": 0,
    "days_past_due": 5, "due_on": "2026-11-18", "next_due_on": "2026-12-18", "next_due_fen": 53813,
    "items": [{"title": "家电分期·云朵冰箱", "no": 4, "unpaid_fen": 53993}],
}  # fmt: skip


def spoken(said: Said) -> str:
    """The sentence the borrower reads; fails where a variable of the response is not given."""
    return str(RESPONSES[said.response][0]["text"]).format(**said.variables)


@pytest.mark.parametrize(
    ("fen", "read"), [(0, "0"), (5, "0.05"), (50000, "500"), (53993, "539.93"), (5000000, "50,000"), (-120, "-1.20")]
)
def test_fen_are_read_as_yuan_to_the_fen(fen: int, read: str) -> None:
    assert replies.yuan(fen) == read


def test_a_day_says_its_weekday_and_another_year_says_itself() -> None:
    assert replies.day("2026-12-04", today=TODAY) == "12月4日（周五）"
    assert replies.day("2027-01-03", today=TODAY) == "2027年1月3日（周日）"


def test_an_instant_late_in_the_utc_day_is_the_next_day_in_shanghai() -> None:
    assert replies.short_day("2026-10-17T18:30:00Z") == "10月18日"


def test_an_overdue_bill_says_what_ends_the_overdue_and_offers_the_sums_as_buttons() -> None:
    said = replies.bill(BILL, today=TODAY)
    assert said.response == "utter_bill_overdue"
    assert all(figure in spoken(said) for figure in ("541.73", "539.93", "5 天", "1.80", "第4期"))
    assert [b["payload"] for b in said.buttons] == [
        '/repay_now{"amount_word": "bill"}',
        '/repay_now{"amount_word": "minimum"}',
        '/repay_now{"amount_word": "all"}',
    ]
    assert said.card is not None
    assert said.card["kind"] == "bill"


def test_a_bill_that_is_not_overdue_says_so() -> None:
    said = replies.bill({**BILL, "overdue_fen": 0, "due_on": "2026-11-30"}, today=TODAY)
    assert "没有逾期" in spoken(said)
    assert "11月30日（周一）" in spoken(said)


def test_nothing_due_names_the_next_due_day_and_nothing_at_all_names_none() -> None:
    nothing = {**BILL, "bill_fen": 0, "minimum_fen": 0, "overdue_fen": 0, "items": [], "due_on": None}
    assert "12月18日" in spoken(replies.bill(nothing, today=TODAY))
    assert replies.bill({**nothing, "next_due_on": None}, today=TODAY).response == "utter_bill_none"


def test_the_minimum_is_offered_only_where_it_is_less_than_the_bill() -> None:
    titles = [b["title"] for b in replies.pay_buttons({"bill_fen": 100, "minimum_fen": 100}, intent="inform")]
    assert titles == ["还本期 1 元", "全部结清"]


def test_a_frozen_line_gives_its_reason() -> None:
    line = {"product_name": "随心借", "status": "frozen", "status_reason": "有逾期未还"}
    answer = {"lines": [line], "limit_fen": 100, "used_fen": 0, "available_fen": 0}
    assert "有逾期未还" in spoken(replies.limit(answer))


def test_the_read_back_says_what_stays_overdue_and_what_is_kept_for_later() -> None:
    share = {"title": "家电分期·云朵冰箱", "amount_fen": 50000}
    plan = {"kind": "amount", "amount_fen": 50000, "to_suspense_fen": 0, "shares": [share]}
    assert "39.93 元逾期" in spoken(replies.plan({**plan, "after": {"overdue_fen": 3993}}))
    kept = replies.plan({**plan, "to_suspense_fen": 1000, "after": {"overdue_fen": 0}})
    assert "10 元超出" in spoken(kept)
    only_kept = replies.plan({**plan, "shares": [], "to_suspense_fen": 50000, "after": {"overdue_fen": 0}})
    assert only_kept.response == "utter_repay_confirm_suspense_only"
    assert "全部结清" in spoken(replies.plan({**plan, "kind": "all", "after": {"overdue_fen": 0}}))


def test_a_long_list_is_cut_and_counted() -> None:
    rows = [{"paid_at": "2026-10-18T02:00:00Z", "amount_fen": 100} for _ in range(5)]
    text = spoken(replies.payments({"payments": rows}))
    assert text.count("还款 1 元") == replies.LONGEST_LIST
    assert "共 5 笔" in text


def test_who_waits_out_of_hours_is_told_the_hours() -> None:
    queue = {"position": 2, "state": "waiting", "hours": "每天 09:00–21:00", "open": False}
    assert [said.response for said in replies.queue(queue)] == ["utter_handed_over_closed"]
    assert "第 2 位" in spoken(replies.queue(queue)[0])
    assert replies.queue({**queue, "state": "taken"})[0].response == "utter_person_is_here"


def test_a_button_carries_integers_as_integers_and_words_as_words() -> None:
    payload = replies.button("x", "inform", amount=50000, date="2026-12-04")["payload"]
    assert json.loads(payload.removeprefix("/inform")) == {"amount": 50000, "date": "2026-12-04"}
    assert replies.button("x", "affirm")["payload"] == "/affirm"


def test_nobody_is_offered_a_crisis_as_a_guess() -> None:
    assert [b["title"] for b in guesses(("nlu_fallback", "crisis", "query_bill", "repay_now"))] == [
        "查账单",
        "现在还款",
    ]


def test_every_guess_and_every_button_leads_to_an_intent_of_the_domain() -> None:
    intents = set(DOMAIN["intents"])
    pressed = {
        re.match(r"/(\w+)", button["payload"]).group(1)  # type: ignore[union-attr]
        for variants in RESPONSES.values()
        for variant in variants
        for button in variant.get("buttons", [])
    }
    assert set(TITLES) <= intents
    assert pressed <= intents


def _named_in_code() -> set[str]:
    return {
        node.value
        for path in (ROOT / "actions").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"utter_\w+", node.value)
    }


def _named_in_rules() -> set[str]:
    text = "".join(path.read_text() for path in (ROOT / "data/rules").glob("*.yml"))
    return set(re.findall(r"utter_\w+", text))


def test_every_response_named_exists_and_every_response_is_named() -> None:
    assert _named_in_code() | _named_in_rules() | {"utter_default"} == set(RESPONSES)


def test_every_intent_has_a_rule() -> None:
    text = "".join(path.read_text() for path in (ROOT / "data/rules").glob("*.yml"))
    assert set(re.findall(r"- intent: (\w+)", text)) == {*DOMAIN["intents"], "nlu_fallback"}


@pytest.mark.parametrize("name", sorted(RESPONSES))
def test_a_response_is_at_most_four_lines(name: str) -> None:
    for variant in RESPONSES[name]:
        assert len(str(variant["text"]).splitlines()) <= 4


@pytest.mark.parametrize("name", ["utter_log_in", "utter_third_party", "utter_wrong_person", "utter_debtor_unavailable",
                                  "utter_stop_contact_before_log_in", "utter_crisis"])  # fmt: skip
def test_who_is_not_known_reads_no_word_of_debt(name: str) -> None:
    assert not re.search(r"欠|逾期|催|借款|贷款|还款|账单", str(RESPONSES[name][0]["text"]))
