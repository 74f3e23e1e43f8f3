"""Which responses count as used when Rasa checks the training data: those that actions send by name, too."""

from __future__ import annotations

import re
from pathlib import Path

from rasa.shared.core.events import ActionExecuted
from rasa.validator import Validator

SENT_BY_RASA = {"utter_default"}  # action_default_fallback
ACTIONS = Path(__file__).resolve().parent.parent / "actions"


def sent_by_actions(folder: Path = ACTIONS) -> set[str]:
    """Every response named in a file of the actions; read as text, since the processes never import each other."""
    return {name for path in folder.glob("*.py") for name in re.findall(r"utter_\w+", path.read_text(encoding="utf-8"))}


def install() -> None:
    """Let Rasa's validator know of them; a response that nobody sends is still reported."""
    gathered = Validator._gather_utterance_actions

    def gather(self: Validator) -> set[str]:
        in_stories = {
            event.action_name
            for step in self.story_graph.story_steps
            for event in step.events
            if isinstance(event, ActionExecuted)
        }
        return {name for name in gathered(self) if name in in_stories or name not in sent_by_actions() | SENT_BY_RASA}

    Validator._gather_utterance_actions = gather
