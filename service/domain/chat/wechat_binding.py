"""How a borrower's WeChat becomes known as his: the code that he reads in the app and writes in WeChat."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from enum import StrEnum

# Without signs that are taken for another: 0 O, 1 I L.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
# What a message about binding stands for, in place of a button: no question that the bot is to answer.
PAYLOAD = "/bind_wechat"

_BIND = re.compile(r"绑定(?:码)?[\s:：,，]*([0-9A-Za-z]{4,16})[。.!！]?")
_HOW = frozenset({"绑定", "绑定微信", "绑定账户", "绑定账号", "微信绑定"})
_SILENCE = re.compile(r"退订|取消订阅|(?:别|不要|停止|请勿)再(?:给我)?(?:发|打|推)")
_SILENCE_WORDS = frozenset({"td", "stop"})
_UNBIND = frozenset({"解绑", "解绑微信", "微信解绑", "解除绑定", "取消绑定"})


class Act(StrEnum):
    """What happened to a WeChat account."""

    BOUND = "bound"
    UNBOUND = "unbound"
    REFUSED = "refused"  # a code did not bind it
    CONSENTED = "consented"  # to one notice
    WITHDRAWN = "withdrawn"  # every consent that was left


class Ended(StrEnum):
    """Why a WeChat account is no longer his to be written to."""

    ASKED = "asked"  # he wrote 解绑, or ended it in the app
    UNFOLLOWED = "unfollowed"
    REPLACED = "replaced"  # he bound another one
    UNREACHABLE = "unreachable"  # the platform says there is no such follower
    BY_PERSON = "by_person"  # an agent ended it, and wrote why


class Unfit(StrEnum):
    """Why a code binds nothing."""

    WRONG = "wrong_code"
    EXPIRED = "expired_code"
    USED = "used_code"
    OF_ANOTHER = "another_account"  # this WeChat is another borrower's now
    TOO_MANY = "too_many_tries"


HOW = (
    "在这里接收服务提醒，需要先绑定：请登录官方 App，打开“小清”，获取微信绑定码，"
    "再在这里发送“绑定”加绑定码，例如：绑定 ABCD2345。需要帮助请回复“转人工”。"
)
BOUND = (
    "绑定成功。以后我们可以在这里给您发服务提醒；为了保护隐私，具体内容请登录官方 App 查看。"
    "不想再收到，随时回复“解绑”；需要帮助请回复“转人工”。"
)
UNBOUND = "已解除绑定，以后不会再在这里给您发服务提醒。想重新绑定，请在官方 App 里获取新的绑定码。"
NOT_BOUND = "这个微信没有绑定，不需要解绑。有其他问题可以直接问我，或回复“转人工”。"
STOPPED = "好的，已经登记，我们会停止发送服务提醒。需要帮助请回复“转人工”。"
_NEW_CODE = "请登录官方 App，重新获取微信绑定码，再在这里发送“绑定”加绑定码；需要帮助请回复“转人工”。"
REFUSALS = {
    Unfit.WRONG: f"绑定码不对。{_NEW_CODE}",
    Unfit.EXPIRED: f"绑定码已过期。{_NEW_CODE}",
    Unfit.USED: f"绑定码已经用过了，一个绑定码只能用一次。{_NEW_CODE}",
    Unfit.OF_ANOTHER: (
        "这个微信现在绑定着另一个账户。要绑定到您的账户，请先在这里回复“解绑”，再发送一次“绑定”加绑定码；"
        "需要帮助请回复“转人工”。"
    ),
    Unfit.TOO_MANY: "绑定码输错次数太多，请 24 小时后获取新的绑定码再试；着急的话，请回复“转人工”。",
}


def code_in(text: str) -> str | None:
    """The code that a message gives in order to bind, as it would be written; None where it gives none."""
    found = _BIND.fullmatch(_plain(text))
    return found[1].upper() if found else None


def asks_how(text: str) -> bool:
    return _plain(text) in _HOW


def asks_to_unbind(text: str) -> bool:
    return _plain(text) in _UNBIND


def asks_for_silence(text: str) -> bool:
    """Narrower than in answer to a text message: a lone letter, or 打错了, means other things in a conversation."""
    plain = _plain(text)
    return plain.lower() in _SILENCE_WORDS or _SILENCE.search(plain) is not None


def code_hash(code: str) -> str:
    """What is kept of a code: who reads the database later learns none."""
    return hashlib.sha256(f"wechat-code:{code}".encode()).hexdigest()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(" \n\t。.!！“”\"'")
