"""What a message wishes beside that which is done: contact is stopped all the same, all else is to be said again."""

from __future__ import annotations

import re

from actions import words
from actions.replies import Said
from actions.service_client import NotLoggedIn, Service

LONGEST_NOTE = 500
STOPS = re.compile(
    r"(?:请|以后|也|麻烦)*(?:别|不要|不许|不准|不用|请勿|停止|少)(?:再|老|总|一直|天天)*(?:[给跟对和]?我)?"
    r"(?:打|电话|联系|催|骚扰|烦|发短信|发信息|发消息|提醒)+(?:给?我)?(?:了|啦|吧)*"
)
_DIGITS = r"[\d一二两三四五六七八九十]"
WISHES = {
    "autopay": re.compile(
        "(?:关|停|取消|解除|打开|开通|开启|恢复).{0,6}(?:自动|代扣)|(?:自动|代扣).{0,6}(?:关|停|取消|解除|开)"
    ),
    "pay": re.compile(
        rf"^(?:我|就|先|再|想|要|帮|给|现在|马上)*[还付](?:款|上)?(?:{_DIGITS}|本期|这期|最低|全部|清|一半)"
        rf"|(?:{_DIGITS}[号日]|下周|[明后]天|月底|发工资).{{0,4}}还"
    ),
    "limit": re.compile("提额|(?:提高|提升|涨).{0,4}额度"),
    "card": re.compile("换.{0,4}卡"),
}


NAMES = {"autopay": "自动扣款", "pay": "还款", "limit": "提额", "card": "换卡"}


async def also(text: str, service: Service) -> tuple[Said, ...]:
    """What is said first, where there is more in a message than the wish that is being met."""
    if text.startswith("/"):
        return ()
    wanted = wishes(text)
    several = Said("utter_one_at_a_time", {"wishes": "、".join(NAMES[kind] for kind in WISHES if kind in wanted)})
    more = (several,) if len(wanted) > 1 else ()
    return (Said("utter_stop_contact"), *more) if stops(text) and await _stopped(text, service) else more


def stops(text: str) -> bool:
    return any(STOPS.fullmatch(clause) for clause in words.clauses(text))


def wishes(text: str) -> frozenset[str]:
    """Of which kinds something is to be done, clause by clause; what only asks is none."""
    return frozenset(
        kind
        for clause in words.clauses(text)
        for kind, wished in WISHES.items()
        if wished.search(clause) and not words.QUESTION.search(words.ASKS_LEAVE.sub("", clause))
    )


async def _stopped(text: str, service: Service) -> bool:
    try:
        await service.pause(reason="opt_out", note=text[:LONGEST_NOTE])
    except NotLoggedIn:
        return False
    return True
