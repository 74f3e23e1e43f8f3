"""The gate: may this message go to this debtor now? Nothing is sent without the `Cleared` that only it makes.

A gate of checks that are all asked and all answer: every reason is returned, not the first. Replies to what a
borrower wrote are no outreach; they pass the wording alone (`service.domain.collect.wording`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import InitVar, dataclass
from datetime import datetime, time

from service.domain.collect.holidays import Holidays
from service.domain.collect.outreach import (
    Contact,
    Counter,
    Draft,
    History,
    Kind,
    Stop,
    Surface,
    Target,
    Violation,
)
from service.domain.collect.policy import Policy
from service.domain.collect.rules import Hours, Rules
from service.domain.collect.wording import Wording, lint
from service.domain.days import SHANGHAI, business_date, local_time

OURS = "[P] 机构内部政策"
_SEAL = object()


@dataclass(frozen=True, slots=True)
class Cleared:
    """A draft that passed every check at `at`. Cannot be made, copied with changes or forged by accident outside
    this module."""

    draft: Draft
    at: datetime
    policy_version: str
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only the gate clears a draft")


@dataclass(frozen=True, slots=True)
class Case:
    """What a check looks at; `rules` are those in force on the day of `now`."""

    draft: Draft
    contact: Contact
    history: History
    now: datetime
    rules: Rules
    holidays: Holidays
    institution: str


Check = Callable[[Case], Violation | None]


def clear(
    draft: Draft, *, contact: Contact, history: History, now: datetime, policy: Policy
) -> Cleared | tuple[Violation, ...]:
    """A clearance, or every reason why not. `now` is the instant of sending, not of planning."""
    rules = policy.rules.on(business_date(now))
    case = Case(draft, contact, history, now, rules, policy.holidays, policy.templates.institution)
    found = tuple(violation for check in CHECKS if (violation := check(case)) is not None)
    return found or Cleared(draft, now, policy.version, _SEAL)


def first_lawful(now: datetime, *, channel: str, contact: Contact, policy: Policy) -> datetime:
    """The first instant of today's hours for a channel, or `now` where they have begun; for planning."""
    windows = list(_windows(channel, contact, policy.rules.on(business_date(now))))
    opens = max((opens for opens, _, _ in windows), default=time.min)
    return max(now, datetime.combine(business_date(now), opens, SHANGHAI))


def channel_known(case: Case) -> Violation | None:
    if case.rules.channel(case.draft.channel) is None:
        return Violation("channel_unknown", f"渠道 {case.draft.channel} 不在合规表中", OURS)
    return None


def to_the_debtor(case: Case) -> Violation | None:
    if case.draft.target is Target.DEBTOR and case.contact.borrower_id == case.draft.borrower_id:
        return None
    source = "[S] GB/T 45251-2025：只向债务人本人催收；[P] 联系他人只由人工处理"
    return Violation("not_the_debtor", "只向债务人本人触达；联系他人只能由人工经审批后进行", source)


def inside_hours(case: Case) -> Violation | None:
    at = local_time(case.now).time()
    windows = list(_windows(case.draft.channel, case.contact, case.rules))
    if not windows:
        return Violation("hours_unknown", "没有适用的时段规则，不能发送", OURS)
    for opens, closes, source in windows:
        if not opens <= at < closes:
            return Violation("outside_hours", f"现在 {at:%H:%M}，允许的时段是 {opens:%H:%M}–{closes:%H:%M}", source)
    return None


def _windows(channel: str, contact: Contact, rules: Rules) -> Iterator[tuple[time, time, str]]:
    rows: list[Hours] = [one for one in rules.hours if channel in one.channels]
    if contact.agreed_hours is not None:
        yield (*contact.agreed_hours, "[S] GB/T 45251-2025：双方约定时段的，从其约定")
        return
    for one in rows:
        yield one.opens, one.closes, str(one.origin)


def not_on_a_quiet_day(case: Case) -> Violation | None:
    day = business_date(case.now)
    named = case.holidays.named(day)
    for rule in case.rules.quiet:
        if case.draft.channel not in rule.channels or case.draft.kind not in rule.kinds:
            continue
        if reasons := sorted(named & rule.holidays) + ["星期日"] * (rule.sundays and day.isoweekday() == 7):
            return Violation("quiet_day", f"{day} 是{'、'.join(reasons)}，不触达", str(rule.origin))
    return None


