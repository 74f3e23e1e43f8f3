"""The console's page of limit applications: facts and reasons are shown, and a person's decision is his own."""

# ruff: noqa: F811
from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from service.db import credit_line as store
from service.db import limit_application as applications
from service.db.engine import Database
from service.db.tables.chat import turn
from service.db.tables.credit_line import income_proof
from service.domain.days import business_date
from service.domain.loan.limit_application import Application
from service.usecases.loan.apply_for_limit import apply_for_limit
from service.usecases.loan.disburse import disburse
from service.usecases.loan.open_line import open_line
from service.usecases.ports import FrozenClock
from tests.domain.loan.limit_cases import RULES
from tests.service.desk_cast import known
from tests.service.loan.ledger import CAPS, PRODUCTS
from tests.service.test_console import app, su, token, visitor  # noqa: F401  fixtures

LINE = "line:b1:cash"


@pytest.fixture
def waiting(app: FastAPI, sqlite_database: Database, clock: FrozenClock) -> Application:
    """An application that waits for a person: the borrower has had the line for a month."""
    now = clock.now()
    with sqlite_database.transaction() as conn:
        conversation_id = known(conn, "我要提额", now=now)
        then = now - timedelta(days=40)
        who = {"borrower_id": "b1", "product_code": "cash", "products": PRODUCTS, "now": then}
        open_line(conn, limit_fen=2_000_000, **who)
        disburse(
            conn, price_caps=CAPS,
            loan_id="l1", principal_fen=600_000, periods=12, disbursed_on=business_date(now), purpose="现金周转",
            **who | {"now": now},
        )  # fmt: skip
    return apply_for_limit(
        sqlite_database,
        borrower_id="b1",
        conversation_id=conversation_id,
        line_id=LINE,
        asked_fen=None,
        key="k",
        stops=lambda conn, borrower_id: ("dispute",),
        rules=RULES,
        clock=clock,
    )


def post(su: TestClient, application_id: str, what: str, **values: str) -> Response:
    form = token(su.get("/console/limits"))
    return su.post(f"/console/limits/{application_id}/{what}", data={"form_token": form, **values})


def kept(database: Database, one: Application) -> Application:
    with database.reading() as conn:
        found = applications.by_id(conn, one.id)
    assert found is not None
    return found


def said_to_borrower(database: Database) -> list[str]:
    with database.reading() as conn:
        return list(conn.scalars(select(turn.c.text).where(turn.c.sender == "system").order_by(turn.c.id)))


def test_an_application_is_shown_with_facts_reasons_and_sources_and_the_person_masked(
    su: TestClient,
    waiting: Application,
) -> None:
    page = su.get("/console/limits").text
    for shown in (
        "周*雨", "循环现金额度", "¥30,000.00", "现在 ¥20,000.00", "异议、投诉或协商", "nothing_open", "依据：[P]",
        "还款记录", "需要人工", "未得分", "对欠款有异议", "30 %", "未核实", f"规则 {RULES.version}",
    ):  # fmt: skip
        assert shown in page, shown
    assert "周谷雨" not in page
    assert "没有符合条件的申请" in su.get("/console/limits?state=approved").text
    assert "循环现金额度" in su.get("/console/limits?state=all").text


def test_without_applications_the_page_says_what_will_appear(su: TestClient) -> None:
    assert "没有等待人工的提额申请" in su.get("/console/limits").text


def test_an_agent_grants_a_sum_by_name_and_the_borrower_is_told_once(
    su: TestClient,
    waiting: Application,
    sqlite_database: Database,
) -> None:
    values = {"outcome": "approved", "amount": "24,000", "reason": "ability_shown", "note": "电话核实"}
    form = token(su.get("/console/limits"))
    for _ in range(2):
        answer = su.post(f"/console/limits/{waiting.id}/decide", data={"form_token": form, **values})
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/limits")
    decided = kept(sqlite_database, waiting)
    assert (decided.state.value, decided.amount_fen, decided.decided_by) == ("approved", 2_400_000, "苏禾")
    with sqlite_database.reading() as conn:
        raised = store.events_of(conn, LINE)[-1]
    assert (raised.by, raised.amount_fen) == ("苏禾", 2_400_000)
    (told,) = said_to_borrower(sqlite_database)
    assert "额度调整为 24,000 元" in told
    assert "电话核实" not in told
    assert "苏禾" not in told
    assert "苏禾" in su.get("/console/limits?state=approved").text


def test_an_agent_refuses_and_the_borrower_hears_why_and_what_next(
    su: TestClient,
    waiting: Application,
    sqlite_database: Database,
) -> None:
    assert (
        post(su, waiting.id, "decide", outcome="refused", reason="record_too_short", note="再看看").status_code == 303
    )
    assert "备注：再看看" in su.get("/console/limits?state=refused").text
    (told,) = said_to_borrower(sqlite_database)
    assert "还款记录还比较短" in told
    assert "现在的额度不受影响" in told
    assert "满 6 期后再申请" in told


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"outcome": "approved", "amount": "一些", "reason": "ability_shown"}, "金额请写成数字"),
        ({"outcome": "approved", "amount": "30,100", "reason": "ability_shown"}, "不能超过申请的"),
        ({"outcome": "approved", "amount": "24000", "reason": "recent_lateness"}, "与决定相符的原因"),
        ({"outcome": "referred", "reason": "ability_shown"}, "同意或拒绝"),
    ],
)
def test_what_may_not_be_decided_comes_back_with_the_reason(
    su: TestClient,
    waiting: Application,
    sqlite_database: Database,
    values: dict[str, str],
    said: str,
) -> None:
    answer = post(su, waiting.id, "decide", **values)
    assert answer.status_code == 422
    assert said in answer.text
    assert kept(sqlite_database, waiting).state.value == "referred"
    assert said_to_borrower(sqlite_database) == []


def test_a_checked_income_is_kept_and_shown(
    su: TestClient,
    waiting: Application,
    sqlite_database: Database,
) -> None:
    for _ in range(2):
        assert post(su, waiting.id, "income", monthly="9000", key="once").status_code == 303
    with sqlite_database.reading() as conn:
        rows = conn.execute(select(income_proof)).all()
    assert [(row.monthly_fen, row.checked_by) for row in rows] == [(900_000, "苏禾")]
    assert "¥9,000.00（已核实）" in su.get("/console/limits").text
    assert post(su, waiting.id, "income", monthly="-1", key="twice").status_code == 422


@pytest.mark.parametrize("what", ["decide", "income"])
def test_no_decision_without_a_log_in_or_without_the_forms_token(
    app: FastAPI,
    su: TestClient,
    waiting: Application,
    sqlite_database: Database,
    what: str,
) -> None:
    path = f"/console/limits/{waiting.id}/{what}"
    values = {"outcome": "approved", "amount": "24000", "reason": "ability_shown", "monthly": "9000"}
    with TestClient(app, follow_redirects=False) as stranger:
        answer = stranger.post(path, data={"form_token": "x", **values})
        assert answer.headers["location"].startswith("/console/login")
    assert su.post(path, data=values).status_code == 403
    assert kept(sqlite_database, waiting).state.value == "referred"


def test_an_application_nobody_knows_is_a_page_that_says_so(su: TestClient, waiting: Application) -> None:
    answer = post(su, "limit-none", "decide", outcome="refused", reason="record_too_short")
    assert answer.status_code == 404
