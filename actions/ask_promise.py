"""What a promise is asked for: how much, on which day, and whether it was heard right."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions import promise_parts, replies, words
from actions.promise_parts import AMOUNT, ASKED, CONFIRM, DAY, PARTS, Part
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn

CHANGES = re.compile("改|换|变更|推迟|提前")


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
        parts = promise_parts.parts_of_slot(turn.slots.get(PARTS))
        if (one := promise_parts.without_day(parts)) is not None:
            return Outcome(says=(_asks_for_day(one, parts, turn),))
        vague = turn.entities.get("vague_date")
        if vague and not (turn.returns_to_form and turn.asked in ASKED):
            return Outcome(says=(Said("utter_promise_date_vague", {"said": str(vague)}),))
        if fen := turn.slots.get(AMOUNT):
            return Outcome(says=(Said("utter_ask_promise_date_of", {"amount": replies.yuan(fen)}),))
        return Outcome(says=(Said("utter_ask_promise_date"),))


class AskPromiseConfirm(Goal):
    action_name = "action_ask_promise_form_promise_confirm"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        says_no = turn.asked == CONFIRM and turn.intent in {"deny", "correct"} and not turn.returns_to_form
        if says_no and not promise_parts.names_any(turn.entities):
            return Outcome(says=(Said("utter_promise_what_is_wrong"),))
        replaced = (*_only_once(turn), *await _replaced(turn, service))
        if len(parts := promise_parts.read_back(turn.slots)) > 1:
            told = promise_parts.told(parts, today=turn.today)
            return Outcome(says=(*replaced, Said("utter_promise_confirm_parts", told)))
        variables = {
            "amount": replies.yuan(turn.slots[AMOUNT]),
            "day": replies.day(turn.slots[DAY], today=turn.today),
        }
        return Outcome(says=(*replaced, *await _all_of_it(turn, service), Said("utter_promise_confirm", variables)))


def _only_once(turn: Turn) -> tuple[Said, ...]:
    """每个月10号还三百 wishes more than one promise can be."""
    again_and_again = words.EVERY_MONTH.search(turn.text) or words.EVERY_FEW_DAYS.search(turn.text)
    return (Said("utter_promise_only_once"),) if again_and_again else ()


async def _all_of_it(turn: Turn, service: Service) -> tuple[Said, ...]:
    """Of what is overdue or of this period, 都还上 may be meant, too: what that is, where all is much more."""
    if turn.entities.get("amount_word") != "all" or turn.text.startswith("/"):
        return ()
    bill_fen = (await service.bill())["bill_fen"]
    if not 0 < bill_fen < turn.slots[AMOUNT]:
        return ()
    return (Said("utter_promise_all_of_it", {"bill": replies.yuan(bill_fen)}),)


async def _replaced(turn: Turn, service: Service) -> tuple[Said, ...]:
    """The promise that this one will take the place of, said once, at the first read-back."""
    if turn.asked == CONFIRM or turn.intent == "correct" or CHANGES.search(turn.text):  # who changes it knows
        return ()
    made = next((one for one in (await service.promises())["promises"] if one["state"] == "pending"), None)
    if made is None:
        return ()
    parts = [Part(one["amount_fen"], due_on=one["due_on"]) for one in made["parts"]]
    return (Said("utter_promise_replaces", promise_parts.told(parts, today=turn.today)),)


def _asks_for_day(one: Part, parts: Sequence[Part], turn: Turn) -> Said:
    """Of one part; where words were said that name no day, why it is asked again."""
    which = f"{named}，" if (named := promise_parts.named(one, parts)) else ""
    answered = turn.entities.get("vague_date") if turn.asked == DAY else None
    vague = None if turn.returns_to_form else answered or one.said
    if vague:
        return Said("utter_promise_part_vague", {"said": str(vague), "which": which})
    return Said("utter_promise_part_date", {"which": which})
