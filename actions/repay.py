"""Takes a payment: how much, read back as a quote, confirmed, ordered by the quote; the service sends the receipt."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from actions import (
    figure,
    known_sum,
    named_loan,
    next_instalment,
    not_understood,
    nth_instalment,
    part_of_debt,
    pick,
    plain_wish,
    promise_parts,
    read_back,
    repay_help,
    replies,
    so_many,
    then_promise,
    words,
)
from actions.repay_wish import NAMES, bare_all, wish_of
from actions.replies import Said
from actions.service_client import IN_PROGRESS, Refused, Service
from actions.turn import FALLBACK_INTENT, GOES_NOWHERE, Goal, Outcome, Turn, say

AMOUNT, CONFIRM = "repay_amount", "repay_confirm"
EMPTY = {AMOUNT: None, CONFIRM: None, then_promise.SLOT: None}
LOAN = named_loan.SLOT
PROMISE_EMPTY = {known_sum.PROMISED: None, "promise_date": None, "promise_confirm": None, "promise_words": None}
# 不 还全部 refuses nothing.
CORRECTS = re.compile(r"(?:不|不对|不是|别|错了)[，,。\s]+(?:就|还是|要|我|改|是)*[还付](?!不|了|过)")
# With these, an amount in the message is the answer to "how much"; with others it is part of another question.
NAMES_AN_AMOUNT = {
    "repay_now", "inform", "correct", "cancel", "affirm", "deny", "partial_or_min_payment", "early_settlement",
    "query_bill", "repay_how", FALLBACK_INTENT,
}  # fmt: skip

PUTS_OFF = NAMES_AN_AMOUNT | GOES_NOWHERE
ASKS_OF_A_SUM = {"query_bill", "early_settlement", "repay_how", "partial_or_min_payment"}
A_PAYMENT = re.compile(r"[还付结改换交]")
# What was read back is not offered any more; it is read back as it stands now, and asked again.
READ_BACK_ANEW = {"quote_expired", "quote_changed", "quote_unknown"}


class ValidateRepayForm(Goal):
    """Reads each message while the form is open; no slots in the outcome means that it was about something else."""

    action_name = "validate_repay_form"
    hears_more = True

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        outcome = await self._read(turn, service)
        opens = turn.asked not in EMPTY
        asks = turn.asks and not opens and not words.ASKS_LEAVE.search(turn.text)
        if not (outcome.leaves_form or asks) and (_may_name(turn) or plain_wish.pays_some(turn)):
            outcome = await named_loan.heard(outcome, turn, service, opens=opens)
        return repay_help.followed(outcome, turn, opens=opens)

    async def _read(self, turn: Turn, service: Service) -> Outcome:
        if turn.asked not in EMPTY:
            return await self._opening(turn, service)
        if turn.returns_to_form:
            return Outcome()
        if turn.noise or turn.waits:
            return Outcome(says=(not_understood.in_a_form(turn),), slots={turn.asked or CONFIRM: None})
        if next_instalment.is_meant(turn):  # 还下个月的 puts nothing off
            return await next_instalment.wished(turn, service, empty=EMPTY)
        if then := then_promise.with_day(turn.slots.get(then_promise.SLOT), turn):
            return Outcome(slots={CONFIRM: None, then_promise.SLOT: then})
        if then := await then_promise.of_the_rest(turn.slots.get(AMOUNT), turn, service):
            return Outcome(slots={CONFIRM: None, then_promise.SLOT: then})
        if _puts_off(turn):
            # The other form takes the amount along; Rasa wants a slot set, or it takes this for a rejection.
            return Outcome(slots={CONFIRM: None}, leaves_form=True, then="promise_form")
        if turn.gives_up:
            return _ended(Said("utter_repay_cancelled"))
        if (instalments := await _instalments(turn, service, empty=EMPTY)) is not None:
            return instalments
        if turn.changes_by is not None:
            return Outcome(slots={**EMPTY, AMOUNT: _changed_by(turn.changes_by, turn.slots.get(AMOUNT))})
        no_sum = turn.names_no_sum and not plain_wish.fails(turn.text)  # 第3期还不上 names an instalment
        if no_sum and (turn.intent in NAMES_AN_AMOUNT or words.A_NUMBER_ALONE.fullmatch(turn.text)):
            return Outcome(says=(Said("utter_no_sum"),), slots=EMPTY)
        if await _settles_one(turn, service):
            return Outcome(slots=EMPTY, leaves_form=True, then="settle_form")
        if turn.asked == CONFIRM and part_of_debt.ENOUGH.search(turn.text):
            return Outcome(says=(replies.bill(await service.bill(), today=turn.today),), slots={CONFIRM: None})
        if _about_a_sum(turn):
            return await self._told(turn, service)
        wish = await wish_of(then_promise.for_now(turn), service) if _may_name(turn) else None
        if wish is not None and not _same(wish, turn.slots.get(AMOUNT)):
            known = (turn.slots.get(AMOUNT) or {}).get("shown_fen")
            then = then_promise.later(turn, now_fen=wish["amount_fen"], of_fen=known)
            return Outcome(slots={AMOUNT: wish, CONFIRM: None, then_promise.SLOT: then})
        if turn.asked == CONFIRM:
            return await self._confirming(turn, service)
        return self._naming_the_amount(turn)

    async def _opening(self, turn: Turn, service: Service) -> Outcome:
        """Wants to pay: now, or on the day that was named; a day that is over is asked about, not wanted."""
        if turn.somebody_elses:
            return _ended(Said("utter_only_own"))
        if words.WANTS_IT_BACK.search(turn.text):
            return _ended(Said("utter_wants_it_back"))
        if repay_help.asks_for_help(turn):
            return Outcome(slots=EMPTY, leaves_form=True, then="action_ask_hardship")
        if (instalments := await _instalments(turn, service, empty={**EMPTY, **PROMISE_EMPTY})) is not None:
            return instalments
        if principal := await part_of_debt.principal_first(turn, service):
            return Outcome(says=principal, slots={**EMPTY, **PROMISE_EMPTY})
        if then_promise.pays_first(turn):
            wish = await wish_of(then_promise.for_now(turn), service)
            then = {then_promise.SLOT: await then_promise.beside(wish, turn, service)}
            return Outcome(slots={**EMPTY, **PROMISE_EMPTY, **then, AMOUNT: wish})
        if (turn.names_later_day or turn.names_no_day_to_pay) and not plain_wish.now_besides(turn):
            return Outcome(slots=EMPTY, leaves_form=True, then="promise_form")
        if _goes_on_with_day(turn) or promise_parts.undated(promise_parts.parts_in(turn.entities)):
            return Outcome(slots=EMPTY, leaves_form=True, then="promise_form")
        if turn.day is not None and turn.day < turn.today:
            return _ended(replies.arrival(await service.payments(), today=turn.today))
        if turn.names_no_sum:
            return Outcome(says=(Said("utter_no_sum"),), slots=EMPTY)
        if words.WHETHER_TO_PAY.search(turn.text) and "amount" not in turn.entities:
            return _ended(replies.bill(await service.bill(), today=turn.today))
        if words.ASKS_ON.fullmatch(turn.text) and turn.entities.get("amount_word") == "all":
            return _ended(replies.payoff(await service.make_quote(kind="all")))
        if await _settles_one(turn, service):
            return Outcome(slots=EMPTY, leaves_form=True, then="settle_form")
        if words.EVERY_FEW_DAYS.search(turn.text):
            return _ended(figure.a_part())
        if await named_loan.several_sums(turn, service):
            return Outcome(says=(Said("utter_repay_one_sum"),), slots=EMPTY)
        if turn.changes_by is not None:  # of which sum nobody knows
            return Outcome(slots={**EMPTY, **PROMISE_EMPTY})
        known = {} if turn.entities.keys() & NAMES else await known_sum.of(turn, service)
        named = replace(turn, entities={**turn.entities, **known})
        return Outcome(slots={**EMPTY, **PROMISE_EMPTY, AMOUNT: await wish_of(named, service)})

    async def _told(self, turn: Turn, service: Service) -> Outcome:
        """The figure that was asked for; where the intent has an answer of its own, the form only waits for it."""
        if turn.intent in ASKS_OF_A_SUM:
            return Outcome()
        if turn.entities.get("amount_word") == "all":
            told = replies.payoff(await service.make_quote(kind="all"))
        else:
            told = replies.bill(await service.bill(), today=turn.today)
        return Outcome(says=(told,), slots={turn.asked or CONFIRM: None})

    def _naming_the_amount(self, turn: Turn) -> Outcome:
        if bare_all(turn):
            return Outcome(slots=EMPTY)
        if turn.intent == "deny":
            return _ended(Said("utter_repay_cancelled"))
        if turn.intent in {"affirm", "correct", "repeat", "repay_now"}:
            return Outcome(slots=EMPTY)
        return Outcome()

    async def _confirming(self, turn: Turn, service: Service) -> Outcome:
        if words.TOO_MUCH.fullmatch(turn.text) or words.TOO_LITTLE.fullmatch(turn.text):
            return Outcome(slots=EMPTY)
        if asked := await part_of_debt.asked_of(turn.slots[AMOUNT], turn, service):
            return Outcome(says=asked, slots={CONFIRM: None})
        if turn.affirms:
            return await self._pay(turn, service)
        if turn.intent in {"deny", "correct"}:
            return Outcome(slots=EMPTY)
        if turn.intent == "affirm":
            return Outcome(says=(not_understood.in_a_form(turn),), slots={CONFIRM: None})
        if turn.intent in {"repeat", "repay_now", "inform"}:
            return Outcome(slots={CONFIRM: None})
        return Outcome()

    async def _pay(self, turn: Turn, service: Service) -> Outcome:
        """Order what was read back, by its quote; where that is not honoured any more, read it back anew."""
        wish = turn.slots[AMOUNT]
        if not wish.get("quote_id"):  # nothing was read back that a yes could be about
            return Outcome(slots={CONFIRM: None})
        try:
            order = await service.pay(quote_id=wish["quote_id"])
        except Refused as refusal:
            if refusal.code in READ_BACK_ANEW:
                changed = Said("utter_repay_figure_changed")
                return Outcome(says=(changed,), slots={AMOUNT: {**wish, "quote_id": None}, CONFIRM: None})
            if refusal.code == IN_PROGRESS:  # an earlier try of this message made the order and goes on
                return _ended(Said("utter_repay_started", {"amount": replies.yuan(wish["shown_fen"])}))
            return _ended(replies.refused(refusal.detail))
        done, then = _ended(read_back.ordered(order)), turn.slots.get(then_promise.SLOT)
        kept = {**EMPTY, "last_order": order["order_id"], then_promise.SLOT: then}
        return replace(done, slots=kept, then="promise_form" if then else None)


class AskRepayAmount(Goal):
    action_name = "action_ask_repay_form_repay_amount"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        bill = await service.bill()
        if replies.owes_nothing(bill):
            return _ended(replies.bill(bill, today=turn.today))
        only_all = turn.entities.get("amount_word") == "all" and not turn.returns_to_form
        if only_all and bill["bill_fen"] and bare_all(turn):
            choices = replies.pay_buttons(bill, intent="inform")
            return say(Said("utter_repay_all_of_which", {"bill": replies.yuan(bill["bill_fen"])}, buttons=choices))
        buttons = (*replies.pay_buttons(bill, intent="inform"), replies.button("先不还了", "cancel"))
        too_much = words.TOO_MUCH.fullmatch(turn.text) or words.TOO_LITTLE.fullmatch(turn.text)
        another = turn.asked == CONFIRM and (too_much or turn.intent in {"deny", "correct"})
        response = "utter_ask_another_amount" if another else "utter_ask_repay_amount"
        return say(*await part_of_debt.the_order(turn, service), Said(response, buttons=buttons))


class AskRepayConfirm(Goal):
    """Reads back what the payment would do, as a quote; where it is not the one that the borrower was told, that is
    said. A refusal is explained and the form asks for another amount."""

    action_name = "action_ask_repay_form_repay_confirm"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        wish = turn.slots[AMOUNT]
        meant = (turn.slots.get(LOAN) or {}) if wish["kind"] in {"amount", "bill"} else {}
        loan_id = wish.get("loan_id") or (meant.get("loan_id") if wish["kind"] == "amount" else None)
        try:
            made = await service.make_quote(kind=wish["kind"], amount_fen=wish["amount_fen"], loan_id=loan_id)
        except Refused as refusal:
            if refusal.code == "nothing_due":
                return _ended(replies.refused(refusal.detail))
            again = Said("utter_repay_refused", {"detail": refusal.detail})
            return Outcome(says=(again,), slots={**EMPTY, "requested_slot": AMOUNT})
        other = wish.get("quote_id") not in (None, made["quote_id"])
        changed = (Said("utter_repay_figure_changed"),) if other else ()
        shown = {**wish, "quote_id": made["quote_id"], "shown_fen": made["amount_fen"]}
        order = await part_of_debt.what_it_pays(made, turn, service)
        says = (
            *changed,
            *then_promise.told(turn.slots.get(then_promise.SLOT), turn),
            *named_loan.cannot_take(meant, made),
            *order,
            read_back.plan(made, today=turn.today),
        )
        return Outcome(says=says, slots={AMOUNT: shown})


async def _instalments(turn: Turn, service: Service, *, empty: dict[str, Any]) -> Outcome | None:
    """Named by what they are: the next one, one by its number, or more than are due; None where none are."""
    if next_instalment.is_meant(turn):
        return await next_instalment.wished(turn, service, empty=empty)
    if nth_instalment.is_meant(turn):
        return await nth_instalment.wished(turn, service, empty=empty)
    if so_many.said(turn) is not None and (fewer := await so_many.what_they_are(turn, service)):
        return Outcome(says=(fewer,), slots=empty)
    return None


def _may_name(turn: Turn) -> bool:
    """Whether a sum in the message can be the answer to "how much"."""
    if turn.asked == CONFIRM and not turn.asks and CORRECTS.match(turn.text):
        return True
    return turn.intent in NAMES_AN_AMOUNT or plain_wish.pays(turn) or so_many.said(turn) is not None


def _changed_by(fen: int, before: dict[str, Any] | None) -> dict[str, Any] | None:
    """The sum that was read back, with so much more or less; None where there is none, or nothing left of it."""
    known = (before or {}).get("shown_fen") or (before or {}).get("amount_fen") or 0
    return {"kind": "amount", "amount_fen": known + fen} if known and known + fen > 0 else None


def _about_a_sum(turn: Turn) -> bool:
    """Asks how much something is, without a sum of its own: no wish to pay that, and no answer to the form."""
    if "amount" in turn.entities or turn.text.startswith("/") or turn.intent not in NAMES_AN_AMOUNT:
        return False
    named = bool(turn.entities.keys() & {"amount_word", "vague_date"})
    if turn.asks and (named or turn.intent in ASKS_OF_A_SUM):
        return True
    # A name of the bill alone answers "how much"; what was read back has been answered already.
    return turn.asked == CONFIRM and turn.intent == "query_bill" and not A_PAYMENT.search(turn.text)


def _goes_on_with_day(turn: Turn) -> bool:
    """A day was named and asked about, and now the sum is: 明天, then 还500."""
    named = "date" in turn.offered and "utter_figure_day" in turn.last_said
    return named and not turn.text.startswith("/") and "date" not in turn.entities and not turn.pays_now


def _tells_a_day(turn: Turn) -> bool:
    """还是12月2号还 says on which day, though it sounds like the question for the day that the bill has."""
    return turn.intent in {"bill_date", "autopay_deduction"} and turn.day is not None and not turn.asks


def _puts_off(turn: Turn) -> bool:
    """Another day is wanted, and not for the rest alone."""
    named = turn.names_later_day or turn.names_no_day_to_pay
    named = named and not words.LATER_PERHAPS.fullmatch(turn.text)
    return named and not then_promise.pays_first(turn) and (turn.intent in PUTS_OFF or _tells_a_day(turn))


def _same(wish: dict[str, Any], before: dict[str, Any] | None) -> bool:
    return before is not None and all(wish.get(name) == before.get(name) for name in ("kind", "amount_fen", "loan_id"))


async def _settles_one(turn: Turn, service: Service) -> bool:
    """只还清冰箱那笔 is for that loan, and not for all that is owed."""
    if turn.text.startswith("/") or turn.entities.get("amount_word") != "all":
        return False
    return pick.named(turn, (await service.schedule())["loans"]) is not None


def _ended(said: Said) -> Outcome:
    return Outcome(says=(said,), slots=EMPTY, leaves_form=True)
