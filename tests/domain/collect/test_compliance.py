"""The gate lets a lawful message through, and each of its checks alone stops one."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.domain.collect.compliance import CHECKS, Cleared, clear
from service.domain.collect.outreach import Contact, Counter, Draft, History, Kind, Medium, Stop, Surface, Target
from service.domain.collect.policy import Policy
from service.domain.collect.wording import lint
from service.domain.days import SHANGHAI
from service.domain.rows import Mark
from tests.domain.collect.policy_of import NO_COUNTS, NOON, SAFE_TEXT, contact, draft, history, policy, utc

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = {case["id"]: case for case in json.loads((ROOT / "tests/golden/compliance.json").read_text())}
NEW_YEAR = datetime(2027, 2, 6, 12, tzinfo=SHANGHAI)
VOICE = {"channel": "voice", "text": SAFE_TEXT}


def codes(
    *, of: Draft | None = None, to: Contact | None = None, after: History | None = None,
    at: datetime = NOON, by: Policy | None = None,
) -> set[str]:  # fmt: skip
    answer = clear(of or draft(), contact=to or contact(), history=after or history(), now=at, policy=by or policy())
    return set() if isinstance(answer, Cleared) else {one.code for one in answer}


def counted(counter: Counter, count: int) -> History:
    return history(counts={**NO_COUNTS, counter: count})


def at_clock(text: str) -> datetime:
    return datetime.combine(NOON.date(), time.fromisoformat(text), SHANGHAI)


def law() -> Policy:
    """The policy without the lender's own stricter hours and caps."""
    rules = policy().rules
    hours = tuple(one for one in rules.hours if one.origin.mark is not Mark.POLICY)
    caps = tuple(one for one in rules.caps if one.origin.mark is not Mark.POLICY)
    return replace(policy(), rules=replace(rules, hours=hours, caps=caps, quiet=()))


def test_a_lawful_message_is_cleared_with_the_policy_it_passed() -> None:
    cleared = clear(draft(), contact=contact(), history=history(), now=NOON, policy=policy())
    assert isinstance(cleared, Cleared)
    assert (cleared.draft, cleared.at, cleared.policy_version) == (draft(), NOON, policy().version)


ALONE: list[tuple[str, dict[str, Any]]] = [
    ("channel_unknown", {"of": draft(channel="fax", text=SAFE_TEXT), "to": contact(agreed_hours=(time(8), time(20)))}),
    ("not_the_debtor", {"of": draft(target=Target.CONTACT, text=SAFE_TEXT)}),
    ("not_the_debtor", {"to": Contact("somebody-else")}),
    ("outside_hours", {"at": at_clock("22:00")}),
    ("quiet_day", {"of": draft(expires_at=NEW_YEAR + timedelta(hours=1)), "at": NEW_YEAR}),
    ("quiet_day", {"of": draft(**VOICE), "at": datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)}),
    ("cap_written_today", {"after": counted(Counter.WRITTEN_TODAY, 1)}),
    ("cap_written_7_days", {"after": counted(Counter.WRITTEN_7_DAYS, 3)}),
    ("cap_connected_today", {"of": draft(**VOICE), "after": counted(Counter.CONNECTED_TODAY, 3)}),
    ("cap_notices_today", {"of": draft(**VOICE), "after": counted(Counter.NOTICES_TODAY, 3)}),
    ("cap_attempts_on_number_today", {"of": draft(**VOICE), "after": counted(Counter.ATTEMPTS_ON_NUMBER_TODAY, 6)}),
    ("cap_since_borrower_wrote", {
        "of": draft(channel="wechat", text=SAFE_TEXT), "after": counted(Counter.SINCE_BORROWER_WROTE, 5)
    }),
    ("paid_meanwhile", {"after": history(owed_fen=0)}),
    ("promise_pending", {"after": history(promise_pending=True)}),
    ("payment_pending", {"after": history(payment_pending=True)}),
    ("held_by_agent", {"after": history(held_by_agent=True)}),
    ("template_not_approved", {"of": draft(approved=False)}),
    ("expired", {"of": draft(expires_at=NOON)}),
    ("institution_not_named", {"of": draft(text="您好，我是自动助手小清。")}),
    ("wording", {"of": draft(text=f"{SAFE_TEXT}不处理就坐牢。")}),
    ("not_identity_safe", {"of": draft(channel="sms", text=f"{SAFE_TEXT}您已逾期15天。")}),
    *((f"stopped_{reason}", {"to": contact(stops=frozenset({reason}))}) for reason in Stop),
]  # fmt: skip


