"""Takes a promise: how much, on which day, read back, confirmed, recorded; vague days are asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from actions import (
    cannot_keep,
    day_meant,
    figure,
    named_loan,
    not_understood,
    plain_wish,
    promise_day,
    promise_or_pay,
    promise_parts,
    promise_sum,
    replies,
    then_promise,
    words,
)
from actions.general import nearest, told
from actions.promise_day import WORDS
from actions.promise_parts import AMOUNT, ASKED, CONFIRM, DAY, PARTS, Part, Sums
from actions.replies import Said
from actions.service_client import Refused, Service
from actions.turn import FALLBACK_INTENT, Goal, Outcome, Turn

EMPTY = {AMOUNT: None, DAY: None, PARTS: None, CONFIRM: None, WORDS: None}
SAYS_WHAT_OR_WHEN = {
    "promise_to_pay", "inform", "correct", "cancel", "affirm", "deny", "partial_or_min_payment", "call_back_later",
    FALLBACK_INTENT,
}  # fmt: skip
# Asked how much, "先还五百" is the answer and no wish to pay at once.
SAYS_HOW_MUCH = SAYS_WHAT_OR_WHEN | {"repay_now", "query_bill", "early_settlement", "cant_pay", "overdue_hardship"}
# A payment that was being read back when a later day was named instead.
REPAY_EMPTY = {promise_sum.REPAY_AMOUNT: None, "repay_confirm": None, then_promise.SLOT: None}
CANNOT = {"utter_promise_cannot_keep"}  # the day is open then
LONGEST_WORDS = 400
ABOUT_THE_DAY = {"date_in_past", "date_too_far"}
ABOUT_THE_AMOUNT = {"amount_too_large", "amount_not_positive"}
STILL_TRUE = {"pending": "utter_promise_stands_pending", "kept": "utter_promise_stands_kept"}
TOO_OFTEN = "too_many_renegotiations"


class ValidatePromiseForm(Goal):
    """Reads each message while the form is open; no slots in the outcome means that it was about something else."""

    action_name = "validate_promise_form"
    hears_more = True

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        turn = promise_day.meant(turn)
        if turn.asked not in ASKED:  # the form opens
            # Who is not logged in, or owes nothing, is told so before being asked anything.
            if replies.owes_nothing(bill := await service.bill()):
                return _ended(replies.bill(bill, today=turn.today))
            if found := await _costs_of_waiting(turn, service):
                return _ended(found)
            if then_promise.pays_first(turn) or promise_or_pay.pays_now(turn):
                return replace(_ended(None), then="repay_form")
            if named_loan.of_two(turn):
                return _ended(Said("utter_repay_one_sum"))
            if (cannot := await cannot_keep.told(turn, service)) and cannot.says:
                return _ended(cannot.says[0])
            stands_by = words.STANDS.search(turn.text) or _not_today(turn)
            if stands_by and (stands := await _standing(turn, service)):
                return _ended(stands)
            if often := await self._so_often(turn, service):
                return Outcome(slots={**EMPTY, **REPAY_EMPTY, **often, WORDS: _words(turn, before="")})
            opening = {**EMPTY, **REPAY_EMPTY, **await self._known(turn, service), WORDS: _words(turn, before="")}
            found = await self._found(replace(promise_day.offered(turn), slots={**turn.slots, **opening}), service)
            slots = {**opening, **found.slots}
            if _says_it_again(turn, opening, slots) and (stands := await _standing(turn, service)):
                return _ended(stands)  # 我3号一定还
            return Outcome(says=found.says, slots=slots)
        if turn.returns_to_form:
            return Outcome()
        if turn.noise or turn.waits:
            return Outcome(says=(not_understood.in_a_form(turn),), slots={turn.asked or CONFIRM: None})
        if left := promise_parts.without(promise_parts.parts_of_slot(turn.slots.get(PARTS)), turn.text):
            return Outcome(slots={CONFIRM: None, **_of_parts(left)})
        if turn.asked == CONFIRM and words.TOO_MUCH.fullmatch(turn.text) and not turn.slots.get(PARTS):
            return Outcome(slots={AMOUNT: None, CONFIRM: None})
        if opened := cannot_keep.opened(turn):
            return opened
        if turn.gives_up:
            return _ended(Said("utter_promise_no_day_yet" if turn.unsure else "utter_promise_cancelled"))
        if turn.asked != DAY and turn.intent in SAYS_HOW_MUCH and turn.names_no_sum:
            return Outcome(says=(Said("utter_no_sum"),), slots={AMOUNT: None, CONFIRM: None})
        if words.HOW_LATE.search(turn.text) and (turn.asks or "哪" in turn.text):
            latest = replies.day((await service.promises())["latest_on"], today=turn.today)
            return Outcome(
                says=(Said("utter_promise_latest", {"latest": latest}),), slots={turn.asked or CONFIRM: None}
            )
        if turn.changes_by is not None and not turn.slots.get(PARTS):
            return Outcome(slots={CONFIRM: None, AMOUNT: await promise_sum.amount_fen(turn, service)})
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
        if then := turn.slots.get(then_promise.SLOT):
            return then_promise.opening(then)
        pressed = turn.text.startswith("/")
        told_made = (CANNOT if pressed else figure.PROMISE_TOLD) & turn.last_said
        if told_made and (made := await cannot_keep.pending(service)):
            if len(made["parts"]) > 1 and pressed:
                return {}
            if len(made["parts"]) > 1:
                return _of_parts([Part(one["amount_fen"], due_on=one["due_on"]) for one in made["parts"]])
            open_ = CANNOT & turn.last_said and not day_meant.moved(turn.today, text=turn.text)
            return {AMOUNT: made["amount_fen"], DAY: None if open_ else made["due_on"]}
        if turn.figure:
            return {AMOUNT: await promise_sum.amount_fen(replace(turn, entities=turn.figure), service)}
        return {AMOUNT: promise_sum.of_repay(turn)}

    async def _so_often(self, turn: Turn, service: Service) -> dict[str, Any]:
        """分两次还行吗, then 一次一半: the slots of so many parts, the sum that the word stands for looked up."""
        alone = "utter_in_turns" in turn.last_said and not turn.entities.keys() & {"date", "promise_parts"}
        asked = turn.asked_before[0] if alone else ""
        if not (parts := promise_parts.so_often(asked, turn.entities)):
            return {}
        bill, all_fen = await service.bill(), (await service.payoff())["total_fen"]
        return _of_parts(promise_parts.with_sums(parts, Sums(bill["bill_fen"], bill["minimum_fen"], all_fen)))

    async def _found(self, turn: Turn, service: Service) -> Outcome:
        """The amount and the day in the message; a day that will not do is said to be so and left open."""
        if promise_parts.EITHER_OR.search(turn.text):
            return Outcome(says=(Said("utter_promise_one_of_two"),), slots={turn.asked or CONFIRM: None})
        parts = promise_parts.parts_in(turn.entities)
        if not parts and turn.asked == CONFIRM and not turn.slots.get(PARTS):
            parts = promise_parts.and_the_rest(turn.slots, turn.entities, text=turn.text)
        if parts or turn.slots.get(PARTS):
            return await self._found_parts(turn, service, parts)
        turn = promise_day.moved(turn)
        slots: dict[str, Any] = {}
        if (fen := await promise_sum.amount_fen(turn, service)) is not None:
            total_fen = (await service.payoff())["total_fen"]
            if fen > total_fen:  # asked again now, not after it was confirmed
                too_much = Said("utter_promise_too_much", {"total": replies.yuan(total_fen)})
                return Outcome(says=(too_much,), slots={**_day_of(turn), AMOUNT: None})
            slots[AMOUNT] = fen
        if (wrong := await promise_day.wrong(turn, service)) is not None:
            return Outcome(says=(wrong,), slots={**slots, DAY: None})
        if turn.day is not None:
            slots[DAY] = turn.day.isoformat()
        elif "vague_date" in turn.entities and not (turn.asks and turn.intent == FALLBACK_INTENT):
            slots[DAY] = None
        return Outcome(slots=slots)

    async def _found_parts(self, turn: Turn, service: Service, parts: tuple[Part, ...]) -> Outcome:
        """Of several payments: those the message names, or what it says of one of them. Where only one is left that
        names a sum, or one with its day takes the place of all, it is a promise like any other."""
        amount_fen, day = None, turn.day.isoformat() if turn.day else None
        wrong = None if parts else await promise_day.wrong(turn, service)
        says: list[Said] = []
        if not parts:
            parts = promise_parts.moved(promise_parts.parts_of_slot(turn.slots[PARTS]), turn.text) or ()
        if not parts:
            amount_fen = await promise_sum.amount_fen(turn, service)
            if amount_fen is None and day is None and wrong is None:
                return Outcome(slots={DAY: None} if "vague_date" in turn.entities and turn.asked == DAY else {})
            known = promise_parts.parts_of_slot(turn.slots[PARTS])
            asked = {"asked_day": turn.asked == DAY, "asked_sum": turn.asked == AMOUNT}
            named = None if wrong else day
            found = promise_parts.changed(
                known, text=turn.text, day=named, amount_fen=amount_fen, today=turn.today, **asked
            )
            if wrong is not None:
                return Outcome(says=(wrong,), slots={turn.asked or CONFIRM: None})
            if found is None and (amount_fen is None or day is None):
                return Outcome(says=(Said("utter_promise_which_part"),), slots={CONFIRM: None})
            says += promise_parts.noted(known, found or (), today=turn.today) if turn.asked == DAY else ()
            parts = found or (Part(amount_fen, due_on=day),)
        parts = promise_parts.with_days(promise_parts.parts_of_slot(turn.slots.get(PARTS)), parts)
        bill, all_fen = await service.bill(), (await service.payoff())["total_fen"]
        parts = promise_parts.with_sums(parts, Sums(bill["bill_fen"], bill["minimum_fen"], all_fen))
        if promise_parts.total(parts) > all_fen:
            too_much = Said("utter_promise_too_much", {"total": replies.yuan(all_fen)})
            return Outcome(says=(too_much,), slots={PARTS: None, AMOUNT: None, DAY: None})
        for at, one in enumerate(parts):
            if one.due_on and (
                refused := await promise_day.not_promised(date.fromisoformat(one.due_on), turn, service)
            ):
                says.append(refused)
                parts = (*parts[:at], replace(one, due_on=None, said=None), *parts[at + 1 :])
        return Outcome(says=tuple(says), slots=_of_parts(parts))

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
            parts = promise_parts.read_back(turn.slots)
            made = await service.promise(parts=promise_parts.as_wished(parts), text=turn.slots.get(WORDS) or "")
        except Refused as refusal:
            if refusal.code == TOO_OFTEN:
                queue = replies.queue(await service.hand_over(reason="promises"), again=turn.waits_already)
                return Outcome(says=(replies.refused(refusal.detail), *queue), slots=EMPTY, leaves_form=True)
            return _refused(refusal)
        if len(parts) > 1:
            return _ended(Said("utter_promise_made_parts", promise_parts.told(parts, today=turn.today)))
        variables = {"amount": replies.yuan(made["amount_fen"]), "day": replies.day(made["due_on"], today=turn.today)}
        return _ended(Said("utter_promise_made", variables))


def _says_it_again(turn: Turn, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Names the very day that was just promised, and nothing new."""
    told = figure.PROMISE_TOLD & turn.last_said and turn.day is not None and not after.get(PARTS)
    return bool(told) and all(before[name] and before[name] == after[name] for name in (AMOUNT, DAY))


