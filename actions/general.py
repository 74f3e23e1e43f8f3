"""What goals share to answer a question alike for everybody: the clause that the service finds, and when to tell it."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import replace

from actions import account, replies, than_before, words
from actions.asked_for import BY_THEMSELVES, asked_for
from actions.replies import Said
from actions.service_client import Clause, NotLoggedIn, Refused, Service
from actions.turn import Goal, Outcome, Turn, say

LONGEST_TEXT = 200
A_FIGURE = re.compile(r"多少|几[号期笔]|哪天|还剩")
RHETORIC = re.compile(
    "怎么(?:就|又|都|会)?(?:变(?!更)|多出|成了)"
)  # 怎么变八千了 asks nothing that is the same for everybody
A_REQUEST = re.compile(r"能不能|能否|可不可以|可以|能.{0,8}[吗么]|能[^，。\s]{0,6}不(?=$|[\s，,。?？])|帮|我想|我要")


async def nearest(turn: Turn, service: Service) -> Clause | None:
    """The clause nearest to the borrower's own words; a pressed button has none."""
    text = turn.text.strip()[:LONGEST_TEXT]
    if not text or text.startswith("/"):
        return None
    try:
        if not turn.topic or not turn.leans_on_it:
            return await service.clause(text=text, intent=turn.intent)
        return await service.clause(text=text, intent=turn.intent if turn.sure else turn.topic, topic=turn.topic)
    except Refused:  # an answer of less use is better than the refusal of a search
        return None


async def instead_of_figures(turn: Turn, service: Service) -> Clause | None:
    """The clause, where the message asks what is the same for everybody although its intent is about the borrower's
    own account. Not where a figure is asked for: his own is meant."""
    return None if A_FIGURE.search(turn.text) else await _only_asked(turn, service)


async def instead_of_effect(turn: Turn, service: Service) -> Clause | None:
    """As above, before an effect: "may I …" is a wish to be met, and no question."""
    return None if A_REQUEST.search(turn.text) else await _only_asked(turn, service)


async def _only_asked(turn: Turn, service: Service) -> Clause | None:
    found = await nearest(turn, service) if turn.asks else None
    near = found is not None and (found["strong"] or found["on_topic"])
    return found if found is not None and near and found["only_asks"] else None


def told(clause: Clause) -> Said:
    """The answer, and as its last line what it rests on."""
    variables = {"answer": clause["answer"], "source": clause["source"]}
    return Said("utter_knowledge", variables, buttons=tuple(clause["buttons"]))


class AccountGoal(Goal):
    """Answers from the borrower's account, all that the message asks of it; what is the same for everybody is answered
    from the knowledge base, and so is who is not logged in, as far as it goes."""

    hears_more = True
    kind: str | None = None  # of asked_for

    @abstractmethod
    async def own(self, turn: Turn, service: Service) -> Outcome:
        """The answer from the account. Raises NotLoggedIn."""

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.asks and words.OTHER_LENDERS.search(turn.text):
            return say(Said("utter_out_of_scope"))
        if words.A_FILE.search(turn.text):
            found = await nearest(replace(turn, intent="documents"), service)
            return say(told(found) if found else Said("utter_documents"))
        if (asked := asked_for(turn.text, own=self.kind)) and (len(asked) > 1 or asked[0] in BY_THEMSELVES):
            return await account.told(asked, turn, service)
        if turn.verified and than_before.compares(turn.text):
            return say(*await than_before.told(turn, service))
        if general := await instead_of_figures(turn, service):
            return say(told(general))
        try:
            return await self.own(turn, service)
        except NotLoggedIn:
            found = await nearest(turn, service) if turn.asks and not A_FIGURE.search(turn.text) else None
            if found is None or not (found["strong"] or found["on_topic"]):
                raise
            return say(told(found), replies.log_in())


class EffectGoal(Goal):
    """Does something for the borrower; who only asks how that is, is told so and nothing is done. A question that comes
    with the wish is answered, too, before what is done is said."""

    wished_by_name = False  # 人工呢 calls for one

    @abstractmethod
    async def effect(self, turn: Turn, service: Service) -> Outcome:
        """What is done, and what is said to it."""

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if general := await instead_of_effect(turn, service):
            return say(told(general))
        if words.ONLY_ASKS.fullmatch(turn.text) and not self.wished_by_name:
            found = await nearest(turn, service)
            return say(told(found) if found else Said("utter_not_understood"))
        answered = await nearest(turn, service) if turn.asks and not RHETORIC.search(turn.text) else None
        done = await self.effect(turn, service)
        several = len(words.clauses(turn.text)) > 1 and not words.ASKS_LEAVE.search(turn.text)
        beside = answered and (answered["strong"] or several)
        return replace(done, says=(told(answered), *done.says)) if answered and beside else done
