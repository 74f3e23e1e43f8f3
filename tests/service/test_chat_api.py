"""The borrower's side over HTTP: whatever is sent to it, right or wrong, in good or bad faith."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.api import chat, demo_login, errors
from service.api.chat_page import FOLDER
from service.api.chat_tokens import mint
from service.channels.memory_chat import Asked, MemoryUnderstander, repeat
from service.db.engine import Database
from service.demo.cast import CAST
from service.usecases.chat.bell import Bell
from service.usecases.ports import FrozenClock, Understanding
from service.worker import Worker
from tests.service.serving import eventually, serving
from tests.service.talking import BORROWER, register, turns, write

KEY = "the-app-signs-with-this-key-of-the-tests"


@pytest.fixture
def app(sqlite_database: Database, clock: FrozenClock) -> FastAPI:
    app = FastAPI()
    settings = SimpleNamespace(app_signing_key=KEY, demo=True)
    app.state.services = SimpleNamespace(settings=settings, database=sqlite_database, clock=clock, bell=Bell())
    errors.install(app)
    chat.install(app)
    demo_login.install(app, cast=CAST)
    register(sqlite_database, clock)
    return app


@pytest.fixture
def http(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def borrower(http: TestClient, clock: FrozenClock) -> TestClient:
    http.headers["Authorization"] = f"Bearer {token(clock)}"
    return http


def token(clock: FrozenClock, subject: str = BORROWER, *, minutes: int = 30, key: str = KEY) -> str:
    return mint(subject=subject, key=key, now=clock.now(), lifetime=timedelta(minutes=minutes))


def post(client: TestClient, text: Any, *, message_id: Any = "message-1", **more: Any) -> httpx.Response:
    return client.post("/chat/messages", json={"id": message_id, "text": text, **more})


def assert_problem(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["code"] == code
    assert any("\u4e00" <= one <= "\u9fff" for one in body["detail"]), "it says in Chinese what to do"


def test_a_message_is_taken_once_and_read_back(borrower: TestClient, sqlite_database: Database) -> None:
    first, second = post(borrower, "查账单"), post(borrower, "查账单")
    assert (first.status_code, first.json()["duplicate"]) == (202, False)
    assert (second.status_code, second.json()["duplicate"]) == (202, True)
    page = borrower.get("/chat/turns").json()
    assert [(turn["text"], turn["client_id"], turn["direction"]) for turn in page["turns"]] == [
        ("查账单", "message-1", "in")
    ]
    assert page["typing"] is True
    assert "intent" not in page["turns"][0]


@pytest.mark.parametrize("nothing", ["", "  \n\t ", "\x00\x01", "\u200b"])
def test_a_message_without_content_is_refused(borrower: TestClient, nothing: str) -> None:
    assert_problem(post(borrower, nothing), 422, "empty_message")


def test_five_thousand_characters_are_too_many(borrower: TestClient, sqlite_database: Database) -> None:
    answer = post(borrower, "还" * 5000)
    assert_problem(answer, 422, "text_too_long")
    assert "一次最多 500 字" in answer.json()["detail"]
    assert turns(sqlite_database) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("😀", "😀"),
        ("还\x00款\x1b", "还款"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE turn; --", "'; DROP TABLE turn; --"),
        ("/restart", "/restart"),
    ],
)
def test_odd_messages_are_kept_as_text(borrower: TestClient, sent: str, kept: str) -> None:
    assert post(borrower, sent).status_code == 202
    assert borrower.get("/chat/turns").json()["turns"][0]["text"] == kept


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b'"text"',
        b'{"id":"message-1"}',
        b'{"text":"hi"}',
        b'{"id":"message-1","text":5}',
        b'{"id":"message-1","text":null}',
        b'{"id":"message-1","text":["hi"]}',
        b'{"id":"a b:c/d","text":"hi"}',
        b'{"id":"short","text":"hi"}',
        b'{"id":"message-1","text":"hi","payload":{}}',
        b'{"id":"message-1","text":"\xff\xfe"}',
        b'{"id":"message-1","text":"half a character: \\ud83d"}',
        b"[" * 5000,
    ],
)
def test_what_is_no_message_is_refused_and_not_repeated(borrower: TestClient, body: bytes) -> None:
    answer = borrower.post("/chat/messages", content=body)
    assert_problem(answer, 422, "invalid_request")
    assert len(answer.content) < 500


def test_a_flood_is_cut_off(borrower: TestClient) -> None:
    answer = borrower.post("/chat/messages", content=b'{"id":"message-1","text":"' + b"a" * 100_000 + b'"}')
    assert_problem(answer, 413, "message_too_large")


def test_history_comes_in_pages_from_both_ends(borrower: TestClient) -> None:
    for number in range(6):
        post(borrower, f"第{number}句", message_id=f"message-{number}")
    newest = borrower.get("/chat/turns", params={"limit": 4}).json()
    assert [turn["text"] for turn in newest["turns"]] == ["第2句", "第3句", "第4句", "第5句"]
    assert newest["more"] is True
    first = newest["turns"][0]["id"]
    older = borrower.get("/chat/turns", params={"limit": 4, "before": first}).json()
    assert ([turn["text"] for turn in older["turns"]], older["more"]) == (["第0句", "第1句"], False)
    after = borrower.get("/chat/turns", params={"after": first, "limit": 2}).json()
    assert ([turn["text"] for turn in after["turns"]], after["more"]) == (["第3句", "第4句"], True)


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 201}, {"after": -1}, {"after": "x"}, {"after": 2**70}])
def test_senseless_pages_are_refused(borrower: TestClient, params: dict[str, Any]) -> None:
    assert_problem(borrower.get("/chat/turns", params=params), 422, "invalid_request")


def test_answers_are_heard_as_they_are_given_and_the_stream_ends_with_the_token(
    app: FastAPI, clock: FrozenClock
) -> None:
    at = app.state.services
    shown_as_typing = threading.Event()

    def once_typing_is_shown(asked: Asked) -> Understanding:
        assert shown_as_typing.wait(timeout=10)
        return repeat(asked)

    bot = MemoryUnderstander(answer=once_typing_is_shown)
    worker = Worker(database=at.database, clock=clock, understander=bot, bell=at.bell, threads=1)
    worker.start()
    headers = {"Authorization": f"Bearer {token(clock)}"}
    heard: list[tuple[str, Any]] = []
    with serving(app) as url, httpx.Client(base_url=url, headers=headers, timeout=10, trust_env=False) as client:
        with client.stream("GET", "/chat/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.iter_lines()
            client.post("/chat/messages", json={"id": "message-1", "text": "查账单"})
            for line in lines:
                if line.startswith("event: "):
                    heard.append((line[7:], json.loads(next(lines)[6:])))
                if heard and heard[-1][0] == "typing" and heard[-1][1]["typing"]:
                    shown_as_typing.set()
                if heard and heard[-1][0] == "turn" and heard[-1][1]["direction"] == "out":
                    clock.instant += timedelta(minutes=30)
                if heard and heard[-1][0] == "expired":
                    break
        reread = client.get("/chat/turns")
    worker.stop()
    said = [data["text"] for name, data in heard if name == "turn"]
    assert said == ["查账单", "您说：查账单"]
    assert ("typing", True) in [(name, data.get("typing")) for name, data in heard]
    assert reread.status_code == 401


def test_the_worker_answers_what_was_cut_off_and_what_comes(sqlite_database: Database, clock: FrozenClock) -> None:
    register(sqlite_database, clock)
    write(sqlite_database, clock, "查账单", message_id="m1")
    bell, bot = Bell(), MemoryUnderstander()
    worker = Worker(database=sqlite_database, clock=clock, understander=bot, bell=bell, threads=2)
    worker.start()
    eventually(lambda: turns(sqlite_database, direction="out"))
    bell.ring(write(sqlite_database, clock, "查额度", message_id="m2").conversation_id)
    eventually(lambda: len(turns(sqlite_database, direction="out")) == 2)
    worker.stop()
    write(sqlite_database, clock, "还在吗", message_id="m3")
    assert turns(sqlite_database, message_id="m3")[0].state == "received"


def test_the_page_lets_nothing_in_from_elsewhere(http: TestClient) -> None:
    page = http.get("/chat")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert 'data-demo="yes"' in page.text
    for attribute in ("onclick=", "style=", "<script>", "https://"):
        assert attribute not in page.text


def test_the_page_never_makes_markup_of_what_was_said() -> None:
    files = list((FOLDER / "static").glob("*.js"))
    assert files
    for file in files:
        source = file.read_text(encoding="utf-8")
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
            assert way not in source, file.name


def test_the_demo_logs_in_only_its_own_cast(http: TestClient) -> None:
    page = http.get("/demo")
    assert "周谷雨" in page.text
    assert "林小满" not in page.text, "she is not in this ledger"
    entered = http.post("/demo/log-in", data={"borrower_id": BORROWER}, follow_redirects=False)
    assert entered.status_code == 303
    address, _, value = entered.headers["location"].partition("#token=")
    assert address == "/chat"
    assert http.get("/chat/turns", headers={"Authorization": f"Bearer {value}"}).status_code == 200
    assert_problem(http.post("/demo/log-in", data={"borrower_id": "somebody-else"}), 404, "not_found")
