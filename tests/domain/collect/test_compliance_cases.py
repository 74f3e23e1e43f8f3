"""Each golden case of the gate is decided as it says, by its id; what needs a database or a person is decided in
tests/service/test_compliance_cases.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.domain.collect.contact import Attempt, Outcome, counted
from service.domain.collect.outreach import By, Counter, Medium, Purpose, Stop
from service.domain.days import SHANGHAI
from tests.domain.collect.gate_cases import (
    ALLOWED_BY,
    CALL_TEXT,
    GONE,
    NOTICE,
    OTHER,
    OTHER_TEXT,
    PHONE,
    VOICE,
    WECHAT,
    WROTE,
    at_clock,
    codes,
    law,
)
from tests.domain.collect.gate_cases import counted as history_with
from tests.domain.collect.policy_of import NO_COUNTS, NOON, SAFE_TEXT, contact, draft, history

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "compliance.json"
CASES: dict[str, dict[str, Any]] = {one["id"]: one for one in json.loads(GOLDEN.read_text(encoding="utf-8"))}
# Of the database, of conversations and of people: tests/service/test_compliance_cases.py.
ELSEWHERE = {"H-inbound", "F-race", "F-unknown-result", "I-unverified", "I-voicemail", "R-keep"}
LAST_TIME = at_clock("12:00") - timedelta(hours=1)
STOPS = {
    "dispute_amount": Stop.DISPUTE,
    "debtor_deceased": Stop.DECEASED,
    "no_capacity/minor": Stop.INCAPACITY,
    "suicide_or_self_harm_words": Stop.CRISIS,
    "plan_signed_and_kept": Stop.PLAN_KEPT,
    "opt_out_channel": Stop.OPT_OUT,
    "bankruptcy_accepted(Shenzhen)": Stop.BANKRUPTCY,
    "disaster_area": Stop.DISASTER,
}


def call(borrower: str = "b1", *, point: str = "p1", at: datetime = LAST_TIME, **more: Any) -> Attempt:
    made = {"id": "", "channel": "phone", "medium": Medium.INTERACTIVE, "by_kind": By.AGENT, "by_name": "苏禾"}
    return Attempt(**{**made, "borrower_id": borrower, "contact_point_id": point, "at": at, **more})


def after(attempts: list[Attempt], *, points: tuple[str, ...] = ("p1",), now: datetime = NOON) -> Any:
    return history(counts=NO_COUNTS | counted(attempts, borrower_id="b1", points=points, now=now))


def hours(given: dict[str, Any]) -> set[str]:
    agreed = given["agreed_hours"]
    if given["channel"] == "voice":
        opens, closes = (time.fromisoformat(one) for one in agreed.split("-"))
        return codes(of=draft(**VOICE), to=contact(agreed_hours=(opens, closes)), at=at_clock(given["local_time"]))
    return codes(at=at_clock(given["local_time"]), by=law())


def in_shanghai(given: dict[str, Any]) -> set[str]:
    """Of the hours alone: the channels' own rows are younger than that day."""
    instant = datetime.fromisoformat(given["utc"])
    assert instant.astimezone(SHANGHAI).strftime("%H:%M:%S") == CASES["H-tz"]["rule"].removesuffix("+08:00")
    return codes(at=instant, by=law()) & {"outside_hours"}


def many_loans(given: dict[str, Any]) -> set[str]:
    """An attempt has no loan: whatever it was about, it is the debtor who was called."""
    calls = given["connected_calls_today_loanA"] + given["loanB"]
    return codes(of=draft(**PHONE), after=after([call(outcome=Outcome.CONNECTED)] * calls), by=law())


def many_numbers(given: dict[str, Any]) -> set[str]:
    tried = [call(point="p1", outcome=Outcome.UNANSWERED)] * given["number1_attempts"]
    tried += [call(point="p2", outcome=Outcome.UNANSWERED)] * given["number2_attempts"]
    assert "cap_attempts_on_number_today" in codes(of=draft(**PHONE), after=after(tried, points=("p1",)))
    return codes(of=draft(**PHONE), after=after(tried, points=("p2",)))


def over_midnight(given: dict[str, Any]) -> set[str]:
    late = [call(at=at_clock("23:59") - timedelta(days=1), outcome=Outcome.CONNECTED)] * given["calls_on_prev_day"]
    now = at_clock(given["local_time"].removesuffix(" next day"))
    return codes(of=draft(**{**PHONE, "expires_at": NOON}), after=after(late, now=now), at=now, by=law())


def count_of(counter: Counter, how: dict[str, Any], key: str) -> Callable[[dict[str, Any]], set[str]]:
    return lambda given: codes(of=draft(**how), after=history_with(counter, given[key], wrote_at=WROTE), by=law())


def locate(_given: dict[str, Any]) -> set[str]:
    """By people alone: a machine that asks the same is refused."""
    machine = draft(**{**OTHER, "channel": "voice", "text": CALL_TEXT, "by": By.SYSTEM})
    assert codes(of=machine, to=contact(**GONE)) == {"not_the_debtor"}
    return codes(of=draft(**OTHER), to=contact(**GONE))


