"""The console's page of disputes and complaints: what waits by its day, and an answer that is told once."""

# ruff: noqa: F811
from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from service.db import matter as store
from service.db.engine import Database
from service.db.tables.chat import turn
from service.domain.desk.matter import Matter, MatterKind, answer_days
from service.usecases.desk.file_matter import Filing, file_matter
from service.usecases.ports import FrozenClock
from service.wiring import read_policy
from tests.service.paying import lend
from tests.service.test_console import app, log_in, su, token, visitor  # noqa: F401  fixtures

PAGE = "/console/matters"


@pytest.fixture
def waiting(app: FastAPI, sqlite_database: Database, clock: FrozenClock) -> Matter:
    conversation_id = lend(sqlite_database, clock=clock, borrower_id="b9")
    with sqlite_database.transaction() as conn:
        return file_matter(
            conn,
            borrower_id="b9",
            conversation_id=conversation_id,
            filing=Filing(MatterKind.COMPLAINT, "催收方式", "半夜打电话<b>"),
            key="k",
            now=clock.now(),
            days=answer_days(read_policy("desk")),
        )


def post(client: TestClient, one: Matter, **values: str) -> Response:
    form = token(client.get(f"{PAGE}"))
    return client.post(f"{PAGE}/{one.id}/answer", data={"form_token": form, **values})


def told(database: Database) -> list[str]:
    with database.reading() as conn:
        return list(conn.scalars(select(turn.c.text).where(turn.c.sender == "system")))


def test_where_nothing_waits_the_page_says_so(su: TestClient) -> None:
    assert "没有等待答复的异议和投诉" in su.get(PAGE).text
    assert "还没有答复过" in su.get(f"{PAGE}?state=answered").text


def test_what_waits_is_shown_with_its_day_and_late_once_that_is_over(
    su: TestClient, waiting: Matter, clock: FrozenClock
) -> None:
    page = su.get(PAGE).text
    assert waiting.reference in page
    assert "半夜打电话&lt;b&gt;" in page
    assert "2026-12-08" in page
    assert "已超期" not in page
    clock.instant += timedelta(days=16)
    log_in(su)
    assert "已超期" in su.get(PAGE).text


def test_an_answer_is_kept_with_who_gave_it_and_told_once(
    su: TestClient, waiting: Matter, sqlite_database: Database
) -> None:
    values = {"outcome": "upheld", "answer": "已停止该坐席的外呼。"}
    form = token(su.get(PAGE))
    for _ in range(2):
        answer = su.post(f"{PAGE}/{waiting.id}/answer", data={"form_token": form, **values})
        assert answer.status_code == 303, answer.text
    with sqlite_database.reading() as conn:
        kept = store.by_id(conn, waiting.id)
    assert kept is not None
    assert (kept.outcome, kept.answered_by) == ("upheld", "苏禾")
    (said,) = told(sqlite_database)
    assert "情况属实。已停止该坐席的外呼。" in said
    assert waiting.reference not in su.get(PAGE).text
    assert "已停止该坐席的外呼" in su.get(f"{PAGE}?state=answered").text


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"outcome": "", "answer": "好"}, "请选择核实结果"),
        ({"outcome": "maybe", "answer": "好"}, "请选择核实结果"),
        ({"outcome": "rejected", "answer": "  "}, "消息是空的"),
        ({"outcome": "rejected", "answer": "再不还钱就让公安抓你"}, "请修改后再提交"),
    ],
)
def test_what_cannot_be_sent_is_told_in_chinese_and_what_was_typed_stays(
    su: TestClient, waiting: Matter, sqlite_database: Database, values: dict[str, str], why: str
) -> None:
    answer = post(su, waiting, **values)
    assert answer.status_code == 422
    assert why in answer.text
    assert values["answer"].strip() in answer.text
    assert told(sqlite_database) == []


def test_one_that_is_not_there_is_a_page_that_says_so(su: TestClient, waiting: Matter) -> None:
    form = token(su.get(PAGE))
    gone = su.post(f"{PAGE}/matter-x/answer", data={"form_token": form, "outcome": "upheld", "answer": "好"})
    assert (gone.status_code, "没有找到这件" in gone.text) == (404, True)
