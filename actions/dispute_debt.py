"""For who says it is not owed, or not so much, or was somebody else: reminders stop, a person checks."""

from __future__ import annotations

from actions.general import EffectGoal
from actions.pause import stop_reminders
from actions.service_client import Service
from actions.turn import Outcome, Turn


class DisputeDebt(EffectGoal):
    action_name = "action_dispute_debt"

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        return await stop_reminders(
            turn,
            service,
            reason="dispute",
            response="utter_dispute_debt",
            before_log_in="utter_dispute_debt_before_log_in",
        )


class ReportFraud(EffectGoal):
    action_name = "action_report_fraud"

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        return await stop_reminders(turn, service, reason="fraud", response="utter_fraud_security")