@pytest.mark.parametrize(("code", "case"), ALONE, ids=[f"{code}-{n}" for n, (code, _) in enumerate(ALONE)])
def test_each_check_alone_stops_an_otherwise_lawful_message(code: str, case: dict[str, Any]) -> None:
    assert codes(**case) == {code}


def test_no_check_is_without_a_test_that_it_stops_something() -> None:
    assert len({code for code, _ in ALONE}) == len(CHECKS)


def test_all_reasons_are_returned_and_not_the_first() -> None:
    found = codes(
        of=draft(text="不处理就坐牢", approved=False),
        to=contact(stops=frozenset({Stop.DISPUTE, Stop.HARDSHIP})),
        after=history(owed_fen=0, promise_pending=True, counts={**NO_COUNTS, Counter.WRITTEN_TODAY: 1}),
        at=at_clock("23:00"),
    )
    assert found == {
        "wording", "template_not_approved", "institution_not_named", "stopped_dispute", "stopped_hardship",
        "paid_meanwhile", "promise_pending", "cap_written_today", "outside_hours",
    }  # fmt: skip


def test_every_reason_names_its_rule_and_says_it_in_chinese() -> None:
    answer = clear(
        draft(), contact=contact(stops=frozenset(Stop)), history=history(owed_fen=0), now=at_clock("03:00"),
        policy=policy(),
    )  # fmt: skip
    assert isinstance(answer, tuple)
    assert all(one.detail and one.source.startswith("[") for one in answer)


def test_what_is_not_counted_is_not_under_its_cap() -> None:
    assert "cap_written_today" in codes(after=history(counts={}))
    assert {"cap_connected_today", "cap_attempts_on_number_today"} <= codes(
        of=draft(**VOICE), after=history(counts={Counter.WRITTEN_TODAY: 0})
    )


def test_a_reminder_before_the_due_day_is_not_counted_as_collection() -> None:
    after = counted(Counter.WRITTEN_7_DAYS, 3)
    assert codes(after=after) == {"cap_written_7_days"}
    assert codes(of=draft(kind=Kind.REMINDER), after=after) == set()


def test_a_rule_that_is_not_in_force_yet_holds_nothing_up_and_no_hours_at_all_hold_everything() -> None:
    rules = policy().rules
    later = tuple(
        replace(one, origin=replace(one.origin, in_force=NOON.date() + timedelta(days=1))) for one in rules.hours
    )
    assert codes(by=replace(policy(), rules=replace(rules, hours=later))) == {"hours_unknown"}
    one_later = (rules.hours[0], replace(later[0], opens=time(15)))
    assert codes(by=replace(policy(), rules=replace(rules, hours=one_later))) == set()


def test_nobody_else_can_make_a_clearance() -> None:
    cleared = clear(draft(), contact=contact(), history=history(), now=NOON, policy=policy())
    assert isinstance(cleared, Cleared)
    with pytest.raises(TypeError):
        Cleared(draft(), NOON, "any", object())
    with pytest.raises((TypeError, ValueError)):
        replace(cleared, draft=draft(text="坐牢"))


def test_only_the_gate_names_the_constructor() -> None:
    gate = ROOT / "service/domain/collect/compliance.py"
    for path in (ROOT / "service").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {"Cleared", "_SEAL"}:
                assert path == gate
            if isinstance(node, ast.Name) and node.id == "_SEAL":
                assert path == gate


