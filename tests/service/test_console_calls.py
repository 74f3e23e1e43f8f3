"""Calling from a case in the console: who may ask, what the gate's answer looks like, and what a result does."""

# ruff: noqa: F811
from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from service.db import collect, contact
from service.db.engine import Database
from service.domain.collect.contact import Attempt, Outcome
from service.domain.collect.outreach import Purpose
from service.domain.desk.handover import Agent
from service.usecases.desk.call_from_case import ask_to_call
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at
from tests.service.desk_cast import agent
from tests.service.queueing import stopped, take
from tests.service.test_console import console_on, log_in, su, token, visitor  # noqa: F401  fixtures
from tests.service.test_rubbish import NASTY


@pytest.fixture
def app(database: Database, clock: FrozenClock) -> FastAPI:
    return console_on(database, clock)


@pytest.fixture
def case_id(app: FastAPI, database: Database, clock: FrozenClock) -> str:
    """Held by 苏禾; nothing stops him from asking for money."""
    made = stopped(database, clock)
    with database.transaction() as conn:
        for one in collect.open_pauses(conn, "b1"):
            collect.end_pause(conn, one.id, by="顾清", reason="已查清", now=clock.now())
    take(database, clock, made)
    return made


def post(client: TestClient, path: str, **values: str) -> Response:
    form = token(client.get("/console/queue"))
    return client.post(f"/console/queue/{path}", data={"form_token": form, **values})


def asked(client: TestClient, case_id: str, purpose: str = "collect", *, key: str = "k1", point: str = "") -> str:
    """Ask for a call and follow to the page that answers."""
    answer = post(client, f"{case_id}/calls", whom=f"{point}:{purpose}", key=key)
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["location"]).text


def attempts(database: Database, clock: FrozenClock) -> list[Attempt]:
    with database.reading() as conn:
        return list(contact.attempts_of(conn, "b1", since=clock.now() - timedelta(days=7)))


def call_id_in(page: str) -> str:
    found = re.search(r"/calls/(call-[0-9a-f]+)/result", page)
    assert found
    return found[1]


def test_the_gate_is_asked_and_the_result_is_told(
    su: TestClient, case_id: str, database: Database, clock: FrozenClock
) -> None:
    before = su.get(f"/console/queue/{case_id}").text
    assert re.search(r'value="[^"]*:collect"', before)
    assert "还没有通话记录" in before
    page = asked(su, case_id)
    for shown in (
        "可以拨打",
        "19900000005",
        "请在 今天 10:05 前拨出",
        "我是工作人员苏禾，请问是周谷雨本人吗",
        "仍有未还款项",
    ):
        assert shown in page, shown
    assert "询问能否拨打" not in page, "the result of this one comes first"
    assert "代为还款" not in page, "that is said of others alone"
    call = call_id_in(page)
    for form, why in (
        ({"result": ""}, "请选择通话结果"),
        ({"result": "connected"}, "请填写时长"),
        ({"result": "connected", "length": "三分"}, "请写成“分:秒”"),
        ({"result": "refused"}, "只有联系他人时"),
    ):
        refused = post(su, f"{case_id}/calls/{call}/result", **form)
        assert (refused.status_code, why in refused.text) == (422, True), form
    assert 'value="三分"' in post(su, f"{case_id}/calls/{call}/result", result="connected", length="三分").text
    for _ in range(2):  # pressed twice
        done = post(su, f"{case_id}/calls/{call}/result", result="connected", length="3：25")
        assert done.status_code == 303
    (kept,) = attempts(database, clock)
    assert (kept.outcome, kept.seconds, kept.by_name) == (Outcome.CONNECTED, 205, "苏禾")
    after = su.get(done.headers["location"]).text
    assert "已登记：已接通，3:25" in after
    assert "19900000005" not in after, "the number is whole only while it is needed"
    assert "已登记过" in post(su, f"{case_id}/calls/{call}/result", result="unanswered").text


def test_a_form_sent_twice_uses_one_unit(su: TestClient, case_id: str, database: Database, clock: FrozenClock) -> None:
    pages = {asked(su, case_id, key="same").count("可以拨打 <b") for _ in range(3)}
    assert (pages, len(attempts(database, clock))) == ({1}, 1)
    stale = post(su, f"{case_id}/calls", whom=":collect", key="of another tab")
    assert (stale.status_code, "还没有登记结果" in stale.text) == (422, True)
    assert len(attempts(database, clock)) == 1


def test_presses_at_the_same_moment_are_one_call_and_none_is_told_to_try_again(
    su: TestClient, case_id: str, database: Database, clock: FrozenClock
) -> None:
    def press(_: int) -> str:
        with database.transaction() as conn:
            return ask_to_call(
                conn, case_id=case_id, contact_point_id="", purpose=Purpose.COLLECT, key="k",
                agent=Agent("agent-苏禾", "苏禾", "agent", 1), now=clock.now(), policy=policy(),
            )  # fmt: skip

    with ThreadPoolExecutor(6) as pool:
        made = set(pool.map(press, range(6)))
    assert (len(made), len(attempts(database, clock))) == (1, 1)


