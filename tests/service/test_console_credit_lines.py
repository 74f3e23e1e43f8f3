"""The console's page of a borrower's credit lines: who may change one, what he must say, and that it is done once."""

# ruff: noqa: F811
from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import update

from service.db import credit_line as store
from service.db.engine import Database
from service.db.tables.desk import agent as agents
from service.domain.days import business_date
from service.domain.desk.agent_token import TokenRole
from service.domain.loan.credit_line import CreditLine, LineEvent, LineStatus
from service.usecases.desk.issue_token import issue_token
from service.usecases.desk.revoke_token import revoke_token
from service.usecases.loan.disburse import disburse
from service.usecases.loan.open_line import open_line
from service.usecases.ports import FrozenClock
from tests.service.desk_cast import agent, known
from tests.service.loan.ledger import CAPS, PRODUCTS
from tests.service.test_console import app, log_in, su, token, visitor  # noqa: F401  fixtures

PAGE = "/console/borrowers/b1/credit-lines"
LASTS = timedelta(hours=5)  # less than a log-in
LINE = "line:b1:cash"
MAY_NOT = "需要“可以改动账目”的权限"
RAISE = {"amount": "25000", "reason": "periodic_review", "note": "季度评估"}


@pytest.fixture
def line(app: FastAPI, sqlite_database: Database, clock: FrozenClock) -> str:
    """20,000 yuan, of which nothing is used; returns the id of its owner's conversation."""
    with sqlite_database.transaction() as conn:
        conversation_id = known(conn, "我的额度", now=clock.now())
        open_line(conn, limit_fen=2_000_000, **owner(clock))
    return conversation_id


@pytest.fixture
def operator(su: TestClient, line: str, sqlite_database: Database, clock: FrozenClock) -> TestClient:
    """苏禾, who may change the ledger."""
    give(sqlite_database, clock, TokenRole.OPERATOR)
    return su


def owner(clock: FrozenClock) -> dict[str, object]:
    return {"borrower_id": "b1", "product_code": "cash", "products": PRODUCTS, "now": clock.now()}


def give(database: Database, clock: FrozenClock, role: TokenRole) -> str:
    with database.transaction() as conn:
        return issue_token(conn, name="苏禾", role=role, lasts=LASTS, now=clock.now())[1].id


def change(who: TestClient, kind: str, *, key: str = "k", at: str = f"{PAGE}/{LINE}", **values: str) -> Response:
    return who.post(f"{at}/{kind}", data={"form_token": token(who.get("/console")), "key": key, **values})


def now_of(database: Database) -> CreditLine:
    with database.reading() as conn:
        return store.lines_of(conn, "b1")[0]


def events(database: Database) -> tuple[LineEvent, ...]:
    with database.reading() as conn:
        return store.events_of(conn, LINE)


def test_an_operator_raises_a_limit_by_name_for_a_reason_of_the_policy_and_once(
    operator: TestClient, sqlite_database: Database
) -> None:
    for _ in range(2):
        answer = change(operator, "raised", **RAISE)
        assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    _opened, raised = events(sqlite_database)
    assert (raised.amount_fen, raised.by, raised.reason.text) == (2_500_000, "苏禾", "定期评估后调整")
    page = operator.get(PAGE).text
    assert "¥25,000.00" in page
    assert "备注：季度评估" in page
    assert "199****1234" in page
    assert "19900001234" not in page


