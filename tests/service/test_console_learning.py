"""The console's page of turns to label: what is shown, and what one press does."""

# ruff: noqa: F811
from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from service.console import labels
from service.db import desk_learning
from service.db.engine import Database
from service.db.tables.desk import turn_label
from service.domain.desk.learning import Label
from service.usecases.desk.learning import PAGE_SIZE
from service.usecases.ports import FrozenClock
from tests.service.desk_cast import NAME, PHONE
from tests.service.learning_cast import fell_back, heard
from tests.service.test_console import app, su, token, visitor  # noqa: F401  fixtures

PAGE = "/console/learning"


@pytest.fixture
def said(app: FastAPI, sqlite_database: Database, clock: FrozenClock) -> int:
    with sqlite_database.transaction() as conn:
        fell_back(conn, "旧的一句", clock=clock)
        return fell_back(conn, f"我{NAME} {PHONE} <b>先弄2000</b>", clock=clock)


def kept(database: Database, turn_id: int) -> Label | None:
    with database.reading() as conn:
        return desk_learning.label_of(conn, turn_id)


def test_a_turn_is_shown_masked_and_escaped_with_its_guesses_and_every_intent(su: TestClient, said: int) -> None:
    page = su.get(PAGE).text
    assert "我某某 *** &lt;b&gt;先弄2000&lt;/b&gt;" in page
    for hidden in (NAME, PHONE, "<b>先弄", "199****"):
        assert hidden not in page, hidden
    card = page.split(f'id="turn-{said}"')[1].split("</li>")[0]
    for shown in ("没听懂", "31%", 'value="query_bill"', 'value="repay_now"', "都不是 / 跳过", "conversations/"):
        assert shown in card, shown
    choice = card.split("<select")[1].split("</select>")[0]
    every = (set(labels.INTENTS.values()) - {"未能理解"}) | {"其他意图…"}
    assert set(re.findall(r">([^<]+)</option>", choice)) == every
    assert page.index(f'id="turn-{said}"') < page.index("旧的一句")


def test_one_press_keeps_the_guess_and_goes_on_with_the_next_turn(
    su: TestClient, said: int, sqlite_database: Database
) -> None:
    page = su.get(PAGE)
    card = page.text.split(f'id="turn-{said}"')[1].split("</form>")[0]
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', card.split("<button")[0]))
    answer = su.post(f"{PAGE}/{said}/label", data={**form, "intent": "query_bill"})
    assert answer.status_code == 303
    place = answer.headers["location"]
    assert re.fullmatch(r"/console/learning\?state=&page=1#turn-\d+", place)
    after = su.get(place).text
    assert f'id="{place.split("#")[1]}"' in after
    assert f'id="turn-{said}"' not in after
    label = kept(sqlite_database, said)
    assert label is not None
    assert (label.intent, label.state, label.agent) == ("query_bill", "accepted", "苏禾")
    assert "标注为 <strong>查账单</strong>" in su.get(f"{PAGE}?state=accepted").text


def test_none_of_these_is_kept_and_can_be_changed(su: TestClient, said: int, sqlite_database: Database) -> None:
    form = {"form_token": token(su.get(PAGE))}
    assert su.post(f"{PAGE}/{said}/label", data={**form, "intent": "-"}).status_code == 303
    assert "已跳过" in su.get(f"{PAGE}?state=rejected").text.split('<ol class="learning">')[1]
    again = su.post(f"{PAGE}/{said}/label", data={**form, "intent": "repay_how", "state": "rejected"})
    assert again.headers["location"] == f"{PAGE}?state=rejected&page=1"
    label = kept(sqlite_database, said)
    assert label is not None
    assert label.intent == "repay_how"


@pytest.mark.parametrize(
    ("turn_id", "intent", "status"),
    [("{said}", "nlu_fallback", 422), ("{said}", "", 422), ("999999", "query_bill", 404), ("0", "query_bill", 422)],
)
def test_what_cannot_be_labelled_is_a_page_that_says_so_and_keeps_nothing(
    su: TestClient, said: int, sqlite_database: Database, turn_id: str, intent: str, status: int
) -> None:
    form = {"form_token": token(su.get(PAGE)), "intent": intent}
    answer = su.post(f"{PAGE}/{turn_id.format(said=said)}/label", data=form)
    assert (answer.status_code, "<!doctype html>" in answer.text) == (status, True)
    with sqlite_database.reading() as conn:
        assert conn.execute(select(turn_label)).all() == []


def test_nobody_labels_without_a_log_in_or_without_the_forms_token(
    app: FastAPI, su: TestClient, said: int, sqlite_database: Database
) -> None:
    path, values = f"{PAGE}/{said}/label", {"intent": "query_bill"}
    with TestClient(app, follow_redirects=False) as stranger:
        for answer in (stranger.get(PAGE), stranger.post(path, data={"form_token": "x", **values})):
            assert answer.headers["location"].startswith("/console/login")
    assert su.post(path, data=values).status_code == 403
    assert kept(sqlite_database, said) is None


def test_empty_pages_say_what_will_appear(su: TestClient) -> None:
    assert "没有需要标注的消息" in su.get(PAGE).text
    assert "还没有已标注的消息" in su.get(f"{PAGE}?state=accepted").text
    assert "没有需要标注的消息" in su.get(f"{PAGE}?state=nonsense").text


def test_a_long_list_has_pages(su: TestClient, sqlite_database: Database, clock: FrozenClock) -> None:
    with sqlite_database.transaction() as conn:
        for number in range(PAGE_SIZE + 1):
            heard(conn, f"第{number}句", "query_bill", sure=0.5, clock=clock)
    assert "第 1 / 2 页" in su.get(PAGE).text
    assert su.get(f"{PAGE}?page=2").text.count("data-turn ") == 1
