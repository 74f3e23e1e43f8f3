"""Takes down a hardship proposal: why, which loan, how much a month or how long to wait; read back, then filed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from actions import hardship_terms, hardship_wish, others, pick, repay_help, replies, words
from actions.form import OF_A_FILING, ValidateForm, typed_words
from actions.general import A_REQUEST
from actions.replies import Said
from actions.service_client import Refused, Service
from actions.turn import Goal, Outcome, Turn, say

REASON, LOAN, TERMS, CONFIRM = "hardship_reason", "hardship_loan", "hardship_terms", "hardship_confirm"
WISH = "hardship_wish"  # what is wished besides the terms, for the person who decides
# Other wishes that may sound like a reason, and have an answer of their own.
NO_REASON = {"dispute_debt", "complaint", "fraud_security", "stop_contact", "third_party"}
# Offered as buttons; who finds none of them says it in his own words.
REASONS = ("失业或没有收入", "收入变少", "生病或受伤", "生意亏损", "家里有急事")
UNCLEAR_WHY = {"debtor_unavailable", "complaint", "third_party"}  # what 病了 alone may be taken for
SHORT = 6
# Another kind of help, and not yet which terms of it: 算了，改成分期.
OTHERWISE = re.compile("(?:改|换)(?:成|为|个)?(?:分期|延期|别的|其他|方案)")
MONTHLY = re.compile("每|月|期|分")
READ_BACK = {"plan": "utter_hardship_confirm_plan", "defer": "utter_hardship_confirm_defer"}
# About the terms, so that others can be named.
OTHER_TERMS = {
    "months_out_of_range", "deferral_too_short", "periods_out_of_range", "part_too_small", "first_part_out_of_range",
}  # fmt: skip


class ValidateHardshipForm(ValidateForm):
    action_name = "validate_hardship_form"
    slots = (REASON, LOAN, TERMS, CONFIRM)
    own = frozenset({"overdue_hardship", "cant_pay", "installment", "partial_or_min_payment", "debtor_unavailable"})
    cancelled = "utter_hardship_not_filed"
    may_not_know = frozenset({LOAN, TERMS})
    explains = OF_A_FILING

    def empty(self) -> dict[str, None]:
        """With the words that it opened with: they are of no later application."""
        return {**super().empty(), WISH: None, repay_help.SLOT: None}

    async def opening(self, turn: Turn, service: Service) -> Outcome:
        loans = await _loans(turn, service)
        if not loans:
            return self.ended(Said("utter_bill_none"))
        open_ = next((one for one in (await service.hardship())["proposals"] if one["state"] == "proposed"), None)
        if open_ is not None and len(loans) == 1:
            return self.ended(_waits(open_, today=turn.today))
        loan = loans[0] if len(loans) == 1 else pick.named(turn, loans)
        turn = repay_help.words_of(turn)
        reason = turn.text.strip() if hardship_terms.WHY.search(turn.text) and not turn.text.startswith("/") else None
        if reason is None and "utter_cant_pay" in turn.last_said and hardship_terms.WHY.search(turn.asked_before[0]):
            reason = turn.asked_before[0].strip()  # told before help was asked for
        read = await self._terms(turn, loan, service)
        wish = _beside(turn, read.slots.get(TERMS))
        kept = {REASON: reason, LOAN: loan, **read.slots, **wish}
        return Outcome(says=read.says, slots={**self.empty(), **kept})

    async def reading(self, turn: Turn, service: Service) -> Outcome | None:
        if turn.asked in self.may_not_know and turn.unsure:
            queue = await service.hand_over(reason="hardship")
            first = (Said("utter_hardship_unsure"),)
            return self.ended(*replies.queue(queue, again=turn.waits_already, first=first))
        if _other_wish(turn):
            return None
        if hardship_terms.LEAST.search(turn.text) and (known := turn.slots.get(LOAN)):
            least = hardship_terms.least(known, (await service.hardship())["bounds"])
            return Outcome(says=(Said("utter_hardship_least", least),), slots={turn.asked: None})
        if hardship_terms.LONGEST.search(turn.text) and (known := turn.slots.get(LOAN)):
            bounds = (await service.hardship())["bounds"]
            longest = hardship_terms.longest(known, bounds, today=turn.today)
            return Outcome(says=(longest,), slots={turn.asked: None})
        if turn.asked == CONFIRM and OTHERWISE.search(turn.text) and hardship_terms.wish_of(turn) is None:
            return Outcome(slots={TERMS: None, CONFIRM: None})
        slots: dict[str, Any] = {}
        chosen = pick.named(turn, await _loans(turn, service)) if turn.asked == LOAN or "笔" in turn.text else None
        loan = chosen or turn.slots.get(LOAN)
        if chosen:
            slots |= {LOAN: chosen, CONFIRM: None}
        adds = turn.slots.get(TERMS) and hardship_wish.comes_afterwards(turn.text)  # 然后每月还1000 changes no terms
        read = Outcome() if adds else await self._terms(turn, loan, service)
        wish = _beside(turn, read.slots.get(TERMS) or turn.slots.get(TERMS))
        if (reason := self._reason(turn, names_terms=bool(read.slots or wish))) is not None:
            slots |= {REASON: reason, CONFIRM: None}
        slots |= read.slots | wish
        if turn.asked == CONFIRM and turn.intent == "deny" and not slots:
            return Outcome(says=(Said("utter_hardship_what_is_wrong"),), slots={TERMS: None, CONFIRM: None})
        noted = (Said("utter_hardship_noted"),) if turn.asked == REASON and slots.get(TERMS) and not reason else ()
        if wish and turn.asked != CONFIRM and not slots.get(TERMS):
            noted = (Said("utter_hardship_wish_noted", {"wish": str(wish[WISH])}),)
        return Outcome(says=(*read.says, *noted), slots=slots) if slots else None

    def _reason(self, turn: Turn, *, names_terms: bool) -> str | None:
        """Asked for it, any words will do; later it is changed by words that can only be one."""
        if turn.asked == REASON and turn.entities.get(pick.CHOICE) in REASONS:
            return str(turn.entities[pick.CHOICE])
        if turn.asked == REASON and turn.intent in UNCLEAR_WHY and others.ill_oneself(turn.text):
            return turn.text.strip()
        said = turn.text.strip() if turn.text.strip() in REASONS else typed_words(turn, never=NO_REASON)
        if said in REASONS:
            return said
        if said is None:
            return None
        if hardship_terms.WHY.search(said):
            return said
        if turn.asked != REASON or names_terms or turn.intent == "deny" or _only_a_figure(turn, said):
            return None
        return said

    async def _terms(self, turn: Turn, loan: Mapping[str, Any] | None, service: Service) -> Outcome:
        """What is wished for that loan; what cannot be is said to be so and asked again. A wish that came before the
        loan was named waits for it."""
        asks_leave = A_REQUEST.search(turn.text) or words.ASKS_LEAVE.search(turn.text)
        asks = turn.text.startswith("/") or (turn.asks and not asks_leave)
        before = turn.slots.get(TERMS) or {}
        said = None if asks else hardship_terms.wish_of(turn, before=before)
        wish = said or before.get("wish")
        if wish is None or (said is None and loan is None):
            return Outcome()
        if loan is None:
            return Outcome(slots={TERMS: {"wish": wish}, CONFIRM: None})
        loan, bounds = await _as_it_stands(loan, turn, service), (await service.hardship())["bounds"]
        terms = hardship_terms.terms_of(wish, loan, bounds, today=turn.today)
        if isinstance(terms, Said):
            stands = before if terms.response == "utter_hardship_first_too_late" and "periods" in before else None
            return Outcome(says=(terms,), slots={TERMS: stands, CONFIRM: None})
        return Outcome(slots={TERMS: terms, CONFIRM: None})

    async def doing(self, turn: Turn, service: Service) -> Outcome:
        loan, terms = turn.slots[LOAN], turn.slots[TERMS]
        wish = turn.slots.get(WISH)
        note = f"{turn.slots[REASON]}；另外希望：{wish}" if wish else turn.slots[REASON]
        body = {"loan_id": loan["loan_id"], **hardship_terms.asked(terms), "note": note}
        try:
            made = await service.propose_hardship(body)
        except Refused as refusal:
            if refusal.code in OTHER_TERMS:
                return Outcome(says=(replies.refused(refusal.detail),), slots={TERMS: None, CONFIRM: None})
            return self.ended(replies.refused(refusal.detail))
        by_rule = made["state"] != "proposed" and wish
        left_out = (Said("utter_hardship_wish_left_out", {"wish": wish}),) if by_rule else ()
        return self.ended(_filed(made, today=turn.today), *left_out)


class AskHardshipReason(Goal):
    action_name = "action_ask_hardship_form_hardship_reason"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        buttons = tuple(replies.button(one, "inform", **{pick.CHOICE: one}) for one in REASONS)
        return say(Said("utter_ask_hardship_reason", buttons=buttons))


class AskHardshipLoan(Goal):
    action_name = "action_ask_hardship_form_hardship_loan"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(Said("utter_ask_hardship_loan", buttons=pick.buttons(await _loans(turn, service))))


class AskHardshipTerms(Goal):
    action_name = "action_ask_hardship_form_hardship_terms"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        loan = await _as_it_stands(turn.slots[LOAN], turn, service)
        asks = "utter_ask_hardship_monthly" if loan["by_statements"] else "utter_ask_hardship_terms"
        return say(Said(asks, {"loan": loan["title"], "owed": replies.yuan(loan["owed_fen"])}))


class AskHardshipConfirm(Goal):
    """Reads back what would be proposed, and that it is no more than a proposal."""

    action_name = "action_ask_hardship_form_hardship_confirm"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        loan, terms = await _as_it_stands(turn.slots[LOAN], turn, service), turn.slots[TERMS]
        variables = {"loan": loan["title"], "owed": replies.yuan(loan["owed_fen"]), "reason": turn.slots[REASON]}
        variables |= hardship_terms.told(terms, today=turn.today)
        wish = turn.slots.get(WISH)
        besides = (Said("utter_hardship_wish", {"wish": wish}),) if wish else ()
        return say(*besides, Said(READ_BACK[terms["kind"]], variables))


def _beside(turn: Turn, terms: Mapping[str, Any] | None) -> dict[str, str | None]:
    """What the message wishes besides its terms. What was wished before stays, unless these terms are of its kind."""
    kind = hardship_wish.kind_of(terms or {})
    asks = turn.asks and not (A_REQUEST.search(turn.text) or words.ASKS_LEAVE.search(turn.text))
    wish = None if asks else hardship_wish.beside(turn.text, kind=kind)
    before = turn.slots.get(WISH)
    if wish:
        return {WISH: hardship_wish.joined(before, wish)}
    return {WISH: None} if before and kind and hardship_wish.of_kind(before) == kind else {}


def _only_a_figure(turn: Turn, said: str) -> bool:
    """全额, 后天还: a sum or a day and hardly more is no reason."""
    return bool(turn.entities) and len(said) <= SHORT


def _other_wish(turn: Turn) -> bool:
    """To pay now, or on one day, which is another form's; 每月还五百 is not, whatever the classifier calls it."""
    if turn.intent not in {"repay_now", "promise_to_pay"} or MONTHLY.search(turn.text.replace("月底", "")):
        return False
    return turn.asked != TERMS or turn.pays_now or {"amount", "date"} <= turn.entities.keys()


