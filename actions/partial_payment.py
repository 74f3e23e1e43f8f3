"""Answers a wish to pay a part: with a sum named it is a payment to make, without one a question about how, or how
much."""

from __future__ import annotations

import re
from dataclasses import replace

from actions import cards, figure, replies, second_wish, words
from actions.follow_up import follow_up
from actions.general import instead_of_effect, nearest, told
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say

HOW_MUCH = re.compile(r"多少|几")


class PartialPayment(Goal):
    action_name = "action_partial_payment"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        of_autopay = replace(turn, intent="autopay_deduction") if cards.HOW_MUCH.search(turn.text) else None
        if of_autopay and (found := await nearest(of_autopay, service)):
            return say(told(found))
        if turn.form is None and (asked_on := await follow_up(turn, service)):
            return asked_on
        asks_sum = HOW_MUCH.search(turn.text) or words.ASKS_ON.fullmatch(turn.text)
        if asks_sum and "amount" not in turn.entities:
            pays = turn.form is None and "pay" in second_wish.wishes(turn.text)  # 最低是多少，我先还最低
            told_ = replies.bill(await service.bill(), today=turn.today)
            return Outcome(says=(told_,), then="repay_form" if pays else None)
        wishes = not turn.asks or words.ASKS_LEAVE.search(turn.text)
        if not wishes and (general := await instead_of_effect(turn, service) or await nearest(turn, service)):
            return say(told(general))
        once = turn.changes_by is None and not words.EVERY_FEW_DAYS.search(turn.text)
        named = "amount" in turn.entities or ("amount_word" in turn.entities and wishes)
        if turn.form is None and once and named:
            return Outcome(then="repay_form")
        return say(figure.a_part())
