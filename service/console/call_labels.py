"""What the console calls the results of a call, whom it goes to, and what the gate looked at before it allowed it."""

from __future__ import annotations

import re

from service.console import labels
from service.domain.collect.calling import CallResult
from service.domain.collect.outreach import Purpose
from service.domain.errors import Refused

CALL_PURPOSES = labels.PURPOSES | {
    "collect": "为还款致电",
    "serve": "答复客户提出的问题",
    "pay": "告知还款方式（对方主动提出）",
}
RESULTS = {
    CallResult.CONNECTED: "已接通",
    CallResult.UNANSWERED: "无人接听",
    CallResult.VOICEMAIL: "语音信箱（未留言）",
    CallResult.WRONG_NUMBER: "打错了，不是本人号码",
    CallResult.NOT_DIALLED: "没有拨出",
    CallResult.REFUSED: "对方拒绝，不愿再被联系",
    CallResult.WILLING: "对方主动提出代为还款",
}
OUTCOMES = {
    "unknown": "待登记结果",
    "connected": "已接通",
    "unanswered": "无人接听",
    "voicemail": "语音信箱",
    "not_delivered": "没有拨出",
    "refused": "不允许拨打",
}
# The gate's checks that a call passes, by the name of the check; those of others, of money, and of every call.
_EVERY_CALL = {
    "channel_known": "允许由人工拨打",
    "to_the_debtor": "号码登记在这位客户名下",
    "point_in_use": "号码未停用",
    "inside_hours": "在允许的时段内",
    "over_before_hours_close": "通话能在时段结束前完成",
    "not_on_a_quiet_day": "不是不宜触达的日子",
    "under_connected_cap": "今日接通次数未满",
    "under_attempt_cap": "该号码今日拨打次数未满",
    "under_weekly_attempt_cap": "该号码 7 天内拨打次数未满",
    "not_stopped": "没有禁止致电的暂停事由",
    "names_the_institution": "开场白写明机构",
    "words_allowed": "开场白用语合规",
    "safe_for_strangers": "开场白不透露欠款",
}
_FOR_MONEY = {
    "still_owed": "仍有未还款项",
    "no_promise_pending": "没有未到期的约定还款",
    "no_payment_on_its_way": "没有处理中的还款",
    "not_just_after_a_payment": "不是刚还过款",
    "lender_may_collect": "债权未核销",
    "within_limitation": "未过诉讼时效",
}
_TO_OTHERS = {
    "no_collecting_from_others": "不向他人催收",
    "debtor_out_of_reach": "本人确实无法联系",
    "two_approvals": "已有另外两位同事批准",
    "not_refused_before": "对方没有拒绝过联系",
}
CHECKED = _EVERY_CALL | _FOR_MONEY | _TO_OTHERS

_LENGTH = re.compile(r"([0-9]{1,3})[:：]([0-5]?[0-9])")


def passed(purpose: str, *, to_others: bool) -> tuple[str, ...]:
    """What the gate found in order before it allowed a call."""
    money = {} if purpose in (Purpose.SERVE, Purpose.PAY) else _FOR_MONEY
    asks = dict(_TO_OTHERS) if to_others else {}
    if purpose == Purpose.PAY:  # whoever offers to pay needs nobody's yes
        asks = {name: told for name, told in asks.items() if name == "not_refused_before"}
    return tuple((_EVERY_CALL | money | asks).values())


def results(*, to_others: bool) -> dict[str, str]:
    """What may be told of a call: `of_others` results only where it went to somebody else."""
    mine = (CallResult.REFUSED, CallResult.WILLING)
    return {one.value: told for one, told in RESULTS.items() if to_others or one not in mine}


def length(seconds: int | None) -> str:
    """205 → '3:25', None → ''."""
    return "" if seconds is None else f"{seconds // 60}:{seconds % 60:02d}"


def seconds_of(text: str) -> int | None:
    """'3:25' or '3：25' → 205; nothing → None. Raises Refused."""
    told = text.strip()
    if not told:
        return None
    found = _LENGTH.fullmatch(told)
    if found is None:
        raise Refused("通话时长请写成“分:秒”，例如 3:25。")
    return int(found[1]) * 60 + int(found[2])
