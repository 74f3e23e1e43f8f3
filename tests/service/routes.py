"""Some of the service's routes over HTTP, with no more of the service than they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from service.api import errors

TOKEN = "a-service-token"
OURS = {"Authorization": f"Bearer {TOKEN}"}


def app_of(*routers: APIRouter, **parts: Any) -> FastAPI:
    """`parts`: what the routes find in `app.state.services`; the service's token is among the settings."""
    app = FastAPI()
    app.state.services = SimpleNamespace(**{"settings": SimpleNamespace(service_token=TOKEN), **parts})
    for one in routers:
        app.include_router(one)
    errors.install(app)
    return app


@contextmanager
def asking(*routers: APIRouter, **parts: Any) -> Iterator[TestClient]:
    """Asks as another process of ours does, unless a request says otherwise."""
    with TestClient(app_of(*routers, **parts), headers=OURS, raise_server_exceptions=False) as client:
        yield client
