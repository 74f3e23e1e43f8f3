"""One otherwise lawful draft after another, each with what the gate must say of it: the table that its tests ask, and
that a change of any check or comparison must be noticed by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta, timezone
from typing import Any

from service.domain.collect import compliance as gate
from service.domain.collect.outreach import By, Contact, Counter, Draft, History, Kind, Purpose, Stop, Target
from service.domain.collect.policy import Policy
from service.domain.days import SHANGHAI
from service.domain.rows import Mark
from tests.domain.collect.policy_of import NO_COUNTS, NOON, SAFE_TEXT, contact, draft, history, policy

NEW_YEAR = datetime(2027, 2, 6, 12, tzinfo=SHANGHAI)
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
CALL_TEXT = "【小清消费金融】您好，我是自动助手小清，请问是王先生本人吗？"
PERSON_TEXT = "【小清消费金融】您好，我是工作人员苏禾，请问是王先生本人吗？"
OTHER_TEXT = "【小清消费金融】您好，我是工作人员苏禾，麻烦您转告王先生，请他方便时联系我们。"
URUMQI = timezone(timedelta(hours=6))
VOICE = {"channel": "voice", "text": CALL_TEXT, "tier": "M2"}
NOTICE = {"channel": "notice", "text": CALL_TEXT, "tier": "M2"}
PHONE = {"channel": "phone", "text": PERSON_TEXT, "by": By.AGENT, "by_name": "苏禾", "tier": "M2"}
OTHER = {**PHONE, "text": OTHER_TEXT, "target": Target.CONTACT, "purpose": Purpose.LOCATE}
WECHAT = {"channel": "wechat", "text": SAFE_TEXT}
SUBSCRIPTION = {"channel": "subscription", "text": SAFE_TEXT}
ALLOWED_BY = frozenset({"王敏", "周岩"})
GONE = {"stops": frozenset({Stop.DEBTOR_UNAVAILABLE}), "unreachable": True, "approved_by": ALLOWED_BY}
REACHES_NOBODY = (Stop.DEBTOR_UNAVAILABLE, Stop.DECEASED, Stop.INCAPACITY)
WROTE = NOON - timedelta(hours=1)

Case = dict[str, Any]


def codes(
    *, of: Draft | None = None, to: Contact | None = None, after: History | None = None,
    at: datetime = NOON, by: Policy | None = None, asked: Any = gate,
) -> set[str]:  # fmt: skip
    answer = asked.clear(
        of or draft(), contact=to or contact(), history=after or history(), now=at, policy=by or policy()
    )
    return {one.code for one in answer} if isinstance(answer, tuple) else set()


def counted(counter: Counter, count: int, **more: Any) -> History:
    return history(counts={**NO_COUNTS, counter: count}, **more)


def at_clock(text: str) -> datetime:
    return datetime.combine(NOON.date(), time.fromisoformat(text), SHANGHAI)


def law() -> Policy:
    """The policy without the lender's own stricter hours and caps."""
    rules = policy().rules
    hours = tuple(one for one in rules.hours if one.origin.mark is not Mark.POLICY)
    caps = tuple(one for one in rules.caps if one.origin.mark is not Mark.POLICY)
    return replace(policy(), rules=replace(rules, hours=hours, caps=caps, quiet=()))


def without(kind: str) -> Policy:
    """The policy with no row of that kind, such as on a day on which none is in force."""
    return replace(policy(), rules=replace(policy().rules, **{kind: ()}))


