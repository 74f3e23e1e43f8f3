"""Tokenizer: jieba's words with our own dictionary, on a dictionary of its own so that importing prints nothing."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

TERMS = "terms.txt"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class TermTokenizer(Tokenizer):
    """Splits Chinese text into words; the dictionary travels inside the model."""

    @staticmethod
    def supported_languages() -> list[str]:
        return ["zh"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # Our terms, one a line: word, how strongly, part of speech (jieba's own format).
            "dictionary": "data/jieba/terms.txt",
            # Rasa's tokenizers expect these three.
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
        }

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, terms: Path | None
    ) -> None:
        super().__init__(config)
        import jieba

        jieba.setLogLevel(logging.WARNING)
        self._model_storage = model_storage
        self._resource = resource
        self._terms = terms.read_text(encoding="utf-8") if terms else ""
        self._words = jieba.Tokenizer()
        self._words.initialize()
        if terms:
            self._words.load_userdict(str(terms))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TermTokenizer:
        return cls(config, model_storage, resource, Path(config["dictionary"]))

    def train(self, training_data: TrainingData) -> Resource:
        """Nothing to learn; keeps the dictionary with the model."""
        with self._model_storage.write_to(self._resource) as directory:
            (directory / TERMS).write_text(self._terms, encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TermTokenizer:
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, directory / TERMS)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        found = self._words.tokenize(message.get(attribute))
        return self._apply_token_pattern([Token(word, start) for word, start, _ in found if word.strip()])
