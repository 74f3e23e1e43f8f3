"""Rubbish sent to every route of the whole application: it is refused in Chinese, and nothing ever breaks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from service.api.chat_tokens import mint
from service.db.engine import Database
from service.demo.seed import seed
from service.domain.desk.agent_token import TokenRole
from service.settings import Settings
from service.usecases.chat.receive import receive
from service.usecases.collect.pause import pause
from service.usecases.desk.ensure_agent import ensure_agent
from service.usecases.desk.issue_token import issue_token
from service.usecases.ports import FrozenClock
from service.web import create_app
from service.wiring import Services, build

BORROWER = "demo-overdue-5"
CHINESE = re.compile("[\u4e00-\u9fff]")
NASTY = (
    *("", " ", "\0", "a\0b", "\ud800", "😀" * 50, "字" * 5000, "' OR 1=1 --", "<script>alert(1)</script>", "../../etc"),
    *("%00", "%", "\r\nX: y", "\x1b[31m", "\u202e反", "/affirm", "{{7*7}}", "null", "NaN", "1e400", "-0", "9" * 40),
    *("2026-11-30", "0001-01-01", "9999-12-31", "2026-02-30", "2026-11-30T00:00:00+25:00"),
)
NUMBERS = (0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**12, 10**13, 10**40, 50_000, 1.5, -0.0, 1e308)
KINDS = ("bill", "minimum", "all", "amount", "dispute", "hardship", "opt_out", "crisis", "talk_to_human")

words = st.sampled_from(NASTY) | st.text(max_size=40)
values = st.recursive(
    words | st.sampled_from(NUMBERS) | st.integers() | st.booleans() | st.none() | st.sampled_from(KINDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=4,
)


@pytest.fixture
def services(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[Services]:
    config = Settings(
        _env_file=None,
        data_dir=tmp_path,
        database_url=database.url,
        service_port=9,  # nobody listens: the gateway does not answer
        demo=True,
        service_token="service-token",
        bot_token="bot-token",
        app_signing_key="k" * 32,
        statement_key="s" * 32,
        console_signing_key="c" * 32,
        console_password="password-of-the-tests",
        payment_gateway_key="g" * 32,
        wechat_app_id="wx0123456789abcdef",
        wechat_app_secret="secret",
        wechat_token="token",
        wechat_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    )
    built = build(config, clock=clock)
    seed(built.database, clock=clock, products=built.products, price_caps=built.price_caps, borrowers=12, pause=pause)
    yield built
    built.close()


@pytest.fixture
def app(services: Services) -> FastAPI:
    return create_app(services, with_scheduler=False)


@pytest.fixture
def http(app: FastAPI) -> TestClient:
    """Without its lifespan: no workers, no sandbox; an exception is a 500, as it would be outside."""
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture
def conversation(services: Services, clock: FrozenClock) -> str:
    """A conversation of a borrower who is logged in, so that rubbish gets further than the door."""
    until = clock.now() + timedelta(minutes=30)
    who = {"channel": "inapp", "channel_user_id": BORROWER, "borrower_id": BORROWER, "verified_until": until}
    with services.database.transaction() as conn:
        return receive(conn, message_id="first", text="你好", now=clock.now(), **who).conversation_id


def operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    paths = app.openapi()["paths"]
    return [(method.upper(), path, one) for path, each in paths.items() for method, one in each.items()]


def body_fields(app: FastAPI, operation: dict[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = app.openapi()["components"]["schemas"].get(name, {})
    return list(schema.get("properties", {})) or ["id", "text", "payload"]


def quoted(value: str) -> str:
    return "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "surrogatepass")) or "%20"


@st.composite
def requests(draw: st.DrawFn, app: FastAPI, *, conversation: str, tokens: tuple[str, ...]) -> dict[str, Any]:
    method, path, operation = draw(st.sampled_from(operations(app)))
    for name in re.findall(r"{(\w+)}", path):
        known = conversation if name == "conversation_id" and draw(st.integers(0, 3)) else draw(words)[:1000]
        path = path.replace(f"{{{name}}}", quoted(known))
    asked = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
    query = "&".join(f"{name}={quoted(str(draw(values))[:1000])}" for name in asked if draw(st.booleans()))
    headers = {"Authorization": f"Bearer {draw(st.sampled_from(tokens))}"}
    if draw(st.integers(0, 5)):
        headers["Idempotency-Key"] = draw(st.sampled_from(("k1", "k2", "x" * 255, "x" * 256, "é", " "))).encode(
            "latin-1"
        )
    fields = body_fields(app, operation)
    whole = st.fixed_dictionaries({}, optional=dict.fromkeys(fields, values)) | values
    body = draw(whole.map(as_json) | st.binary(max_size=40) | st.just(b"[" * 20_000) | st.just(b'{"text": NaN}'))
    more = {"headers": headers | {"Content-Type": "application/json"}, "content": body} if method == "POST" else {}
    return {"method": method, "url": f"{path}?{query}", "headers": headers} | more


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def check(answer: httpx.Response) -> None:
    assert answer.status_code < 500 or answer.status_code == 503, answer.request.url
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", answer.request.url
        assert CHINESE.search(answer.json()["detail"]), answer.text


def agent_token(services: Services) -> str:
    now = services.clock.now()
    with services.database.transaction() as conn:
        ensure_agent(conn, agent_id="苏禾", name="苏禾", password="not-needed-here", now=now)
        return issue_token(conn, name="苏禾", role=TokenRole.OPERATOR, lasts=timedelta(days=1), now=now)[0]


def test_no_rubbish_breaks_any_route(
    app: FastAPI, http: TestClient, services: Services, conversation: str, clock: FrozenClock
) -> None:
    lifetime = timedelta(minutes=30)
    borrower = mint(subject=BORROWER, key="k" * 32, now=clock.now(), lifetime=lifetime)
    visitor = mint(subject="visitor:abc", key="k" * 32, now=clock.now(), lifetime=lifetime)
    tokens = ("service-token", borrower, visitor, agent_token(services), "rubbish")

    @bounded(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(requests(app, conversation=conversation, tokens=tokens))
    def never_breaks(request: dict[str, Any]) -> None:
        if "/chat/events" in request["url"]:  # a good one is a stream without an end
            request["headers"]["Authorization"] = "Bearer rubbish"
        if "/wechat/callback" in request["url"]:  # the platform reads a status and nothing else
            assert http.request(**request).status_code in (403, 422)
            return
        check(http.request(**request))

    never_breaks()


@pytest.mark.parametrize("announced", [True, False])
def test_a_huge_body_is_refused_before_it_is_kept_in_memory(http: TestClient, announced: bool) -> None:
    for path in (
        "/loan/conversations/x/payments",
        "/console/login",
        "/demo/log-in",
        "/wechat/callback",
        "/chat/messages",
    ):
        body = b"a" * 10**6 if announced else iter([b"a" * 64 * 1024] * 16)
        answer = http.post(path, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status_code in (401, 403, 413), path


def test_no_rubbish_breaks_the_console(http: TestClient, conversation: str) -> None:
    form_token = re.search(r'name="form_token" value="([^"]+)"', http.get("/console/login").text)
    assert form_token
    known = {"name": "demo", "password": "password-of-the-tests", "form_token": form_token[1]}
    assert http.post("/console/login", data=known).headers["location"] == "/console"
    paths = ("/console", "/console/rows", "/console/outreach", "/console/promises")
    for word in (quoted(word[:500]) for word in NASTY):
        urls = [f"{path}?q={word}&state={word}&owner={word}&channel={word}&page={word}" for path in paths]
        urls += [f"{path}?q={word}" for path in paths]
        urls += [f"/console/conversations/{word}", f"/console/conversations/{conversation}?before={word}"]
        for url in urls:
            answer = http.get(url)
            assert answer.status_code < 500, url
            assert "<script>alert" not in answer.text
        action = {"text": "好的", "key": "k", "form_token": word}
        assert http.post(f"/console/conversations/{conversation}/reply", data=action).status_code == 403
