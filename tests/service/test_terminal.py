"""A conversation in the terminal: by the service's clock, past any proxy, each answer to its own question."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from service import terminal
from service.db.engine import Database
from service.settings import Settings
from service.usecases.chat.say import say
from service.web import create_app
from service.wiring import Services, build
from tests.ports import free_port
from tests.service.serving import eventually, serving
from tests.service.talking import BORROWER, register, turns

DEAD_PROXY = "http://127.0.0.1:9"


class Screen(Console):
    """A person who types what he was given, one line a prompt; `shown` is what he could read at each prompt."""

    def __init__(self, *lines: str) -> None:
        super().__init__(file=StringIO(), width=200)
        self.lines, self.shown = list(lines), []

    def input(self, *_: Any, **__: Any) -> str:
        self.shown.append(self.file.getvalue())  # type: ignore[attr-defined]
        return self.lines.pop(0)


@pytest.fixture(params=[0, 7 * 3600], ids=["now", "seven hours on"])
def services(
    request: pytest.FixtureRequest, sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    """Behind real HTTP, without workers: the tests answer themselves. The environment names a proxy that is dead."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, DEAD_PROXY)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    config = Settings(
        _env_file=None,
        data_dir=tmp_path,
        database_url=sqlite_database.url,
        service_port=free_port(),
        app_signing_key="k" * 32,
        console_signing_key="c" * 32,
        clock_offset_seconds=request.param,
    )
    made = build(config)
    register(sqlite_database, made.clock)  # type: ignore[arg-type]
    with serving(create_app(made, with_scheduler=False), port=config.service_port):
        yield made


def test_who_logs_in_does_so_by_the_clock_of_the_service(services: Services) -> None:
    assert terminal.talk(services.settings, borrower=BORROWER, screen=Screen("/quit")) is None


def test_what_is_said_of_itself_is_shown_and_not_taken_for_the_answer(services: Services) -> None:
    def answer() -> None:
        asked = eventually(lambda: turns(services.database, direction="in"))[0]
        for message_id, text, reply_to in (("receipt", "已收到您的还款", None), ("r1", "第一句", asked.id)):
            spoken = {"message_id": message_id, "text": text, "sender": "bot", "reply_to": reply_to}
            with services.database.transaction() as conn:
                say(conn, conversation_id=asked.conversation_id, now=services.clock.now(), **spoken)
            threading.Event().wait(1.0)
        with services.database.transaction() as conn:
            conn.exec_driver_sql("UPDATE turn SET state = 'answered' WHERE direction = 'in'")

    thread = threading.Thread(target=answer)
    thread.start()
    screen = Screen("查账单", "/quit")
    assert terminal.talk(services.settings, borrower=BORROWER, screen=screen) is None
    thread.join()
    assert screen.shown[1].index("已收到您的还款") < screen.shown[1].index("第一句")


def test_a_service_that_says_no_is_quoted(services: Services) -> None:
    services.settings.app_signing_key = ""
    told = terminal.talk(services.settings, borrower="", screen=Screen())
    assert told
    assert "请" in told
