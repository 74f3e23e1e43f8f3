"""PURE · what is said of cards and automatic payment: a wish to switch it, to change the card, a card of those kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from actions import pick, words
from actions.replies import Button, button
from actions.turn import Turn

NEW_CARD = {"title": "添加新卡"}
_AUTO = r"(?:自动(?:扣|还|划|代扣|续扣)|代扣|扣款)"
_CLOSE = "关|取消|停|解除|解约|终止|撤销"
_OPEN = r"(?<![不别没])(?:打开|开通|开启|开一?[下个]|开上|开(?=自动|代扣)|重新开|恢复|启用)"
OFF = re.compile(
    rf"(?:{_CLOSE}).{{0,8}}{_AUTO}|{_AUTO}.{{0,8}}(?:{_CLOSE})|(?:别|不要|不想|不用|不再).{{0,6}}(?:自动(?:扣|还|划)|代扣)"
)
ON = re.compile(rf"{_OPEN}.{{0,8}}{_AUTO}|{_AUTO}.{{0,8}}{_OPEN}")
# Asked for off or on in one word.
BARE_OFF, BARE_ON = re.compile("关|停"), re.compile("(?<![不别没])开")
# 自动扣款改成扣最低 is no payment.
HOW_MUCH = re.compile(rf"{_AUTO}[^，。]{{0,8}}(?:最低|全额|多少|一半)|(?:最低|全额)[^，。]{{0,4}}{_AUTO}")
# A yes in other words, where it was read back which of the two.
DO_IT = re.compile(
    r"(?:好的?|行|嗯|可以|那|就|帮我|给我|[，,\s])*(?:打?开|开通|开启|关|关闭)(?:吧|了|掉|上|它)*[。！!.]*"
)
# 自动扣款开了没 asks how it is with one's own.
IS_IT_ON = re.compile(
    rf"{_AUTO}[^，。]{{0,4}}(?:[开关](?:通|启|闭|着|掉|好)?(?:了?(?:吗|没|么)|着(?:吗|没|么)|没[开关]|的?还是)|是[开关]着?)"
    rf"|(?:有没有|是不是)[^，。]{{0,4}}(?:开|关|设)[^，。]{{0,4}}{_AUTO}"
)
# 26号会自动扣对吧 asks of one's own.
WILL_IT = re.compile(r"(?:会|能|还)?(?:自动)扣(?:款|钱|的)?(?:吗|么|不|吧|对[吧吗]|是[吧吗]|[?？])")
# 扣款卡是哪张 asks which of one's own is charged; in which order cards are is for everybody.
WHICH_CARD = re.compile(
    r"(?:扣|绑|用)(?:款|的|是|我|在|现在|呢)*(?:哪|什么|几号)[^，。]{0,2}(?:张|个|卡)|(?:扣款|代扣)的?卡[^，。]{0,3}(?:哪|什么|尾号)"
)
IN_ORDER = re.compile("先扣|顺序|优先|依次")
# 昨天怎么没扣 asks why it was not charged.
NOT_CHARGED = re.compile(
    r"(?:怎么|为什么|为啥|咋)[^，。]{0,4}没[^，。]{0,6}扣|没[^，。]{0,4}自动扣"
    rf"|{_AUTO}款?(?:今天|昨天|怎么|一直|都|还)*没(?:有)?(?:扣|成功)"
    rf"|(?:[开办签设]了|是|有){_AUTO}[^。]{{0,6}}(?:怎么|为什么|为啥|咋)[^，。]{{0,4}}(?:逾期|没还|欠)"
)
# After these 关了吧 is about automatic payment.
TOLD_OF_IT = {"utter_autopay_state_on", "utter_autopay_state_off", "utter_autopay_on", "utter_autopay_off"}
OF_ACCOUNT = re.compile("账户|账号|注销|销户|卡|额度|征信|逾期|利息|自动|代扣|扣款|/")
# Of what else is charged, of a button that does not work, of a change that is not wanted: no switch.
NO_SWITCH = re.compile(
    r"余额|零钱|理财|基金|不掉|打不开|不了|灰色|没开|开没开|开着|默认|失败|(?:别|不要|不想|先不)[^，。]{0,2}(?:关|取消|停|解除)"
)
CHANGE = re.compile(
    r"(?:换|改|变更|调换).{0,8}(?:卡|扣款账[户号])|(?:卡|扣款账[户号]).{0,10}(?:换|改|变更)|(?:用|从).{0,8}卡.{0,3}(?:扣|还款)"
    r"|换回.{0,4}(?:张|原来|之前|以前)|换成?(?:到)?(?:另外?|别的?|其他)[^，。]{0,3}(?:张|卡)|换一?张"
)
NO_CHANGE = re.compile(r"失败|不了|不上|不掉|收款|放款|提现|打款|过期|手机号|验证码|丢|冻结|注销|销户|补办|挂失|号码")
ADDS = re.compile(r"(?:加|添|绑|新增)[^，。]{0,6}卡|新(?:的)?卡|别的卡")
# "Can you do it for me" wishes, "how is it done" asks.
FOR_ME = re.compile(r"帮|给我|麻烦|替我")
HOW = re.compile(r"怎么|怎样|如何|咋|哪|为什么|为啥|凭什么|多久|收费|几天|要不要|会不会|看看|影响")
_ENDS = re.compile(r"(?<!\d)\d{4}(?!\d)")


def autopay_wish(turn: Turn) -> bool | None:
    """On, off, or None where the message wishes neither."""
    said = turn.entities.get(pick.CHOICE)
    if said in {"on", "off"}:
        return said == "on"
    if _only_asks(turn) or NO_SWITCH.search(turn.text):
        return None
    if OFF.search(turn.text):
        return False
    return True if ON.search(turn.text) else None


def speaks_of_it(turn: Turn) -> bool:
    """Automatic payment was just told of, or asked about."""
    return bool(turn.last_said & TOLD_OF_IT) or turn.topic == "autopay_deduction"


def bare_wish(turn: Turn) -> bool | None:
    """As above, where it was asked which of the two."""
    wish = autopay_wish(turn)
    if wish is None and not turn.asks and not turn.text.startswith("/"):
        return False if BARE_OFF.search(turn.text) else True if BARE_ON.search(turn.text) else None
    return wish


def changes_card(turn: Turn) -> bool:
    """Wants another card charged; a number in full is a wish that must be told where it belongs."""
    if number_in(turn):
        return True
    return not _only_asks(turn) and bool(CHANGE.search(turn.text)) and not NO_CHANGE.search(turn.text)


def number_in(turn: Turn) -> bool:
    """A whole card number was typed."""
    return bool(words.CARD_NUMBER.search(turn.text))


def _only_asks(turn: Turn) -> bool:
    text = turn.text
    return text.startswith("/") or bool(HOW.search(text)) or (turn.asks and not FOR_ME.search(text))


def switch_button(shown: str, wish: str) -> Button:
    return button(shown, "autopay_deduction", **{pick.CHOICE: wish})


def title(card: Mapping[str, Any]) -> str:
    return f"{card['bank_name']}（尾号{card['last_four']}）"


def rows(cards: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """As they are offered."""
    return [{"title": title(one), **one} for one in cards]


def named(turn: Turn, offered: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The one that the message names by a button, its place, its last four digits or its bank."""
    if (found := pick.named(turn, offered)) is not None:
        return found
    ends = set(_ENDS.findall(turn.text))
    kept = [one for one in offered if "card_id" in one]
    for meant in (
        [one for one in kept if one["last_four"] in ends],
        [one for one in kept if one["bank_name"] in turn.text or one["bank_name"].removesuffix("银行") in turn.text],
    ):
        if len(meant) == 1:
            return dict(meant[0])
    return None
