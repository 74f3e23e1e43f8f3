"""Who may ask in the chat: tokens, visitors, and nobody who reads what another wrote."""

# ruff: noqa: F811
from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient

from service.channels.memory_chat import MemoryUnderstander
from service.db.engine import Database
from service.usecases.chat.answer import answer_next
from service.usecases.ports import FrozenClock
from tests.service.talking import BORROWER, register
from tests.service.test_chat_api import KEY, app, assert_problem, borrower, http, post, token  # noqa: F401  fixtures


def signed(clock: FrozenClock, *, algorithm: str = "HS256", **claims: Any) -> str:
    now = clock.now()
    body = {"sub": BORROWER, "aud": "xiaoqing-chat", "iat": now, "exp": now + timedelta(minutes=30)} | claims
    return jwt.encode({name: value for name, value in body.items() if value is not None}, KEY, algorithm=algorithm)


@pytest.mark.parametrize("where", ["/chat/turns", "/chat/events"])
@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer not.a.token", "Bearer " + "x" * 4000, "Bearer 令牌"]
)
def test_without_a_token_nothing_is_shown(http: TestClient, where: str, header: str) -> None:
    assert_problem(http.get(where, headers={"Authorization": header.encode()}), 401, "token_invalid")


def test_forged_tokens_open_nothing(http: TestClient, clock: FrozenClock) -> None:
    now = clock.now()
    forged = {
        "another key": token(clock, key="another-key-than-the-one-of-the-app-itself"),
        "no signature": jwt.encode({"sub": BORROWER, "aud": "xiaoqing-chat", "iat": now, "exp": now}, "", "none"),
        "another algorithm": signed(clock, algorithm="HS512"),
        "another audience": signed(clock, aud="console"),
        "no end": signed(clock, exp=None),
        "no beginning": signed(clock, iat=None),
        "nobody": signed(clock, sub=None),
        "an empty name": signed(clock, sub=""),
        "too long a life": token(clock, minutes=61),
        "from the future": signed(clock, iat=now + timedelta(minutes=5), exp=now + timedelta(minutes=20)),
        "no time at all": signed(clock, exp=10**18),
    }
    for what, value in forged.items():
        answer = http.get("/chat/turns", headers={"Authorization": f"Bearer {value}"})
        assert answer.json().get("code") == "token_invalid", what
        assert answer.status_code == 401, what


def test_an_expired_token_says_so(http: TestClient, clock: FrozenClock) -> None:
    old = token(clock)
    clock.instant += timedelta(minutes=30)
    for answer in (
        http.get("/chat/turns", headers={"Authorization": f"Bearer {old}"}),
        http.post("/chat/messages", headers={"Authorization": f"Bearer {old}"}, json={"id": "m-000001", "text": "在"}),
    ):
        assert_problem(answer, 401, "token_expired")


def test_a_borrower_the_ledger_does_not_know_is_told_nothing_else(http: TestClient, clock: FrozenClock) -> None:
    unknown = http.get("/chat/turns", headers={"Authorization": f"Bearer {token(clock, 'nobody-here')}"})
    forged = http.get("/chat/turns", headers={"Authorization": "Bearer x"})
    assert_problem(unknown, 401, "token_invalid")
    assert unknown.json() == forged.json()


def test_without_a_signing_key_nothing_opens(http: TestClient, clock: FrozenClock) -> None:
    http.app.state.services.settings.app_signing_key = ""  # type: ignore[attr-defined]
    head, body = token(clock).split(".")[:2]
    by_nobody = hmac.new(b"", f"{head}.{body}".encode(), hashlib.sha256).digest()
    signature = base64.urlsafe_b64encode(by_nobody).rstrip(b"=").decode()
    answer = http.get("/chat/turns", headers={"Authorization": f"Bearer {head}.{body}.{signature}"})
    assert_problem(answer, 401, "token_invalid")
    assert http.post("/chat/visitors").status_code == 503


def test_one_borrower_never_reads_or_hides_what_another_wrote(
    http: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    register(sqlite_database, clock, borrower_id="somebody-else")
    mine, other = ({"Authorization": f"Bearer {token(clock, who)}"} for who in (BORROWER, "somebody-else"))
    body = {"id": "message-1", "text": "我的账单"}
    assert http.post("/chat/messages", json=body, headers=mine).json()["duplicate"] is False
    assert http.post("/chat/messages", json=body, headers=other).json()["duplicate"] is False
    assert len(http.get("/chat/turns", headers=other).json()["turns"]) == 1


def test_a_visitor_may_ask_and_is_nobody(http: TestClient, sqlite_database: Database, clock: FrozenClock) -> None:
    visitor = http.post("/chat/visitors")
    assert visitor.status_code == 201
    http.headers["Authorization"] = f"Bearer {visitor.json()['token']}"
    assert post(http, "查账单").status_code == 202
    bot = MemoryUnderstander()
    answer_next(sqlite_database, clock=clock, understander=bot, worker_id="w")
    assert bot.asked[0].context["verified"] is False
    assert http.get("/chat/turns").json()["visitor"] is True


def test_visitors_are_counted(http: TestClient, clock: FrozenClock) -> None:
    assert [http.post("/chat/visitors").status_code for _ in range(61)] == [201] * 60 + [429]
    clock.instant += timedelta(seconds=61)
    assert http.post("/chat/visitors").status_code == 201