# ---- golden vectors, by id ----------------------------------------------------------------------------------------


def golden(prefix: str) -> list[str]:
    return [one for one in GOLDEN if one.startswith(prefix)]


@pytest.mark.parametrize("vector", [one for one in golden("H-") if one not in {"H-tz", "H-inbound"}])
def test_hours(vector: str) -> None:
    given = GOLDEN[vector]["given"]
    agreed = (
        tuple(time.fromisoformat(one) for one in given["agreed_hours"].split("-")) if given["agreed_hours"] else None
    )
    of = draft(**VOICE) if given["channel"] == "voice" else draft()
    found = codes(of=of, to=contact(agreed_hours=agreed), at=at_clock(given["local_time"]))
    assert found == ({"outside_hours"} if GOLDEN[vector]["expect"] == "DENY" else set())


def test_hours_are_shanghai_hours() -> None:
    at = utc(GOLDEN["H-tz"]["given"]["utc"]).replace(year=2027)
    assert "outside_hours" in codes(of=draft(**VOICE, expires_at=at + timedelta(days=1)), at=at)
    assert "outside_hours" not in codes(of=draft(**VOICE, expires_at=at), at=at - timedelta(minutes=1), by=law())


def test_a_reply_at_night_is_no_outreach_and_passes_the_wording_alone() -> None:
    assert GOLDEN["H-inbound"]["expect"] == "ALLOW"
    assert lint("您的账单是 806.19 元，明天还也可以。", rules=policy().wording) == ()


FREQUENCY = {
    "F-voice-3": (Counter.CONNECTED_TODAY, "connected_interactive_calls_today"),
    "F-notice-3": (Counter.NOTICES_TODAY, "connected_notice_calls_today"),
    "F-attempt-6": (Counter.ATTEMPTS_ON_NUMBER_TODAY, "unanswered_attempts_today_same_number"),
    "F-attempt-7": (Counter.ATTEMPTS_ON_NUMBER_TODAY, "unanswered_attempts_today_same_number"),
}


@pytest.mark.parametrize("vector", FREQUENCY)
def test_voice_caps_of_the_law(vector: str) -> None:
    counter, key = FREQUENCY[vector]
    found = codes(of=draft(**VOICE), after=counted(counter, GOLDEN[vector]["given"][key]), by=law())
    assert found == ({f"cap_{counter}"} if GOLDEN[vector]["expect"] == "DENY" else set())


def test_the_cap_counts_the_debtor_and_not_the_loan() -> None:
    given = GOLDEN["F-multi-loan"]["given"]
    calls = given["connected_calls_today_loanA"] + given["loanB"]
    assert codes(of=draft(**VOICE), after=counted(Counter.CONNECTED_TODAY, calls), by=law()) == {"cap_connected_today"}


def test_the_attempt_cap_counts_the_number_that_is_called() -> None:
    given = GOLDEN["F-multi-number"]["given"]
    counter = Counter.ATTEMPTS_ON_NUMBER_TODAY
    assert codes(of=draft(**VOICE), after=counted(counter, given["number1_attempts"]), by=law())
    assert not codes(of=draft(**VOICE), after=counted(counter, given["number2_attempts"]), by=law())


def test_the_wechat_window() -> None:
    count = GOLDEN["F-wechat-5"]["given"]["kf_msgs_since_last_user_msg"]
    of = draft(channel="wechat", text=SAFE_TEXT)
    assert codes(of=of, after=counted(Counter.SINCE_BORROWER_WROTE, count)) == {"cap_since_borrower_wrote"}
    assert not codes(of=of, after=counted(Counter.SINCE_BORROWER_WROTE, count - 1))


