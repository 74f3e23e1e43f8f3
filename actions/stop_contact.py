"""For who wants to hear no more, and for who is not the borrower: reminders stop, nothing is told of anybody."""

from __future__ import annotations

import re
from dataclasses import replace

from actions import account, cards, hardship_terms, others, replies, second_wish, who_writes, words
from actions.asked_for import asked_for
from actions.form import opens
from actions.general import EffectGoal, nearest, told
from actions.pause import certain_hours, has_a_lawyer, ill, stop_reminders
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say

# 我找律师告你们 threatens, and names nobody who is to be spoken to.
_SUES = "(?:告|起诉|打官司)"
HAS_A_LAWYER = re.compile(
    f"我(?:已经|也|都)?(?:委托|请|找|聘)了?[^，。]{{0,3}}律师(?![^，。]{{0,3}}{_SUES})|(?:找|联系|跟)我的?律师(?![^，。]{{0,3}}{_SUES})"
)
SUES_US = re.compile(f"律师[^，。]{{0,3}}{_SUES}|{_SUES}你们")
# Only a named person lets outreach begin again.
_REMINDERS = "(?:提醒|通知|短信)"
RESUMES = re.compile(
    rf"(?<![不别])(?:恢复|重新|继续|再(?:打开|开启))[^，。不别]{{0,4}}{_REMINDERS}"
    rf"|{_REMINDERS}[^，。不别]{{0,4}}(?:恢复|重新|打开|开启|开回)(?!.*(?:不|别))"
)


class StopContact(EffectGoal):
    action_name = "action_stop_contact"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.last_said & cards.TOLD_OF_IT and cards.bare_wish(turn) is not None:
            return opens("autopay_form", turn)  # 再打开
        if turn.verified and others.old_number(turn.text):
            return await who_writes.stops(turn, service)
        if RESUMES.search(turn.text) and not turn.verified:
            return say(replies.log_in())
        if RESUMES.search(turn.text):
            queue = await service.hand_over(reason="asked")
            first = (Said("utter_resume_reminders"),)
            return Outcome(says=replies.queue(queue, again=turn.waits_already, first=first))
        if turn.told_others:
            return Outcome(then="action_complain")
        if turn.verified and HAS_A_LAWYER.search(turn.text):
            return await has_a_lawyer(turn, service)
        if words.LAWYER.search(turn.text):
            return await stop_reminders(turn, service, reason="third_party", response="utter_third_party")
        if hours := await certain_hours(turn, service):
            return hours
        if turn.verified and words.spares_others(turn.text):
            return say(Said("utter_stop_contact_of_others"))
        if turn.verified and (asked := asked_for(turn.text)):  # 账单多少，别再打电话
            done = await self.effect(turn, service)
            return replace(done, says=(*done.says, *(await account.told(asked, turn, service)).says))
        return await super().answer(turn, service)

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        done = await stop_reminders(
            turn,
            service,
            reason="opt_out",
            response="utter_stop_contact",
            before_log_in="utter_stop_contact_before_log_in",
            needs_person=False,
        )
        more = (Said("utter_another_next"),) if second_wish.wishes(turn.text) else ()
        return replace(done, says=(*done.says, *more))


class WrongPerson(Goal):
    action_name = "action_wrong_person"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return who_writes.own_slip(turn) or who_writes.asks(turn) or await who_writes.stops(turn, service)


async def unavailable(turn: Turn, service: Service) -> Outcome:
    """For who tells that the borrower has died, or cannot answer for himself."""
    response, before_log_in = "utter_debtor_unavailable", ""
    if others.is_gone(turn.text):
        response, before_log_in = "utter_debtor_died", "utter_debtor_died_before_log_in"
    return await stop_reminders(
        turn, service, reason="debtor_unavailable", response=response, before_log_in=before_log_in
    )


class ThirdParty(Goal):
    action_name = "action_third_party"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        # Who has logged in is the borrower, and asks about another's account; that is no reason to pause his own.
        if turn.verified and words.ANGRY.search(turn.text):
            return say(Said("utter_angry"))
        if turn.verified and words.asks_to_spare(turn.text):
            return say(Said("utter_stop_contact_of_others"))
        if turn.told_others:
            return Outcome(then="action_complain")
        if turn.verified and others.only_a_name(turn.text):
            return say(Said("utter_inform_what"))  # he is logged in, whatever he is called
        if turn.verified and words.THREATENED.search(turn.text):
            return say(Said("utter_threatened"))
        if turn.verified and HAS_A_LAWYER.search(turn.text):
            return await has_a_lawyer(turn, service)
        if words.LAWYER.search(turn.text):
            return await stop_reminders(turn, service, reason="third_party", response="utter_third_party")
        if turn.verified and SUES_US.search(turn.text):
            return Outcome(then="action_complain")
        if others.kin_used_it(turn.text):
            return Outcome(then="action_dispute_debt")
        own_kin = words.of_own_kin(turn.text) and not others.is_of_the_family(turn.text)
        if turn.verified and own_kin and others.is_gone(turn.text):
            return Outcome(then="action_cant_pay")  # the borrower, who has lost one of his own
        if others.is_gone(turn.text) or (others.is_locked_up(turn.text) and not words.of_own_kin(turn.text)):
            return await unavailable(turn, service)
        again = turn.somebody_else_wrote and turn.asks  # the reminders are stopped already
        if again and (found := await nearest(turn, service)) and found["strong"] and found["only_asks"]:
            return say(told(found))
        of_others = turn.somebody_elses or (turn.verified and words.of_own_kin(turn.text))
        if of_others and (turn.verified or turn.asks):
            return say(Said("utter_only_own"))
        return await stop_reminders(
            turn, service, reason="third_party", response="utter_third_party", needs_person=False
        )


class DebtorUnavailable(Goal):
    action_name = "action_debtor_unavailable"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.told_others:
            return Outcome(then="action_complain")
        if turn.verified and not service.for_a_stranger and others.ill_oneself(turn.text):
            return await ill(turn, service)
        if turn.verified and not service.for_a_stranger and others.sits_no_more(turn.text):
            return Outcome(then="action_ask_hardship")
        told_of_hardship = turn.topic in {"cant_pay", "overdue_hardship"} and not turn.somebody_elses
        if turn.verified and (others.child_is_ill(turn.text) or (told_of_hardship and words.of_own_kin(turn.text))):
            return Outcome(then="action_ask_hardship")
        wants_help = any(
            one.search(turn.text) for one in (words.LESS_OR_LATER, words.SHORT_OF_MONEY, hardship_terms.CANNOT_PAY)
        )
        if turn.verified and words.of_own_kin(turn.text) and wants_help:
            return Outcome(then="action_ask_hardship")  # who asks for time has lost one of his own
        return await unavailable(turn, service)
