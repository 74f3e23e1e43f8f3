"""Intent classifier: a linear machine on characters, sounds and words, its margins turned into probabilities."""

from __future__ import annotations

import logging
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.encoders import Encoder, NoAnswer, encoder
from bot.components.linear_model import VIEWS, LinearModel

FILE = "intents.joblib"
STRONGER = "intents-with-vectors.joblib"
log = logging.getLogger(__name__)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent, IntentClassifier):
    """Gives every message an intent and a ranking whose confidences sum to one over all intents."""

    @classmethod
    def required_components(cls) -> list[type]:
        from bot.components.jieba_tokenizer import TermTokenizer

        return [TermTokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # Inverse strength of regularisation: larger fits the examples more closely.
            "C": 1.0,
            # Below 1 where real texts are less like the examples than these are like each other.
            "caution": 0.8,
            # How much the views of a text weigh against each other.
            "letters": 1.0,
            "gaps": 0.6,
            "sounds": 0.8,
            "words": 0.6,
            # How many guesses a message keeps; 0 keeps all. Each one is stored with every turn.
            "ranking_length": 10,
            # A stronger encoder whose vectors are a fifth view: nothing, the folder of a Chinese BERT, or `endpoint`
            # for an OpenAI-compatible one (XIAOQING_EMBEDDINGS_URL, _KEY, _MODEL).
            "encoder": "",
            "vectors": 1.0,
            # It is asked where the linear machine is less sure than this; 1 asks it every time.
            "encoder_below": 0.7,
            # Seconds that a message waits for the endpoint, and for how long one that failed is not asked again;
            # what it does not answer is understood without it.
            "encoder_timeout": 1.0,
            "encoder_rest": 30.0,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: LinearModel | None = None,
        stronger: LinearModel | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model
        self._stronger = stronger
        self._encoder: Encoder | None = encoder(
            config["encoder"], timeout=float(config["encoder_timeout"]), rest=float(config["encoder_rest"])
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on every example that has an intent and text; fewer than two intents leave it untrained."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        if len({e.get(INTENT) for e in examples}) < 2:
            return self._resource
        self._model = self._fit(examples)
        if self._encoder:
            vectors = self._encoder.encode([e.get(TEXT) for e in examples], training=True)
            self._stronger = self._fit(examples, vectors=vectors, vector_weight=float(self._config["vectors"]))
        with self._model_storage.write_to(self._resource) as directory:
            joblib.dump(self._model, directory / FILE, compress=1)
            if self._stronger:
                joblib.dump(self._stronger, directory / STRONGER, compress=1)
        return self._resource

    def _fit(self, examples: list[Message], **vectors: Any) -> LinearModel:
        return LinearModel.fit(
            [(e.get(TEXT), _tokens(e)) for e in examples],
            [e.get(INTENT) for e in examples],
            weights={view: float(self._config[view]) for view in VIEWS},
            regularisation=float(self._config["C"]),
            caution=float(self._config["caution"]),
            **vectors,
        )

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        try:
            with model_storage.read_from(resource) as directory:
                stronger = joblib.load(directory / STRONGER) if (directory / STRONGER).exists() else None
                return cls(config, model_storage, resource, joblib.load(directory / FILE), stronger)
        except ValueError:  # trained on nothing, so nothing was kept
            return cls(config, model_storage, resource)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = self._rank(message)
            message.set("intent", ranking[0] if ranking else {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _rank(self, message: Message) -> list[dict[str, Any]]:
        if self._model is None or not message.get(TEXT):
            return []
        chances = self._chances(self._model, message)
        order = np.argsort(-chances)[: self._config["ranking_length"] or None]
        return [{"name": self._model.intents[i], "confidence": round(float(chances[i]), 6)} for i in order]

    def _chances(self, model: LinearModel, message: Message) -> np.ndarray:
        """Where the linear machine is unsure, with the encoder's vectors; without any, the linear machine alone."""
        text, tokens = message.get(TEXT), _tokens(message)
        chances = model.probabilities(text, tokens)
        if self._encoder and self._stronger and chances.max() < float(self._config["encoder_below"]):
            try:
                vectors = self._encoder.encode([text])
                if vectors.shape[1] != self._stronger.dimensions:
                    raise NoAnswer(
                        f"{vectors.shape[1]} dimensions, and it was trained with {self._stronger.dimensions}"
                    )
                return self._stronger.probabilities(text, tokens, vectors=vectors)
            except NoAnswer as why:
                log.warning("understood without the encoder: %s", why)
        return chances


def _tokens(message: Message) -> tuple[str, ...]:
    return tuple(token.text for token in message.get(TOKENS_NAMES[TEXT]) or ())
