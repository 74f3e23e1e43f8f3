"""What to do when a message is not understood: guesses first, the second time in a row a person."""

from __future__ import annotations

from dataclasses import replace

from actions import account, not_understood, second_wish, words
from actions.asked_for import BY_THEMSELVES, asked_for
from actions.follow_up import follow_up, of_one
from actions.general import nearest, told
from actions.how_it_stands import how_it_stands
from actions.pause import in_court
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say


class FallBack(Goal):
    action_name = "action_fall_back"
    hears_more = True

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        found = await nearest(turn, service) if turn.form and turn.asks and not turn.noise else None
        if found and (found["strong"] or found["on_topic"]):
            return say(told(found))  # 微信支付行吗
        if turn.form:
            return say(not_understood.in_a_form(turn))
        if asked_on := await follow_up(turn, service):
            return asked_on
        wants_file = words.A_FILE.search(turn.text)  # 账单pdf
        if wants_file and (found := await nearest(replace(turn, intent="documents"), service)):
            return say(told(found))
        if court := await in_court(turn, service):
            return court
        if stands := await how_it_stands(turn, service):
            return stands
        asked = () if turn.somebody_elses else asked_for(turn.text)
        if turn.verified and (words.MINE.fullmatch(turn.text) or words.NOTICED.fullmatch(turn.text)):
            return await account.told(("bill",), turn, service)
        # 上个月的呢 may be of anything.
        plain = turn.verified and asked != ("last_month",)
        if asked and (plain or len(asked) > 1 or asked[0] in BY_THEMSELVES or second_wish.stops(turn.text)):
            return await account.told(asked, turn, service)
        if one := None if turn.somebody_elses else await of_one(turn, service):
            return one
        return await not_understood.anywhere(turn, service)
