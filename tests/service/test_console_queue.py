"""The console's people's queue: what is shown to whom, what a form does, and what a refused form gives back."""

# ruff: noqa: F811
from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from service.db import contact
from service.db import promise as promises
from service.db.engine import Database
from service.domain.collect.contact import PointKind
from service.domain.collect.outreach import Target
from service.usecases.ports import FrozenClock
from tests.service.desk_cast import agent
from tests.service.queueing import live, stopped, take
from tests.service.test_console import app, log_in, su, token, visitor  # noqa: F401  fixtures


@pytest.fixture
def case_id(app: FastAPI, sqlite_database: Database, clock: FrozenClock) -> str:
    return stopped(sqlite_database, clock, reason="debtor_unavailable")


def post(client: TestClient, path: str, **values: str) -> Response:
    form = token(client.get("/console/queue"))
    return client.post(f"/console/queue{path}", data={"form_token": form, **values})


def test_an_empty_queue_says_what_will_appear(su: TestClient) -> None:
    assert "队列是空的" in su.get("/console/queue").text
    answer = post(su, "/claim-next")
    assert answer.headers["location"] == "/console/queue?nothing=empty"
    assert "现在没有可以领取的案件" in su.get(answer.headers["location"]).text
    assert "没有符合条件的案件" in su.get("/console/queue?show=closed").text


def test_the_list_tells_why_and_hides_who_it_is(su: TestClient, case_id: str) -> None:
    page = su.get("/console/queue").text
    for shown in ("周*雨", "有暂停事由待核实", "待领取", "未结 <b>1</b>", f"/console/queue/{case_id}"):
        assert shown in page, shown
    assert "周谷雨" not in page
    assert "19900000005" not in page
    assert case_id in su.get("/console/queue?q=周&show=ready").text
    assert case_id not in su.get("/console/queue?level=urgent").text


def test_claim_next_then_tell_what_became_of_it(su: TestClient, case_id: str, sqlite_database: Database) -> None:
    offered = su.get(f"/console/queue/{case_id}").text
    assert "处理结果</h2>" not in offered, "only who holds it may tell"
    assert "暂停触达（本人无法联系）" in offered
    assert post(su, "/claim-next").headers["location"] == f"/console/queue/{case_id}"
    page = su.get(f"/console/queue/{case_id}").text
    for shown in ("现在能打电话吗", "不可以为还款致电", "客户投诉", "苏禾处理中", "逾期金额"):
        assert shown in page, shown
    refused = post(su, f"/{case_id}/disposition", code="promised", note="说好周五<b>", amount="五百")
    assert refused.status_code == 422
    assert "金额请写成数字" in refused.text
    assert "说好周五&lt;b&gt;" in refused.text
    bad_day = post(su, f"/{case_id}/disposition", code="promised", note="x", amount="500", promised_on="周五")
    assert "日期请写成" in bad_day.text
    done = post(
        su, f"/{case_id}/disposition", code="promised", note="说好周五", amount="500.50", promised_on="2026-11-27"
    )
    assert (done.status_code, done.headers["location"]) == (303, "/console/queue")
    with sqlite_database.reading() as conn:
        (made,) = promises.promises_of(conn, "b1")
    assert made.amount_fen == 50_050
    after = su.get(f"/console/queue/{case_id}").text
    assert "2026-11-28 再处理" in after
    assert "约定了还款日" in after


def test_a_case_is_let_go_with_a_reason(su: TestClient, case_id: str, sqlite_database: Database) -> None:
    post(su, f"/{case_id}/claim")
    assert "请写明原因" in post(su, f"/{case_id}/let-go", how="skip", reason="").text
    assert post(su, f"/{case_id}/let-go", how="skip", reason="认识这位客户").status_code == 303
    assert live(sqlite_database).held_by is None
    assert post(su, "/claim-next").headers["location"].endswith("nothing=empty")


def test_who_is_late_loses_the_case_and_reads_why(
    su: TestClient, case_id: str, sqlite_database: Database, clock: FrozenClock
) -> None:
    take(sqlite_database, clock, case_id, by="顾清")
    assert "正由顾清处理" in post(su, f"/{case_id}/claim").text
    assert "请先认领" in post(su, f"/{case_id}/let-go", how="return", reason="x").text
    assert su.get("/console/queue/none").status_code == 404


def test_others_are_contacted_after_two_colleagues_agreed(
    app: FastAPI, su: TestClient, case_id: str, sqlite_database: Database, clock: FrozenClock
) -> None:
    with sqlite_database.transaction() as conn:
        point = contact.add_point(
            conn, borrower_id="b1", kind=PointKind.PHONE, address="19900007777", target=Target.CONTACT,
            relation="姐姐", now=clock.now(),
        )  # fmt: skip
        for name in ("顾清", "林溪"):
            agent(conn, name=name, now=clock.now())
    post(su, f"/{case_id}/claim")
    wish = {"contact_point_id": point, "purpose": "relay", "reason": "无法联系本人"}
    refused = post(su, f"/{case_id}/contact", **wish, words="他欠了贷款")
    assert refused.status_code == 422
    assert "不得提及欠款" in refused.text
    assert "他欠了贷款</textarea>" in refused.text
    assert post(su, f"/{case_id}/contact", **wish, words="您好，方便请他回个电话吗？").status_code == 303
    own = su.get(f"/console/queue/{case_id}").text
    assert "同意联系</button>" not in own
    assert "199****7777" in own
    path = f"/{case_id}/contact/"
    for name in ("顾清", "林溪"):
        with TestClient(app, follow_redirects=False) as other:
            log_in(other, name=name)
            theirs = other.get(f"/console/queue/{case_id}").text
            request_id = theirs.split(f"/console/queue{path}")[1].split('"')[0]
            assert post(other, f"{path}{request_id}", outcome="approved").status_code == 303
    assert "已批准：林溪、顾清" in su.get(f"/console/queue/{case_id}").text


def test_a_stop_set_from_the_case_comes_back_to_it(su: TestClient, case_id: str, sqlite_database: Database) -> None:
    here = f"/console/queue/{case_id}"
    form = {"form_token": token(su.get(here)), "back": here, "reason": "illness", "note": "住院"}
    assert su.post("/console/borrowers/b1/stops", data=form).headers["location"] == here
    assert "重病或住院" in su.get(here).text


def test_hours_agreed_from_the_case_are_shown_there(su: TestClient, case_id: str) -> None:
    here = f"/console/queue/{case_id}"
    assert "没有约定，按规定的时段联系。" in su.get(here).text
    form = {"form_token": token(su.get(here)), "back": here, "timezone": "Asia/Shanghai", "note": "电话里约定"}
    form |= {"agreed_from": "18:00", "agreed_until": "20:00"}
    assert su.post("/console/borrowers/b1/contact-hours", data=form).headers["location"] == here
    assert "18:00–20:00" in su.get(here).text
