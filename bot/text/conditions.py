"""What a promise hangs on: 发工资 → wages, 货款到账 → collected, 有钱了 → means."""

from __future__ import annotations

import re
from dataclasses import dataclass

_THINGS = "房子?|车子?|货|手机|粮食?|猪|牛|羊|鸡|鱼|基金|股票|水果|玉米|苹果|稻子|茶叶|东西|电脑|首饰"
_DUES = "货款|工程款|尾款|欠款|账款|回款|运费|房租|租金|稿费|款|账"
_WHO_OWES = "货款|工程款|尾款|运费|房租|租金|稿费|客户|甲方|老板|朋友|别人|人家|工地|租客"
_REFUNDS = "退款|报销款?|补贴|补助|公积金|押金|退税|理赔款?|赔偿款?|拆迁款"
_COMES = "提出来|取出来|到账|到了|到手|下来|退了?|发了?|批了?"
_CONDITIONS = (
    (
        "bonus",
        r"(?:发|拿|等)?(?:了|完|到)?(?:年终奖|奖金|提成|分红)(?:到账|下来|发|到)?(?:了|那天|之?后|以后)*",
    ),
    (
        "wages",
        r"(?:发|开|领|拿|结)(?:了|完|到)?(?:工资|薪水?|薪资|工钱)(?:了|那天|之?后|以后|的时候)*"
        r"|工资一?(?:到账|到手|到了|发|下来|结)(?:了|那天|之?后|以后)*|发薪日?|工资日|(?<=[号日天等])开支|工资(?=[^,。;刚没不已未还]{1,8}(?:发|到))",
    ),
    (
        "collected",
        rf"(?:收|结|要|讨|拿)(?:到|回|了|完|上|来)*(?:{_DUES})(?:了|之?后|以后)*"
        rf"|(?:{_WHO_OWES})[^,。;]{{0,4}}(?:到账|回款|打款|结账|结款|还我|还给我|给我|付款|打给我|下来|收上来|收回来|收到)(?:了|钱|之?后|以后)*"
        r"|回款(?:了|之?后|以后)*|款项?(?:到账|到了|下来)(?:了|之?后|以后)*",
    ),
    (
        "sold",
        rf"(?:卖|出)(?:了|掉|完|出去?)*(?:{_THINGS})(?:了|之?后|以后)*"
        rf"|(?:{_THINGS})(?:卖|出手|脱手)(?:了|掉|完|出去?|之?后|以后)*",
    ),
    ("borrowed", r"(?:借|贷|凑)(?:到|够|齐)(?:了|钱|款|之?后|以后)*|贷款(?:批|下来|到账|放款)(?:了|之?后|以后)*"),
    ("work", r"找(?:到|着)了?新?工作(?:了|之?后|以后)*|上了?班(?:了|之?后|以后)+|复工(?:了|之?后|以后)*|开工(?!资)"),
    (
        "refund",
        rf"(?:{_REFUNDS})[^,。;]{{0,2}}(?:{_COMES})(?:了|之?后|以后)*"
        rf"|(?:拿|领|取|提|退|收)(?:到|回|了|出来)*(?:{_REFUNDS})(?:了|之?后|以后)*",
    ),
    (
        "means",
        r"(?:挣|赚)(?:到|了)+钱(?:了|以后|之?后)*|(?<!没)(?:有了钱|有钱(?=了|的时候|以后|之?后)|(?<!卡里)(?<!卡上)(?<!里面)有钱)(?:了|的时候|以后|之?后)*|(?:手头|手里|资金|经济)上?(?:宽裕|松|周转|好转|充裕|缓)(?:了|开|过来|一?点|些)*"
        r"|宽裕(?:了|一?点|些)|周转(?:开|过来)了?|缓过来了?",
    ),
)
_PATTERNS = tuple((code, re.compile(pattern)) for code, pattern in _CONDITIONS)
# What has come to pass, or has not, is no condition any more: 刚发工资, 没发工资.
_SETTLED = re.compile(r"(?:刚|刚刚|已经|才|没有?|还没|未|不|上个?月|昨天)$")


@dataclass(frozen=True, slots=True)
class FoundCondition:
    """The condition `code` at text[start:end]."""

    code: str
    start: int
    end: int
    text: str


def find_conditions(text: str) -> tuple[FoundCondition, ...]:
    """Every condition in a normalized text, in order; where two overlap the more particular stays."""
    found: list[FoundCondition] = []
    for code, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if _SETTLED.search(text[:start]) or any(f.start < end and start < f.end for f in found):
                continue
            found.append(FoundCondition(code, start, end, match.group()))
    return tuple(sorted(found, key=lambda f: f.start))
