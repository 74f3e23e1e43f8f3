"""Takes a promise: how much, on which day, read back, confirmed, recorded; vague days are asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from actions import not_understood, replies, words
from actions.replies import Said
from actions.service_client import Refused, Service
from actions.turn import FALLBACK_INTENT, Goal, Outcome, Turn

AMOUNT, DAY, CONFIRM, WORDS = "promise_amount", "promise_date", "promise_confirm", "promise_words"
ASKED = {AMOUNT, DAY, CONFIRM}
EMPTY = {AMOUNT: None, DAY: None, CONFIRM: None, WORDS: None}
SAYS_WHAT_OR_WHEN = {
    "promise_to_pay", "inform", "correct", "cancel", "affirm", "deny", "partial_or_min_payment", "call_back_later",
    FALLBACK_INTENT,
}  # fmt: skip
# Asked how much, "先还五百" is the answer and no wish to pay at once.
SAYS_HOW_MUCH = SAYS_WHAT_OR_WHEN | {"repay_now", "query_bill", "early_settlement", "cant_pay", "overdue_hardship"}
# A payment that was being read back when a later day was named instead.
REPAY_AMOUNT = "repay_amount"
REPAY_EMPTY = {REPAY_AMOUNT: None, "repay_confirm": None}
LONGEST_WORDS = 400
ABOUT_THE_DAY = {"date_in_past", "date_too_far"}
ABOUT_THE_AMOUNT = {"amount_too_large", "amount_not_positive"}


class ValidatePromiseForm(Goal):
    """Reads each message while the form is open; no slots in the outcome means that it was about something else."""

    action_name = "validate_promise_form"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.asked not in ASKED:  # the form opens
            # Who is not logged in, or owes nothing, is told so before being asked anything.
            if replies.owes_nothing(bill := await service.bill()):
                return _ended(replies.bill(bill, today=turn.today))
            found = await self._found(_with_day_offered(turn), service)
            opening = {**EMPTY, **REPAY_EMPTY, **await self._known(turn, service), WORDS: _words(turn, before="")}
            return Outcome(says=found.says, slots={**opening, **found.slots})
        if turn.returns_to_form:
            return Outcome()
        if turn.noise or turn.waits:
            return Outcome(says=(not_understood.in_a_form(turn),), slots={turn.asked or CONFIRM: None})
        if turn.gives_up:
            return _ended(Said("utter_promise_no_day_yet" if turn.unsure else "utter_promise_cancelled"))
        if turn.asked != DAY and turn.intent in SAYS_HOW_MUCH and turn.names_no_sum:
            return Outcome(says=(Said("utter_no_sum"),), slots={AMOUNT: None, CONFIRM: None})
        if words.HOW_LATE.search(turn.text) and (turn.asks or "哪" in turn.text):
            latest = replies.day((await service.promises())["latest_on"], today=turn.today)
            return Outcome(
                says=(Said("utter_promise_latest", {"latest": latest}),), slots={turn.asked or CONFIRM: None}
            )
        if turn.pays_now and turn.intent in SAYS_HOW_MUCH:
            return Outcome(slots={CONFIRM: None}, leaves_form=True, then="repay_form")
        if turn.intent in (SAYS_HOW_MUCH if turn.asked == AMOUNT else SAYS_WHAT_OR_WHEN) or _pays_then(turn):
            found = await self._found(turn, service)
            if found.slots:
                typed = _words(turn, before=turn.slots.get(WORDS) or "")
                return Outcome(says=found.says, slots={CONFIRM: None, WORDS: typed, **found.slots})
        return await self._answered(turn, service)

    async def _known(self, turn: Turn, service: Service) -> dict[str, Any]:
        """The sum of a payment that was being read back, or one just named; both parts of a promise just made."""
        if "utter_promise_made" in turn.last_said and (made := (await service.promises())["promises"]):
            return {AMOUNT: made[0]["amount_fen"], DAY: made[0]["due_on"]}
        if turn.figure:
            return {AMOUNT: await _amount_fen(replace(turn, entities=turn.figure), service)}
        return {AMOUNT: _amount_of_repay(turn)}

    async def _found(self, turn: Turn, service: Service) -> Outcome:
        """The amount and the day in the message; a day that will not do is said to be so and left open."""
        slots: dict[str, Any] = {}
        if (fen := await _amount_fen(turn, service)) is not None:
            total_fen = (await service.payoff())["total_fen"]
            if fen > total_fen:  # asked again now, not after it was confirmed
                too_much = Said("utter_promise_too_much", {"total": replies.yuan(total_fen)})
                return Outcome(says=(too_much,), slots={**_day_of(turn), AMOUNT: None})
            slots[AMOUNT] = fen
        if (wrong := await _wrong_day(turn, service)) is not None:
            return Outcome(says=(wrong,), slots={**slots, DAY: None})
        if turn.day is not None:
            slots[DAY] = turn.day.isoformat()
        elif "vague_date" in turn.entities and not (turn.asks and turn.intent == FALLBACK_INTENT):
            slots[DAY] = None
        return Outcome(slots=slots)

    async def _answered(self, turn: Turn, service: Service) -> Outcome:
        if turn.asked == CONFIRM and turn.affirms:
            return await self._promise(turn, service)
        if turn.intent == "deny" and turn.asked != CONFIRM:
            return _ended(Said("utter_promise_cancelled"))
        if turn.intent == "affirm" and turn.asked == CONFIRM:
            return Outcome(says=(not_understood.in_a_form(turn),), slots={CONFIRM: None})
        if turn.intent in {"affirm", "deny", "correct", "repeat", "promise_to_pay", "call_back_later"}:
            return Outcome(slots={CONFIRM: None})
        return Outcome()

    async def _promise(self, turn: Turn, service: Service) -> Outcome:
        try:
            made = await service.promise(
                amount_fen=turn.slots[AMOUNT], due_on=turn.slots[DAY], text=turn.slots.get(WORDS) or ""
            )
        except Refused as refusal:
            return _refused(refusal)
        variables = {"amount": replies.yuan(made["amount_fen"]), "day": replies.day(made["due_on"], today=turn.today)}
        return _ended(Said("utter_promise_made", variables))


class AskPromiseAmount(Goal):
    action_name = "action_ask_promise_form_promise_amount"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        buttons = replies.pay_buttons(await service.bill(), intent="inform")
        variables = {"day": replies.day(turn.slots[DAY], today=turn.today)}
        return Outcome(says=(Said("utter_ask_promise_amount", variables, buttons=buttons),))


class AskPromiseDay(Goal):
    """Asks for the day; where one was said that names no day, says why it is asked again."""

    action_name = "action_ask_promise_form_promise_date"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        vague = turn.entities.get("vague_date")
        if vague and not (turn.returns_to_form and turn.asked in ASKED):
            return Outcome(says=(Said("utter_promise_date_vague", {"said": str(vague)}),))
        return Outcome(says=(Said("utter_ask_promise_date"),))


class AskPromiseConfirm(Goal):
    action_name = "action_ask_promise_form_promise_confirm"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        says_no = turn.asked == CONFIRM and turn.intent in {"deny", "correct"} and not turn.returns_to_form
        if says_no and not _names_any(turn):
            return Outcome(says=(Said("utter_promise_what_is_wrong"),))
        variables = {
            "amount": replies.yuan(turn.slots[AMOUNT]),
            "day": replies.day(turn.slots[DAY], today=turn.today),
        }
        only = (Said("utter_promise_first_only"),) if words.AND_THE_REST.search(turn.text) else ()
        return Outcome(says=(*only, Said("utter_promise_confirm", variables)))


def _with_day_offered(turn: Turn) -> Turn:
    """A yes to a bare day (您是想约在这一天还款吗？) promises it."""
    said_yes = turn.intent == "affirm" and "date" in turn.offered
    return replace(turn, entities={"date": turn.offered["date"]}) if said_yes else turn


async def _wrong_day(turn: Turn, service: Service) -> Said | None:
    """Why the day in the message cannot be promised, before it is read back."""
    if turn.day is None:
        said = turn.entities.get("no_such_day")
        return Said("utter_promise_no_such_day", {"said": str(said)}) if said else None
    named = {"day": replies.day(turn.day, today=turn.today)}
    if turn.day < turn.today:
        return Said("utter_promise_date_past", named)
    latest = date.fromisoformat((await service.promises())["latest_on"])
    if turn.day > latest:
        return Said("utter_promise_date_too_far", {**named, "latest": replies.day(latest, today=turn.today)})
    return None


def _pays_then(turn: Turn) -> bool:
    """A sum or a later day in the words of a payment, which is not said to be made now."""
    if turn.intent != "repay_now" or turn.text.startswith("/"):
        return False
    return (
        turn.names_later_day
        or turn.names_no_day_to_pay
        or (turn.day is None and "amount" in turn.entities and "现在" not in turn.text)
    )


def _day_of(turn: Turn) -> dict[str, str]:
    return {DAY: turn.day.isoformat()} if turn.day and turn.day >= turn.today else {}


async def _amount_fen(turn: Turn, service: Service) -> int | None:
    if (fen := turn.entities.get("amount")) is not None:
        return int(fen) if fen > 0 and not turn.names_no_sum else None
    word = None if turn.asks else turn.entities.get("amount_word")
    if word == "all":
        return (await service.payoff())["total_fen"] or None
    if word in {"bill", "minimum", "half"}:
        bill = await service.bill()
        sums = {"bill": bill["bill_fen"], "minimum": bill["minimum_fen"], "half": (bill["bill_fen"] + 1) // 2}
        return sums[word] or None
    return None


def _amount_of_repay(turn: Turn) -> int | None:
    wish = turn.slots.get(REPAY_AMOUNT) or {}
    return wish.get("amount_fen") or wish.get("shown_fen")


def _words(turn: Turn, *, before: str) -> str:
    """What the borrower typed about the promise so far; a pressed button is no words of theirs."""
    typed = "" if turn.text.startswith("/") else turn.text
    return "；".join(part for part in (before, typed) if part)[-LONGEST_WORDS:]


def _names_any(turn: Turn) -> bool:
    return bool(turn.entities.keys() & {"amount", "amount_word", "date", "vague_date", "no_such_day"})


def _refused(refusal: Refused) -> Outcome:
    """Explain; where another day or another amount would do, the form goes on and asks for it."""
    said = replies.refused(refusal.detail)
    if refusal.code in ABOUT_THE_DAY:
        return Outcome(says=(said,), slots={DAY: None, CONFIRM: None})
    if refusal.code in ABOUT_THE_AMOUNT:
        return Outcome(says=(said,), slots={AMOUNT: None, CONFIRM: None})
    return _ended(said)


def _ended(said: Said) -> Outcome:
    return Outcome(says=(said,), slots=EMPTY, leaves_form=True)