def test_every_other_change_is_made_from_the_page(
    operator: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    today = business_date(clock.now())
    days = {"from_on": today.isoformat(), "until_on": (today + timedelta(days=9)).isoformat()}
    why = {"note": "客户来电"}
    steps = (
        ("lowered", {"amount": "10000", "reason": "asked_by_borrower"}),
        ("temporary", {"amount": "2000", "reason": "medical", **days}),
        ("temporary_ended", {"reason": "temporary_not_wanted"}),
        ("frozen", {"reason": "security_check"}),
        ("frozen", {"reason": "documents_expired"}),
        ("unfrozen", {"reason": "check_passed", "lifts": "security_check"}),
        ("unfrozen", {"reason": "documents_updated", "lifts": "documents_expired"}),
        ("lowered", {"amount": "0", "reason": "asked_by_borrower"}),
        ("closed", {"reason": "account_closed", "sure": "yes"}),
    )
    for number, (kind, values) in enumerate(steps):
        answer = change(operator, kind, key=f"k{number}", **why, **values)
        assert answer.status_code == 303, answer.text
    assert [one.kind.value for one in events(sqlite_database)] == ["opened", *(kind for kind, _ in steps)]
    assert now_of(sqlite_database).state.status is LineStatus.CLOSED
    page = operator.get(PAGE).text
    assert "已关闭" in page
    assert '<form class="decide"' not in page


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("raised", RAISE | {"amount": "一些"}, "金额请写成数字"),
        ("raised", RAISE | {"amount": "20000"}, "要高于现在的 20,000 元"),
        ("raised", RAISE | {"amount": "25050"}, "整数倍"),
        ("raised", RAISE | {"amount": "200100"}, "最多 200,000 元"),
        ("raised", RAISE | {"note": "  "}, "为什么调整"),
        ("raised", RAISE | {"reason": "holiday"}, "没有这种调整原因"),
        ("raised", RAISE | {"reason": ""}, "没有这种调整原因"),
        ("raised", RAISE | {"reason": "application_approved"}, "没有这种调整原因"),  # what the service says of itself
        ("raised", RAISE | {"key": ""}, "请刷新后再提交"),
        ("lowered", RAISE | {"amount": "20000"}, "要低于现在的 20,000 元"),
        ("temporary", RAISE | {"reason": "medical"}, "日期请写成"),
        ("temporary", RAISE | {"reason": "medical", "from_on": "2020-01-01", "until_on": "2020-01-02"}, "请调整日期"),
        ("temporary_ended", RAISE | {"reason": "temporary_not_wanted"}, "没有临时额度可以取消"),
        ("unfrozen", RAISE | {"reason": "check_passed", "lifts": "overdue"}, "没有因为这个原因暂停"),
        ("closed", RAISE | {"reason": "account_closed"}, "请先勾选确认"),
    ],
)
def test_what_is_wrong_comes_back_with_the_reason_and_what_was_written(
    operator: TestClient, sqlite_database: Database, kind: str, values: dict[str, str], said: str
) -> None:
    answer = change(operator, kind, **values)
    assert answer.status_code == 422
    assert said in answer.text
    assert len(events(sqlite_database)) == 1
    if kind == "raised" and values["note"].strip():
        assert f'value="{values["note"]}"' in answer.text
        assert f'value="{values["amount"]}"' in answer.text


