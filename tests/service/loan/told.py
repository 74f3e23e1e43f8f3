"""Tells a scenario of given, when and then, sentence by sentence; a failure names the sentence."""

from __future__ import annotations

from typing import Any, Protocol

import pytest

Scenario = dict[str, Any]


class Story(Protocol):
    def does(self, sentence: str) -> None: ...

    def shows(self, sentence: str) -> None: ...


def tell(story: Story, scenario: Scenario, *, theme: str = "") -> None:
    steps = [(story.does, line) for line in (*scenario.get("given", ()), *scenario.get("when", ()))]
    steps += [(story.shows, line) for line in scenario["then"]]
    for step, sentence in steps:
        try:
            step(sentence)
        except Exception as error:
            what = f"{error}" if isinstance(error, AssertionError) else repr(error)
            name = f"{theme}: {scenario['scenario']}" if theme else scenario["scenario"]
            pytest.fail(f"{name}\n  {sentence}\n  {what}")
