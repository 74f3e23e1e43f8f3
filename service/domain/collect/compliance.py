"""The gate: may this message go to this debtor now? Nothing is sent without the `Cleared` that only it makes.

A gate of checks that are all asked and all answer: every reason is returned, not the first. Replies to what a
borrower wrote are no outreach; they pass the wording alone (`service.domain.collect.wording`).
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from datetime import date, datetime, timedelta

from service.domain.collect.caps import (
    consent_left,
    inside_reply_window,
    under_attempt_cap,
    under_connected_cap,
    under_daily_cap,
    under_notice_cap,
    under_weekly_attempt_cap,
    under_weekly_cap,
)
from service.domain.collect.case import OURS, Case, Check, first_opening, windows
from service.domain.collect.outreach import (
    By,
    Contact,
    Draft,
    History,
    Kind,
    Medium,
    Purpose,
    Stop,
    Surface,
    Target,
    Violation,
)
from service.domain.collect.policy import Policy
from service.domain.collect.rules import Number
from service.domain.collect.third_party import (
    ASKS,
    debtor_out_of_reach,
    no_collecting_from_others,
    not_refused_before,
    point_in_use,
    to_the_debtor,
    two_approvals,
)
from service.domain.collect.wording import Wording, lint
from service.domain.days import business_date, month_later

_SEAL = object()
# Why a debtor cannot be reached; then others may be asked for him.
OUT_OF_REACH = frozenset({Stop.DEBTOR_UNAVAILABLE, Stop.DECEASED, Stop.INCAPACITY})


@dataclass(frozen=True, slots=True)
class Cleared:
    """A draft that passed every check at `at`. Cannot be made, copied with changes or forged by accident outside
    this module. `expires_at`: a carrier must not deliver it, nor a dialler dial, from then on."""

    draft: Draft
    medium: Medium
    at: datetime
    expires_at: datetime
    policy_version: str
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only the gate clears a draft")


def clear(
    draft: Draft, *, contact: Contact, history: History, now: datetime, policy: Policy
) -> Cleared | tuple[Violation, ...]:
    """A clearance, or every reason why not. `now` is the instant of sending, not of planning."""
    texts = policy.templates
    rules = policy.rules.on(business_date(now))
    said = (texts.institution, texts.assistant, texts.person)
    case = Case(draft, contact, history, now, rules, policy.holidays, *said, rules.channel(draft.channel))
    found = tuple(violation for check in CHECKS if (violation := check(case)) is not None)
    if found:
        return found
    assert case.channel is not None, "channel_known would have said so"
    return Cleared(draft, case.channel.medium, now, _expires_at(case), policy.version, _SEAL)


def first_lawful(now: datetime, *, channel: str, contact: Contact, policy: Policy) -> datetime:
    """The first instant of today's hours for a channel, or `now` where they have begun; for planning."""
    return first_opening(now, channel=channel, contact=contact, rules=policy.rules.on(business_date(now)))


def _expires_at(case: Case) -> datetime:
    here = case.now.astimezone(case.contact.zone)
    ends = [one.last_start(here) for one in windows(case.draft.channel, case.contact, case.rules)]
    return min([case.draft.expires_at, *ends])


def channel_known(case: Case) -> Violation | None:
    channel = case.channel
    if channel is not None and case.draft.by in channel.by:
        return None
    return Violation("channel_unknown", f"渠道 {case.draft.channel} 不在合规表中，或不能这样使用", OURS)


def inside_hours(case: Case) -> Violation | None:
    at = case.now.astimezone(case.contact.zone).time()
    found = list(windows(case.draft.channel, case.contact, case.rules))
    if not found:
        return Violation("hours_unknown", "没有适用的时段规则，不能发送", OURS)
    for one in found:
        if not one.opens <= at < one.closes:
            told = f"客户当地时间 {at:%H:%M}，允许的时段是 {one.opens:%H:%M}–{one.closes:%H:%M}"
            return Violation("outside_hours", told, one.source)
    return None