def _under_cap(counter: Counter, words: str) -> Check:
    def check(case: Case) -> Violation | None:
        channel = case.rules.channel(case.draft.channel)
        for cap in case.rules.caps:
            applies = channel is not None and channel.medium in cap.media and case.draft.channel in cap.channels
            if cap.counter is not counter or not applies or case.draft.kind not in cap.kinds:
                continue
            count = case.history.counts.get(counter)
            if count is None or count >= cap.at_most:
                how_many = "没有计数" if count is None else f"已有 {count} 次"
                return Violation(f"cap_{counter}", f"{words}：{how_many}，上限 {cap.at_most} 次", str(cap.origin))
        return None

    return check


under_daily_cap = _under_cap(Counter.WRITTEN_TODAY, "今天的文字触达")
under_weekly_cap = _under_cap(Counter.WRITTEN_7_DAYS, "7 天内的催收文字触达")
under_connected_cap = _under_cap(Counter.CONNECTED_TODAY, "今天接通的互动语音")
under_notice_cap = _under_cap(Counter.NOTICES_TODAY, "今天接通的告知语音")
under_attempt_cap = _under_cap(Counter.ATTEMPTS_ON_NUMBER_TODAY, "今天对同一号码的未接通呼叫")
inside_reply_window = _under_cap(Counter.SINCE_BORROWER_WROTE, "客户上次来信后的消息")


def _not_stopped(reason: Stop) -> Check:
    def check(case: Case) -> Violation | None:
        if reason not in case.contact.stops:
            return None
        rule = next((one for one in case.rules.stops if one.reason is reason), None)
        label, source = (rule.label, str(rule.origin)) if rule else ("暂停触达", OURS)
        return Violation(f"stopped_{reason}", label, source)

    return check


def still_owed(case: Case) -> Violation | None:
    if case.history.owed_fen > 0:
        return None
    return Violation("paid_meanwhile", "已没有需要提醒的未还款项", OURS)


def no_promise_pending(case: Case) -> Violation | None:
    if case.draft.kind is Kind.COLLECTION and case.history.promise_pending:
        return Violation("promise_pending", "客户已约定还款日，到期前不催收", OURS)
    return None


def no_payment_on_its_way(case: Case) -> Violation | None:
    if case.history.payment_pending:
        return Violation("payment_pending", "客户有一笔还款正在处理，有结果前不提醒", OURS)
    return None


def not_held_by_an_agent(case: Case) -> Violation | None:
    if case.history.held_by_agent:
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


def words_allowed(case: Case) -> Violation | None:
    """One violation for all words, so that its detail names each of them."""
    return _worded(case, [one for one in case.rules.wording if not one.open_only], "wording")


def safe_for_strangers(case: Case) -> Violation | None:
    """What others might read must not show that there is a debt."""
    return _worded(case, [one for one in case.rules.wording if one.open_only], "not_identity_safe")


def _worded(case: Case, rules: list[Wording], code: str) -> Violation | None:
    channel = case.rules.channel(case.draft.channel)
    surface = Surface.OPEN if channel is None or case.draft.target is not Target.DEBTOR else channel.surface
    breaches = lint(case.draft.text, rules=rules, surface=surface, litigation_decided=case.draft.litigation_decided)
    if not breaches:
        return None
    sources = "；".join(dict.fromkeys(one.source for one in breaches))
    return Violation(code, "；".join(one.detail for one in breaches), sources)


CHECKS: tuple[Check, ...] = (
    channel_known,
    to_the_debtor,
    inside_hours,
    not_on_a_quiet_day,
    under_daily_cap,
    under_weekly_cap,
    under_connected_cap,
    under_notice_cap,
    under_attempt_cap,
    inside_reply_window,
    *(_not_stopped(reason) for reason in Stop),
    still_owed,
    no_promise_pending,
    no_payment_on_its_way,
    not_held_by_an_agent,
    template_approved,
    not_expired,
    names_the_institution,
    words_allowed,
    safe_for_strangers,
)
