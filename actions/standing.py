"""PURE · whether a message asks how something stands that was filed, of which kind, and what of all of it is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from actions import replies
from actions.replies import Said

Filed = Mapping[str, Any]

_REFERENCE = re.compile(r"(?<![A-Za-z0-9])([CDHL])\s*(\d{6})\s*[-－—–]?\s*([0-9A-F]{6})(?![A-Za-z0-9])", re.IGNORECASE)
_KINDS = {
    "complaint": re.compile("投诉|举报|反映"),
    "dispute": re.compile("异议|核实|核对|查清|查实"),
    "hardship": re.compile("延期|展期|缓|推迟|分期|减免|协商|停催|暂停|宽限|困难|方案|少还|晚还"),
    "limit": re.compile("额度|提额|复核|复审|固额|临额"),
}
# An application for a loan, a card, a phone call about it: not filed here.
_ELSEWHERE = re.compile(
    "贷款|借款|放款|打款|下款|家电|医美|借呗|花呗|白条|金条|微粒贷|随心借|有钱花|开通|提现|退款|征信|[电來来]电|电话|打给|致电|短信|联系我|专员|经理"
    "|审核员|初审|终审|补件|资料|材料|证明|合同|发票"
)
_DECIDES = "批准?|审批|审核|审|核实|核对|处理|解决|查|(?<!怎么)办|通过|同意|答应|受理|搞定|弄|撤销?"
_NEWS = "结果|结论|下文|回音|音信|消息|动静|答复|回复|回应|信儿|说法|交代|进度|进展|着落|回话"
_WHEN = "什么时候|啥时候?|何时|几时|多会儿?|多久|哪天|几号|几天|多长时间|什么时间"
_STANDS = re.compile(
    r"怎么?样了|咋个?样(?:了|[?？]|$)|如何了|怎样了|进度|进展|到(?:哪|什么程度|啥)|哪一?步|什么(?:状态|情况)|啥(?:状态|情况)"
    rf"|(?:有|出|给|没|等|见|{_WHEN}|告诉|查|看|说好的|知道|的)[^，。]{{0,6}}(?:{_NEWS})|(?:{_NEWS})[^，。]{{0,4}}(?:呢|吗|么|没|不|出来|下来|{_WHEN}|是什么|怎么)"
    rf"|(?:{_DECIDES})(?:完|好|清楚|明白|下来|得|到)?(?:了(?:吗|没|么|嘛|不|啊|呢|[?？]|$)|没有?(?:[啊呀呢哦]|[?？]|$)|[得到](?:哪|怎|如何|咋|啥))"
    rf"|(?:{_DECIDES})(?:完|好|清楚|明白|下来)(?:吗|没)|批没批|过没过|(?<!通)过了(?:吗|没)|审没审|同不同意|通没通过|到底(?:{_DECIDES})"
    rf"|(?:没人|没有人|一直没|一直不|还没|迟迟|还不|怎么没|怎么不|都没|未)有?[^，。]{{0,4}}(?:理|管|回|{_DECIDES}|{_NEWS})"
    rf"|谁.{{0,2}}(?:{_DECIDES}|负责)|(?:{_WHEN})[^，。]{{0,8}}(?:回我|回复|答复|{_DECIDES}|{_NEWS})|(?:回我|回复|答复|{_NEWS})[^，。]{{0,4}}(?:{_WHEN})"
    r"|为(?:什么|啥|何)[^，。]{0,8}(?:没通过|没过|没批|不批|拒|不同意|没同意|不通过|不行)|凭什么.{0,4}(?:拒|不批)|被(?:拒绝?|驳回)(?!之?后|以后)|拒绝?了"
    r"|(?:提交|申请|登记|反映|投诉)过(?:哪些|什么|几)|(?:哪些|几[个件])[^，。]{0,6}(?:没|还|在)(?:处理|办|批|审|完|答复)"
)
# Wants it now, or how it would be: a wish of its own, or a question alike for everybody.
_FILES = "申请|投诉|举报|延期|展期|提额|协商|反映|提异议|分期|减免|缓|宽限|推迟|暂停|少还|晚还|调额"
_WISH = re.compile(
    rf"(?:我要|我想|我来|想要|打算|要去|怎么|怎样|如何|能不能|能否|可不可以|可以|希望|请求|求|帮我|给我)(?:再|先|去|给我|帮我|你们)*(?:{_FILES})"
    rf"|(?<!可)(?<!不)能(?:再|给|帮|先|我|们)*(?:{_FILES})|要投诉|去投诉|投诉你|如果|假如|要是|一般|通常|会(?:不会|被|给|发|有)"
)
# Something of one's own that lies behind; without it the question may be one that is the same for everybody.
_OWN = re.compile("我|了|的|上[次周个回]|昨|前[天几]|之前|没|怎么还|咋还")
_FILED = re.compile("申请|提交|登记|递交|答复|回复|处理|单号|编号|没批|不同意")
RECENT = timedelta(days=14)
MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """`kinds` are those that the words name, none where they name none; `reference` is the number that is named.
    `own`: says that there is something; 延期多久批 may be asked before anything was filed."""

    kinds: frozenset[str] = frozenset()
    reference: str = ""
    own: bool = True


def asked(text: str, *, likely: bool = False) -> Asked | None:
    """What a message wants to know of what was filed; None where it asks nothing of the sort. `likely`: it was
    understood as a question about progress, so that naming what may have been filed is enough."""
    if text.startswith("/"):
        return None
    if number := _REFERENCE.search(text):
        return Asked(reference=f"{number[1]}{number[2]}-{number[3]}".upper())
    kinds = frozenset(kind for kind, named in _KINDS.items() if named.search(text))
    if _WISH.search(text) or _ELSEWHERE.search(text):
        return None
    if not _STANDS.search(text) and not (likely and (kinds or _FILED.search(text))):
        return None
    return Asked(kinds, own=bool(_OWN.search(text)))


def chosen(filed: Sequence[Filed], wanted: Asked, *, today: date) -> Sequence[Filed]:
    """What is meant of what was filed: by its number, else of the named kinds all that waits and what was decided
    lately, or where that is nothing the last one; empty where there is none of the kind."""
    if wanted.reference:
        return [one for one in filed if one["reference"] == wanted.reference]
    mine = [one for one in filed if not wanted.kinds or one["kind"] in wanted.kinds]
    return [one for one in mine if _matters(one, today)] or mine[:1]


def _matters(one: Filed, today: date) -> bool:
    if one["state"] == "waiting":
        return True
    return one["decided_on"] is not None and today - date.fromisoformat(one["decided_on"]) <= RECENT


def told(shown: Sequence[Filed]) -> Said:
    """One thing, or several as a list; with what can be done next."""
    if len(shown) == 1:
        return Said("utter_filed", {"text": shown[0]["text"]}, buttons=_next(shown))
    lines = "\n".join(f"· {one['text']}" for one in shown[:MOST_LISTED])
    variables = {"count": str(len(shown)), "items": lines}
    return Said("utter_filed_several", variables, buttons=_next(shown))


def late(shown: Sequence[Filed]) -> Said | None:
    """An apology for what was not answered by its day; None where all was."""
    numbers = "、".join(one["reference"] or one["title"] for one in shown if one["late"])
    return Said("utter_filed_late", {"references": numbers}) if numbers else None


def _next(shown: Sequence[Filed]) -> tuple[replies.Button, ...]:
    buttons = []
    if any(one["reviewable"] for one in shown):
        buttons.append(replies.button("请人工复核", "limit_increase", limit_choice="review"))
    if any(one["outcome"] in {"rejected", "broken"} and one["kind"] == "hardship" for one in shown):
        buttons.append(replies.button("重新申请协商", "overdue_hardship"))
    return (*buttons, replies.button("查账单", "query_bill"), replies.button("转人工", "human_agent"))