async def _loans(turn: Turn, service: Service) -> list[dict[str, Any]]:
    """What is still paid for, with what is left of it and when the oldest part was due; a payment that is on its way
    has been taken off."""
    active = [one for one in (await service.schedule())["loans"] if one["status"] == "active"]
    coming = await repay_help.on_its_way(turn, service)
    return [_loan(one, coming=coming.get(one["loan_id"], 0)) for one in replies.overdue_first(active)]


async def _as_it_stands(loan: Mapping[str, Any], turn: Turn, service: Service) -> Mapping[str, Any]:
    """The loan that was chosen, with what is left of it now: a payment may have arrived since."""
    return next((one for one in await _loans(turn, service) if one["loan_id"] == loan["loan_id"]), loan)


def _loan(row: Mapping[str, Any], *, coming: int) -> dict[str, Any]:
    unpaid = [one for one in row["instalments"] if one["unpaid_fen"]]
    return {
        **{name: row[name] for name in ("loan_id", "title", "by_statements")},
        "owed_fen": row["owed_fen"] - coming,
        "due_on": min((one["due_on"] for one in unpaid), default=None),
    }


def _filed(made: Mapping[str, Any], *, today: date) -> Said:
    """Its number, and what happens next; what was agreed at once has a message of its own."""
    if made["state"] != "proposed":
        return Said("utter_hardship_agreed", {"reference": made["reference"]})
    return Said("utter_hardship_filed", _reference(made, today=today))


def _waits(made: Mapping[str, Any], *, today: date) -> Said:
    return Said("utter_hardship_waits", _reference(made, today=today))


def _reference(made: Mapping[str, Any], *, today: date) -> dict[str, str]:
    return {"reference": made["reference"], "answer_by": replies.day(made["answer_by"], today=today)}
