"""PURE · which figures of an account a message asks for, clause by clause: 额度多少，几号还 → limit, due_day."""

from __future__ import annotations

import re

from actions import words

# Asks for nothing by itself.
_FILLER = re.compile(
    "请问|麻烦|帮|一下|(?:查询?|看看?|问)(?:下(?!个?月|一?期))?|告诉|说说|想知道|知道|我的?|您|你们?|顺便|现在|目前|想|也|都|发|给|[吗呢吧啊呀]|(?<!什)么|的|呗|分别|各|[钱块]"
)
_WHEN = "几[号日]|哪一?天|什么时候|啥时候|何时|哪年哪月"
_PERIOD = "(?:这个?|本|当)(?:月|期)"
# From end to end what is left of a clause; the first that fits counts.
KINDS = {
    "last_month": re.compile("上个?月份?(?:账单|应还|要还|该还|还款?|多少|了|是|有|情况|明细|记录)*"),
    "next_month": re.compile("下个?月份?(?:账单|应|要|该|得|还|款|多少|是|有|情况|明细)*"),
    "principal": re.compile(
        "(?=.*(?:剩|还有|欠|差|没还|未还))(?:[剩余下还有欠差未没是]|多少)*本金(?:[剩余下还有欠差未没是]|多少)*"
        "|本金(?:是|有|还|一共|总共)*多少"
    ),
    "last_day": re.compile(
        rf"(?=.*(?:最后|{_WHEN}|多久))(?:最后一?[期次](?:是|在|到|了|没|有|还款?|到期|日|{_WHEN})*|(?:{_WHEN}|多久|还要|还|才|能|可以|就|全部?|一共)*还得?[完清](?:{_WHEN})?)"
    ),
    "schedule": re.compile(
        "还款计划表?|(?:还|剩|有|下|余|没还|一共|总共)*(?:几|多少)期(?:没还|要还|还)?|每[期个]月?(?:要|应|该|得|还|款|是)*多少"
    ),
    "payments": re.compile(
        rf"还款(?:记录|历史|明细)|(?:之前|以前|最近|已经?|一共|总共|上一?[次笔])*(?:还款?)[了过](?:多少|几[次笔])"
        rf"|上一?[次笔]还款?(?:了|是|多少|{_WHEN})*"
    ),
    "due_day": re.compile(
        rf"(?:{_PERIOD}|要|该|应|需要|得|最晚|最迟|{_WHEN})*(?:{_WHEN})(?:要|该|应|得|需要|到期|还|款|日)*"
        rf"|(?:{_PERIOD}|下|个|期|次)*(?:还款日|到期日)期?(?:是|在|{_WHEN})*"
    ),
    "payoff": re.compile(
        "(?=.*多少)(?:提前|全部?|一次性?|现在|要是|如果)*(?:结清|还清)(?:要|需要|得|是|总共|一共|还|多少)*"
    ),
    "limit": re.compile(
        "(?:总|可用|剩余|剩下?|还|有|能用|可以用|信用|借款|多少|是)*额度(?:剩余|剩下?|还|有|能用|可用|可以用|够用|多少|是|情况)*"
    ),
    "bill": re.compile(
        rf"(?:现在|还|付|交)*还多少(?:就|才)(?:好|行|可以|够|不逾期)了?|(?:{_PERIOD})?账单(?:{_PERIOD}|是|有|要|还|一共|总共|金额|明细|情况|多少)*"
        rf"|(?=.*多少)(?:{_PERIOD}|一共|总共|还|要|该|应|需要|得|有|多少)*[还欠](?:款|金额|一共|总共|是|有|要|多少)*"
    ),
}
# Asked for alone, too, they are none of what the intents tell.
BY_THEMSELVES = {"principal", "last_day", "next_month"}
MONTHS = {"last_month", "next_month"}
_HOW_MUCH = re.compile("(?:要|该|得|应|总共|一共)*还(?:款|多少)+")  # after 下个月呢 it is still of that month


def asked_for(text: str, *, own: str | None = None) -> tuple[str, ...]:
    """In the order asked, each once. `own` is what the intent says: that of a clause that is not plain."""
    if text.startswith("/"):
        return ()
    found: list[str | None] = []
    for clause in words.clauses(text):
        bare = _FILLER.sub("", clause)
        if len(bare) > 1 and not (found and found[-1] in MONTHS and _HOW_MUCH.fullmatch(bare)):
            found.append(_kind(bare) or own)
    return tuple(dict.fromkeys(kind for kind in found if kind is not None))


def _kind(bare: str) -> str | None:
    return next((kind for kind, asked in KINDS.items() if asked.fullmatch(bare)), None)
