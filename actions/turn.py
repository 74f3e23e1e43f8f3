"""What an action is told of the turn and what it may answer, and the one way from a goal to Rasa."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import history, others, replies, second_wish, words
from actions.history import FALLBACK_INTENT
from actions.replies import Said
from actions.service_client import NotLoggedIn, NotTheBorrower, Refused, Service

NEGATIVE = re.compile(r"(?:^|[^\d.a-z])[-−－–]\s*¥?\d|负\s*[\d零一二两三四五六七八九十百千万]", re.IGNORECASE)
A_NUMBER = re.compile(r"\d|^(?:我|就|先|还|要|给)*[零〇一二两三四五六七八九十百千万个]*[零〇亿](?:元|块钱?)?[吧呢啊]?$")
# A guess less likely than this is no guess: nobody who asks about the weather means any of it.
LEAST_LIKELY = 0.1
SURE = 0.7
HANDED_OVER = {"utter_handed_over", "utter_handed_over_closed", "utter_still_waiting"}
# With any other intent (a question, a cry for help) the message wants an answer of its own.
GOES_NOWHERE = {
    FALLBACK_INTENT, "affirm", "deny", "cancel", "correct", "inform", "refuse_to_pay", "call_back_later", "repay_now",
    "promise_to_pay",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    """The borrower's latest message, as understood, and where in a form it came.

    `returns_to_form`: another goal was answered in this turn and the form is only to ask again; `topic`: the intent of
    what was spoken of before; `sure`: whether this one's is little in doubt.
    """

    conversation_id: str
    message_id: str
    today: date
    verified: bool
    text: str
    intent: str
    ranking: tuple[str, ...]
    entities: Mapping[str, Any]
    asked: str | None
    slots: Mapping[str, Any]
    form: str | None
    returns_to_form: bool
    not_understood: int
    said_before: tuple[Mapping[str, Any], ...]
    topic: str = ""
    sure: bool = True
    asked_before: tuple[str, str] = ("", "")  # the text and the intent of the message before this one
    after_crisis: bool = False
    waits_already: bool = False
    somebody_else_wrote: bool = False  # before this message, and the borrower has not spoken since

    @property
    def last_said(self) -> set[str]:
        """The names of the responses of the bot's last turn."""
        return {history.utter_action(event) for event in self.said_before}

    @property
    def offered(self) -> Mapping[str, Any]:
        """What could just have been promised at the press of a button: a sum or a day named without saying what for."""
        payloads = [button["payload"] for event in self.said_before for button in event["data"].get("buttons") or ()]
        asked = [one.partition("{") for one in payloads if one.startswith("/promise_to_pay{")]
        return json.loads("{" + asked[0][2]) if asked else {}

    @property
    def figure(self) -> Mapping[str, Any]:
        """The sum that was just named and asked about: pay it now or promise it?"""
        return {name: value for name, value in self.offered.items() if name != "date"}

    @property
    def wordless(self) -> bool:
        """Nothing but signs: an emoji, dots, a question mark."""
        return not any(character.isalnum() for character in self.text)

    @property
    def noise(self) -> bool:
        """Says nothing, whatever the classifier calls it; a lone question mark asks to hear it again."""
        return not self.entities and self.intent not in {"repeat", "crisis"} and words.noise(self.text)

    @property
    def waits(self) -> bool:
        """Asks for a moment."""
        return not self.entities and bool(words.WAIT.fullmatch(self.text))

    @property
    def unsure(self) -> bool:
        return bool(words.UNSURE.search(self.text))

    @property
    def lets_go(self) -> bool:
        """Will not, or not yet, go on with what a form asks; no number is in it that would say how."""
        if self.intent == "crisis":
            return False
        if words.UNSURE_ALONE.fullmatch(self.text):  # 说不准 is a vague day, too
            return True
        if self.entities or (self.intent == "promise_to_pay" and words.APPOINTS.search(self.text)):
            return False
        withdraws = self.unsure or bool(words.WITHDRAWS.search(self.text))
        return bool(words.GIVES_UP.search(self.text)) or (self.intent in GOES_NOWHERE and withdraws)

    @property
    def gives_up(self) -> bool:
        """Stops what a form was about; 算了，还两千吧 does not, 五百不还了 does."""
        changes = self.entities.keys() & {"amount", "date"} and not words.STOPS.search(self.text)
        never = words.NEVER_WISHED.fullmatch(self.text) or words.LATER_PERHAPS.fullmatch(self.text)
        return self.lets_go or bool(never) or (self.intent == "cancel" and not changes)

    @property
    def pays_instead(self) -> bool:
        """不提了，还三百: gives up what is asked, and pays."""
        first, *others = words.clauses(self.text) or ("",)
        goes = bool(words.GIVES_UP.search(first)) and "amount" in self.entities
        return goes and "pay" in second_wish.wishes("，".join(others))

    @property
    def pays_now(self) -> bool:
        """Wants to pay at once, where another day was spoken of."""
        typed = not self.text.startswith("/")
        return typed and not self.names_later_day and not self.asks and bool(words.AT_ONCE.search(self.text))

    @property
    def asks(self) -> bool:
        """Wants to know something; a word that stands for a sum is then what is asked about, and no wish."""
        return not self.text.startswith("/") and bool(words.QUESTION.search(self.text))

    @property
    def leans_on_it(self) -> bool:
        """A question so short that it is asked of what was just spoken of: 手续费呢, 要什么材料, 多久."""
        return words.leans(self.text)

    @property
    def somebody_elses(self) -> bool:
        """The account of another than who writes is meant."""
        return bool(words.SOMEBODY_ELSES.search(self.text))

    @property
    def is_the_borrower(self) -> bool:
        return bool(others.IS_THE_BORROWER.search(self.text))

    @property
    def only_says_who_he_is(self) -> bool:
        return self.is_the_borrower and bool(others.ONLY_SAYS_SO.fullmatch(self.text))

    @property
    def told_others(self) -> bool:
        """Family or employer were told, which is to be complained of."""
        just_promised = "utter_stop_contact_of_others" in self.last_said
        return self.verified and not self.text.startswith("/") and others.told(self.text, just_promised=just_promised)

    @property
    def names_no_sum(self) -> bool:
        """A number is said that is no sum of money: negative, smaller than a fen, more than there is."""
        if self.text.startswith("/"):
            return False
        if NEGATIVE.search(self.text):
            return True
        return bool(A_NUMBER.search(self.text)) and not self.entities

    @property
    def affirms(self) -> bool:
        """A pressed button, or words that say yes and nothing else: the classifier is sure of noise, too, and not of
        every yes (好的，谢谢)."""
        if self.text.startswith("/"):
            return self.intent == "affirm"
        rough = words.NAMES_A_SUM.search(self.text) and "amount" not in self.entities  # 行 七八百 is no yes to 500
        another = any(named.search(self.text) and self.form not in forms | {None} for named, forms in words.DONE_IN)
        return words.plainly_yes(self.text) and not rough and not another  # 我要还五百 is no yes to a complaint

    @property
    def changes_by(self) -> int | None:
        """Fen by which a sum that is known is to be more or, negative, less: 再加一百, 少还五十."""
        if self.text.startswith("/") or "amount" not in self.entities:
            return None
        found = words.CHANGES_BY.search(self.text)
        return None if found is None else int(self.entities["amount"]) * (-1 if found["sign"] in "少减" else 1)

    @property
    def day(self) -> date | None:
        said = self.entities.get("date")
        return date.fromisoformat(said) if said else None

    @property
    def names_no_day_to_pay(self) -> bool:
        """A day that is over or that no calendar has, where a day to come is meant and no payment told of."""
        if "no_such_day" in self.entities:
            return True
        over = self.day is not None and self.day < self.today
        return over and not words.TELLS_OF_A_PAYMENT.search(self.text)

    @property
    def names_later_day(self) -> bool:
        """A day after today, exact or not: 下周五, 过几天, 发工资那天."""
        if self.day is not None:
            return self.day > self.today
        vague = str(self.entities.get("vague_date") or "")
        return bool(vague) and not words.NOT_LATER.search(vague) and not words.HAS_COME.search(self.text)

    @classmethod
    def of(cls, tracker: Tracker) -> Turn:
        message = tracker.latest_message or {}
        context = message.get("metadata") or {}
        form = (tracker.active_loop or {}).get("name")
        return cls(
            conversation_id=tracker.sender_id,
            message_id=context["message_id"],
            today=date.fromisoformat(context["today"]),
            verified=bool(context.get("verified")),
            text=message.get("text") or "",
            intent=history.intent_of(message, form=form),
            ranking=tuple(
                guess["name"]
                for guess in message.get("intent_ranking") or []
                if guess.get("confidence", 1.0) >= LEAST_LIKELY
            ),
            entities={found["entity"]: found["value"] for found in message.get("entities") or []},
            asked=tracker.get_slot("requested_slot"),
            slots=tracker.slots,
            form=form,
            returns_to_form=history.answered_something_else(tracker.events, form=form),
            not_understood=history.not_understood_in_a_row(tracker.events),
            said_before=history.said_before(tracker.events),
            topic=history.topic(tracker.events),
            sure=((message.get("intent") or {}).get("confidence") or 0) >= SURE,
            asked_before=history.asked_before(tracker.events),
            after_crisis=any(event.get("name") == "action_crisis" for event in history.lately(tracker.events)),
            waits_already=any(history.utter_action(event) in HANDED_OVER for event in history.lately(tracker.events)),
            somebody_else_wrote=bool(context.get("verified")) and history.somebody_else_wrote(tracker.events),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is said and what changes: slots by name, `leaves_form` ends a form, `then` names the action to follow."""

    says: tuple[Said, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    leaves_form: bool = False
    then: str | None = None

    def events(self) -> list[EventType]:
        events = [SlotSet(name, value) for name, value in self.slots.items()]
        if self.leaves_form:
            events += [SlotSet("requested_slot", None), ActiveLoop(None)]
        if self.then:
            events.append(FollowupAction(self.then))
        return events


def say(*says: Said) -> Outcome:
    return Outcome(says=says)


class Goal(Action, ABC):
    """An action whose work is `answer`; who is not logged in is asked to, and a refusal is shown in plain words."""

    action_name: str
    # Answers with the borrower's own figures, and so not where somebody else's are asked for.
    own_figures: bool = False
    # What a message wishes besides is heard here: where a question is answered, and in a form that asks no free words.
    hears_more: bool = False

    def name(self) -> str:
        return self.action_name

    @abstractmethod
    async def answer(self, turn: Turn, service: Service) -> Outcome:
        """Raises `ServiceDown` where the turn must be asked again."""

    def _hears(self, turn: Turn, outcome: Outcome) -> bool:
        """Once a message: not where another action follows, and in a form not what was about something else."""
        asks_again = turn.returns_to_form and turn.asked
        passes_on = self.action_name.startswith("validate_") and not outcome.slots
        return self.hears_more and not (passes_on or outcome.then or asks_again)

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        turn = Turn.of(tracker)
        stranger = turn.somebody_else_wrote and not turn.is_the_borrower
        service = Service(turn.conversation_id, turn.message_id, for_a_stranger=stranger)
        try:
            if turn.somebody_else_wrote and turn.only_says_who_he_is:
                outcome = say(Said("utter_borrower_is_back"))
            elif self.own_figures and turn.somebody_elses:
                outcome = say(Said("utter_only_own"))
            else:
                outcome = await self.answer(turn, service)
                if self._hears(turn, outcome):
                    outcome = replace(outcome, says=(*await second_wish.also(turn.text, service), *outcome.says))
        except NotLoggedIn:
            # A form cannot go on without a borrower; a question asked inside of one cannot have been.
            outcome = Outcome(says=(replies.log_in(),), leaves_form=turn.form is not None)
        except NotTheBorrower:
            outcome = Outcome(says=(Said("utter_not_the_borrower"),), leaves_form=turn.form is not None)
        except Refused as refusal:
            outcome = say(replies.refused(refusal.detail))
        for said in outcome.says:
            dispatcher.utter_message(
                response=said.response,
                json_message=dict(said.card) if said.card else None,
                buttons=[dict(button) for button in said.buttons],
                **said.variables,
            )
        # Another goal passed the turn on: no rule knows what follows, and the bot would say that it is lost.
        passed_on = tracker.latest_action_name not in {None, "action_listen"} and "validate_" not in self.action_name
        rests = passed_on and not outcome.then and (turn.form is None or outcome.leaves_form)
        return [*outcome.events(), *([FollowupAction("action_listen")] if rests else ())]
