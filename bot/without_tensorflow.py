"""How Rasa imports without TensorFlow: stand-in modules whose names can be subclassed, decorate and annotate.

Rasa 3.6 names TensorFlow's classes at import time in modules that only DIET, TED and ResponseSelector use.
Those are not in our pipeline, so the 1.9 GB that TensorFlow costs buys nothing: `install()` puts importable
stand-ins in place before Rasa is imported. Whoever configures a component that needs the real one gets one
clear error (`TensorFlowIsNotHere`).
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, ClassVar

STOOD_IN = ("tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras")


class TensorFlowIsNotHere(RuntimeError):
    """Raised when a component that really computes with TensorFlow is asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name}: this bot runs without TensorFlow, so DIETClassifier, TEDPolicy, ResponseSelector and the "
            "other neural components of Rasa are not available. Use the components under bot/components, or "
            "install TensorFlow in an environment of its own to compare."
        )


class _AnyName(type):
    """A class whose every attribute is a further stand-in, so that `tf.keras.layers.Layer` resolves."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _AnyName(name, (StandIn,), {"__module__": f"{cls.__module__}.{cls.__name__}"})
        setattr(cls, name, made)
        return made

    def __or__(cls, other: object) -> Any:
        return cls

    def __ror__(cls, other: object) -> Any:
        return cls


class StandIn(metaclass=_AnyName):
    """Base of all stand-ins: can be a base class, a decorator, an annotation or a subscript; cannot compute."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        # As a decorator (`@tf.function`, `@register_keras_serializable()`) it hands back what it decorates.
        if len(args) == 1 and not kwargs and callable(args[0]) and cls.__module__.startswith(STOOD_IN):
            return args[0]
        if cls.__module__.startswith(STOOD_IN):
            return _identity
        raise TensorFlowIsNotHere(f"{cls.__module__}.{cls.__name__}")

    def __class_getitem__(cls, item: object) -> Any:
        return cls

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__()


def _identity(decorated: Any, *_: Any, **__: Any) -> Any:
    return decorated


class _StandInModule(ModuleType):
    __path__: ClassVar[list[str]] = []
    __version__ = "0.0.0"

    @staticmethod
    def is_tensor(_: object) -> bool:
        """Asked by matplotlib where anything is loaded under TensorFlow's name."""
        return False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _AnyName(name, (StandIn,), {"__module__": self.__name__})
        setattr(self, name, made)
        return made


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".", 1)[0] in STOOD_IN:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        return None


def install() -> None:
    """Put the stand-ins first on the import path; does nothing where they already are."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


NEURAL = frozenset(
    {
        "DIETClassifier",
        "TEDPolicy",
        "UnexpecTEDIntentPolicy",
        "ResponseSelector",
        "ConveRTFeaturizer",
        "LanguageModelFeaturizer",
    }
)


def refuse_neural_components() -> None:
    """Let a config.yml that names one of them fail with `TensorFlowIsNotHere`; Rasa must be importable by now."""
    from rasa.engine.recipes.default_recipe import DefaultV1Recipe

    found = DefaultV1Recipe._from_registry.__func__

    def find(cls: type[DefaultV1Recipe], name: str) -> Any:
        if name.rsplit(".", 1)[-1] in NEURAL:
            raise TensorFlowIsNotHere(name)
        return found(cls, name)

    DefaultV1Recipe._from_registry = classmethod(find)
