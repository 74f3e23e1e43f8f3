"""What is said of a payment that is told of: a detail of it (用的农行, 昨天晚上), and 还了 that may be an order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from actions import figure, plain_wish, replies, words
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

# After these a bank, a time or a sum is one of the payment that was looked for.
LOOKED_FOR = {
    "utter_arrival", "utter_arrival_none", "utter_arrival_pending", "utter_paid_detail", "utter_paid_elsewhere",
    "utter_paid_noted", "utter_paid_arrived",
}  # fmt: skip
WITH_DETAIL = {"utter_paid_detail", "utter_paid_noted"}
_CHANNEL = re.compile(
    "银行|[工农建交招邮]行|中行|民生|兴业|浦发|中信|平安|广发|光大|华夏|邮储|信用社|农信|云闪付|银联|网银|柜台|转账|对公|尾号|[那这]?张卡|储蓄卡|借记卡"
    "|app|短信|截图|凭证|回单|流水|(?:转|打|汇|付|存|扣|划|还)(?:走|过去|进去|出去|款)?(?:的|了|过)"
)
# What a detail is made of; hardly anything else is in one.
_OF_A_DETAIL = re.compile(
    "工商|农业|建设|中国|交通|招商|邮政|储蓄|银行|[工农建交招邮中]行|民生|兴业|浦发|中信|平安|广发|光大|华夏|邮储|信用社|农信|云闪付|银联|网银|柜台|对公"
    "|尾号|[那这]?张卡|银行卡|储蓄卡|借记卡|卡|账户|短信|截图|凭证|回单|流水|微信|支付宝|财付通|零钱|扫码|二维码|红包|抖音|京东支付|手机|app|上面?|里面?"
    "|昨天?|前天|今[早天]|早上|上午|中午|下午|晚上?|夜里|凌晨|刚[刚才]?|左右|礼拜|星期|周|大概|差不多|号|日|月|年|点半?|分|时|半|多|几"
    "|转账?|打款?|汇款?|付款?|存|扣款?|划|还款?|走|过去|进去|出去|成功|一共|每次|元|块钱?|毛|钱|的|了|过|我|是|用|在|从|通过|就|都|也|又|那|这|个|笔|来|呢|啊|呀|哦|嗯|哈|吧|显示|有"
    r"|[\d.:：零〇一二两三四五六七八九十百千万]|[，,。.!！\s]"
)
_MOST_BESIDES = 1
_WALLET = re.compile("微信|支付宝|财付通|零钱|扫码|二维码|红包|抖音|京东支付")
_WHEN = re.compile(
    "昨|前天|今早|今天|早上|上午|中午|下午|晚上|夜里|凌晨|刚|[点时](?:半|多|左右|钟)?|[号日]|礼拜|星期|周"
)
_NEVER = re.compile(
    "没[还有转付钱]|不[是对知想用会能还]|(?<!支)[还付](?!了|过|的)|怎么|帮|查|投诉|退|人工|取消|再|丢|坏|换"
)
_LATER = re.compile(
    r"(?:那|我|就|先|行|好吧?|[，,\s])*(?:(?:明天|晚上|晚点|过会儿?|过几天|回头|一会儿?|等会儿?)(?:我)?再(?:看看?|查查?|说)(?:一下)?|等等看?|等着|再等等|不管了)(?:吧|了)?[。.]*"
)
_LOOK = re.compile(r"(?:那|你|请|麻烦|再|帮我?|给我)*(?:查查?|看看?)(?:一下|下)?(?:吧|呗|啊)?[。.!！]*")
_SHORT = 24
# 还了 to a bill that was just told may tell of a payment or order one; 已经还了 tells, 还了吧 orders.
_EITHER = re.compile(
    r"(?:行|好|那|就|我|都|全部?|也|一起|一次性|这[个些期笔]|那[个些期笔]|本期|[，,吧\s])*(?:还(?:清|掉|上|完)?了)+[。.!！]*"
)
_ORDERED = re.compile(
    r"(?:那|就|我|都|全部?|也|一起|一次性|这[个些期笔]|本期|[，,\s])*还(?:清|掉|上|完)?了(?:吧|算了|得了)[。.!！]*"
)
_FIGURES = ("utter_bill", "utter_due_day", "utter_payoff", "utter_schedule", "utter_month_due", "utter_knowledge")
# The money went, whatever the classifier calls it: 我转了 可能要等等吧.
CHARGED = re.compile("扣了我?的?钱|(?:钱|已经?|都)(?:被|给)?扣(?:走|掉)?了|扣款成功")
# 打了110 and 转了半天人工 tell of none.
_TELLS = re.compile(
    r"^(?:我|都|刚|已经|早就|早|钱|上午|下午|昨天|今天)*(?:转(?![^，。]*(?:人工|客服|电话))"
    r"|打(?![^，。]*(?:电话|热线|客服|(?<!\d)(?:110|123\d\d|400\d*)(?![\d.元块万千百])))|汇|付)"
    r"(?:过去|进去|出去|给你们?)?了(?![吧吗么没])"
)


async def arrival(turn: Turn, service: Service) -> tuple[Said, ...]:
    """How the payment stands that was just made here, else the last one on the books; who owes nothing is told so."""
    if order_id := turn.slots.get("last_order"):
        order = await service.order(order_id)
        if name := {"pending": "utter_arrival_pending", "failed": "utter_arrival_failed"}.get(order["state"]):
            return (Said(name, {"amount": replies.yuan(order["amount_fen"])}),)
    bill = await service.bill()
    free = (replies.bill(bill, today=turn.today),) if replies.owes_nothing(bill) else ()
    return (*free, replies.arrival(await service.payments(), today=turn.today))


def tells(turn: Turn) -> bool:
    """Says that the money was sent; 转了怎么还没到 asks after it, and is no news."""
    told = _TELLS.search(turn.text) or plain_wish.paid_up(turn)
    return bool(told) and not turn.asks and not turn.names_later_day


async def detail(turn: Turn, service: Service) -> Outcome | None:
    """What happens next with a payment that is told in more detail; None where the message is none."""
    if not turn.verified or turn.form is not None or not is_detail(turn):
        return None
    if _LATER.fullmatch(turn.text.strip()):
        return say(Said("utter_paid_wait"))
    if _LOOK.fullmatch(turn.text.strip()):
        return say(*await arrival(turn, service))
    rows, fen = (await service.payments())["payments"], turn.entities.get("amount")
    if found := next((row for row in rows if _is_it(row, fen, turn)), None):
        return say(Said("utter_paid_arrived", _of(found, turn)))
    if _WALLET.search(turn.text):
        return say(Said("utter_paid_elsewhere"))
    if WITH_DETAIL & turn.last_said:
        return say(Said("utter_paid_noted"))
    return say(Said("utter_paid_detail", {"sum": f" {replies.yuan(int(fen))} 元" if fen else ""}))


def is_detail(turn: Turn) -> bool:
    """Whether the message says more of the payment that was just looked for, and hardly anything else."""
    text = turn.text.strip()
    told = LOOKED_FOR & turn.last_said and not text.startswith("/") and len(text) <= _SHORT
    if told and (_LATER.fullmatch(text) or _LOOK.fullmatch(text)):
        return True
    to_come = turn.names_later_day and _paid_on(turn) is None
    if not told or turn.asks or to_come or _NEVER.search(text):
        return False
    if figure.PAYS.match(text) and not words.DONE.search(text):  # 还五百 orders
        return False
    bare_sum = "amount" in turn.entities and not words.PAYS.search(text)
    names = bare_sum or _WHEN.search(text) or _CHANNEL.search(text.lower()) or _WALLET.search(text)
    return bool(names) and len(_OF_A_DETAIL.sub("", text.lower())) <= _MOST_BESIDES  # 银行卡丢了 is none


def _paid_on(turn: Turn) -> date | None:
    """The day that is told of: 5号还的 is the last 5th, though a 5th to come would be read."""
    if turn.day is None or turn.day <= turn.today:
        return turn.day
    if not _CHANNEL.search(turn.text):
        return None
    last_month = turn.today.replace(day=1) - timedelta(days=1)
    first = turn.today if turn.day.day <= turn.today.day else last_month
    return first.replace(day=min(turn.day.day, first.day if first is last_month else turn.day.day))


def _is_it(row: Mapping[str, Any], fen: int | None, turn: Turn) -> bool:
    """A payment on the books of that sum or of that day, and of both where both are told."""
    told_on, paid_on = _paid_on(turn), datetime.fromisoformat(row["paid_at"]).astimezone(replies.SHANGHAI).date()
    same_day = told_on in (None, paid_on) or (fen is not None and told_on == turn.today)
    return (fen is not None or told_on is not None) and fen in (None, row["amount_fen"]) and same_day


def _of(row: Mapping[str, Any], turn: Turn) -> dict[str, str]:
    return {"amount": replies.yuan(row["amount_fen"]), "paid_on": replies.short_day(row["paid_at"], today=turn.today)}


async def or_ordered(turn: Turn, service: Service) -> Outcome | None:
    """还了 and 全还了 right after a figure that is owed: asked which is meant; 都还了吧 orders."""
    shown = any(name.startswith(_FIGURES) for name in turn.last_said)
    if not turn.verified or turn.form is not None or not shown:
        return None
    ordered = _ORDERED.fullmatch(turn.text)
    if not (ordered or _EITHER.fullmatch(turn.text)) or not (bill := await service.bill())["bill_fen"]:
        return None
    if ordered and turn.entities.get("amount_word") == "all" and "utter_payoff" not in turn.last_said:
        choices = (*replies.pay_buttons(bill, intent="repay_now"), replies.button("先不还了", "cancel"))
        return say(Said("utter_repay_all_of_which", {"bill": replies.yuan(bill["bill_fen"])}, buttons=choices))
    if ordered:
        return Outcome(then="repay_form")
    buttons = (*replies.pay_buttons(bill, intent="repay_now"), replies.button("已经还过了", "already_paid"))
    return say(Said("utter_paid_or_pays", buttons=buttons))
