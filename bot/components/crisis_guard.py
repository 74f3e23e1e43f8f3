"""Last word on the intent: outright words of self-harm are `crisis`, and 笑死我了 alone is not."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.text.crisis import is_crisis, is_idiom

NOTHING = {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0}
CRISIS = {"name": "crisis", "confidence": 1.0}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class CrisisGuard(GraphComponent, IntentClassifier):
    """Stands after the fallback: a life is no matter of a threshold."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [IntentClassifier]

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
    ) -> CrisisGuard:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            typed = message.get(TEXT) or ""
            others = [guess for guess in message.get("intent_ranking") or [] if guess["name"] != CRISIS["name"]]
            if is_idiom(typed) and (message.get("intent") or {}).get("name") == CRISIS["name"]:
                message.set("intent", dict(NOTHING), add_to_output=True)
                message.set("intent_ranking", [dict(NOTHING), *others], add_to_output=True)
            if is_crisis(typed):
                message.set("intent", dict(CRISIS), add_to_output=True)
                message.set("intent_ranking", [dict(CRISIS), *others], add_to_output=True)
        return messages
