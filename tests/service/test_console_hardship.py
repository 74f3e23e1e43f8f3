"""The console's page of hardship proposals: what is asked and known is shown, and a person's decision is his own."""

# ruff: noqa: F811
from __future__ import annotations

from datetime import date

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from service.db import collect
from service.db import hardship as store
from service.db import loan as ledger
from service.db.engine import Database
from service.db.tables.chat import turn
from service.domain.loan.hardship import Terms
from service.domain.loan.hardship_policy import HardshipKind
from service.domain.loan.hardship_proposal import Proposal
from service.usecases.chat.tell_hardship import tell_hardship
from service.usecases.collect.propose_hardship import propose_hardship
from service.usecases.ports import FrozenClock
from tests.domain.loan.hardship_cases import hardship_policy
from tests.service.paying import lend
from tests.service.test_console import app, su, token, visitor  # noqa: F401  fixtures


@pytest.fixture
def waiting(app: FastAPI, sqlite_database: Database, clock: FrozenClock) -> Proposal:
    conversation_id = lend(sqlite_database, clock=clock, borrower_id="b9")
    with sqlite_database.transaction() as conn:
        return propose_hardship(
            conn,
            borrower_id="b9",
            conversation_id=conversation_id,
            loan_id="loan-b9",
            terms=Terms(HardshipKind.PLAN, periods=24, first_on=date(2026, 12, 10)),
            note="最近失业了<b>",
            key="k",
            now=clock.now(),
            policy=hardship_policy(),
            tell=tell_hardship,
        )


def post(su: TestClient, one: Proposal, **values: str) -> Response:
    form = token(su.get("/console/hardship?state=all"))
    return su.post(f"/console/hardship/{one.id}/decide", data={"form_token": form, **values})


def state(database: Database, one: Proposal) -> tuple[str, str]:
    with database.reading() as conn:
        found = store.by_id(conn, one.id)
    assert found is not None
    return found.state.value, found.decided_by


def last_told(database: Database) -> str:
    with database.reading() as conn:
        return list(conn.scalars(select(turn.c.text).where(turn.c.sender == "system").order_by(turn.c.id)))[-1]


def test_a_proposal_is_shown_with_terms_facts_and_reasons_and_the_person_masked(
    su: TestClient, waiting: Proposal
) -> None:
    page = su.get("/console/hardship").text
    for shown in (
        "周*雨",
        "家电分期·云朵冰箱",
        "24 期，第一期 2026-12-10",
        "最近失业了&lt;b&gt;",
        "beyond_rule",
        "[P]",
        "5 天",
    ):
        assert shown in page, shown
    assert "周谷雨" not in page
    assert "没有符合条件的申请" in su.get("/console/hardship?state=active").text


def test_without_proposals_the_page_says_what_will_appear(su: TestClient) -> None:
    assert "没有等待人工的困难方案" in su.get("/console/hardship").text


def test_an_agent_approves_by_name_and_everything_follows_once(
    su: TestClient, waiting: Proposal, sqlite_database: Database
) -> None:
    for _ in range(2):
        answer = post(su, waiting, outcome="approved", remark="电话核实")
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/hardship")
    assert state(sqlite_database, waiting) == ("active", "苏禾")
    with sqlite_database.reading() as conn:
        loan = ledger.load_loan(conn, "loan-b9")
        assert [one.started_by for one in collect.open_pauses(conn, "b9")] == ["苏禾"]
    assert loan is not None
    assert loan.plan is not None
    assert len(loan.plan.parts) == 24
    assert "分 24 期" in last_told(sqlite_database)
    shown = su.get("/console/hardship?state=active").text
    assert "苏禾" in shown
    assert "备注：电话核实" in shown


def test_an_agent_rejects_and_the_borrower_hears_why_and_what_else(
    su: TestClient, waiting: Proposal, sqlite_database: Database
) -> None:
    assert post(su, waiting, outcome="rejected", refusal="terms_too_long").status_code == 303
    assert state(sqlite_database, waiting) == ("rejected", "苏禾")
    assert "换一个短一些的延期或分期" in last_told(sqlite_database)
    late = post(su, waiting, outcome="approved")
    assert late.status_code == 422
    assert "已经有决定了" in late.text


@pytest.mark.parametrize("values", [{"outcome": "maybe"}, {"outcome": "rejected"}, {}])
def test_a_form_without_a_decision_decides_nothing(
    su: TestClient, waiting: Proposal, sqlite_database: Database, values: dict[str, str]
) -> None:
    assert post(su, waiting, **values).status_code == 422
    assert state(sqlite_database, waiting) == ("proposed", "")


def test_a_forged_form_and_an_unknown_proposal_do_nothing(
    su: TestClient, waiting: Proposal, sqlite_database: Database
) -> None:
    forged = su.post(f"/console/hardship/{waiting.id}/decide", data={"form_token": "x", "outcome": "approved"})
    assert forged.status_code == 403
    form = token(su.get("/console/hardship"))
    missing = su.post("/console/hardship/nope/decide", data={"form_token": form, "outcome": "approved"})
    assert missing.status_code == 404
    assert state(sqlite_database, waiting) == ("proposed", "")
