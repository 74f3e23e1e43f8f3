"""What an action is told of the turn and what it may answer, and the one way from a goal to Rasa."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import replies
from actions.replies import Said
from actions.service_client import NotLoggedIn, Refused, Service

FALLBACK_INTENT = "nlu_fallback"
# What a typed yes contains. The classifier is sure of itself with noise, too, and a yes may move money.
YES = re.compile(
    r"对|是|好|行|可|确认|确定|嗯|恩|没错|不错|没问题|没毛病|同意|要|中|成|得|妥|就这|就那|照办|付吧|还吧|来吧|提交|ok|yes|👌|👍",
    re.IGNORECASE,
)
NO = re.compile(r"不(?!错|用改|变)|别|没(?!错|问题|毛病)|[?？吗]")


@dataclass(frozen=True, slots=True)
class Turn:
    """The borrower's latest message, as understood, and where in a form it came.

    `returns_to_form`: another goal was answered in this turn and the form is only to ask again.
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

    @property
    def affirms(self) -> bool:
        """A pressed button, or words that plainly say yes and nothing against it."""
        if self.intent != "affirm":
            return False
        return self.text.startswith("/") or bool(YES.search(self.text) and not NO.search(self.text))

    @property
    def day(self) -> date | None:
        said = self.entities.get("date")
        return date.fromisoformat(said) if said else None

    @property
    def names_later_day(self) -> bool:
        return self.day is not None and self.day > self.today

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
            intent=(message.get("intent") or {}).get("name") or "",
            ranking=tuple(guess["name"] for guess in message.get("intent_ranking") or []),
            entities={found["entity"]: found["value"] for found in message.get("entities") or []},
            asked=tracker.get_slot("requested_slot"),
            slots=tracker.slots,
            form=form,
            returns_to_form=_answered_something_else(tracker.events, form=form),
            not_understood=_not_understood_in_a_row(tracker.events),
            said_before=_said_before(tracker.events),
        )


def _answered_something_else(events: list[EventType], *, form: str | None) -> bool:
    """Rasa calls the form again after a digression; without this the digression would be read as its answer."""
    for event in reversed(events):
        if event["event"] == "user":
            return False
        if event["event"] == "action" and event["name"] not in {form, "action_listen", "action_extract_slots"}:
            return True
    return False


def _not_understood_in_a_row(events: list[EventType]) -> int:
    count = 0
    for event in reversed(events):
        if event["event"] == "user":
            if event["parse_data"]["intent"].get("name") != FALLBACK_INTENT:
                break
            count += 1
    return count


def _said_before(events: list[EventType]) -> tuple[Mapping[str, Any], ...]:
    """The bot's messages of the last turn in which it said something, before this one."""
    said: list[Mapping[str, Any]] = []
    users = 0
    for event in reversed(events):
        if event["event"] == "user":
            users += 1
            if said:
                break
        elif event["event"] == "bot" and users:
            said.insert(0, event)
    return tuple(said)


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

    def name(self) -> str:
        return self.action_name

    @abstractmethod
    async def answer(self, turn: Turn, service: Service) -> Outcome:
        """Raises `ServiceDown` where the turn must be asked again."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        turn = Turn.of(tracker)
        service = Service(conversation_id=turn.conversation_id, message_id=turn.message_id)
        try:
            outcome = await self.answer(turn, service)
        except NotLoggedIn:
            # A form cannot go on without a borrower; a question asked inside of one cannot have been.
            outcome = Outcome(says=(replies.log_in(),), leaves_form=turn.form is not None)
        except Refused as refusal:
            outcome = say(replies.refused(refusal.detail))
        for said in outcome.says:
            dispatcher.utter_message(
                response=said.response,
                json_message=dict(said.card) if said.card else None,
                buttons=[dict(button) for button in said.buttons],
                **said.variables,
            )
        return outcome.events()