def test_what_was_not_dialled_gives_the_unit_back(
    su: TestClient, case_id: str, database: Database, clock: FrozenClock
) -> None:
    clock.instant += timedelta(seconds=1)
    first = asked(su, case_id)
    clock.instant += timedelta(minutes=6)
    late = su.get(f"/console/queue/{case_id}").text
    assert "拨出时间已过" in late
    post(su, f"{case_id}/calls/{call_id_in(first)}/result", result="not_dialled")
    assert "可以拨打 <b" in asked(su, case_id, key="k2")
    assert [one.outcome for one in attempts(database, clock)] == [Outcome.NOT_DELIVERED, Outcome.UNKNOWN]


def test_every_reason_why_not_is_shown_and_nothing_is_used_up(
    su: TestClient, case_id: str, database: Database, clock: FrozenClock
) -> None:
    take_again_at(database, clock, case_id, "07:00", days=1)
    log_in(su)
    page = asked(su, case_id)
    assert "现在不能拨打 199****0005" in page
    assert "允许的时段是" in page
    assert "没有占用拨打次数" in page
    assert "19900000005" not in page
    (kept,) = attempts(database, clock)
    assert kept.outcome is Outcome.REFUSED
    assert all(one["detail"] in page for one in kept.reasons)
    assert post(su, f"{case_id}/calls/{kept.id}/result", result="unanswered").status_code == 404


def take_again_at(database: Database, clock: FrozenClock, case_id: str, clock_time: str, *, days: int = 0) -> None:
    at(clock, clock_time, days=days)
    take(database, clock, case_id)


def test_only_who_holds_the_case_asks_and_only_who_called_tells(
    app: FastAPI, su: TestClient, case_id: str, database: Database, clock: FrozenClock
) -> None:
    with database.transaction() as conn:
        agent(conn, name="顾清", now=clock.now())
    call = call_id_in(asked(su, case_id))
    with TestClient(app, follow_redirects=False) as other:
        log_in(other, name="顾清")
        theirs = other.get(f"/console/queue/{case_id}").text
        assert "询问能否拨打" not in theirs
        assert "19900000005" not in theirs
        refused = post(other, f"{case_id}/calls", whom=":collect", key="k")
        assert (refused.status_code, "请先认领" in refused.text) == (422, True)
        told = post(other, f"{case_id}/calls/{call}/result", result="unanswered")
        assert "由另一位同事拨打" in told.text
    assert post(su, f"{case_id}/let-go", how="return", reason="下班").status_code == 303
    left = su.get(f"/console/queue/{case_id}").text
    assert call_id_in(left) == call, "who gave the case back still tells what came of his call"
    assert len(attempts(database, clock)) == 1


@pytest.mark.parametrize("whom", ["", ":", "x", ":gossip", "point-of-nobody:collect", ":relay"])
def test_what_the_page_does_not_offer_is_refused_in_chinese(
    su: TestClient, case_id: str, database: Database, clock: FrozenClock, whom: str
) -> None:
    answer = post(su, f"{case_id}/calls", whom=whom, key="k")
    assert answer.status_code in (404, 422)
    assert re.search("请选择要拨打|没有找到这个联系方式|不能用于这种目的", answer.text)
    assert attempts(database, clock) == []


def test_no_rubbish_breaks_the_forms(su: TestClient, case_id: str, database: Database, clock: FrozenClock) -> None:
    call = call_id_in(asked(su, case_id))
    for word in (one for one in NASTY if one.isprintable() or "\0" in one):
        answers = [
            post(su, f"{case_id}/calls", whom=f"{word}:collect", key=word),
            post(su, f"{case_id}/calls/{call}/result", result="connected", length=word),
            post(su, f"{case_id}/calls/{call}/result", result=word, length="1:00"),
            post(su, f"{case_id}/calls/{quote(word, safe='')}/result", result="unanswered"),
            su.get(f"/console/queue/{case_id}?call={quote(word)}"),
        ]
        assert 303 not in [one.status_code for one in answers]
        assert max(one.status_code for one in answers) < 500
        assert all("<script>alert" not in one.text for one in answers)
    assert [one.outcome for one in attempts(database, clock)] == [Outcome.UNKNOWN]


def test_a_wrong_number_is_not_offered_again(
    su: TestClient, case_id: str, database: Database, clock: FrozenClock
) -> None:
    call = call_id_in(asked(su, case_id))
    post(su, f"{case_id}/calls/{call}/result", result="wrong_number")
    after = su.get(f"/console/queue/{case_id}").text
    assert "没有可以拨打的号码" in after
    assert "非本人" in after
