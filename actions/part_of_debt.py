"""A payment that is to go to one part of the debt (只还本金): what the contract's order makes of it, before the yes."""

from __future__ import annotations

from actions import plain_wish, replies
from actions.general import told
from actions.replies import Said
from actions.service_client import Quote, Service
from actions.turn import Turn

NAMES = {"fee_fen": "费用", "penalty_fen": "罚息", "interest_fen": "利息", "principal_fen": "本金"}
THE_ORDER = "还的钱先还哪一部分"  # as the knowledge base asks it
SETTLES = {"all", "payoff"}  # everything is paid, whatever the order


async def what_it_pays(made: Quote, turn: Turn, service: Service) -> tuple[Said, ...]:
    """What of the debt the quoted sum would pay, where the message wants it to be another part."""
    if not plain_wish.of_a_part(turn) or made["kind"] in SETTLES:
        return ()
    plan = await service.payment_plan(kind=made["kind"], amount_fen=made["asked_fen"], loan_id=made["loan_id"])
    parts = [f"{name} {replies.yuan(plan['paid'][part])} 元" for part, name in NAMES.items() if plan["paid"][part]]
    if not parts:  # it is all kept for the next due day, which the read-back says
        return ()
    response = "utter_repay_order" if len(parts) > 1 else "utter_repay_order_agrees"
    return (Said(response, {"amount": replies.yuan(made["amount_fen"]), "parts": "、".join(parts)}),)


async def the_order(turn: Turn, service: Service) -> tuple[Said, ...]:
    """In which order a payment is used, where no sum was named yet."""
    if not plain_wish.of_a_part(turn):
        return ()
    return (told(await service.clause(text=THE_ORDER, intent="repay_how")),)
