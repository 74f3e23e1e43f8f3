"""A payment in the words of a wish for help (先还500，剩下的能不能分期): paid first, the application comes after it."""

from __future__ import annotations

import re
from dataclasses import replace

from actions import replies, second_wish
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Outcome, Turn

_ARRANGED = re.compile(
    r"(?:剩下|剩余|其余|余下|剩的|后面)[^。]{0,8}(?:分期|分[成作为]?\s*[\d一二两三四五六七八九十]+\s*(?:期|个月)|减免|免|协商|延期|缓)"
)
# 卡里有钱, 余额够的: no hardship, whatever the classifier makes of it.
HAS_MONEY = re.compile(
    r"^(?!.*(?:等(?:我|到|卡|账|钱|发|有|余额)|要是|如果|假如|万一|一旦|哪|怎么|才有|才够|的话))"
    r".*(?:卡|账上|账户|余额|里面|里头|存)[^，。没不]{0,4}(?:有|够|足)(?:的)?(?:钱|余额|的|啊|呀|了|[。.!！])*$",
    re.DOTALL,
)
# 卡里没那么多钱怎么办: less may be paid.
NOT_SO_MUCH = re.compile("(?:没|没有|拿不出)(?:那么|这么)多(?:钱)?|(?:钱|余额)不够|不够扣")
HAS_NOT_SO_MUCH = re.compile(
    "(?:我|可|现在|手里|卡里|也|真|暂时|实在)*(?:没|没有|拿不出)(?:那么|这么)多(?:钱)?(?:啊|呀|呢|了|[。.!！])*"
)
GIVEN_UP = "utter_repay_cancelled"
SLOT = "repay_help"  # the words of who asked for help; the application waits for the payment that they begin with


def pays_first(turn: Turn) -> bool:
    """A sum to be paid now, among what is told of hardship."""
    return turn.verified and "amount" in turn.entities and "pay" in second_wish.wishes(turn.text)


def asks_for_help(turn: Turn) -> bool:
    """先还500，剩下的分12期: what is not paid now is to be arranged, which was not heard yet."""
    return pays_first(turn) and bool(_ARRANGED.search(turn.text)) and turn.slots.get(SLOT) != turn.text


def followed(outcome: Outcome, turn: Turn, *, opens: bool) -> Outcome:
    """The payment form's outcome: where it ends in an order and help was asked for, the application begins; where it
    was given up or became something else, help is still offered. A payment that begins in other words has none to
    wait for it."""
    said = turn.slots.get(SLOT)
    if not said:
        return outcome
    if opens and said != turn.text:
        return replace(outcome, slots={**outcome.slots, SLOT: None})
    if not outcome.leaves_form:
        return outcome
    if outcome.slots.get("last_order") and not outcome.then:
        return replace(outcome, says=(*outcome.says, Said("utter_hardship_next")), then="hardship_form")
    later = (Said("utter_hardship_later"),) if outcome.then in {"promise_form", "settle_form"} else ()
    says = (*(_offering(said) if said.response == GIVEN_UP else said for said in outcome.says), *later)
    return replace(outcome, says=says, slots={**outcome.slots, SLOT: None})


def _offering(said: Said) -> Said:
    return replace(said, buttons=(*said.buttons, replies.button("申请协商", "overdue_hardship")))


def words_of(turn: Turn) -> Turn:
    """The message that an application opens with: what was said before the payment, without its sum."""
    said = turn.slots.get(SLOT)
    return replace(turn, text=str(said), entities={}) if said else turn


async def on_its_way(turn: Turn, service: Service) -> dict[str, int]:
    """Fen by loan of the payment that was just ordered and has not arrived yet."""
    order_id = turn.slots.get("last_order")
    order = await service.order(order_id) if order_id else None
    if order is None or order["state"] not in {"created", "pending"} or not order["quote_id"]:
        return {}
    shares = (await service.quote_of(order["quote_id"]))["shares"]
    return {share["loan_id"]: share["amount_fen"] for share in shares}