def over_before_hours_close(case: Case) -> Violation | None:
    """A call that began in time must not go on after hours."""
    here = case.now.astimezone(case.contact.zone)
    for one in windows(case.draft.channel, case.contact, case.rules):
        if one.last_start(here) <= here < one.last_start(here) + one.lasts:
            told = f"{one.closes:%H:%M} 前通话可能没有结束，{one.last_start(here):%H:%M} 起不再拨打"
            return Violation("call_would_overrun", told, one.source)
    return None


def not_on_a_quiet_day(case: Case) -> Violation | None:
    day = business_date(case.now)
    named = case.holidays.named(day)
    for rule in case.rules.quiet:
        if case.draft.channel not in rule.channels or case.draft.kind not in rule.kinds:
            continue
        if rule.tiers and case.draft.tier not in rule.tiers:
            continue
        if reasons := sorted(named & rule.holidays) + ["星期日"] * (rule.sundays and day.isoweekday() == 7):
            return Violation("quiet_day", f"{day} 是{'、'.join(reasons)}，不触达", str(rule.origin))
    return None


def reply_window_open(case: Case) -> Violation | None:
    """Where the platform lets the lender write only for so long after the borrower wrote."""
    channel = case.channel
    if channel is None or channel.reply_window is None:
        return None
    wrote = case.history.wrote_at
    if wrote is not None and case.now - wrote < channel.reply_window:
        return None
    hours = int(channel.reply_window.total_seconds() // 3600)
    told = f"客户 {hours} 小时内没有在该渠道来信，平台不允许发送"
    return Violation("reply_window_closed", told, str(channel.origin))


def _not_stopped(reason: Stop) -> Check:
    def check(case: Case) -> Violation | None:
        if reason not in case.contact.stops or (reason in OUT_OF_REACH and _asks_others(case)):
            return None
        rule = case.rules.stop(reason)
        if rule is not None and rule.serve and case.draft.by is By.AGENT and case.draft.purpose is Purpose.SERVE:
            return None
        label, source = (rule.label, str(rule.origin)) if rule else ("暂停触达", OURS)
        return Violation(f"stopped_{reason}", label, source)

    return check


def _asks_others(case: Case) -> bool:
    return case.draft.target is Target.CONTACT and case.draft.purpose in ASKS


def still_owed(case: Case) -> Violation | None:
    """Who offered to pay is not told how where nothing is left to pay, either."""
    if case.draft.purpose is Purpose.SERVE or case.history.owed_fen > 0:
        return None
    return Violation("paid_meanwhile", "已没有需要提醒的未还款项", OURS)


def no_promise_pending(case: Case) -> Violation | None:
    if case.asks_for_money and case.draft.kind is Kind.COLLECTION and case.history.promise_pending:
        return Violation("promise_pending", "客户已约定还款日，到期前不催收", OURS)
    return None


def no_payment_on_its_way(case: Case) -> Violation | None:
    if case.asks_for_money and case.history.payment_pending:
        return Violation("payment_pending", "客户有一笔还款正在处理，有结果前不提醒", OURS)
    return None


def not_just_after_a_payment(case: Case) -> Violation | None:
    """Whoever paid a part a moment ago is not asked for the rest in the same breath."""
    rule, paid = case.rules.number(Number.AFTER_PAYMENT_MINUTES), case.history.paid_at
    if not case.asks_for_money or case.history.owed_fen <= 0 or rule is None or paid is None:
        return None
    if case.now - paid >= timedelta(minutes=rule.value):
        return None
    return Violation("just_paid", f"客户刚刚还过款，{rule.value} 分钟内不催收", str(rule.origin))


def lender_may_collect(case: Case) -> Violation | None:
    if not case.asks_for_money or not case.history.written_off:
        return None
    return Violation("written_off", "债权已核销，没有登记委托，不自动触达", "[M] 核销后须有委托方可催收")


def within_limitation(case: Case) -> Violation | None:
    """What can no longer be claimed in court is for a person to judge."""
    rule, since = case.rules.number(Number.LIMITATION_YEARS), case.history.claimable_since
    if not case.asks_for_money or rule is None or since is None:
        return None
    if business_date(case.now) < _years_later(since, rule.value):
        return None
    return Violation("limitation", f"自 {since} 起已满 {rule.value} 年，可能已过诉讼时效，由人工判断", str(rule.origin))


def _years_later(since: date, years: int) -> date:
    return month_later(since, 12 * years, since.day)


def not_held_by_an_agent(case: Case) -> Violation | None:
    if case.draft.by is By.SYSTEM and case.history.held_by_agent:
        return Violation("held_by_agent", "坐席正在与客户对话，自动消息不插话", OURS)
    return None


def template_approved(case: Case) -> Violation | None:
    if case.draft.approved:
        return None
    return Violation("template_not_approved", f"模板 {case.draft.template} 未经批准或不在有效期内", OURS)


def not_expired(case: Case) -> Violation | None:
    if case.now < case.draft.expires_at:
        return None
    return Violation("expired", "计划已过期，需要重新计划", OURS)


def names_the_institution(case: Case) -> Violation | None:
    if f"【{case.institution}】" in case.draft.text:
        return None
    source = "[S] 中国银行业协会催收工作指引（2026-01-30）：首次联系先说明机构"
    return Violation("institution_not_named", "内容没有写明机构名称", source)


def says_it_is_a_machine(case: Case) -> Violation | None:
    if case.draft.by is not By.SYSTEM or case.assistant in case.draft.text:
        return None
    source = "[P] 自动消息须说明由自动助手发送；人工智能生成合成内容标识办法（2025-09-01）"
    return Violation("machine_not_disclosed", f"内容没有说明由{case.assistant}发送", source)


def offers_a_person(case: Case) -> Violation | None:
    written = case.channel is not None and case.channel.medium is Medium.WRITTEN
    if case.draft.by is not By.SYSTEM or not written or case.person in case.draft.text:
        return None
    return Violation("no_way_to_a_person", f"内容没有告诉客户可以“{case.person}”", "[P] 每条自动消息都给出转人工的办法")


def words_allowed(case: Case) -> Violation | None:
    """One violation for all words, so that its detail names each of them."""
    return _worded(case, [one for one in case.rules.wording if not one.open_only], "wording")


def safe_for_strangers(case: Case) -> Violation | None:
    """What others might read must not show that there is a debt."""
    pays = case.draft.purpose is Purpose.PAY and case.contact.willing
    rules = [one for one in case.rules.wording if one.open_only and not (pays and one.needed_to_pay)]
    return _worded(case, rules, "not_identity_safe")


def _worded(case: Case, rules: list[Wording], code: str) -> Violation | None:
    channel = case.channel
    surface = Surface.OPEN if channel is None or case.draft.target is not Target.DEBTOR else channel.surface
    breaches = lint(case.draft.text, rules=rules, surface=surface, litigation_decided=case.draft.litigation_decided)
    if not breaches:
        return None
    sources = "；".join(dict.fromkeys(one.source for one in breaches))
    return Violation(code, "；".join(one.detail for one in breaches), sources)


CHECKS: tuple[Check, ...] = (
    channel_known,
    to_the_debtor,
    no_collecting_from_others,
    debtor_out_of_reach,
    two_approvals,
    not_refused_before,
    point_in_use,
    inside_hours,
    over_before_hours_close,
    not_on_a_quiet_day,
    under_daily_cap,
    under_weekly_cap,
    under_connected_cap,
    under_notice_cap,
    under_attempt_cap,
    under_weekly_attempt_cap,
    reply_window_open,
    inside_reply_window,
    consent_left,
    *(_not_stopped(reason) for reason in Stop),
    still_owed,
    no_promise_pending,
    no_payment_on_its_way,
    not_just_after_a_payment,
    lender_may_collect,
    within_limitation,
    not_held_by_an_agent,
    template_approved,
    not_expired,
    names_the_institution,
    says_it_is_a_machine,
    offers_a_person,
    words_allowed,
    safe_for_strangers,
)
