"""How custom actions are asked: within a time limit, checked by one validator, and a failure abandons the turn.

Rasa builds and checks a JSON schema anew for every answer of the action server (86 of 158 ms of a reply), connects
to it anew for every action, tells it every guess and card of the conversation, waits 300 s for it, and carries on after
a failure. `install()` replaces these things.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache, wraps
from typing import Any

import aiohttp
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.utils.endpoints import EndpointConfig

from bot.turn import TurnAbandoned

logger = logging.getLogger(__name__)
LONGEST_SECONDS = 8.0  # above what an action gives the service, with a payment
_SESSION = "xiaoqing_session"


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


def lean(event: dict[str, Any]) -> dict[str, Any]:
    """What actions read of an event: the latest message is told beside the events, whole."""
    if event["event"] == "user":
        return event | {"parse_data": {"intent": event["parse_data"].get("intent") or {}}}
    if event["event"] == "bot":
        return event | {"data": {"buttons": event["data"].get("buttons")}}
    return event


def install() -> None:
    """Change Rasa for this process; does nothing the second time."""
    if getattr(RemoteAction.run, "abandons_turns", False):
        return
    asked, told = RemoteAction.run, RemoteAction._action_call_format

    def call_format(self: RemoteAction, *args: Any) -> dict[str, Any]:
        call: dict[str, Any] = told(self, *args)
        call["tracker"]["events"] = [lean(event) for event in call["tracker"]["events"]]
        return call

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
    RemoteAction._action_call_format = call_format
    RemoteAction._validate_action_result = _validate_action_result
    EndpointConfig.session = _kept(EndpointConfig.session)
