"""Outreach in WeChat: handed to the platform once, and kept where it is read and in the borrower's app."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from service.channels.wechat.api import NOT_NOW, NoAnswer, Refusal, WechatApi
from service.domain.chat.delivery import SendFailed
from service.domain.collect.compliance import Cleared
from service.domain.collect.outreach import NotDelivered
from service.domain.errors import Unavailable
from service.usecases.ports import Clock

WITHDRAWN = 43101
NOBODY_THERE = frozenset({40003, 43004})  # no such follower
TOLD = {
    40003: "微信用户不存在",
    40037: "订阅通知的模板不存在",
    43004: "客户已取消关注",
    43101: "客户不接收这类消息",
    45002: "内容过长",
    45015: "客户 48 小时内没有来信，微信不允许发送",
    45047: "本次来信后可发送的条数已用完",
    47003: "订阅通知的字段与模板不符",
    48001: "公众号没有这个权限",
    50002: "微信用户受限",
}


@dataclass(frozen=True, slots=True)
class WindowSender:
    """A customer-service message, within two days of a message of the borrower's. `say` keeps a turn; `gone` is told of
    an openid that the platform says does not follow the account."""

    api: WechatApi
    clock: Clock
    say: Callable[..., int]
    gone: Callable[[str], None]

    def send(self, cleared: Cleared) -> int:
        """Raises NotDelivered where WeChat certainly did not take it, Unavailable where nobody can know."""
        draft = cleared.draft
        with told_apart(cleared, clock=self.clock, gone=self.gone):
            self.api.send_text(openid=draft.address, text=draft.text)
        return self.say(
            borrower_id=draft.borrower_id,
            openid=draft.address,
            message_id=f"outreach:{draft.outreach_id}",
            text=draft.text,
            buttons=draft.buttons,
            template=draft.template,
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """A template of the platform's by its id, and the names of its fields in the order of a text's lines."""

    template_id: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoticeSender:
    """A notice that the borrower subscribed to, at any time, once for each consent. `say` keeps a turn in the app: the
    notice is no part of the conversation in WeChat. `withdrawn` is told of an openid that wants no more of them."""

    api: WechatApi
    clock: Clock
    notice: Notice
    say: Callable[..., int]
    gone: Callable[[str], None]
    withdrawn: Callable[[str], None]

    def send(self, cleared: Cleared) -> int:
        """Raises NotDelivered where WeChat certainly did not take it, Unavailable where nobody can know."""
        draft = cleared.draft
        lines = draft.text.split("\n")
        if len(lines) != len(self.notice.fields):
            raise NotDelivered("模板的行数与设置的字段数不一致", permanent=True)
        fields = dict(zip(self.notice.fields, lines, strict=True))
        with told_apart(cleared, clock=self.clock, gone=self.gone, withdrawn=self.withdrawn):
            self.api.send_notice(openid=draft.address, template_id=self.notice.template_id, fields=fields)
        return self.say(
            borrower_id=draft.borrower_id,
            message_id=f"outreach:{draft.outreach_id}",
            text=draft.text,
            buttons=draft.buttons,
            sender="outreach",
            template=draft.template,
        )


@contextmanager
def told_apart(
    cleared: Cleared,
    *,
    clock: Clock,
    gone: Callable[[str], None],
    withdrawn: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """What the platform's refusals mean for an outreach: never, not now, or nobody knows."""
    openid = cleared.draft.address
    if not openid:
        raise NotDelivered("客户没有绑定微信", permanent=True)
    if clock.now() >= cleared.expires_at:
        raise NotDelivered("已过当天可以送达的时间，没有提交", permanent=True)
    try:
        yield
    except Refusal as refusal:
        if refusal.errcode in NOBODY_THERE:
            gone(openid)
        if refusal.errcode == WITHDRAWN and withdrawn is not None:
            withdrawn(openid)
        told = TOLD.get(refusal.errcode, "微信没有受理")
        raise NotDelivered(f"{told}（{refusal.errcode}）", permanent=refusal.errcode not in NOT_NOW) from None
    except NoAnswer as failure:
        raise Unavailable(f"微信没有答复：{failure.detail}") from None
    except SendFailed as failure:
        raise NotDelivered(f"微信暂时连接不上：{failure.detail}", permanent=False) from None