def willing(_given: dict[str, Any]) -> set[str]:
    """The sum to pay and no more: not a word of how late it is."""
    pays = {**OTHER, "purpose": Purpose.PAY}
    more = draft(**{**pays, "text": f"{OTHER_TEXT}逾期 15 天，请付 500 元。"})
    assert codes(of=more, to=contact(willing=True)) == {"not_identity_safe"}
    assert "third_party_purpose" in codes(of=draft(**pays), to=contact(willing=False))
    return codes(of=draft(**{**pays, "text": f"{OTHER_TEXT}金额是 500 元。"}), to=contact(willing=True))


def first_words(_given: dict[str, Any]) -> set[str]:
    """Each part is asked for: without the institution, without the machine, or with a debt it is refused."""
    for text, why in (
        (CALL_TEXT.replace("【小清消费金融】", ""), "institution_not_named"),
        (CALL_TEXT.replace("自动助手", ""), "machine_not_disclosed"),
        (CALL_TEXT + "您的贷款逾期了。", "not_identity_safe"),
    ):
        assert why in codes(of=draft(**{**VOICE, "text": text}))
    assert "本人吗" in CALL_TEXT
    return codes(of=draft(**VOICE))


def stopped(given: dict[str, Any]) -> set[str]:
    reason = STOPS[given["flag"]]
    assert codes(of=draft(**PHONE), to=contact(stops=frozenset({reason}))) == {f"stopped_{reason}"}
    return codes(to=contact(stops=frozenset({reason}))) & {f"stopped_{reason}"}


def worded(given: dict[str, Any]) -> set[str]:
    text = f"{SAFE_TEXT}{given['template_contains']}"
    assert "wording" in codes(of=draft(**{**PHONE, "text": f"【小清消费金融】{given['template_contains']}"}))
    return codes(of=draft(text=text))


DECIDED: dict[str, Callable[[dict[str, Any]], set[str]]] = {
    **{one: hours for one in CASES if one.startswith("H-") and one not in ELSEWHERE},
    **{one: worded for one in CASES if one.startswith("X-")},
    **{one: stopped for one in CASES if one.startswith("S-")},
    "H-tz": in_shanghai,
    "F-voice-3": count_of(Counter.CONNECTED_TODAY, VOICE, "connected_interactive_calls_today"),
    "F-notice-3": count_of(Counter.NOTICES_TODAY, NOTICE, "connected_notice_calls_today"),
    "F-attempt-6": count_of(Counter.ATTEMPTS_ON_NUMBER_TODAY, PHONE, "unanswered_attempts_today_same_number"),
    "F-attempt-7": count_of(Counter.ATTEMPTS_ON_NUMBER_TODAY, PHONE, "unanswered_attempts_today_same_number"),
    "F-wechat-5": count_of(Counter.SINCE_BORROWER_WROTE, WECHAT, "kf_msgs_since_last_user_msg"),
    "F-multi-loan": many_loans,
    "F-multi-number": many_numbers,
    "F-midnight": over_midnight,
    "T-contact-collect": lambda _: codes(of=draft(**{**OTHER, "purpose": Purpose.COLLECT}), to=contact(**GONE)),
    "T-contact-locate": locate,
    "T-contact-reachable": lambda _: codes(of=draft(**OTHER), to=contact(approved_by=ALLOWED_BY)),
    "T-disclose": lambda given: codes(
        of=draft(**{**OTHER, "text": OTHER_TEXT + "、".join(given["text_contains"])}), to=contact(**GONE)
    ),
    "T-willing": willing,
    "I-voice-open": first_words,
    "I-sms-content": lambda given: codes(of=draft(channel="sms", text=f"{SAFE_TEXT}{given['text']}")),
}
ALLOWED = ("ALLOW", "SAY")


def test_every_golden_case_is_decided_here_or_with_the_database() -> None:
    assert set(DECIDED) | ELSEWHERE == set(CASES)
    assert not set(DECIDED) & ELSEWHERE
    assert len(CASES) == 45


@pytest.mark.parametrize("case", sorted(set(CASES) - ELSEWHERE))
def test_a_golden_case_is_decided_as_it_says(case: str) -> None:
    found = DECIDED[case](CASES[case]["given"])
    if CASES[case]["expect"].startswith(ALLOWED):
        assert found == set()
    else:
        assert found != set()


def test_one_fewer_or_one_second_less_is_lawful_where_a_case_says_no() -> None:
    """What the denied cases deny is the case and not something else about it."""
    assert codes(of=draft(**NOTICE), after=history_with(Counter.NOTICES_TODAY, 2)) == set()
    assert codes(of=draft(**WECHAT), after=history_with(Counter.SINCE_BORROWER_WROTE, 4, wrote_at=WROTE)) == set()
    assert codes(of=draft(**PHONE), after=after([call(outcome=Outcome.CONNECTED)] * 2), by=law()) == set()
    assert codes(of=draft(channel="sms", text=SAFE_TEXT)) == set()
    assert codes(of=draft(**OTHER), to=contact(**GONE)) == set()
    assert codes(of=draft(**PHONE)) == set()
    assert codes(by=replace(law())) == set()
