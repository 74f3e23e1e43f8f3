"""The console's control of contact hours: what was agreed, by whom and how; a form to keep it, change it and end it."""

# ruff: noqa: F811
from __future__ import annotations

from datetime import time

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.db import contact
from service.db.engine import Database
from service.domain.collect.contact import ContactTerms
from service.usecases.ports import FrozenClock
from tests.service.desk_cast import known
from tests.service.test_console import app, su, token, visitor  # noqa: F401  fixtures

PATH = "/console/borrowers/b1/contact-hours"
EVENING = {"agreed_from": "18:00", "agreed_until": "20:00", "timezone": "Asia/Shanghai", "note": "白天开车<i>"}


@pytest.fixture
def page(sqlite_database: Database, clock: FrozenClock) -> str:
    with sqlite_database.transaction() as conn:
        return "/console/conversations/" + known(conn, "你好", now=clock.now())


def form(su: TestClient, page: str, **changed: str) -> dict[str, str]:
    return {**EVENING, "form_token": token(su.get(page)), "back": page, **changed}


def kept(database: Database) -> ContactTerms | None:
    with database.reading() as conn:
        return contact.terms_of(conn, "b1")


def test_an_agent_keeps_agreed_hours_and_ends_them(su: TestClient, page: str, sqlite_database: Database) -> None:
    assert "没有约定，按规定的时段联系。" in su.get(page).text
    done = su.post(PATH, data=form(su, page))
    assert (done.status_code, done.headers["location"]) == (303, page)
    held = kept(sqlite_database)
    assert held is not None
    assert (held.agreed_from, held.agreed_until, held.agreed_by) == (time(18), time(20), "苏禾")
    shown = su.get(page).text
    assert "18:00–20:00" in shown
    assert "白天开车&lt;i&gt;" in shown
    assert 'value="18:00"' in shown, "the form begins with what holds"
    su.post(PATH, data=form(su, page, agreed_from="", agreed_until="", note="客户说随时都可以"))
    ended = kept(sqlite_database)
    assert ended is not None
    assert (ended.agreed_from, ended.note) == (None, "客户说随时都可以")
    assert "没有约定，按规定的时段联系。" in su.get(page).text


def test_hours_on_another_clock_say_so(su: TestClient, page: str) -> None:
    su.post(PATH, data=form(su, page, timezone="Asia/Urumqi"))
    assert "客户当地时间（Asia/Urumqi）" in su.get(page).text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"agreed_until": ""}, "要一起填写"),
        ({"agreed_from": "21:00"}, "开始时间要早于结束时间"),
        ({"agreed_from": "晚上六点"}, "时间请写成 09:30 这样"),
        ({"timezone": "Moon/Sea"}, "没有这个时区"),
        ({"note": " "}, "请写明原因"),
    ],
)
def test_what_cannot_be_agreed_on_is_refused_in_words(
    su: TestClient, page: str, sqlite_database: Database, changed: dict[str, str], told: str
) -> None:
    refused = su.post(PATH, data=form(su, page, **changed))
    assert refused.status_code == 409
    assert told in refused.text
    assert kept(sqlite_database) is None


def test_nobody_without_a_session_and_its_token_changes_them(
    app: FastAPI, su: TestClient, page: str, sqlite_database: Database
) -> None:
    assert su.post(PATH, data=form(su, page, form_token="")).status_code == 403
    assert su.post(PATH.replace("b1", "b9"), data=form(su, page)).status_code == 404
    with TestClient(app, follow_redirects=False) as stranger:
        assert stranger.post(PATH, data=EVENING).headers["location"].startswith("/console/login")
    assert kept(sqlite_database) is None
    away = su.post(PATH, data=form(su, page, back="https://elsewhere.example"))
    assert away.headers["location"] == "/console"
