"""Switches automatic payment: on or off, to which card, from which day; read back, confirmed, done once."""

from __future__ import annotations

from typing import Any

from actions import cards, pick, replies
from actions.form import ValidateForm
from actions.replies import Said
from actions.service_client import Refused, Service
from actions.turn import Goal, Outcome, Turn, say

SWITCH, CARD, CONFIRM = "autopay_switch", "autopay_card", "autopay_confirm"


class ValidateAutopayForm(ValidateForm):
    action_name = "validate_autopay_form"
    hears_more = True
    slots = (SWITCH, CARD, CONFIRM)
    own = frozenset({"autopay_deduction"})
    cancelled = "utter_autopay_cancelled"

    def agrees(self, turn: Turn) -> bool:
        """开吧 says yes where it is to be switched on, and only there."""
        wanted = (turn.slots.get(SWITCH) or {}).get("enabled")
        return turn.affirms or (bool(cards.DO_IT.fullmatch(turn.text)) and cards.bare_wish(turn) == wanted)

    async def opening(self, turn: Turn, service: Service) -> Outcome:
        wish = (cards.bare_wish if cards.speaks_of_it(turn) else cards.autopay_wish)(turn)
        return Outcome(slots=self.empty()) if wish is None else await self._wanted(wish, turn, service)

    async def reading(self, turn: Turn, service: Service) -> Outcome | None:
        if cards.number_in(turn):
            return Outcome(says=(Said("utter_card_number_not_here"),), slots={turn.asked or CONFIRM: None})
        wish = (cards.autopay_wish if turn.asked == CARD else cards.bare_wish)(turn)
        wanted = (turn.slots.get(SWITCH) or {}).get("enabled")
        if wish is not None and wish != wanted and turn.asked == CONFIRM and cards.autopay_wish(turn) is None:
            return self.ended(Said(self.cancelled))  # 还是关掉吧: it stays as it is
        if wish is not None and wish != wanted:
            return await self._wanted(wish, turn, service)
        if turn.asks or not wanted:
            return self._refused(turn)
        offered = cards.rows((await service.cards())["cards"])
        if (chosen := cards.named(turn, offered)) is not None:
            return Outcome(slots={CARD: chosen, CONFIRM: None})
        another = cards.changes_card(turn) or (turn.asked == CONFIRM and turn.intent in {"deny", "correct"})
        if another and len(offered) > 1:
            return Outcome(slots={CARD: None, CONFIRM: None})
        return self._refused(turn)

    def _refused(self, turn: Turn) -> Outcome | None:
        denies = turn.asked == CONFIRM and turn.intent in {"deny", "correct"}
        return self.ended(Said(self.cancelled)) if denies else None

    async def _wanted(self, enabled: bool, turn: Turn, service: Service) -> Outcome:
        """What is so already is told; to be charged, a card must be there."""
        now = await service.autopay()
        if now["enabled"] == enabled:
            return self.ended(_already(now, turn))
        if not enabled:
            return Outcome(slots={SWITCH: {"enabled": False}, CARD: {}, CONFIRM: None})
        offered = cards.rows((await service.cards())["cards"])
        if not offered:
            return self.ended(Said("utter_card_none"))
        before = cards.rows([now["card"]] if now["card"] else [])
        known = cards.named(turn, offered) or next(iter(before or offered[: len(offered) == 1]), None)
        return Outcome(slots={SWITCH: {"enabled": True}, CARD: known, CONFIRM: None})

    async def doing(self, turn: Turn, service: Service) -> Outcome:
        enabled, card = turn.slots[SWITCH]["enabled"], turn.slots[CARD]
        try:
            made = await service.switch_autopay(enabled=enabled, card_id=card.get("card_id"))
        except Refused as refusal:
            return self.ended(replies.refused(refusal.detail))
        variables = {"from": replies.day(made["enabled_from"], today=turn.today), "card": card.get("title", "")}
        return self.ended(Said("utter_autopay_on" if enabled else "utter_autopay_off", variables))


class AskAutopaySwitch(Goal):
    action_name = "action_ask_autopay_form_autopay_switch"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        buttons = (cards.switch_button("打开", "on"), cards.switch_button("关闭", "off"), pick.LEAVE)
        return say(Said("utter_ask_autopay_switch", buttons=buttons))


class AskAutopayCard(Goal):
    action_name = "action_ask_autopay_form_autopay_card"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        offered = cards.rows((await service.cards())["cards"])
        return say(Said("utter_ask_autopay_card", buttons=pick.buttons(offered)))


class AskAutopayConfirm(Goal):
    """Reads back from which day it holds, and that what is being charged today is not reached by it."""

    action_name = "action_ask_autopay_form_autopay_confirm"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        now, enabled = await service.autopay(), turn.slots[SWITCH]["enabled"]
        variables = {
            "from": replies.day(now["switch_from"], today=turn.today),
            "card": turn.slots[CARD].get("title", ""),
        }
        confirm = Said("utter_autopay_confirm_on" if enabled else "utter_autopay_confirm_off", variables)
        return say(*([Said("utter_autopay_today_goes_on")] if now["collecting_today"] else []), confirm)


def _already(now: dict[str, Any], turn: Turn) -> Said:
    if not now["enabled"]:
        return Said("utter_autopay_is_off")
    since = replies.day(now["enabled_from"], today=turn.today)
    return Said("utter_autopay_is_on", {"card": cards.title(now["card"]), "from": since})
