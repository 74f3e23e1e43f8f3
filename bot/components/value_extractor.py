"""Entity extractor: amounts in fen, days as ISO dates, the words borrowers say instead of them, and promises in
parts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.text.parts import Part
from bot.text.promise import Reading, promise_parts, read

SHANGHAI = ZoneInfo("Asia/Shanghai")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ValueExtractor(GraphComponent, EntityExtractorMixin):
    """At most one amount and one day a message, of whatever kind, so that a slot never gets a list; of a promise in
    parts, those of the first that has both, and beside them all parts as one entity."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ValueExtractor:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if text := message.get(TEXT):
                found = entities(text, today=_today(message.get("metadata")))
                message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages


def entities(text: str, *, today: date) -> list[dict[str, Any]]:
    """Rasa entities of a text: `amount` in fen, `amount_word` bill|minimum|all|half, `date` ISO, `vague_date` and
    `no_such_day` (2月30号) as said; `loan_sum` in fen and `loan_day` ISO, by which a loan is told from others; where
    several payments are offered, `promise_parts`: a JSON list of them.

    Positions are those of the text as typed. What a correction corrected to carries the role "new".
    """
    reading = read(text, today=today)
    found: list[dict[str, Any]] = []
    if amount := reading.amount:
        found.append(_entity("amount", amount.fen, amount.start, amount.end, reading))
    if word := reading.word:
        found.append(_entity("amount_word", word.word, word.start, word.end, reading))
    if day := reading.day:
        name = "date" if day.day else "no_such_day" if day.impossible else "vague_date"
        value = day.day.isoformat() if day.day else day.text
        found.append(_entity(name, value, day.start, day.end, reading))
    if loan := reading.loan_sum:
        found.append(_entity("loan_sum", loan.fen, loan.start, loan.end, reading))
    if (due := reading.loan_day) and due.day:
        found.append(_entity("loan_day", due.day.isoformat(), due.start, due.end, reading))
    if len(parts := promise_parts(text, today=today)) > 1:
        value = json.dumps([_part(one) for one in parts], ensure_ascii=False)
        found.append(_entity("promise_parts", value, 0, len(reading.plain.text), reading))
    return found


def _part(one: Part) -> dict[str, Any]:
    """As the actions read it."""
    return {
        "amount_fen": one.amount_fen,
        "word": one.word,
        "due_on": one.due_on.isoformat() if one.due_on else None,
        "condition": one.condition.words if one.condition else "",
        "said": one.vague,
    }


def _entity(name: str, value: Any, start: int, end: int, reading: Reading) -> dict[str, Any]:
    first, last = reading.plain.span(start, end)
    entity = {"entity": name, "value": value, "start": first, "end": last, "extractor": ValueExtractor.__name__}
    return {**entity, "role": "new"} if reading.corrected else entity


def _today(context: Mapping[str, Any] | None) -> date:
    """The service's day; the machine's where there is none, as when a text is parsed by hand."""
    try:
        return date.fromisoformat((context or {})["today"])
    except (KeyError, TypeError, ValueError):
        return datetime.now(SHANGHAI).date()
