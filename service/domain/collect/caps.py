"""How often: one check of the gate for each counter, against every cap in force that applies, and one for what the
borrower allows message by message."""

from __future__ import annotations

from service.domain.collect.case import Case, Check
from service.domain.collect.outreach import Counter, Violation


def _under_cap(counter: Counter, words: str) -> Check:
    def check(case: Case) -> Violation | None:
        channel, count = case.channel, case.history.counts.get(counter)
        for cap in case.rules.caps:
            applies = channel is not None and channel.medium in cap.media and case.draft.channel in cap.channels
            if cap.counter is not counter or not applies or case.draft.kind not in cap.kinds:
                continue
            if count is None or count >= cap.at_most:
                how_many = "没有计数" if count is None else f"已有 {count} 次"
                return Violation(f"cap_{counter}", f"{words}：{how_many}，上限 {cap.at_most} 次", str(cap.origin))
        return None

    return check


under_daily_cap = _under_cap(Counter.WRITTEN_TODAY, "今天的文字触达")
under_weekly_cap = _under_cap(Counter.WRITTEN_7_DAYS, "7 天内的催收文字触达")
under_connected_cap = _under_cap(Counter.CONNECTED_TODAY, "今天接通的互动语音")
under_notice_cap = _under_cap(Counter.NOTICES_TODAY, "今天接通的告知语音")
under_attempt_cap = _under_cap(Counter.ATTEMPTS_ON_NUMBER_TODAY, "今天对同一号码的呼叫")
under_weekly_attempt_cap = _under_cap(Counter.ATTEMPTS_ON_NUMBER_7_DAYS, "7 天内对同一号码的呼叫")
inside_reply_window = _under_cap(Counter.SINCE_BORROWER_WROTE, "客户上次来信后的消息")


def consent_left(case: Case) -> Violation | None:
    """Where the platform lets the lender write once for each time that the borrower agreed."""
    channel = case.channel
    if channel is None or not channel.per_consent or case.history.consents > 0:
        return None
    told = "客户没有可用的订阅次数，每次订阅只能发送一条"
    return Violation("no_consent_left", told, str(channel.origin))
