"""Applies for a higher limit: which line and how much is read back, confirmed, decided with reasons; a person may be
asked to look again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from actions import account, figure, not_understood, pick, replies, second_wish, words
from actions.asked_for import asked_for
from actions.general import instead_of_figures, nearest, told
from actions.how_it_stands import how_it_stands
from actions.replies import Said
from actions.service_client import NotLoggedIn, Refused, Service
from actions.turn import FALLBACK_INTENT, Goal, Outcome, Turn, say

LINE, CONFIRM = "limit_line", "limit_confirm"
SUM = "limit_sum"  # what was named before the line was: {amount, to}
EMPTY = {LINE: None, CONFIRM: None, SUM: None}
CHOICE, REVIEW = "limit_choice", "review"  # what buttons say: the number of a line, or a wish for a person
# With these, an amount in the message is the limit that is wanted.
NAMES_AN_AMOUNT = {"limit_increase", "inform", "correct", "deny", "affirm", "cancel", FALLBACK_INTENT}
# 到两万五 names it, too, whatever the classifier calls it.
TO_AN_AMOUNT = re.compile(r"(?:那|就|要|想|我|[,，\s])*[提高升涨加改调]*[到成至]\s*[\d一二两三四五六七八九十]")
# 我额度怎么才两万 asks why, and names no limit that is wanted.
WHY_SO_LITTLE = re.compile("额度[^，。]{0,3}(?:怎么|为什么|为啥|为何|咋)[^，。]{0,2}(?:才|只有?|就|这么[少低])")
LONGEST_NAME = 8  # of the line, said once more
INCOME = re.compile("收入|工资|月薪|年薪|挣|赚")
Offer = Mapping[str, Any]


class ValidateLimitForm(Goal):
    """Reads each message while the form is open; no slots in the outcome means that it was about something else."""

    action_name = "validate_limit_form"
    hears_more = True

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.entities.get(CHOICE) == REVIEW:
            return await self._review(turn, service)
        if turn.asked not in EMPTY:
            return await self._opening(turn, service)
        if turn.returns_to_form:
            return Outcome()
        if turn.noise or turn.waits:
            return Outcome(says=(not_understood.in_a_form(turn),), slots={turn.asked or CONFIRM: None})
        if turn.pays_instead:
            return replace(_ended(Said("utter_limit_not_applied")), then="repay_form")
        if turn.gives_up:
            return _ended(Said("utter_limit_not_applied"))
        if turn.asked == LINE:
            return await self._choosing(turn, service)
        return await self._confirming(turn, service)

    async def _opening(self, turn: Turn, service: Service) -> Outcome:
        if figure.PROMISE_TOLD & turn.last_said and turn.changes_by is not None:
            return Outcome(slots=EMPTY, leaves_form=True, then="promise_form")  # 再加50, of the promise just made
        if stands := await how_it_stands(turn, service):
            return replace(stands, slots=EMPTY, leaves_form=True)
        if words.TEMPORARY.search(turn.text) and (clause := await nearest(turn, service)):
            return _ended(told(clause))  # a person grants it, and it is no raise
        if WHY_SO_LITTLE.search(turn.text):
            return _ended(Said("utter_limit_explained", {"explanation": (await service.limit_history())["text"]}))
        if general := await instead_of_figures(turn, service):
            return _ended(told(general))
        try:
            found = await service.limit_applications()
        except NotLoggedIn:
            clause = await nearest(turn, service) if turn.asks else None
            return _ended(told(clause) if clause else Said("utter_limit_increase"))
        if not found["offers"]:
            return _ended(Said("utter_limit_none"))
        free = _free(found["offers"])
        if not free:
            blocked = Said(
                "utter_limit_blocked", {"detail": found["offers"][0]["blocked_detail"]}, buttons=_after(found)
            )
            return _ended(blocked)
        chosen = free[0] if len(free) == 1 else _named(turn, free)
        asked = [kind for kind in asked_for(turn.text) if kind != "limit"]  # 账单多少，我还想提额
        says = (await account.told(asked, turn, service)).says if asked else ()
        return Outcome(says=says, slots={**EMPTY, LINE: _wish(turn, chosen) if chosen else None, SUM: _sum(turn)})

    async def _choosing(self, turn: Turn, service: Service) -> Outcome:
        chosen = _named(turn, _free((await service.limit_applications())["offers"]))
        if chosen is not None:
            return Outcome(slots={LINE: _wish(turn, chosen), CONFIRM: None})
        if turn.intent == "deny":
            return _ended(Said("utter_limit_not_applied"))
        if (named := _sum(turn)) is not None and turn.intent in NAMES_AN_AMOUNT and not INCOME.search(turn.text):
            return Outcome(says=(Said("utter_limit_sum_noted"),), slots={**EMPTY, SUM: named})
        again = {LINE: None, CONFIRM: None}
        if turn.affirms:
            return Outcome(says=(Said("utter_form_answer_first"),), slots=again)
        return Outcome(slots=again) if turn.intent in {"affirm", "correct", "repeat", "limit_increase"} else Outcome()

    async def _confirming(self, turn: Turn, service: Service) -> Outcome:
        wish = turn.slots[LINE]
        other = INCOME.search(turn.text) or "pay" in second_wish.wishes(turn.text)  # 还三百 is no limit
        names_it = not other and (turn.intent in NAMES_AN_AMOUNT or TO_AN_AMOUNT.match(turn.text))
        asked_fen = _asked(_sum(turn), wish["limit_fen"]) if names_it else None
        if asked_fen is not None and asked_fen != wish["asked_fen"]:
            return Outcome(slots={LINE: {**wish, "asked_fen": asked_fen}, CONFIRM: None})
        if INCOME.search(turn.text) and "amount" in turn.entities:
            return Outcome(slots={CONFIRM: None})  # what is earned decides nothing here, and is no hardship
        if turn.affirms:
            return await self._apply(turn, wish, service)
        if turn.intent == "deny":
            return _ended(Said("utter_limit_not_applied"))
        if turn.intent == "affirm":
            return Outcome(says=(not_understood.in_a_form(turn),), slots={CONFIRM: None})
        names_it = wish["product_name"][:2] in turn.text and len(turn.text) <= LONGEST_NAME
        if names_it or turn.intent in {"repeat", "correct", "limit_increase", "inform"}:
            return Outcome(slots={CONFIRM: None})
        return Outcome()

    async def _apply(self, turn: Turn, wish: Mapping[str, Any], service: Service) -> Outcome:
        """Ask for what was read back, and say what became of it."""
        try:
            made = await service.apply_for_limit(line_id=wish["line_id"], amount_fen=wish["asked_fen"])
        except Refused as refusal:
            return _ended(replies.refused(refusal.detail))
        return _ended(decided(made, product_name=wish["product_name"], today=turn.today))

    async def _review(self, turn: Turn, service: Service) -> Outcome:
        """A person is to look at the decision."""
        try:
            made = (await service.limit_applications())["applications"]
            wanted = next((one for one in made if one["reviewable"]), None)
            waits = next((one for one in made if one["state"] == "referred"), None)
            if wanted is not None:
                waits = await service.review_limit(wanted["application_id"])
        except NotLoggedIn:
            return _ended(replies.log_in())
        except Refused as refusal:
            return _ended(replies.refused(refusal.detail))
        if waits is None:
            return _ended(Said("utter_limit_nothing_to_review"))
        return _ended(Said("utter_limit_review_asked", _number(waits, turn.today)))


class AskLimitLine(Goal):
    action_name = "action_ask_limit_form_limit_line"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        free = _free((await service.limit_applications())["offers"])
        lines = tuple(
            replies.button(f"{one['product_name']} {replies.yuan(one['limit_fen'])} 元", "inform", **{CHOICE: str(no)})
            for no, one in enumerate(free, 1)
        )
        return say(Said("utter_ask_limit_line", buttons=(*lines, replies.button("不申请了", "cancel"))))


class AskLimitConfirm(Goal):
    """Reads back what would be applied for."""

    action_name = "action_ask_limit_form_limit_confirm"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        wish = turn.slots[LINE]
        variables = {
            "product": wish["product_name"],
            "limit": replies.yuan(wish["limit_fen"]),
            "asked": replies.yuan(wish["asked_fen"]),
        }
        return say(Said("utter_limit_confirm", variables))


def decided(made: Mapping[str, Any], *, product_name: str, today: date) -> Said:
    """The decision, why, and what to do next."""
    reasons = _joined(one["text"] for one in made["reasons"])
    if made["state"] == "approved":
        variables = {"product": product_name, "amount": replies.yuan(made["amount_fen"]), "reasons": reasons}
        return Said("utter_limit_approved", variables)
    if made["state"] == "referred":
        return Said("utter_limit_referred", {"reasons": reasons, **_number(made, today)})
    advice = _joined(one["advice"] for one in made["reasons"] if one["advice"])
    name = "utter_limit_refused_with_advice" if advice else "utter_limit_refused"
    return Said(name, {"reasons": reasons, "advice": advice}, buttons=_person_looks())


def _number(made: Mapping[str, Any], today: date) -> dict[str, str]:
    """What an application that waits for a person is called by, and the day of the answer."""
    return {"reference": made["reference"], "answer_by": replies.day(made["answer_by"], today=today)}


def _after(found: Mapping[str, Any]) -> tuple[replies.Button, ...]:
    """What can be done where there can be no application: a review, where one is still open."""
    if any(one["reviewable"] for one in found["applications"]):
        return _person_looks()
    return (replies.button("查额度", "query_credit_limit"), replies.button("转人工", "human_agent"))


def _person_looks() -> tuple[replies.Button, ...]:
    return (
        replies.button("请人工复核", "limit_increase", **{CHOICE: REVIEW}),
        replies.button("查额度", "query_credit_limit"),
    )


def _free(offers: Sequence[Offer]) -> list[Offer]:
    return [one for one in offers if not one["blocked_code"]]


def _named(turn: Turn, offers: Sequence[Offer]) -> Offer | None:
    """The line that a button or the message names."""
    number = str(turn.entities.get(CHOICE) or "")
    if number.isdecimal() and 0 < int(number) <= len(offers):
        return offers[int(number) - 1]
    for length in (None, 2):  # 循环现金额度 is 循环, too
        named = [one for one in offers if one["product_name"][:length] in turn.text]
        if len(named) == 1:
            return named[0]
    return pick.by_place(turn, offers)


def _wish(turn: Turn, offer: Offer) -> dict[str, Any]:
    return {
        "line_id": offer["line_id"],
        "product_name": offer["product_name"],
        "limit_fen": offer["limit_fen"],
        "asked_fen": _asked(_sum(turn) or turn.slots.get(SUM), offer["limit_fen"]) or offer["suggested_fen"],
    }


def _sum(turn: Turn) -> dict[str, Any] | None:
    """What is named, whichever line it is for; 还两百，顺便提额 names what is to be paid."""
    said = None if "pay" in second_wish.wishes(turn.text) else turn.entities.get("amount")
    return None if said is None or turn.names_no_sum else {"amount": int(said), "to": "到" in turn.text}


def _asked(named: Mapping[str, Any] | None, limit_fen: int) -> int | None:
    """The limit that is wanted: 提到三万 is 30,000, 提五千 is so much more; it is read back before anything is done."""
    if named is None:
        return None
    return int(named["amount"]) + (0 if named["amount"] > limit_fen or named["to"] else limit_fen)


def _joined(texts: Any) -> str:
    return "；".join(texts)


def _ended(said: Said) -> Outcome:
    return Outcome(says=(said,), slots=EMPTY, leaves_form=True)
