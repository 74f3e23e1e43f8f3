"""Says the last answer again, with its buttons."""

from __future__ import annotations

from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say


class Repeat(Goal):
    action_name = "action_repeat"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if not turn.said_before:
            return say(Said("utter_greet"))
        return Outcome(
            says=tuple(
                Said(
                    "utter_again", {"said": event.get("text") or ""}, buttons=tuple(event["data"].get("buttons") or ())
                )
                for event in turn.said_before
            )
        )