# One check alone refuses.
ALONE: list[tuple[str, Case]] = [
    ("channel_unknown", {"of": draft(channel="fax", text=SAFE_TEXT), "to": contact(agreed_hours=(time(8), time(20)))}),
    ("channel_unknown", {"of": draft(**{**PHONE, "by": By.SYSTEM, "text": CALL_TEXT})}),
    ("channel_unknown", {"of": draft(**{**VOICE, "by": By.AGENT})}),
    ("channel_unknown", {"of": draft(by=By.AGENT, text="【小清消费金融】您好，我是工作人员苏禾。")}),
    ("not_the_debtor", {"to": Contact("somebody-else")}),
    ("third_party_purpose", {"of": draft(**{**OTHER, "purpose": Purpose.COLLECT})}),
    ("third_party_purpose", {"of": draft(**{**OTHER, "purpose": Purpose.PAY})}),
    (
        "paid_meanwhile",
        {"of": draft(**{**OTHER, "purpose": Purpose.PAY}), "to": contact(willing=True), "after": history(owed_fen=0)},
    ),
    ("debtor_reachable", {"of": draft(**OTHER), "to": contact(approved_by=ALLOWED_BY)}),
    ("approvals_missing", {"of": draft(**OTHER), "to": contact(**{**GONE, "approved_by": frozenset({"王敏"})})}),
    (
        "approvals_missing",
        {"of": draft(**OTHER), "to": contact(**{**GONE, "approved_by": frozenset({"王敏", "苏禾"})})},
    ),
    ("third_party_purpose", {"of": draft(**{**OTHER, "purpose": Purpose.COLLECT}), "to": contact(willing=True)}),
    ("contact_refused", {"of": draft(**OTHER), "to": contact(**GONE, refused=True)}),
    ("number_suppressed", {"of": draft(**VOICE), "to": contact(suppressed=True)}),
    ("outside_hours", {"at": at_clock("22:00")}),
    ("outside_hours", {"at": at_clock("07:59:59")}),
    ("outside_hours", {"of": draft(**VOICE), "at": at_clock("20:30")}),
    ("outside_hours", {"at": at_clock("09:59"), "to": contact(zone=URUMQI)}),
    ("outside_hours", {"at": at_clock("12:00"), "to": contact(agreed_hours=(time(18), time(20)))}),
    ("call_would_overrun", {"of": draft(**VOICE), "at": at_clock("20:20")}),
    ("call_would_overrun", {"of": draft(**NOTICE), "at": at_clock("20:28")}),
    (
        "call_would_overrun",
        {"of": draft(**PHONE), "at": at_clock("19:45"), "to": contact(agreed_hours=(time(18), time(20)))},
    ),
    ("quiet_day", {"of": draft(expires_at=NEW_YEAR + timedelta(hours=1)), "at": NEW_YEAR}),
    ("quiet_day", {"of": draft(**VOICE), "at": SUNDAY}),
    ("quiet_day", {"of": draft(**{**PHONE, "tier": "M1"}), "at": SUNDAY}),
    ("cap_written_today", {"after": counted(Counter.WRITTEN_TODAY, 1)}),
    ("cap_written_7_days", {"after": counted(Counter.WRITTEN_7_DAYS, 3)}),
    ("cap_connected_today", {"of": draft(**VOICE), "after": counted(Counter.CONNECTED_TODAY, 2)}),
    ("cap_connected_today", {"of": draft(**PHONE), "after": counted(Counter.CONNECTED_TODAY, 2)}),
    ("cap_connected_today", {"of": draft(**VOICE), "after": counted(Counter.CONNECTED_TODAY, 3), "by": law()}),
    ("cap_notices_today", {"of": draft(**NOTICE), "after": counted(Counter.NOTICES_TODAY, 3)}),
    ("cap_attempts_on_number_today", {"of": draft(**VOICE), "after": counted(Counter.ATTEMPTS_ON_NUMBER_TODAY, 6)}),
    ("cap_attempts_on_number_7_days", {"of": draft(**NOTICE), "after": counted(Counter.ATTEMPTS_ON_NUMBER_7_DAYS, 12)}),
    ("reply_window_closed", {"of": draft(**WECHAT), "after": history(wrote_at=NOON - timedelta(hours=48))}),
    ("reply_window_closed", {"of": draft(**WECHAT)}),
    (
        "cap_since_borrower_wrote",
        {"of": draft(**WECHAT), "after": counted(Counter.SINCE_BORROWER_WROTE, 5, wrote_at=WROTE)},
    ),
    ("no_consent_left", {"of": draft(**SUBSCRIPTION)}),
    ("no_consent_left", {"of": draft(**SUBSCRIPTION), "after": history(wrote_at=WROTE)}),
    ("paid_meanwhile", {"after": history(owed_fen=0)}),
    ("paid_meanwhile", {"after": history(owed_fen=0, paid_at=NOON)}),
    ("promise_pending", {"after": history(promise_pending=True)}),
    ("promise_pending", {"of": draft(**PHONE), "after": history(promise_pending=True)}),
    ("payment_pending", {"after": history(payment_pending=True)}),
    ("just_paid", {"after": history(paid_at=NOON - timedelta(minutes=59))}),
    ("written_off", {"after": history(written_off=True)}),
    ("limitation", {"after": history(claimable_since=NOON.date().replace(year=2023))}),
    ("held_by_agent", {"after": history(held_by_agent=True)}),
    ("template_not_approved", {"of": draft(approved=False)}),
    ("expired", {"of": draft(expires_at=NOON)}),
    ("institution_not_named", {"of": draft(text="您好，我是自动助手小清，可回复“转人工”。")}),
    ("machine_not_disclosed", {"of": draft(text="【小清消费金融】您好，需要人工请回复“转人工”。")}),
    ("no_way_to_a_person", {"of": draft(text="【小清消费金融】您好，我是自动助手小清。")}),
    ("wording", {"of": draft(text=f"{SAFE_TEXT}不处理就坐牢。")}),
    ("not_identity_safe", {"of": draft(channel="sms", text=f"{SAFE_TEXT}您已逾期15天。")}),
    ("not_identity_safe", {"of": draft(**{**OTHER, "text": f"{OTHER_TEXT}欠款。"}), "to": contact(**GONE)}),
    *((f"stopped_{reason}", {"to": contact(stops=frozenset({reason}))}) for reason in Stop),
    ("stopped_dispute", {"of": draft(**PHONE), "to": contact(stops=frozenset({Stop.DISPUTE}))}),
    ("stopped_dispute", {"of": draft(purpose=Purpose.SERVE), "to": contact(stops=frozenset({Stop.DISPUTE}))}),
    (
        "stopped_deceased",
        {"of": draft(**{**PHONE, "purpose": Purpose.LOCATE}), "to": contact(stops=frozenset({Stop.DECEASED}))},
    ),
    (
        "stopped_debtor_unavailable",
        {"of": draft(**{**OTHER, "purpose": Purpose.PAY}), "to": contact(**GONE, willing=True)},
    ),
    (
        "stopped_opt_out",
        {"of": draft(**{**PHONE, "purpose": Purpose.SERVE}), "to": contact(stops=frozenset({Stop.OPT_OUT}))},
    ),
    ("stopped_deceased", {"of": draft(**PHONE), "to": contact(stops=frozenset({Stop.DECEASED}), unreachable=True)}),
    ("stopped_fraud", {"of": draft(**OTHER), "to": contact(**{**GONE, "stops": frozenset({Stop.FRAUD})})}),
]