def _not_today(turn: Turn) -> bool:
    """今天还不了500, said to a promise that was just told: it is for another day anyway."""
    told = figure.PROMISE_TOLD & turn.last_said and turn.day == turn.today
    return bool(told) and plain_wish.fails(turn.text)


def _of_parts(parts: Sequence[Part]) -> dict[str, Any]:
    """The slots: a day or a sum that is missing is left open, for the form to ask."""
    day, fen = promise_parts.without_day(parts), promise_parts.without_sum(parts)
    first = min(parts, key=lambda one: one.due_on or "", default=Part())
    return {
        PARTS: promise_parts.as_slot(parts) if len(parts) > 1 else None,
        DAY: None if day is not None else fen.due_on if fen is not None else first.due_on,
        AMOUNT: None if fen is not None else first.amount_fen,
    }


def _pays_then(turn: Turn) -> bool:
    """A sum or a later day in the words of a payment, which is not said to be made now."""
    if turn.intent != "repay_now" or turn.text.startswith("/"):
        return False
    return (
        turn.names_later_day
        or turn.names_no_day_to_pay
        or (turn.day is None and "amount" in turn.entities and "现在" not in turn.text)
    )


async def _costs_of_waiting(turn: Turn, service: Service) -> Said | None:
    """今天还和明天还差多少 asks what a day costs, and promises none."""
    if not turn.asks or not words.TODAY_OR_LATER.search(turn.text):
        return None
    found = await nearest(replace(turn, text=words.A_DAYS_PENALTY, intent="overdue_consequence"), service)
    return told(found) if found else None