@pytest.mark.parametrize("vector", ["T-contact-collect", "T-contact-locate", "T-contact-reachable", "T-willing"])
def test_automated_outreach_never_turns_to_a_contact(vector: str) -> None:
    """Where the law allows something (ask how to reach the debtor; tell a willing one how to pay), a person does it."""
    assert GOLDEN[vector]["expect"] in {"DENY", "ALLOW_HUMAN_ONLY", "ALLOW_MINIMUM"}
    assert codes(of=draft(target=Target.CONTACT, text=SAFE_TEXT)) == {"not_the_debtor"}
    unreachable = contact(stops=frozenset({Stop.DEBTOR_UNAVAILABLE}))
    assert "not_the_debtor" in codes(of=draft(target=Target.CONTACT, text=SAFE_TEXT), to=unreachable)


def test_a_contact_is_told_nothing_of_the_debt() -> None:
    for word in GOLDEN["T-disclose"]["given"]["text_contains"]:
        assert "not_identity_safe" in codes(of=draft(target=Target.CONTACT, text=f"{SAFE_TEXT}{word}"))


def test_an_sms_shows_no_debt() -> None:
    text = f"【小清消费金融】{GOLDEN['I-sms-content']['given']['text']}"
    assert codes(of=draft(channel="sms", text=text)) == {"not_identity_safe"}


def test_a_call_may_open_with_the_institution_and_the_machine_but_not_with_the_debt() -> None:
    assert GOLDEN["I-voice-open"]["given"]["state"] == "start"
    opening = "【小清消费金融】您好，我是自动助手小清，请问是王先生本人吗？"
    assert codes(of=draft(channel="voice", text=opening), by=law()) == set()
    assert codes(of=draft(channel="voice", text=opening[8:]), by=law()) == {"institution_not_named"}
    assert codes(of=draft(channel="voice", text=f"{opening}您的贷款已逾期。"), by=law()) == {"not_identity_safe"}


def test_no_call_is_placed_so_that_nothing_is_left_on_a_voicemail() -> None:
    """There is no sender for calls, no step plans one, and the gate refuses what nobody counts."""
    assert GOLDEN["I-voicemail"]["expect"] == "HANGUP_NO_CONTENT"
    rules = policy().rules
    media = {rules.channel(one) for each in policy().strategy.treatments for step in each.steps for one in step.say}
    assert {channel.medium for channel in media if channel} == {Medium.WRITTEN}
    written = {Counter.WRITTEN_TODAY: 0, Counter.WRITTEN_7_DAYS: 0}
    assert "cap_connected_today" in codes(of=draft(**VOICE), after=history(counts=written))


@pytest.mark.parametrize("vector", golden("X-"))
def test_forbidden_templates(vector: str) -> None:
    words = GOLDEN[vector]["given"]["template_contains"]
    assert codes(of=draft(text=f"{SAFE_TEXT}{words}")) == {"wording"}
    assert lint(words, rules=policy().wording, surface=Surface.VERIFIED)


FLAGS = {
    "dispute_amount": Stop.DISPUTE,
    "debtor_deceased": Stop.DECEASED,
    "no_capacity/minor": Stop.INCAPACITY,
    "suicide_or_self_harm_words": Stop.CRISIS,
    "plan_signed_and_kept": Stop.PLAN_KEPT,
    "opt_out_channel": Stop.OPT_OUT,
    "bankruptcy_accepted(Shenzhen)": Stop.BANKRUPTCY,
    "disaster_area": Stop.DISASTER,
}


@pytest.mark.parametrize("vector", golden("S-"))
def test_states_that_stop(vector: str) -> None:
    reason = FLAGS[GOLDEN[vector]["given"]["flag"]]
    assert codes(to=contact(stops=frozenset({reason}))) == {f"stopped_{reason}"}


def test_every_golden_vector_is_asked_by_a_test() -> None:
    """By its whole id, or by a prefix whose vectors are all run above."""
    texts = [path.read_text() for path in (ROOT / "tests").rglob("*.py")]
    run_by_prefix = ("H-", "X-", "S-")
    assert [
        vector
        for vector in GOLDEN
        if not vector.startswith(run_by_prefix) and not any(vector in text for text in texts)
    ] == []
