"""Brings a person into the conversation: asked for, or because somebody is in danger."""

from __future__ import annotations

from actions import replies
from actions.general import EffectGoal
from actions.pause import pause
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn


class TalkToHuman(EffectGoal):
    action_name = "action_talk_to_human"
    wished_by_name = True

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        says = replies.queue(await service.hand_over(reason="asked"), again=turn.waits_already)
        if turn.form:
            says = (*says, Said("utter_form_left"))
        return Outcome(says=says, leaves_form=turn.form is not None)


class Crisis(Goal):
    """Words of self-harm: the hotline and a person at once; not a word about money, not even about an open form."""

    action_name = "action_crisis"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        queue = await service.hand_over(reason="crisis")
        await pause(turn, service, reason="crisis")
        # Out of hours nobody reads along; whoever waits for a person must not be left to think so.
        there = queue["open"] or queue["state"] == "taken"
        said = Said("utter_crisis") if there else Said("utter_crisis_closed", {"hours": queue["hours"]})
        return Outcome(says=(said,), leaves_form=turn.form is not None)