# Just on the lawful side.
LAWFUL: list[Case] = [
    {},
    {"at": at_clock("08:00")},
    {"at": at_clock("21:59:59")},
    {"at": at_clock("10:00"), "to": contact(zone=URUMQI)},
    {"at": at_clock("23:59"), "to": contact(zone=URUMQI)},
    {"at": at_clock("07:30"), "to": contact(agreed_hours=(time(7), time(9)))},
    {"of": draft(**VOICE), "at": at_clock("20:19:59")},
    {"of": draft(**VOICE), "at": at_clock("08:30")},
    {"of": draft(**VOICE), "at": at_clock("21:49:59"), "by": law()},
    {"of": draft(**NOTICE), "at": at_clock("20:27:59")},
    {"of": draft(**PHONE), "at": SUNDAY},
    {"of": draft(kind=Kind.REMINDER, expires_at=NEW_YEAR + timedelta(hours=1)), "at": NEW_YEAR},
    {"after": counted(Counter.WRITTEN_7_DAYS, 2)},
    {"of": draft(kind=Kind.REMINDER), "after": counted(Counter.WRITTEN_7_DAYS, 3)},
    {"of": draft(**VOICE), "after": counted(Counter.CONNECTED_TODAY, 1)},
    {"of": draft(**VOICE), "after": counted(Counter.CONNECTED_TODAY, 2), "by": law()},
    {"of": draft(**VOICE), "after": counted(Counter.NOTICES_TODAY, 9)},
    {"of": draft(**NOTICE), "after": counted(Counter.CONNECTED_TODAY, 9)},
    {"of": draft(**NOTICE), "after": counted(Counter.NOTICES_TODAY, 2)},
    {"of": draft(**VOICE), "after": counted(Counter.ATTEMPTS_ON_NUMBER_TODAY, 5)},
    {"of": draft(**VOICE), "after": counted(Counter.ATTEMPTS_ON_NUMBER_7_DAYS, 11)},
    {"after": counted(Counter.ATTEMPTS_ON_NUMBER_7_DAYS, 99)},
    {"of": draft(**WECHAT), "after": counted(Counter.SINCE_BORROWER_WROTE, 4, wrote_at=WROTE)},
    {"of": draft(**SUBSCRIPTION), "after": history(consents=1)},
    {"of": draft(**WECHAT), "after": history(wrote_at=NOON - timedelta(hours=48) + timedelta(seconds=1))},
    {"after": counted(Counter.SINCE_BORROWER_WROTE, 9)},
    {"after": history(owed_fen=1)},
    {"of": draft(kind=Kind.REMINDER), "after": history(promise_pending=True)},
    {"after": history(paid_at=NOON - timedelta(minutes=60))},
    {"after": history(claimable_since=NOON.date().replace(year=2023) + timedelta(days=1))},
    {"of": draft(expires_at=NOON + timedelta(seconds=1))},
    {"of": draft(**PHONE), "after": history(held_by_agent=True)},
    {
        "of": draft(**{**PHONE, "purpose": Purpose.SERVE}),
        "to": contact(stops=frozenset({Stop.DISPUTE})),
        "after": history(owed_fen=0, promise_pending=True, payment_pending=True, paid_at=NOON, written_off=True),
    },
    {
        "of": draft(**{**PHONE, "purpose": Purpose.SERVE}),
        "after": history(paid_at=NOON, claimable_since=NOON.date().replace(year=2020)),
    },
    {"of": draft(**{**PHONE, "purpose": Purpose.LOCATE})},
    {"to": contact(refused=True)},
    {"of": draft(**OTHER), "to": contact(**GONE)},
    *({"of": draft(**OTHER), "to": contact(**{**GONE, "stops": frozenset({one})})} for one in REACHES_NOBODY),
    {"of": draft(**{**OTHER, "purpose": Purpose.RELAY}), "to": contact(**GONE)},
    {
        "of": draft(**{**OTHER, "purpose": Purpose.PAY, "text": f"{OTHER_TEXT}金额是 500 元。"}),
        "to": contact(willing=True),
        "after": history(paid_at=NOON),
    },
    {"of": draft(text=f"{SAFE_TEXT}已正式起诉。", litigation_decided=True)},
]
# A third party is never reached by machine, whatever else holds; who offers to pay is told an amount and nothing more.
MORE: list[tuple[set[str], Case]] = [
    (
        {"not_the_debtor"},
        {"of": draft(**{**VOICE, "target": Target.CONTACT, "purpose": Purpose.LOCATE}), "to": contact(**GONE)},
    ),
    (
        {"not_identity_safe"},
        {
            "of": draft(**{**OTHER, "purpose": Purpose.PAY, "text": f"{OTHER_TEXT}逾期 500 元。"}),
            "to": contact(willing=True),
        },
    ),
    (
        {"not_identity_safe"},
        {"of": draft(**{**OTHER, "text": f"{OTHER_TEXT}500 元。"}), "to": contact(**GONE, willing=True)},
    ),
    (
        {"third_party_purpose", "not_identity_safe"},
        {"of": draft(**{**OTHER, "purpose": Purpose.PAY, "text": f"{OTHER_TEXT}500 元。"})},
    ),
    (
        {"channel_unknown", "not_identity_safe"},
        {"of": draft(**{**OTHER, "channel": "inapp", "text": f"{OTHER_TEXT}欠款。"}), "to": contact(**GONE)},
    ),
]
# Where a kind of row is not in force: hours and stops hold all the same, what only narrows more does not.
NO_ROWS: list[tuple[set[str], Case]] = [
    ({"hours_unknown"}, {"by": without("hours")}),
    ({"stopped_dispute"}, {"to": contact(stops=frozenset({Stop.DISPUTE})), "by": without("stops")}),
    ({"approvals_missing"}, {"of": draft(**OTHER), "to": contact(**GONE), "by": without("numbers")}),
    (set(), {"after": history(paid_at=NOON), "by": without("numbers")}),
    (set(), {"after": history(claimable_since=NOON.date().replace(year=2020)), "by": without("numbers")}),
]


def verdicts(asked: Any = gate) -> Iterator[tuple[set[str], set[str]]]:
    """(expected, said) of every case, by any module that is the gate."""
    table = [(set[str](), case) for case in LAWFUL] + [({code}, case) for code, case in ALONE]
    for expected, case in table + MORE + NO_ROWS:
        yield expected, codes(**case, asked=asked)
