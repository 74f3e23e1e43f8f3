"""The agents' pages: who gets in, what is shown, and what a form may do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import Connection, insert, select

from service.console.app import install
from service.db.engine import Database
from service.db.tables.chat import turn
from service.db.tables.collect import outreach, promise
from service.domain.days import business_date
from service.usecases.chat.bell import Bell
from service.usecases.desk.hand_over import hand_over
from service.usecases.desk.take import take
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.domain.loan.hardship_cases import hardship_policy
from tests.domain.loan.limit_cases import RULES
from tests.service.desk_cast import PASSWORD, agent, known, stranger
from tests.service.paying import products

KEY = "a key for tests, long enough to be one"


@pytest.fixture
def app(sqlite_database: Database, clock: FrozenClock) -> FastAPI:
    return console_on(sqlite_database, clock)


def console_on(database: Database, clock: FrozenClock) -> FastAPI:
    """The console alone, with 苏禾 as its first agent."""
    app = FastAPI()
    app.state.services = SimpleNamespace(
        database=database,
        clock=clock,
        settings=SimpleNamespace(console_signing_key=KEY),
        policy=policy(),
        products=products(),
        limit_rules=RULES,
        hardship=hardship_policy(),
        bell=Bell(),
    )
    install(app)
    with database.transaction() as conn:
        agent(conn, now=clock.now())
    return app


@pytest.fixture
def visitor(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.fixture
def su(visitor: TestClient) -> TestClient:
    """A browser in which 苏禾 has logged in."""
    assert log_in(visitor).status_code == 303
    return visitor


@pytest.fixture
def cid(sqlite_database: Database, clock: FrozenClock) -> str:
    with sqlite_database.transaction() as conn:
        return known(conn, "转人工", now=clock.now())


def token(page: Response) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)
    assert found
    return found[1]


def log_in(client: TestClient, *, name: str = "苏禾", password: str = PASSWORD, next: str = "/console") -> Response:
    form = token(client.get("/console/login"))
    values = {"name": name, "password": password, "form_token": form, "next": next}
    return client.post("/console/login", data=values)


def act(client: TestClient, cid: str, what: str, **values: str) -> Response:
    form = token(client.get(f"/console/conversations/{cid}"))
    return client.post(f"/console/conversations/{cid}/{what}", data={"form_token": form, **values})


@pytest.mark.parametrize("path", ["/console/nowhere", "/console/queue/x/disposition", "/console/limits/x/decide"])
def test_an_address_without_a_page_is_answered_with_one_and_not_with_json(su: TestClient, path: str) -> None:
    answer = su.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "没有这个页面" in answer.text
    assert su.get("/console/").headers["location"].endswith("/console")
    assert su.get("/console/queue/", follow_redirects=False).headers["location"] == "/console/queue"


@pytest.mark.parametrize("path", ["logout", "conversations/{cid}/take", "conversations/{cid}/reply"])
def test_a_form_without_its_token_does_nothing(su: TestClient, cid: str, sqlite_database: Database, path: str) -> None:
    for form in ({}, {"form_token": "0" * 64}, {"form_token": "不是令牌"}):
        answer = su.post("/console/" + path.format(cid=cid), data={"text": "您好", **form})
        assert answer.status_code == 403
    assert su.get("/console").status_code == 200
    with sqlite_database.reading() as conn:
        assert not conn.execute(select(turn).where(turn.c.direction == "out")).all()


def test_a_conversation_is_taken_answered_and_given_back(su: TestClient, cid: str) -> None:
    assert "接管会话" in su.get(f"/console/conversations/{cid}").text
    assert act(su, cid, "take").headers["location"] == f"/console/conversations/{cid}"
    assert "由您接待" in su.get(f"/console/conversations/{cid}").text
    assert act(su, cid, "reply", text="您好，我来帮您看。", key="k").status_code == 303
    assert "您好，我来帮您看。" in su.get(f"/console/conversations/{cid}").text
    assert act(su, cid, "give-back").status_code == 303
    assert "小清正在自动回复" in su.get(f"/console/conversations/{cid}").text


def test_forbidden_words_come_back_with_the_reason_and_the_draft(su: TestClient, cid: str) -> None:
    act(su, cid, "take")
    answer = act(su, cid, "reply", text="不还就让公安局抓你", key="k")
    assert answer.status_code == 422
    assert "没有发出" in answer.text
    assert "依据" in answer.text
    assert ">不还就让公安局抓你</textarea>" in answer.text
    shown = su.get(f"/console/conversations/{cid}/live").text
    assert "公安局" not in shown


def test_what_another_agent_holds_is_refused_in_words(
    su: TestClient, cid: str, sqlite_database: Database, clock: FrozenClock
) -> None:
    form = token(su.get(f"/console/conversations/{cid}"))
    with sqlite_database.transaction() as conn:
        take(conn, conversation_id=cid, agent=agent(conn, name="许晚", now=clock.now()), now=clock.now())
    answer = su.post(f"/console/conversations/{cid}/take", data={"form_token": form})
    assert answer.status_code == 409
    assert "正由许晚接待" in answer.text


def test_what_a_borrower_writes_is_shown_as_text(su: TestClient, sqlite_database: Database, clock: FrozenClock) -> None:
    with sqlite_database.transaction() as conn:
        cid = known(conn, "<script>alert(1)</script><img src=x onerror=alert(1)>", now=clock.now())
        hand_over(conn, conversation_id=cid, reason="<b>急</b>", now=clock.now())
        conn.execute(
            turn.update().values(
                intent="<i>x</i>", confidence=0.5, entities=[{"entity": "<u>", "value": "<s>"}], failure="<em>"
            )
        )
    for path in ("/console", f"/console/conversations/{cid}", f"/console/conversations/{cid}/live"):
        page = su.get(path).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert not re.search(r"<(script>|img src=x|b>急|i>|u>|s>|em>)", page)


def test_names_and_phones_are_masked_on_every_page(
    su: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    with sqlite_database.transaction() as conn:
        cid = known(conn, "在吗", now=clock.now())
        seed_collect(conn, cid, clock)
    for path in ("/console", f"/console/conversations/{cid}", "/console/outreach", "/console/promises"):
        page = su.get(path).text
        assert "周*雨" in page
        assert "199****1234" in page
        assert "周谷雨" not in page
        assert "19900001234" not in page


def test_the_outreach_log_gives_every_reason_with_its_source(
    su: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    with sqlite_database.transaction() as conn:
        seed_collect(conn, known(conn, "在吗", now=clock.now()), clock)
    page = su.get("/console/outreach").text
    for shown in (
        "已拦截",
        "现在不在可联系时段",
        "依据：[S] 标准一",
        "对欠款有异议",
        "依据：[P] 内部",
        "还款提醒</b>",
        "到期前 3 天",
        "模板 v2",
        "策略 2026-11-01",
    ):
        assert shown in page
    assert "pre_due" not in page
    assert "已拦截" in su.get("/console/outreach?state=blocked&q=谷雨").text.split("<tbody>")[1]
    assert "没有符合条件的记录" in su.get("/console/outreach?state=sent").text
    assert "没有符合条件的记录" in su.get("/console/outreach?q=别人").text


def test_promises_are_listed_with_what_was_paid(su: TestClient, sqlite_database: Database, clock: FrozenClock) -> None:
    with sqlite_database.transaction() as conn:
        seed_collect(conn, known(conn, "在吗", now=clock.now()), clock)
    page = su.get("/console/promises").text
    for shown in ("¥2,000.00", "¥500.00", "还有 17 天", "发工资先还两千"):
        assert shown in page
    assert "没有符合条件的承诺" in su.get("/console/promises?state=broken").text


def test_empty_lists_say_what_will_appear(su: TestClient) -> None:
    assert "还没有会话" in su.get("/console").text
    assert "还没有触达记录" in su.get("/console/outreach").text
    assert "还没有承诺还款" in su.get("/console/promises").text
    assert "没有符合条件的会话" in su.get("/console?q=nobody").text


def test_a_stranger_is_shown_with_a_warning_not_to_speak_of_debts(
    su: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    with sqlite_database.transaction() as conn:
        cid = stranger(conn, "你好", now=clock.now())
    page = su.get(f"/console/conversations/{cid}").text
    assert "身份未核验" in page
    assert "未识别" in page


def test_an_unchanged_fragment_is_not_sent_again(su: TestClient, cid: str) -> None:
    path = f"/console/conversations/{cid}/live"
    first = su.get(path)
    same = su.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.text) == (304, "")
    act(su, cid, "take")
    assert su.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_a_conversation_nobody_knows_is_a_page_that_says_so(su: TestClient) -> None:
    answer = su.get("/console/conversations/inapp-nobody")
    assert answer.status_code == 404
    assert "没有找到这个会话" in answer.text


@pytest.mark.parametrize("query", ["page=0", "page=x", "q=" + "长" * 65])
def test_a_senseless_query_is_a_page_that_says_so(su: TestClient, query: str) -> None:
    answer = su.get(f"/console?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")


def test_every_page_carries_the_strict_headers_and_no_inline_code(su: TestClient, cid: str) -> None:
    paths = ("/console/login", "/console", f"/console/conversations/{cid}", "/console/conversations/none")
    for path in paths:
        page = su.get(path)
        rules = page.headers["content-security-policy"]
        assert "default-src 'none'" in rules
        assert "unsafe" not in rules
        assert page.headers["cache-control"] == "no-store"
        assert not re.search(r"<script(?![^>]* src=)|\son\w+=|\sstyle=|https?://", page.text)


def seed_collect(conn: Connection, cid: str, clock: FrozenClock) -> None:
    """One blocked outreach and one half-kept promise of the first borrower."""
    now, today = clock.now(), business_date(clock.now())
    reasons = [
        {"code": "inside_hours", "detail": "现在不在可联系时段", "source": "[S] 标准一"},
        {"code": "not_stopped", "detail": "对欠款有异议", "source": "[P] 内部"},
    ]
    log = {
        "id": "o1",
        "borrower_id": "b1",
        "slot": "s1",
        "business_date": today,
        "tier": "pre_due",
        "step": "pre_due-3",
    }
    log |= {"channel": "inapp", "template": "gentle", "template_version": "2", "policy_version": "2026-11-01"}
    log |= {"state": "blocked", "reasons": reasons, "text": "您好", "planned_at": now, "decided_at": now}
    log |= {"kind": "reminder", "episode_on": today, "not_before": now}
    conn.execute(insert(outreach).values(**log))
    made = {"id": "p1", "key": "k1", "borrower_id": "b1", "conversation_id": cid, "amount_fen": 200000}
    made |= {"due_on": today + timedelta(days=17), "state": "pending", "paid_fen": 50000}
    made |= {"text": "发工资先还两千", "created_at": now}
    conn.execute(insert(promise).values(**made))
