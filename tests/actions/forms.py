"""Forms as Rasa runs them, over HTTP against the whole real service: what is said is read by the bot's own text rules,
the intent is given, and what the database says afterwards is the service's."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Table, select

from actions import (
    answer_question,
    ask_hardship,
    change_card,
    check_bill,
    complain,
    dispute_debt,
    fall_back,
    loan_progress,
    propose_hardship,
    quote_payoff,
    raise_limit,
    repay,
    settle_early,
    switch_autopay,
    talk_to_human,
)
from actions.service_client import forget_client
from actions.turn import Goal
from bot.text.promise import read
from service.db.engine import Database
from service.db.tables.collect import pause as stop
from service.db.tables.desk import handover
from service.demo.cast import cast_stories
from service.demo.play import play
from service.domain.days import business_date
from service.usecases.chat.conversation import open_conversation
from service.usecases.collect.pause import pause
from service.usecases.ports import FrozenClock
from service.web import create_app
from service.wiring import Services, build
from tests.ports import free_port
from tests.service.serving import serving
from tests.service.whole_api import SERVICE_TOKEN, settings

DOMAIN = yaml.safe_load((Path(__file__).resolve().parents[2] / "domain.yml").read_text(encoding="utf-8"))
MODULES = (
    answer_question,
    change_card,
    switch_autopay,
    quote_payoff,
    repay,
    settle_early,
    ask_hardship,
    check_bill,
    complain,
    dispute_debt,
    fall_back,
    loan_progress,
    propose_hardship,
    raise_limit,
    talk_to_human,
)
# The rules of data/rules that these conversations meet: which action an intent has where no form takes it.
RULES = {
    "overdue_hardship": "action_ask_hardship",
    "cant_pay": "action_cant_pay",
    "dispute_debt": "action_dispute_debt",
    "early_settlement": "action_quote_payoff",
    "installment": "action_answer_question",
    "autopay_deduction": "action_answer_question",
    "change_bank_card": "action_answer_question",
    "complaint": "action_complain",
    "query_bill": "action_check_bill",
    "human_agent": "action_talk_to_human",
    "crisis": "action_crisis",
    "nlu_fallback": "action_fall_back",
    "repay_now": "repay_form",
    "loan_progress": "action_loan_progress",
    "limit_increase": "limit_form",
}


def goals() -> dict[str, Goal]:
    """Every action of the modules, by its name."""
    kinds = [kind for module in MODULES for kind in vars(module).values() if isinstance(kind, type)]
    return {kind.action_name: kind() for kind in kinds if issubclass(kind, Goal) and hasattr(kind, "action_name")}


def said_in(text: str, *, today: date) -> dict[str, Any]:
    """The entities of a text, as bot.components.value_extractor names them."""
    reading = read(text, today=today)
    found: dict[str, Any] = {}
    if reading.amount:
        found["amount"] = reading.amount.fen
    if reading.word:
        found["amount_word"] = reading.word.word
    if reading.day:
        name = "date" if reading.day.day else "no_such_day" if reading.day.impossible else "vague_date"
        found[name] = reading.day.day.isoformat() if reading.day.day else reading.day.text
    return found


@dataclass
class Forms:
    """One conversation; `form` is the open one, "" where none is."""

    conversation_id: str
    today: date
    verified: bool = True
    form: str = ""
    asked: str | None = None
    slots: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(DOMAIN["slots"]))
    events: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0
    said: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)

    def say(self, text: str, intent: str, *, message_id: str = "") -> str:
        """The answer, by lines. The same `message_id` again is the same message."""
        self.take(text, message_id=message_id, intent=intent)
        if not self.form or not self._in_the_form():
            self._outside(RULES[intent])
        return "\n".join(self.said)

    def take(self, text: str, intent: str, *, message_id: str = "") -> None:
        """Hear a message, before anything is made of it."""
        entities = said_in(text, today=self.today)
        if payload := re.fullmatch(r"/(\w+)(\{.*\})?", text):
            entities = json.loads(payload[2]) if payload[2] else {}
        self.count += 1
        self.said, self.buttons = [], {}
        found = [{"entity": name, "value": value} for name, value in entities.items()]
        parsed = {"intent": {"name": intent}, "entities": found, "text": text, "intent_ranking": []}
        self.events.append({"event": "user", "text": text, "parse_data": parsed})
        self.message = {**parsed, "metadata": {
            "message_id": message_id or f"m{self.count}", "today": self.today.isoformat(), "verified": self.verified,
        }}  # fmt: skip

    def validate(self) -> tuple[dict[str, Any], str]:
        """What the open form makes of the message: the slots that changed, and the action to follow."""
        return self._run(f"validate_{self.form}")

    def press(self, title: str) -> str:
        payload = next(one for name, one in self.buttons.items() if title in name)
        return self.say(payload, payload[1:].partition("{")[0])

    def _in_the_form(self) -> bool:
        """Whether the form took the message."""
        changed, then = self._run(f"validate_{self.form}")
        if then:
            self._outside(then)
        elif self.form and changed:
            self._ask()
        return bool(changed) or bool(then)

    def _outside(self, action: str) -> None:
        before = self.form
        if action in DOMAIN["forms"]:
            self.form = action
            self._in_the_form()
            return
        _, then = self._run(action)
        if then:
            self._outside(then)
        elif before and self.form == before:  # a digression: the form only asks again
            self._run(f"validate_{self.form}")
            self._ask()

    def _ask(self) -> None:
        required = DOMAIN["forms"][self.form]["required_slots"]
        self.asked = next(name for name in required if self.slots[name] is None)
        self._run(f"action_ask_{self.form}_{self.asked}")

    def _run(self, action: str) -> tuple[dict[str, Any], str]:
        slots = {**self.slots, "requested_slot": self.asked}
        loop = {"name": self.form} if self.form else {}
        tracker = Tracker(self.conversation_id, slots, self.message, list(self.events), False, None, loop, None)
        dispatcher = CollectingDispatcher()
        events = asyncio.run(goals()[action].run(dispatcher, tracker, DOMAIN))
        if not action.startswith(("validate_", "action_ask_")) or action in DOMAIN["forms"]:
            self.events.append({"event": "action", "name": action})
        for one in dispatcher.messages:
            response = DOMAIN["responses"][one["response"]][0]
            variables = {name: value for name, value in one.items() if isinstance(value, str)}
            text = str(response["text"]).format(**variables)
            buttons = [*response.get("buttons", ()), *one["buttons"]]
            self.said.append(text)
            self.buttons |= {button["title"]: button["payload"] for button in buttons}
            self.events.append(
                {"event": "bot", "text": text, "data": {"buttons": buttons},
                 "metadata": {"utter_action": one["response"]}}
            )  # fmt: skip
        changed = {one["name"]: one["value"] for one in events if one["event"] == "slot"}
        self.slots |= {name: value for name, value in changed.items() if name in self.slots}
        self.asked = changed.get("requested_slot", self.asked)
        if any(one["event"] == "active_loop" for one in events):
            self.form, self.asked = "", None
        return changed, next((one["name"] for one in events if one["event"] == "followup"), "")


@dataclass
class Office:
    """The service behind HTTP; each conversation is with a borrower of its own, in the state of one of the cast."""

    services: Services
    now: datetime
    count: int = 0
    borrower_id: str = ""

    def talk(self, who: str = "overdue-20", *, says: tuple[str, str] | None = None, charged: bool = False) -> Forms:
        """A new borrower, logged in; `says` is his first message and its intent. `charged`: by
        automatic payment, whoever of the cast he is like."""
        self.count += 1
        self.borrower_id = f"forms-{self.count}"
        stories = {one.borrower_id: one for one in cast_stories(business_date(self.now), self.services.products)}
        story = replace(stories[f"demo-{who}"], borrower_id=self.borrower_id)
        story = replace(story, autopay=story.autopay or charged)
        until = self.now + timedelta(hours=1)
        known = {"borrower_id": self.borrower_id, "verified_until": until}
        with self.database.transaction() as conn:
            play(
                conn,
                story,
                products=self.services.products,
                price_caps=self.services.price_caps,
                now=self.now,
                pause=pause,
            )
            conversation = open_conversation(
                conn, channel="inapp", channel_user_id=self.borrower_id, now=self.now, **known
            )
        talk = Forms(conversation.id, business_date(self.now))
        if says:
            talk.say(*says)
        return talk

    def visitor(self) -> Forms:
        self.count += 1
        with self.database.transaction() as conn:
            made = open_conversation(
                conn, channel="inapp", channel_user_id=f"visitor-{self.count}", now=self.now,
                borrower_id=None, verified_until=None,
            )  # fmt: skip
        return Forms(made.id, business_date(self.now))

    @property
    def database(self) -> Database:
        return self.services.database

    def rows(self, table: Table) -> list[Any]:
        """Of the borrower of the latest conversation, oldest first."""
        mine = select(table).where(table.c.borrower_id == self.borrower_id)
        with self.database.reading() as conn:
            return list(conn.execute(mine.order_by(table.c.created_at)))

    def stops(self) -> list[str]:
        """Why outreach rests for him, by name."""
        mine = (stop.c.borrower_id == self.borrower_id) & stop.c.ended_at.is_(None)
        with self.database.reading() as conn:
            return sorted(conn.scalars(select(stop.c.reason).where(mine)))

    def people(self, talk: Forms) -> list[str]:
        """Why a person was asked for in a conversation."""
        asked = select(handover.c.reason).where(handover.c.conversation_id == talk.conversation_id)
        with self.database.reading() as conn:
            return list(conn.scalars(asked))


@contextmanager
def office(database: Database, *, clock: FrozenClock, folder: Path) -> Iterator[Office]:
    port = free_port()
    services = build(settings(database, folder, port=port), clock=clock)
    with pytest.MonkeyPatch.context() as patch:
        with serving(create_app(services, with_scheduler=False), port=port) as url:
            patch.setenv("XIAOQING_SERVICE_URL", url)
            patch.setenv("XIAOQING_SERVICE_TOKEN", SERVICE_TOKEN)
            forget_client()
            yield Office(services, clock.now())
        forget_client()
    services.close()
