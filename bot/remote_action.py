"""How custom actions are asked: within a time limit, checked by one validator, and a failure abandons the turn.

Rasa builds and checks a JSON schema anew for every answer of the action server (86 of 158 ms of a reply), waits
300 s for it, and carries on after a failure. `install()` replaces these three things in `RemoteAction`.
"""

from __future__ import annotations

import asyncio
import logging
from functools import lru_cache, wraps
from typing import Any

from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction

from bot.turn import TurnAbandoned

logger = logging.getLogger(__name__)
LONGEST_SECONDS = 8.0  # above what an action gives the service, with a payment


@lru_cache(maxsize=1)
def _validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    return validator_for(schema)(schema)


def _validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
    if error := best_match(_validator().iter_errors(result)):
        raise ValidationError(f"{self.name()} answered something else than events and responses: {error.message}")
    return True


def install() -> None:
    """Change `RemoteAction` for this process; does nothing the second time."""
    if getattr(RemoteAction.run, "abandons_turns", False):
        return
    asked = RemoteAction.run

    @wraps(asked)
    async def run(self: RemoteAction, *args: Any, **kwargs: Any) -> Any:
        try:
            return await asyncio.wait_for(asked(self, *args, **kwargs), LONGEST_SECONDS)
        except ActionExecutionRejection:
            raise
        except Exception as failure:
            logger.error("action %s failed, the turn is abandoned: %s", self.name(), failure or type(failure).__name__)
            raise TurnAbandoned(self.name()) from failure

    run.abandons_turns = True  # type: ignore[attr-defined]
    RemoteAction.run = run
    RemoteAction._validate_action_result = _validate_action_result
