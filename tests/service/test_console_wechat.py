"""The console's control of a borrower's WeChat: an agent ends the binding with a reason, and it can be bound again."""

# ruff: noqa: F811
from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from service.db import wechat as accounts
from service.db.engine import Database
from service.db.tables.wechat import wechat_event
from service.usecases.ports import FrozenClock
from tests.service.desk_cast import known
from tests.service.test_console import app, su, token, visitor  # noqa: F401  fixtures

PATH = "/console/borrowers/b1/wechat/unbind"


@pytest.fixture
def page(sqlite_database: Database, clock: FrozenClock) -> str:
    with sqlite_database.transaction() as conn:
        return "/console/conversations/" + known(conn, "你好", now=clock.now())


def bound(database: Database) -> bool:
    with database.reading() as conn:
        return accounts.bound_of(conn, "b1") is not None


def test_an_agent_ends_a_binding_with_a_reason(
    su: TestClient, page: str, sqlite_database: Database, clock: FrozenClock
) -> None:
    assert "微信绑定" not in su.get(page).text
    with sqlite_database.transaction() as conn:
        accounts.bind(conn, borrower_id="b1", openid="o-1", now=clock.now())
    assert "微信绑定" in su.get(page).text
    form = {"form_token": token(su.get(page)), "back": page}
    refused = su.post(PATH, data=form | {"reason": " "})
    assert (refused.status_code, "请写明原因" in refused.text, bound(sqlite_database)) == (409, True, True)
    done = su.post(PATH, data=form | {"reason": "手机已换人使用"})
    assert (done.status_code, done.headers["location"], bound(sqlite_database)) == (303, page, False)
    again = su.post(PATH, data=form | {"reason": "再次点击"})
    assert again.status_code == 303, "nothing is bound any more"
    with sqlite_database.reading() as conn:
        (kept,) = conn.execute(select(wechat_event)).mappings()
    assert (kept["act"], kept["by"], kept["reason"], kept["note"]) == ("unbound", "苏禾", "by_person", "手机已换人使用")
    assert "微信绑定" not in su.get(page).text


def test_nobodys_wechat_and_nobody_logged_in(su: TestClient, visitor: TestClient, page: str) -> None:
    form = {"form_token": token(su.get(page)), "reason": "手机已换人使用"}
    assert su.post("/console/borrowers/nobody/wechat/unbind", data=form).status_code == 404
    assert visitor.post(PATH, data=form).status_code in (303, 403)
