"""Chooses which kept card is charged; a new one is added in the app, and its number never typed here."""

from __future__ import annotations

from typing import Any

from actions import cards, pick, replies
from actions.form import ValidateForm
from actions.replies import Said
from actions.service_client import Refused, Service
from actions.turn import Goal, Outcome, Turn, say

WHICH, CONFIRM = "card_which", "card_confirm"


class ValidateCardForm(ValidateForm):
    action_name = "validate_card_form"
    hears_more = True
    slots = (WHICH, CONFIRM)
    own = frozenset({"change_bank_card"})
    cancelled = "utter_card_cancelled"

    async def opening(self, turn: Turn, service: Service) -> Outcome:
        warned = (Said("utter_card_number_not_here"),) if cards.number_in(turn) else ()
        kept = await service.cards()
        offered = cards.rows(kept["cards"])
        if not offered:
            return self.ended(*warned, Said("utter_card_none"))
        charged = next((one for one in offered if one["card_id"] == kept["charged_card_id"]), None)
        if len(offered) == 1:
            if charged:
                return self.ended(*warned, Said("utter_card_only_one", {"card": charged["title"]}))
            return Outcome(says=warned, slots={WHICH: offered[0], CONFIRM: None})
        read = self._chosen(cards.named(turn, offered), kept["charged_card_id"])
        return Outcome(says=(*warned, *read.says), slots={**self.empty(), **read.slots})

    async def reading(self, turn: Turn, service: Service) -> Outcome | None:
        warned = (Said("utter_card_number_not_here"),) if cards.number_in(turn) else ()
        if turn.asks and not warned:
            return None
        kept = await service.cards()
        chosen = cards.named(turn, _offered(kept))
        if (chosen is not None and "card_id" not in chosen) or (chosen is None and cards.ADDS.search(turn.text)):
            return self.ended(*warned, Said("utter_card_add"))
        if chosen is not None:
            read = self._chosen(chosen, kept["charged_card_id"])
            return Outcome(says=(*warned, *read.says), slots={CONFIRM: None, **read.slots})
        if warned:
            return Outcome(says=warned, slots={turn.asked or WHICH: None})
        if turn.asked == CONFIRM and turn.intent in {"deny", "correct"}:
            return Outcome(slots=self.empty())
        return None

    def _chosen(self, card: dict[str, Any] | None, charged_id: str | None) -> Outcome:
        """The one that is charged already is no change."""
        if card is not None and card["card_id"] == charged_id:
            return Outcome(says=(Said("utter_card_is_charged", {"card": card["title"]}),), slots={WHICH: None})
        return Outcome(slots={WHICH: card})

    async def doing(self, turn: Turn, service: Service) -> Outcome:
        card = turn.slots[WHICH]
        try:
            made = await service.choose_card(card["card_id"])
        except Refused as refusal:
            return self.ended(replies.refused(refusal.detail))
        variables = {"card": card["title"], "from": replies.day(made["card_from"], today=turn.today)}
        if (await service.autopay())["enabled"]:
            return self.ended(Said("utter_card_changed", variables))
        switch = cards.switch_button("打开自动扣款", "on")
        return self.ended(Said("utter_card_chosen_autopay_off", variables, buttons=(switch,)))


class AskCardWhich(Goal):
    action_name = "action_ask_card_form_card_which"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(Said("utter_ask_card_which", buttons=pick.buttons(_offered(await service.cards()))))


class AskCardConfirm(Goal):
    """Reads back from which day it is charged, and that what is being charged today is not reached by it."""

    action_name = "action_ask_card_form_card_confirm"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        now = await service.autopay()
        variables = {
            "from": replies.day(now["free_from"], today=turn.today),
            "card": turn.slots[WHICH]["title"],
        }
        goes_on = (Said("utter_autopay_today_goes_on"),) if now["collecting_today"] else ()
        return say(*goes_on, Said("utter_card_confirm", variables))


def _offered(kept: dict[str, Any]) -> list[dict[str, Any]]:
    return [*cards.rows(kept["cards"]), dict(cards.NEW_CARD)]
