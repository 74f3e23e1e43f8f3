"""What the forms share that ask a few things, read them back and do one thing at a yes: which messages are theirs."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from actions import not_understood, replies, words
from actions.general import nearest, told
from actions.replies import Said
from actions.service_client import Service
from actions.turn import FALLBACK_INTENT, Goal, Outcome, Turn

# After so many messages in a row that a form could not read, and were explained, a person is asked for.
TRIES = 4
# Never the words that a form asked for, whatever they are: a wish that has an answer of its own.
NEVER_WORDS = {"crisis", "human_agent", "cancel", "wrong_person", "debtor_unavailable"}
LEAVES = {
    "repay_now", "promise_to_pay", "query_bill", "query_credit_limit", "bill_date",
    "query_repayment_plan", "query_payments", "early_settlement", "limit_increase", "greeting_chitchat",
    "bot_challenge", "repeat",
}  # fmt: skip
# Said where a form is open, these ask for it again and for nothing else.
ASKS_AGAIN = {"affirm", "deny", "correct", "repeat", "inform"}
WANTS_TO_SEE = re.compile("发给?我|给我看|看看|看一下|下载")
LONGEST_WORDS = 400
# Asked of what is being filed for a person: how long it takes, and whether one is reminded meanwhile.
OF_A_FILING = MappingProxyType(
    {
        "utter_matter_how_long": re.compile(
            "^(?:那|这|个|要|得|大概|一般|需要|你们|审核|核实|处理|提交后)*(?:多久|多长时间|几天|什么时候|啥时候)(?:能|会|可以|才|有|给我|出|下|知道|答复|回复|结果|来|处理|审核|好|完|批)*[吗呢啊呀了？?。]*$"
        ),
        "utter_matter_reminders": re.compile(
            "(?:期间|这段时间|这几天|审核|核实|处理|之后|以后)[^，。]{0,6}(?:催|提醒|打电话|骚扰|发短信)[^，。]{0,4}(?:吗|么|不|没|[?？])|(?:还|会)[^，。]{0,3}(?:继续)?催我?(?:吗|么|不)"
        ),
    }
)


class ValidateForm(Goal):
    """Reads each message while the form is open; no slots in the outcome means that it was about something else.

    `slots` are in the order in which they are asked, the last is the yes; `own` are the intents that open the form;
    at `may_not_know` 说不准 is an answer, which `reading` hears, and no wish to stop."""

    slots: tuple[str, ...]
    own: frozenset[str]
    cancelled: str
    may_not_know: frozenset[str] = frozenset()
    explains: Mapping[str, re.Pattern[str]] = MappingProxyType({})  # what is asked of the filing itself, by the answer

    @abstractmethod
    async def opening(self, turn: Turn, service: Service) -> Outcome:
        """The form opens: what the message says already, or why it ends at once."""

    @abstractmethod
    async def reading(self, turn: Turn, service: Service) -> Outcome | None:
        """What of the form the message names, anew or for the first time; None where it names nothing of it."""

    @abstractmethod
    async def doing(self, turn: Turn, service: Service) -> Outcome:
        """What was read back was confirmed: do it once, and end."""

    @property
    def confirm(self) -> str:
        return self.slots[-1]

    def agrees(self, turn: Turn) -> bool:
        """Says yes to what was read back."""
        return turn.affirms

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.asked not in self.slots:
            return await self.opening(turn, service)
        if turn.returns_to_form:
            return Outcome()
        if turn.intent == "crisis":
            return Outcome()
        asked = turn.asked
        if turn.pays_instead:
            return replace(self.ended(Said(self.cancelled)), then="repay_form")
        if (then := words.AFTER_ALL.fullmatch(turn.text)) and turn.gives_up:
            meant = await self.reading(replace(turn, text=then["then"], intent="inform"), service)
            if meant is not None:
                return meant
        if explained := next((name for name, asks in self.explains.items() if asks.search(turn.text)), None):
            found = await nearest(turn, service)
            near = found is not None and (found["strong"] or found["on_topic"])
            return Outcome(says=(told(found) if found and near else Said(explained),), slots={asked: None})
        unread = turn.intent == FALLBACK_INTENT and not (asked == self.confirm and self.agrees(turn))
        if turn.noise or turn.waits or unread:
            if not turn.noise and (read := await self.reading(turn, service)) is not None:
                return read
            return await self._unread(turn, service)
        if turn.gives_up and not (turn.unsure and asked in self.may_not_know):
            return self.ended(Said(self.cancelled))
        if asked == self.confirm and self.agrees(turn):
            return await self.doing(turn, service)
        if (read := await self.reading(turn, service)) is not None:
            return read
        if turn.intent in self.own and turn.asks and (found := await nearest(turn, service)):
            return Outcome(says=(told(found),), slots={asked: None})
        if turn.intent == "deny" and asked != self.confirm:
            return self.ended(Said(self.cancelled))
        if turn.intent == "affirm" and asked == self.confirm:
            return Outcome(says=(not_understood.in_a_form(turn),), slots={asked: None})
        if turn.affirms and asked != self.confirm:
            return Outcome(says=(Said("utter_form_answer_first"),), slots={asked: None})
        return Outcome(slots={asked: None}) if turn.intent in ASKS_AGAIN | self.own else Outcome()

    async def _unread(self, turn: Turn, service: Service) -> Outcome:
        """Explained three times; then a person takes it from here."""
        asks = (turn.asks or turn.leans_on_it) and not turn.noise
        if asks and (found := await nearest(turn, service)) and (found["strong"] or found["on_topic"]):
            return Outcome(says=(told(found),), slots={turn.asked or self.confirm: None})
        if turn.not_understood < TRIES or turn.waits:
            return Outcome(says=(not_understood.in_a_form(turn),), slots={turn.asked or self.confirm: None})
        queue = await service.hand_over(reason="not_understood")
        says = replies.queue(queue, again=turn.waits_already, first=(Said("utter_form_to_a_person"),))
        return Outcome(says=says, slots=self.empty(), leaves_form=True)

    def empty(self) -> dict[str, None]:
        return dict.fromkeys(self.slots)

    def ended(self, *says: Said) -> Outcome:
        return Outcome(says=says, slots=self.empty(), leaves_form=True)


def typed_words(turn: Turn, *, never: Iterable[str] = (), sure: re.Pattern[str] | None = None) -> str | None:
    """What the borrower typed, where it can be the words that were asked for: no button, no yes or no, no wish of its
    own, and no question; what has `sure` in it is neither."""
    text = turn.text.strip()
    plainly = sure is not None and sure.search(text) is not None
    if text.startswith("/") or turn.intent in NEVER_WORDS | set(never) or turn.waits or turn.noise:
        return None
    if not plainly and (turn.intent in LEAVES or turn.asks or turn.leans_on_it):
        return None
    if words.plainly_yes(text) or sum(character.isalnum() for character in text) < 2:
        return None
    if words.TOO_PRIVATE.search(text) or (turn.intent == "documents" and WANTS_TO_SEE.search(text) and not plainly):
        return None
    return None if turn.lets_go else text[:LONGEST_WORDS]


def opens(form: str, turn: Turn, *says: Said) -> Outcome:
    """Says something and opens a form; one that was open is left, and that is said."""
    left = (Said("utter_form_left"),) if turn.form else ()
    return Outcome(says=(*says, *left), leaves_form=turn.form is not None, then=form)