def test_a_line_under_which_something_is_owed_is_not_closed(
    operator: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    with sqlite_database.transaction() as conn:
        disburse(
            conn,
            price_caps=CAPS,
            loan_id="l1",
            principal_fen=600_000,
            periods=12,
            disbursed_on=business_date(clock.now()),
            purpose="现金周转",
            **owner(clock),
        )
    answer = change(operator, "closed", reason="account_closed", note="客户要求", sure="yes")
    assert answer.status_code == 422
    assert "还有 6,000 元本金没有还清" in answer.text
    assert now_of(sqlite_database).state.status is LineStatus.ACTIVE


@pytest.mark.parametrize("role", [None, TokenRole.VIEWER])
def test_whoever_may_not_change_the_ledger_over_http_may_not_do_it_here(
    su: TestClient, line: str, sqlite_database: Database, clock: FrozenClock, role: TokenRole | None
) -> None:
    if role is not None:
        give(sqlite_database, clock, role)
    page = su.get(PAGE)
    assert page.status_code == 200
    assert "¥20,000.00" in page.text
    assert MAY_NOT in page.text
    assert '<form class="decide"' not in page.text
    answer = change(su, "raised", **RAISE)
    assert answer.status_code == 403
    assert MAY_NOT in answer.text
    assert len(events(sqlite_database)) == 1


def test_the_right_ends_when_the_token_is_revoked_or_over(
    su: TestClient, line: str, sqlite_database: Database, clock: FrozenClock
) -> None:
    revoked = give(sqlite_database, clock, TokenRole.OPERATOR)
    with sqlite_database.transaction() as conn:
        revoke_token(conn, token_id=revoked, now=clock.now())
    assert change(su, "raised", **RAISE).status_code == 403
    give(sqlite_database, clock, TokenRole.OPERATOR)
    assert MAY_NOT not in su.get(PAGE).text
    clock.instant += LASTS
    assert MAY_NOT in su.get(PAGE).text
    assert change(su, "raised", **RAISE).status_code == 403
    assert len(events(sqlite_database)) == 1


def test_who_gives_the_tokens_out_needs_none(su: TestClient, line: str, sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        conn.execute(update(agents).values(role="admin"))
    assert change(su, "raised", **RAISE).status_code == 303


def test_a_form_without_its_token_or_a_log_in_changes_nothing(
    app: FastAPI, operator: TestClient, sqlite_database: Database
) -> None:
    path = f"{PAGE}/{LINE}/raised"
    assert operator.post(path, data=RAISE).status_code == 403
    with TestClient(app, follow_redirects=False) as stranger:
        answer = stranger.post(path, data={"form_token": "x", **RAISE})
        assert answer.headers["location"].startswith("/console/login")
        assert stranger.get(PAGE).headers["location"].startswith("/console/login")
    assert len(events(sqlite_database)) == 1


@pytest.mark.parametrize(
    "at",
    [
        f"{PAGE}/line-none/raised",
        f"{PAGE}/{LINE}/opened",
        f"/console/borrowers/b2/credit-lines/{LINE}/raised",
    ],
)
def test_a_change_of_what_is_not_there_changes_nothing(
    operator: TestClient, sqlite_database: Database, clock: FrozenClock, at: str
) -> None:
    with sqlite_database.transaction() as conn:
        known(conn, "我的额度", number=2, now=clock.now())
    path, _, kind = at.rpartition("/")
    answer = change(operator, kind, at=path, **RAISE)
    assert answer.status_code == 404
    assert "没有" in answer.text
    assert len(events(sqlite_database)) == 1


def test_the_address_that_a_refused_form_leaves_leads_back_to_the_page(operator: TestClient) -> None:
    answer = operator.get(f"{PAGE}/{LINE}/raised", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)


def test_every_form_has_a_key_of_its_own_and_only_reasons_that_a_person_gives(operator: TestClient) -> None:
    page = operator.get(PAGE).text
    keys = re.findall(r'name="key" value="(\w+)"', page)
    assert len(keys) == len(set(keys)) == 5
    assert "定期评估后调整" in page
    assert "您的提额申请已通过" not in page


def test_the_page_is_reached_from_the_conversation_and_says_where_there_is_no_line(
    su: TestClient, line: str, sqlite_database: Database, clock: FrozenClock
) -> None:
    assert f'href="{PAGE}"' in su.get(f"/console/conversations/{line}").text
    with sqlite_database.transaction() as conn:
        known(conn, "你好", number=2, now=clock.now())
    assert "还没有额度" in su.get("/console/borrowers/b2/credit-lines").text
    assert su.get("/console/borrowers/nobody/credit-lines").status_code == 404


def test_the_keys_of_two_agents_are_two(
    app: FastAPI, operator: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    with sqlite_database.transaction() as conn:
        agent(conn, name="许知远", now=clock.now())
        conn.execute(update(agents).where(agents.c.name == "许知远").values(role="admin"))
    with TestClient(app, follow_redirects=False) as other:
        log_in(other, name="许知远")
        assert change(operator, "raised", **RAISE).status_code == 303
        assert change(other, "raised", **RAISE | {"amount": "26000"}).status_code == 303
    assert [one.by for one in events(sqlite_database)][1:] == ["苏禾", "许知远"]
