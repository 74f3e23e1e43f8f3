"""The console's control of stops: a reason and a note to stop, a reason and for grave ones a colleague to resume."""

# ruff: noqa: F811
from __future__ import annotations

from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.db import collect
from service.db.engine import Database
from service.usecases.ports import FrozenClock
from tests.service.desk_cast import agent, known
from tests.service.test_console import app, log_in, su, token, visitor  # noqa: F401  fixtures


def page_of(su: TestClient, conversation_id: str) -> str:
    return su.get(f"/console/conversations/{conversation_id}").text


def test_an_agent_stops_and_two_agents_let_begin_again(
    app: FastAPI, su: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    with sqlite_database.transaction() as conn:
        conversation_id = known(conn, "我是他妻子，他上个月去世了", now=clock.now())
        agent(conn, name="顾清", now=clock.now())
    back = f"/console/conversations/{conversation_id}"
    form = {"form_token": token(su.get(back)), "back": back}
    assert "当前没有暂停" in page_of(su, conversation_id)
    done = su.post(
        "/console/borrowers/b1/stops", data={**form, "reason": "deceased", "note": "家属告知<i>", "key": "1"}
    )
    assert (done.status_code, done.headers["location"]) == (303, back)
    shown = page_of(su, conversation_id)
    assert "本人已故" in shown
    assert "家属告知&lt;i&gt;" in shown
    assert "申请恢复触达" in shown
    with sqlite_database.reading() as conn:
        (held,) = collect.open_pauses(conn, "b1")
    assert held.started_by == "苏禾"
    su.post(f"/console/stops/{held.id}/resume", data={**form, "reason": "家属说是误会"})
    waiting = page_of(su, conversation_id)
    assert "需要另一位同事批准后才会恢复" in waiting
    assert "同意恢复" not in waiting, "who asked is not offered to approve"
    with TestClient(app, follow_redirects=False) as other:
        log_in(other, name="顾清")
        theirs = other.get(back)
        assert "同意恢复" in theirs.text
        request_id = theirs.text.split("/console/resume-requests/")[1].split("/")[0]
        forged = other.post(f"/console/resume-requests/{request_id}/decide", data={"outcome": "approved"})
        assert forged.status_code == 403
        data = {"form_token": token(theirs), "back": back, "outcome": "approved"}
        assert other.post(f"/console/resume-requests/{request_id}/decide", data=data).status_code == 303
    with sqlite_database.reading() as conn:
        assert collect.open_pauses(conn, "b1") == ()
    assert "已结束的暂停（1）" in page_of(su, conversation_id)


def test_a_stop_without_a_note_is_refused_and_leads_nowhere_else(
    su: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    with sqlite_database.transaction() as conn:
        conversation_id = known(conn, "你好", now=clock.now())
    form = {"form_token": token(su.get(f"/console/conversations/{conversation_id}"))}
    refused = su.post("/console/borrowers/b1/stops", data={**form, "reason": "dispute", "note": ""})
    assert refused.status_code == 409
    assert "请写明原因" in refused.text
    away = su.post(
        "/console/borrowers/b1/stops",
        data={**form, "reason": "dispute", "note": "对金额有异议", "back": "https://elsewhere.example"},
    )
    assert away.headers["location"] == "/console"
