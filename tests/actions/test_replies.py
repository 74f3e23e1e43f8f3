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

from actions import read_back, replies
from actions.not_understood import TITLES, guesses
from actions.replies import Said

ROOT = Path(__file__).resolve().parent.parent.parent
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text())
RESPONSES: dict[str, list[dict[str, Any]]] = DOMAIN["responses"]
TODAY = date(2026, 11, 23)
BILL = {
    "bill_fen": 54173, "minimum_fen": 53993, "overdue_fen": 53993, "penalty_fen": 180, "suspense_fen": 0,
    "refund_claim_fen": 0,
    "days_past_due": 5, "due_on": "2026-11-18", "next_due_on": "2026-12-18", "next_due_fen": 53813,
    "items": [{"title": "家电分期·云朵冰箱", "no": 4, "unpaid_fen": 53993}],
}  # fmt: skip

QUOTE: dict[str, Any] = {
    "quote_id": "Q20261123-9F3A", "valid_until": "2026-11-23T23:59:59.999999+08:00", "kind": "amount", "loan_id": None,
    "asked_fen": 50000, "amount_fen": 50000, "to_suspense_fen": 0, "suspense_fen": 0, "refund_claim_fen": 0,
    "bill_fen": 54173,
    "shares": [{"loan_id": "l1", "title": "家电分期·云朵冰箱", "amount_fen": 50000}],
    "items": [{"loan_id": "l1", "title": "家电分期·云朵冰箱", "no": 4, "unpaid_fen": 53993, "due_on": "2026-11-18"}],
    "after": {"overdue_fen": 0},
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
    assert replies.short_day("2026-10-17T18:30:00Z", today=TODAY) == "10月18日"
    assert replies.short_day("2027-01-07", today=TODAY) == "2027年1月7日"


def test_an_overdue_bill_says_what_ends_the_overdue_and_offers_the_sums_as_buttons() -> None:
    said = replies.bill(
        {**BILL, "items": [*BILL["items"], {"title": "随心借", "no": 2, "unpaid_fen": 180}]}, today=TODAY
    )
    assert said.response == "utter_bill_overdue"
    assert all(figure in spoken(said) for figure in ("541.73", "539.93", "5 天", "1.80", "第4期"))
    assert [b["payload"] for b in said.buttons] == [
        '/repay_now{"amount_word": "bill"}',
        '/repay_now{"amount_word": "minimum"}',
        '/repay_now{"amount_word": "all"}',
    ]
    assert said.card is not None
    assert said.card["kind"] == "bill"


@pytest.mark.parametrize(
    ("bill_fen", "penalty_fen", "response"),
    [
        (54173, 180, "utter_bill_overdue"),
        (54173, 0, "utter_bill_overdue_no_penalty"),
        (53993, 180, "utter_bill_all_overdue"),
        (53993, 0, "utter_bill_all_overdue_no_penalty"),
    ],
)
def test_a_sum_that_is_all_overdue_is_not_named_twice_and_no_penalty_is_not_named_as_zero(
    bill_fen: int, penalty_fen: int, response: str
) -> None:
    said = replies.bill({**BILL, "bill_fen": bill_fen, "penalty_fen": penalty_fen}, today=TODAY)
    assert said.response == response
    assert " 0 元" not in spoken(said)
    assert spoken(said).count("539.93") <= 2


def test_the_day_to_pay_is_the_borrowers_own_and_what_is_over_is_said_to_be() -> None:
    assert "11月18日（周三）到期，还没有还清" in spoken(replies.due_day(BILL, today=TODAY))
    quiet = {**BILL, "overdue_fen": 0, "due_on": "2026-11-30"}
    assert "11月30日（周一），应还 541.73 元" in spoken(replies.due_day(quiet, today=TODAY))
    paid = {**quiet, "bill_fen": 0, "due_on": None}
    assert "12月18日（周五），应还 538.13 元" in spoken(replies.due_day(paid, today=TODAY))
    assert replies.due_day({**paid, "next_due_on": None}, today=TODAY).response == "utter_bill_none"


def test_a_schedule_begins_with_what_is_overdue_and_sums_it_up() -> None:
    def loan(title: str, *states: str) -> dict[str, Any]:
        rows = [
            {
                "no": no,
                "due_on": f"2027-{no:02d}-08",
                "unpaid_fen": 0 if state == "paid" else 100_00 + no,
                "state": state,
            }
            for no, state in enumerate(states, start=1)
        ]
        return {"title": title, "periods": len(states), "status": "active", "instalments": rows}

    loans = [loan("甲", "paid", "upcoming"), loan("乙", "overdue", "overdue", "upcoming")]
    said = replies.schedule({"loans": loans}, today=TODAY)
    assert spoken(said).splitlines() == [
        "乙：已还 0/3 期，已逾期 2 期共 200.03 元，第3期 100.03 元，2027年3月8日到期",
        "甲：已还 1/2 期，第2期 100.02 元，2027年2月8日到期",
    ]
    assert said.card is not None
    assert [one["title"] for one in said.card["loans"]] == ["乙", "甲"]


def test_a_loan_that_is_paid_by_a_hardship_plan_is_told_by_its_parts() -> None:
    rows = [{"no": 1, "due_on": "2026-11-08", "unpaid_fen": 500_00, "state": "by_plan"}]
    parts = [{"no": no, "due_on": f"2026-12-{8 + no:02d}", "unpaid_fen": 100_00, "state": "upcoming"} for no in (2, 3)]
    loan = {"title": "甲", "periods": 1, "status": "active", "instalments": rows, "plan_parts": parts}
    said = replies.schedule({"loans": [loan]}, today=TODAY)
    assert spoken(said) == "甲：正在按还款方案还款，还有 2 期，第2期 100 元，12月10日到期"


def test_what_is_left_of_a_limit_is_not_promised_to_who_is_overdue() -> None:
    answer = {"lines": [{"product_name": "随心借", "status": "active"}], "limit_fen": 100, "used_fen": 0}
    answer |= {"available_fen": 100, "overdue_fen": 0}
    assert "可能通不过" in spoken(replies.limit(answer | {"overdue_fen": 1}))
    assert replies.limit(answer).response == "utter_limit"


def test_buttons_that_carry_an_amount_are_made_here_and_not_in_the_domain() -> None:
    for name, variants in RESPONSES.items():
        for one in variants[0].get("buttons", ()):
            assert "{" not in one["payload"], f"Rasa would take the braces in {name} for a slot"
    item = {"title": "甲", "total_fen": 100, "early_fee_fen": 0, "interest_saved_fen": 1}
    said = replies.payoff({**QUOTE, "kind": "all", "items": [item], "amount_fen": 100})
    assert said.buttons[0]["payload"] == '/repay_now{"quote_id": "Q20261123-9F3A"}'


def test_cards_of_a_payoff_a_bill_and_a_read_back_carry_the_number_of_the_quote_and_until_when_it_holds() -> None:
    item = {"title": "甲", "total_fen": 50000, "early_fee_fen": 0, "interest_saved_fen": 1}
    cards = (
        replies.payoff({**QUOTE, "kind": "all", "items": [item]}).card,
        replies.bill(BILL, today=TODAY, quote=QUOTE).card,
        read_back.plan(QUOTE, today=TODAY).card,
    )
    assert [card and card["kind"] for card in cards] == ["payoff", "bill", "quote"]
    for card in cards:
        assert card is not None
        assert (card["quote_id"], card["valid_until"]) == (QUOTE["quote_id"], QUOTE["valid_until"])
    by_quote = replies.bill(BILL, today=TODAY, quote=QUOTE).buttons[0]
    assert by_quote["payload"] == '/repay_now{"quote_id": "Q20261123-9F3A"}'


def test_a_bill_that_is_not_overdue_says_so() -> None:
    said = replies.bill({**BILL, "overdue_fen": 0, "due_on": "2026-11-30"}, today=TODAY)
    assert "没有逾期" in spoken(said)
    assert "11月30日（周一）" in spoken(said)


def test_the_bill_of_an_account_names_its_minimum_and_numbers_no_instalment() -> None:
    shared = {"loan_id": "l", "due_on": "2026-12-01", "no": 2, "periods": 2}
    items = [
        {**shared, "title": "购物账户", "unpaid_fen": 41_784},
        {**shared, "title": "购物账户（最低还款额以外）", "unpaid_fen": 329_400},
    ]
    account = {"bill_fen": 371_184, "minimum_fen": 41_784, "overdue_fen": 0, "due_on": "2026-12-01", "items": items}
    said = replies.bill({**BILL, **account, "statements": [{"loan_id": "l", "title": "购物账户"}]}, today=TODAY)
    assert "最低还款额是 417.84 元" in spoken(said)
    assert "购物账户（最低还款额）417.84 元、购物账户（最低还款额以外）3,294 元" in spoken(said)
    assert "期）" not in spoken(said)


def test_nothing_due_names_the_next_due_day_and_nothing_at_all_names_none() -> None:
    nothing = {**BILL, "bill_fen": 0, "minimum_fen": 0, "overdue_fen": 0, "items": [], "due_on": None}
    assert "12月18日" in spoken(replies.bill(nothing, today=TODAY))
    assert replies.bill({**nothing, "next_due_on": None}, today=TODAY).response == "utter_bill_none"


def test_the_minimum_is_offered_only_where_it_is_less_than_the_bill() -> None:
    titles = [b["title"] for b in replies.pay_buttons({"bill_fen": 100, "minimum_fen": 100}, intent="inform")]
    assert titles == ["还本期 1 元", "全部结清"]


def test_a_frozen_line_gives_its_reason() -> None:
    line = {"product_name": "随心借", "status": "frozen", "status_reason": "有逾期未还"}
    answer = {"lines": [line], "limit_fen": 100, "used_fen": 0, "available_fen": 0, "overdue_fen": 0}
    assert "有逾期未还" in spoken(replies.limit(answer))


def test_the_read_back_says_what_stays_overdue_and_what_is_kept_for_later() -> None:
    def read_back_of(**changes: Any) -> Said:
        return read_back.plan({**QUOTE, **changes}, today=TODAY)

    assert "39.93 元逾期" in spoken(read_back_of(after={"overdue_fen": 3993}))
    assert "10 元超出" in spoken(read_back_of(to_suspense_fen=1000))
    assert read_back_of(shares=[], to_suspense_fen=50000).response == "utter_repay_confirm_suspense_only"
    assert "全部结清" in spoken(read_back_of(kind="all"))
    one = spoken(read_back_of(kind="payoff", loan_id="l1"))
    assert "这笔借款就结清了" in one
    assert "全部" not in one


def test_the_read_back_of_a_part_of_what_falls_due_says_what_is_left_and_until_when() -> None:
    items = [
        {"loan_id": "l1", "title": "甲", "no": 1, "unpaid_fen": 30000, "due_on": "2026-11-23"},
        {"loan_id": "l2", "title": "乙", "no": 1, "unpaid_fen": 40000, "due_on": "2026-11-28"},
    ]

    def read_back_of(first: int, second: int = 0) -> Said:
        shares = [
            {"loan_id": "l1", "title": "甲", "amount_fen": first},
            {"loan_id": "l2", "title": "乙", "amount_fen": second},
        ]
        told = {"amount_fen": first + second, "bill_fen": 70000, "items": items, "shares": shares}
        return read_back.plan({**QUOTE, **told}, today=TODAY)

    assert "还差 500 元，在 11月23日（周一）当天或之前" in spoken(read_back_of(20000))
    assert "还差 200 元，在 11月28日（周六）当天或之前" in spoken(read_back_of(30000, 20000))
    assert "还差 300 元，在 11月23日（周一）当天或之前" in spoken(read_back_of(0, 40000)), (
        "the loan that was named first"
    )
    assert read_back_of(30000, 40000).response == "utter_repay_confirm"


def test_refunds_to_be_given_back_are_said_beside_the_loans() -> None:
    owed = {**BILL, "bill_fen": 104_173, "refund_claim_fen": 50_000}
    assert "需归还的退款 500 元（已退给您，对应的还款后来被银行收回）" in spoken(replies.bill(owed, today=TODAY))
    alone = {**owed, "bill_fen": 50_000, "minimum_fen": 50_000, "overdue_fen": 0, "penalty_fen": 0, "items": []}
    said = spoken(replies.bill({**alone, "due_on": None}, today=TODAY))
    assert "现在到期，目前没有逾期" in said
    assert "包括：需归还的退款 500 元" in said
    quote = {**QUOTE, "amount_fen": 60_000, "refund_claim_fen": 10_000}
    assert "归还退款 100 元" in spoken(read_back.plan(quote, today=TODAY))


def test_what_is_kept_in_suspense_is_said_where_a_sum_is_less_than_its_parts() -> None:
    item = {"title": "甲", "total_fen": 100_00, "early_fee_fen": 0, "interest_saved_fen": 0}
    quote = {
        "items": [item],
        "amount_fen": 80_00,
        "suspense_fen": 20_00,
        "refund_claim_fen": 0,
        "quote_id": "Q1",
        "valid_until": "2026-11-23",
    }
    settling = spoken(replies.payoff(quote))
    assert "需要 80 元" in settling
    assert "甲 100 元，已扣除预存款 20 元" in settling
    owed = spoken(replies.bill({**BILL, "bill_fen": 52_000, "suspense_fen": 19_93}, today=TODAY))
    assert "目前应还 520 元：家电分期·云朵冰箱（第4期）539.93 元，已扣除预存款 19.93 元" in owed
    assert "预存款" not in spoken(replies.bill(BILL, today=TODAY))


@pytest.mark.parametrize(
    ("state", "words"),
    [("created", "正在处理中"), ("pending", "正在处理中"), ("succeeded", "已经到账"), ("failed", "没有扣款")],
)
def test_what_is_said_to_a_confirmed_payment_is_what_became_of_it(state: str, words: str) -> None:
    said = read_back.ordered({"order_id": "o", "state": state, "amount_fen": 50000})
    assert "500 元" in spoken(said)
    assert words in spoken(said)
    assert (state in {"created", "pending"}) == ("到账后我会把回执发到这里" in spoken(said))


def test_what_is_said_before_a_log_in_fits_a_conversation_in_wechat_and_claims_no_record() -> None:
    for name in ("utter_log_in", "utter_stop_contact_before_log_in"):
        text = str(RESPONSES[name][0]["text"])
        assert "在 App 里的“小清”对话" in text
        assert "这个对话" not in text
        assert "在这里" not in text
    assert "记下" not in str(RESPONSES["utter_stop_contact_before_log_in"][0]["text"])


def test_a_long_list_is_cut_and_counted() -> None:
    items = [{"title": "家电", "no": no, "unpaid_fen": 100} for no in range(5)]
    text = spoken(replies.bill({**BILL, "items": items}, today=TODAY))
    assert text.count("家电") == replies.LONGEST_LIST
    assert "共 5 笔" in text


PAYMENT = {
    "paid_at": "2026-10-18T02:00:00Z", "amount_fen": 53813, "principal_fen": 0, "interest_fen": 0, "penalty_fen": 0,
    "fee_fen": 0, "to_suspense_fen": 0, "refund_claim_fen": 0,
}  # fmt: skip


def test_every_payment_that_was_fetched_is_listed() -> None:
    rows = [{**PAYMENT, "amount_fen": 100} for _ in range(5)]
    assert spoken(replies.payments({"payments": rows}, today=TODAY)).count("10月18日 还款 1 元") == 5


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"principal_fen": 48000, "interest_fen": 5813}, "（本金 480 元、利息 58.13 元）"),
        ({"penalty_fen": 813, "fee_fen": 53000}, "（罚息 8.13 元、费用 530 元）"),
        ({"principal_fen": 50000, "to_suspense_fen": 3813}, "（本金 500 元、预存 38.13 元）"),
        ({"principal_fen": 60000, "to_suspense_fen": -6187}, "（本金 600 元，另用了预存 61.87 元）"),
        ({}, ""),
        ({"refund_claim_fen": 53813}, "（归还已退的款项 538.13 元）"),
    ],
)
def test_what_a_payment_went_to_is_told_with_it(parts: dict[str, int], said: str) -> None:
    answer = {"payments": [{**PAYMENT, **parts}]}
    assert f"538.13 元{said}" in spoken(replies.payments(answer, today=TODAY))
    assert f"538.13 元{said}。" in spoken(replies.arrival(answer, today=TODAY))


def test_who_waits_out_of_hours_is_told_the_hours() -> None:
    queue = {"position": 2, "state": "waiting", "hours": "每天 09:00–21:00", "open": False}
    assert [said.response for said in replies.queue(queue)] == ["utter_handed_over_closed"]
    assert "第 2 位" in spoken(replies.queue(queue)[0])
    assert replies.queue({**queue, "state": "taken"})[0].response == "utter_person_is_here"
    assert replies.queue(queue, again=True)[0].response == "utter_still_waiting"


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
    assert (_named_in_code() - {"utter_action"}) | _named_in_rules() | {"utter_default"} == set(RESPONSES)


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
