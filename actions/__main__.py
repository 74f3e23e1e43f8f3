"""The action server, `python -m actions`: rasa_sdk's own, on loopback, and only for who knows the token."""

from __future__ import annotations

import hmac
import logging
import os
import sys

from rasa_sdk.endpoint import create_app
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

# Longer than the bot keeps an idle line (aiohttp: 15), so that it never speaks into one that is being closed.
KEEP_ALIVE_SECONDS = 60


def app(token: str) -> Sanic:
    """rasa_sdk's application behind `?token=`; `/health` is open."""
    served = create_app("actions", cors_origins="")
    served.config.KEEP_ALIVE_TIMEOUT = KEEP_ALIVE_SECONDS

    @served.middleware("request")
    async def refuse_strangers(request: Request) -> HTTPResponse | None:
        given = request.args.get("token") or ""
        if request.path == "/health" or hmac.compare_digest(given.encode(), token.encode()):
            return None
        return response.json({"error": "a token is needed"}, status=401)

    return served


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    token = os.environ.get("XIAOQING_ACTIONS_TOKEN", "")
    if not token:
        sys.exit("actions: XIAOQING_ACTIONS_TOKEN is not set. The actions do not listen without a token.")
    port = int(os.environ.get("XIAOQING_ACTIONS_PORT", "5055"))
    app(token).run(host="127.0.0.1", port=port, workers=1, access_log=False, motd=False)


if __name__ == "__main__":
    main()
