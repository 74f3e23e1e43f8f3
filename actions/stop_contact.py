"""For who wants to hear no more, and for who is not the borrower: reminders stop, nothing is told of anybody."""

from __future__ import annotations

from actions.pause import stop_reminders
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn


class StopContact(Goal):
    action_name = "action_stop_contact"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return await stop_reminders(
            turn,
            service,
            reason="opt_out",
            response="utter_stop_contact",
            before_log_in="utter_stop_contact_before_log_in",
            needs_person=False,
        )


class WrongPerson(Goal):
    action_name = "action_wrong_person"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return await stop_reminders(
            turn,
            service,
            reason="wrong_person",
            response="utter_wrong_person",
            before_log_in="utter_wrong_person_before_log_in",
        )


class ThirdParty(Goal):
    action_name = "action_third_party"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return await stop_reminders(
            turn, service, reason="third_party", response="utter_third_party", needs_person=False
        )


class DebtorUnavailable(Goal):
    action_name = "action_debtor_unavailable"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return await stop_reminders(turn, service, reason="debtor_unavailable", response="utter_debtor_unavailable")
