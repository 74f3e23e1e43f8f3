"""Who gets into the console, for how long, and where he comes out."""

# ruff: noqa: F811
from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from service.console import session
from service.usecases.ports import FrozenClock
from tests.service.desk_cast import PASSWORD
from tests.service.test_console import app, cid, log_in, su, token, visitor  # noqa: F401  fixtures

PAGES = (
    "/console",
    "/console/rows",
    "/console/outreach",
    "/console/promises",
    "/console/limits",
    "/console/borrowers/x/credit-lines",
    "/console/hardship",
    "/console/matters",
    "/console/learning",
    "/console/queue",
    "/console/queue/x",
    "/console/conversations/x",
)


def test_who_is_logged_out_over_a_form_comes_back_to_its_page(visitor: TestClient) -> None:
    form = {"form_token": "x", "note": "写了很久的备注"}
    for referer, back in (
        ("https://desk.example/console/queue/case-1?call=2", "/console/queue/case-1"),
        ("https://evil.example/elsewhere", "/console"),
        ("//evil.example//console", "/console"),
        ("http://[nonsense", "/console"),
        ("", "/console"),
    ):
        answer = visitor.post("/console/queue/case-1/disposition", data=form, headers={"Referer": referer})
        assert answer.headers["location"] == f"/console/login?next={back}"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_without_a_log_in(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/login?next=")


def test_a_fragment_without_a_log_in_says_so_instead_of_showing_the_log_in(visitor: TestClient) -> None:
    assert visitor.get("/console/rows", headers={"X-Fragment": "1"}).status_code == 401


@pytest.mark.parametrize("what", ["take", "give-back", "reply"])
def test_no_act_without_a_log_in(visitor: TestClient, cid: str, what: str) -> None:
    answer = visitor.post(f"/console/conversations/{cid}/{what}", data={"form_token": "x", "text": "您好"})
    assert answer.headers["location"].startswith("/console/login")


def test_the_right_password_opens_the_console(visitor: TestClient) -> None:
    answer = log_in(visitor)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    cookie = next(
        line for line in answer.headers.get_list("set-cookie") if session.SESSION_COOKIE in line and "Max" in line
    )
    assert {"httponly", "samesite=strict", "max-age=28800", "path=/console"} <= {
        part.strip().lower() for part in cookie.split(";")
    }
    assert visitor.get("/console").status_code == 200


@pytest.mark.parametrize(("name", "password"), [("苏禾", "wrong"), ("没有这个人", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_sound_the_same(visitor: TestClient, name: str, password: str) -> None:
    answer = log_in(visitor, name=name, password=password)
    assert answer.status_code == 401
    assert "账号或密码不正确" in answer.text
    assert visitor.get("/console").status_code == 303


def test_after_five_wrong_guesses_the_right_password_has_to_wait(visitor: TestClient, clock: FrozenClock) -> None:
    for _ in range(5):
        assert log_in(visitor, password="wrong").status_code == 401
    refused = log_in(visitor)
    assert refused.status_code == 429
    assert "5 分钟" in refused.text
    clock.instant += timedelta(minutes=5)
    assert log_in(visitor).status_code == 303


@pytest.mark.parametrize(
    "next",
    ["https://evil.example/", "//evil.example", "/console/../demo\\x", "/chat", "/console//x", "/console/../chat"],
)
def test_after_log_in_nobody_is_sent_elsewhere(visitor: TestClient, next: str) -> None:
    assert log_in(visitor, next=next).headers["location"] == "/console"


def test_after_log_in_one_is_where_one_wanted_to_be(visitor: TestClient) -> None:
    assert log_in(visitor, next="/console/outreach").headers["location"] == "/console/outreach"


def test_a_log_in_form_without_its_token_is_refused(visitor: TestClient) -> None:
    visitor.get("/console/login")
    answer = visitor.post("/console/login", data={"name": "苏禾", "password": PASSWORD})
    assert answer.status_code == 403
    assert session.SESSION_COOKIE not in visitor.cookies


def test_a_session_ends_after_eight_hours(su: TestClient, clock: FrozenClock) -> None:
    clock.instant += timedelta(hours=8, seconds=-1)
    assert su.get("/console").status_code == 200
    clock.instant += timedelta(seconds=1)
    assert su.get("/console").status_code == 303


def test_a_session_signed_with_another_key_counts_for_nothing(visitor: TestClient, clock: FrozenClock) -> None:
    forged = session.issue(agent_id="agent-苏禾", generation=0, key="z" * 40, now=clock.now())
    visitor.cookies.set(session.SESSION_COOKIE, forged, path="/console")
    assert visitor.get("/console").status_code == 303


def test_a_key_too_short_to_sign_with_is_refused(clock: FrozenClock) -> None:
    with pytest.raises(RuntimeError, match="console_signing_key"):
        session.issue(agent_id="a", generation=0, key="", now=clock.now())


def test_log_out_ends_a_copied_session_too(su: TestClient) -> None:
    copied = su.cookies[session.SESSION_COOKIE]
    assert su.post("/console/logout", data={"form_token": token(su.get("/console"))}).status_code == 303
    su.cookies.set(session.SESSION_COOKIE, copied, path="/console")
    assert su.get("/console").status_code == 303