def _day_of(turn: Turn) -> dict[str, str]:
    return {DAY: turn.day.isoformat()} if turn.day and turn.day >= turn.today else {}


async def _standing(turn: Turn, service: Service) -> Said | None:
    """The promise that was made last, where it is still to be kept or was."""
    made = next(iter((await service.promises())["promises"]), None)
    if made is None or made["state"] not in STILL_TRUE:
        return None
    parts = [Part(one["amount_fen"], due_on=one["due_on"]) for one in made["parts"]]
    return Said(STILL_TRUE[made["state"]], promise_parts.told(parts, today=turn.today))


def _words(turn: Turn, *, before: str) -> str:
    """What the borrower typed about the promise so far; a pressed button is no words of theirs."""
    typed = "" if turn.text.startswith("/") else turn.text
    return "；".join(part for part in (before, typed) if part)[-LONGEST_WORDS:]


def _refused(refusal: Refused) -> Outcome:
    """Explain; where another day or another amount would do, the form goes on and asks for it."""
    said = replies.refused(refusal.detail)
    if refusal.code in ABOUT_THE_DAY:
        return Outcome(says=(said,), slots={PARTS: None, DAY: None, CONFIRM: None})
    if refusal.code in ABOUT_THE_AMOUNT:
        return Outcome(says=(said,), slots={PARTS: None, AMOUNT: None, CONFIRM: None})
    return _ended(said)


def _ended(said: Said | None) -> Outcome:
    return Outcome(says=(said,) if said else (), slots=EMPTY, leaves_form=True)
