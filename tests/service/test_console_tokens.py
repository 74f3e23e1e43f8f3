"""The console's page of the operators' tokens: who may see it, and that a token is shown once, works, and ends."""

# ruff: noqa: F811
from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select, update

from service.db.engine import Database
from service.db.tables.desk import agent, agent_token
from service.domain.desk.agent_token import TokenRole
from service.usecases.desk.recognise_token import recognise_token
from service.usecases.ports import FrozenClock
from tests.service.test_console import app, log_in, su, token, visitor  # noqa: F401  fixtures

PAGE = "/console/tokens"
WISH = {"name": "苏禾", "role": "operator", "days": "30"}


@pytest.fixture
def admin(su: TestClient, sqlite_database: Database) -> TestClient:
    with sqlite_database.transaction() as conn:
        conn.execute(update(agent).values(role="admin"))
    return su


def issue(client: TestClient, *, key: str = "k", **wish: str) -> Response:
    return client.post(PAGE, data={"form_token": token(client.get(PAGE)), "key": key, **WISH, **wish})


def shown(page: Response) -> str:
    found = re.search(r"<code>(xqa_[\w-]+)</code>", page.text)
    return found[1] if found else ""


def ids(database: Database) -> list[str]:
    with database.reading() as conn:
        return list(conn.scalars(select(agent_token.c.id)))


def test_it_is_for_admins_alone_and_for_others_not_even_in_the_menu(su: TestClient, sqlite_database: Database) -> None:
    assert su.get(PAGE).status_code == 403
    assert "只有管理员" in su.get(PAGE).text
    assert PAGE not in su.get("/console").text
    form = token(su.get("/console"))
    assert su.post(PAGE, data={"form_token": form, **WISH}).status_code == 403
    assert su.post(f"{PAGE}/token-x/revoke", data={"form_token": form}).status_code == 403
    assert ids(sqlite_database) == []


def test_nobody_sees_it_without_a_log_in(visitor: TestClient) -> None:
    assert visitor.get(PAGE).headers["location"].startswith("/console/login")
    assert visitor.post(PAGE, data=WISH).headers["location"].startswith("/console/login")


def test_where_there_is_none_the_page_says_what_to_do(admin: TestClient) -> None:
    page = admin.get(PAGE)
    assert "还没有签发过令牌" in page.text
    assert PAGE in admin.get("/console").text


def test_a_token_is_shown_once_and_opens_the_operators_doors(
    admin: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    page = issue(admin)
    made = shown(page)
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert made
    assert made not in admin.get(PAGE).text
    with sqlite_database.reading() as conn:
        known = recognise_token(conn, token=made, now=clock.now())
        kept = list(conn.scalars(select(agent_token.c.token_hash)))
    assert known is not None
    assert (known.agent, known.role, known.expires_at) == ("苏禾", TokenRole.OPERATOR, clock.now() + timedelta(days=30))
    assert made not in kept


def test_the_same_form_sent_again_makes_no_second_token_and_shows_none(
    admin: TestClient, sqlite_database: Database
) -> None:
    issue(admin)
    again = issue(admin)
    assert (again.status_code, shown(again)) == (422, "")
    assert "只显示一次" in again.text
    assert len(ids(sqlite_database)) == 1
    assert shown(issue(admin, key="another"))


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"days": "0"}, "有效天数"),
        ({"days": "366"}, "有效天数"),
        ({"days": "三十"}, "有效天数"),
        ({"days": ""}, "有效天数"),
        ({"role": "boss"}, "权限"),
        ({"role": ""}, "权限"),
        ({"name": "没有这个人"}, "没有这位坐席"),
        ({"name": ""}, "没有这位坐席"),
    ],
)
def test_what_is_wrong_is_told_in_chinese_and_nothing_is_issued(
    admin: TestClient, sqlite_database: Database, wish: dict[str, str], told: str
) -> None:
    answer = issue(admin, **wish)
    assert answer.status_code == 422
    assert told in answer.text
    assert ids(sqlite_database) == []


def test_a_revoked_token_opens_nothing_any_more(
    admin: TestClient, sqlite_database: Database, clock: FrozenClock
) -> None:
    made = shown(issue(admin))
    (token_id,) = ids(sqlite_database)
    form = token(admin.get(PAGE))
    for _ in range(2):
        assert admin.post(f"{PAGE}/{token_id}/revoke", data={"form_token": form}).status_code == 303
    with sqlite_database.reading() as conn:
        assert recognise_token(conn, token=made, now=clock.now()) is None
    page = admin.get(PAGE).text
    assert "已撤销" in page
    assert "/revoke" not in page
    missing = admin.post(f"{PAGE}/token-none/revoke", data={"form_token": form})
    assert (missing.status_code, "没有这个令牌" in missing.text) == (422, True)


def test_a_forged_form_issues_nothing(admin: TestClient, sqlite_database: Database) -> None:
    assert admin.post(PAGE, data={"form_token": "x", **WISH}).status_code == 403
    assert ids(sqlite_database) == []


def test_one_that_is_over_says_so(admin: TestClient, clock: FrozenClock) -> None:
    issue(admin, days="1")
    clock.instant += timedelta(hours=25)

    log_in(admin)
    assert "已过期" in admin.get(PAGE).text
