"""For who cannot pay: reminders stop; a plan is made by a person."""

from __future__ import annotations

from actions.general import EffectGoal
from actions.pause import stop_reminders
from actions.service_client import Service
from actions.turn import Outcome, Turn


class AskHardship(EffectGoal):
    action_name = "action_ask_hardship"

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        return await stop_reminders(
            turn,
            service,
            reason="hardship",
            response="utter_overdue_hardship",
            before_log_in="utter_overdue_hardship_before_log_in",
        )


class CannotPay(EffectGoal):
    """No plan was asked for yet, so one is offered before a person is called."""

    action_name = "action_cant_pay"

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        return await stop_reminders(
            turn,
            service,
            reason="hardship",
            response="utter_cant_pay",
            before_log_in="utter_cant_pay_before_log_in",
            needs_person=False,
        )
