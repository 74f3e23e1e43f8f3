"""A payment that is to go to one part of the debt (只还本金): what the contract's order makes of it, before the yes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actions import plain_wish, replies
from actions.general import told
from actions.replies import Said
from actions.service_client import Clause, Json, Quote, Service
from actions.turn import Turn

NAMES = {"fee_fen": "费用", "penalty_fen": "罚息", "interest_fen": "利息", "principal_fen": "本金"}
THE_ORDER = "还的钱先还哪一部分"  # as the knowledge base asks it
# 这里面多少是利息; 为什么还到冰箱.
OF_WHAT = re.compile(
    "先(?:扣|还|冲|抵|算)[^，。]{0,3}(?:利息|罚息|本金|手续费)(?:还是|吗|么|[?？])|"
    "(?:这|其中|里|当中)[^，。]{0,8}(?:多少|几块|有没有)[^，。]{0,4}(?:利息|罚息|本金|手续费)"
    "|(?:利息|罚息|本金)(?:占|有|是|还)*多少"
)
ENOUGH = re.compile("够(?:不够|了?吗|么)|够不[？?]*$|多少(?:钱)?(?:才|就)?(?:能)?够")  # 300够吗
WHY_THERE = re.compile(
    "(?:为什么|为啥|为何|怎么|咋)(?:是|会|要|不|先|都)*[还冲扣]"
    "(?:到|的是|的|那|这|掉)?(?!不|得|钱|款)[\u4e00-\u9fff]{1,6}"
)
SETTLES = {"all", "payoff"}  # everything is paid, whatever the order


async def asked_of(wish: Mapping[str, Any], turn: Turn, service: Service) -> tuple[Said, ...]:
    """What of the debt the sum that was read back would pay, or why it goes where it goes, where that is asked."""
    if turn.text.startswith("/") or not wish.get("quote_id"):
        return ()
    if WHY_THERE.search(turn.text):
        return _clause(await service.clause(text=THE_ORDER, intent="repay_how"))
    if not OF_WHAT.search(turn.text):
        return ()
    return _parts(await service.quote_of(wish["quote_id"]), await _plan(wish, service))


async def what_it_pays(made: Quote, turn: Turn, service: Service) -> tuple[Said, ...]:
    """What of the debt the quoted sum would pay, where the message wants it to be another part."""
    if not plain_wish.of_a_part(turn) or made["kind"] in SETTLES:
        return ()
    wish = {"kind": made["kind"], "amount_fen": made["asked_fen"], "loan_id": made["loan_id"]}
    return _parts(made, await _plan(wish, service), wished=True)


async def principal_first(turn: Turn, service: Service) -> tuple[Said, ...]:
    """What is left of the principal, and what it takes to be rid of it: it cannot be paid before its interest."""
    if not plain_wish.principal_first(turn):
        return ()
    loans = [one for one in (await service.schedule())["loans"] if one["status"] == "active"]
    principal, total = sum(one["outstanding_principal_fen"] for one in loans), (await service.payoff())["total_fen"]
    return (Said("utter_repay_principal", {"principal": replies.yuan(principal), "total": replies.yuan(total)}),)


async def _plan(wish: Mapping[str, Any], service: Service) -> Json:
    return await service.payment_plan(kind=wish["kind"], amount_fen=wish["amount_fen"], loan_id=wish.get("loan_id"))


def _parts(made: Quote, plan: Json, *, wished: bool = False) -> tuple[Said, ...]:
    """Where nothing is paid of the debt, it is all kept for the next due day, which the read-back says."""
    parts = [f"{name} {replies.yuan(plan['paid'][part])} 元" for part, name in NAMES.items() if plan["paid"][part]]
    if not parts:
        return ()
    response = "utter_repay_order" if wished and len(parts) > 1 else "utter_repay_order_agrees"
    return (Said(response, {"amount": replies.yuan(made["amount_fen"]), "parts": "、".join(parts)}),)


def _clause(found: Clause | None) -> tuple[Said, ...]:
    return (told(found),) if found else ()


async def the_order(turn: Turn, service: Service) -> tuple[Said, ...]:
    """In which order a payment is used, where no sum was named yet."""
    if not plain_wish.of_a_part(turn):
        return ()
    return _clause(await service.clause(text=THE_ORDER, intent="repay_how"))
