"""How custom actions are asked: within a time limit, checked by one validator, and a failure abandons the turn.

Rasa builds and checks a JSON schema anew for every answer of the action server (86 of 158 ms of a reply), connects
to it anew for every action, tells it the whole domain and every guess and card of the conversation, waits 300 s for it,
and carries on after a failure. `install()` replaces these things.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache, wraps
from typing import Any

import aiohttp
import rasa
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.utils.endpoints import EndpointConfig

from bot.turn import TurnAbandoned

logger = logging.getLogger(__name__)
LONGEST_SECONDS = 8.0  # above what an action gives the service, with a payment
_SESSION, _LEAN = "xiaoqing_session", "xiaoqing_lean"


@lru_cache(maxsize=1)
def _validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    return validator_for(schema)(schema)


def _validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
    if error := best_match(_validator().iter_errors(result)):
        raise ValidationError(f"{self.name()} answered something else than events and responses: {error.message}")
    return True


def _kept(opened: Callable[[EndpointConfig], aiohttp.ClientSession]) -> Callable[[EndpointConfig], Any]:
    """One session an endpoint, its connections kept: Rasa closes it after each request."""

    @asynccontextmanager
    async def session(self: EndpointConfig) -> AsyncIterator[aiohttp.ClientSession]:
        loop = asyncio.get_running_loop()
        of_loop, kept = vars(self).get(_SESSION, (None, None))
        if of_loop is not loop:
            kept = opened(self)
            vars(self)[_SESSION] = loop, kept
        yield kept

    return session


def lean(event: Event) -> dict[str, Any]:
    """What actions read of an event: the latest message is told beside the events, whole. Made once, for events do not
    change."""
    told: dict[str, Any] | None = vars(event).get(_LEAN)
    if told is None:
        told = event.as_dict()
        if isinstance(event, UserUttered):
            told["parse_data"] = {"intent": event.parse_data.get("intent") or {}}
        elif isinstance(event, BotUttered):
            told["data"] = {"buttons": event.data.get("buttons")}
        setattr(event, _LEAN, told)
    return told


def _action_call_format(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """As Rasa's own, without the domain, which no action of ours reads."""
    state = tracker.current_state(EventVerbosity.NONE) | {"events": [lean(event) for event in tracker.events]}
    return {"next_action": self.name(), "sender_id": tracker.sender_id, "tracker": state, "version": rasa.__version__}


def install() -> None:
    """Change Rasa for this process; does nothing the second time."""
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
    RemoteAction._action_call_format = _action_call_format
    RemoteAction._validate_action_result = _validate_action_result
    EndpointConfig.session = _kept(EndpointConfig.session)
