"""An agent calls from a case: may he, until when, and what came of it; on a console whose clock stands at 10:00."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Thread

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from service.db import collect, contact
from service.db.engine import Database
from service.domain.collect.contact import Outcome
from service.usecases.ports import FrozenClock
from tests.browser.conftest import keep
from tests.ports import free_port
from tests.service.desk_cast import PASSWORD
from tests.service.queueing import stopped, take
from tests.service.test_console import console_on

pytestmark = pytest.mark.browser


def serve(app: FastAPI, port: int) -> tuple[uvicorn.Server, Thread]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", ws="none"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    return server, thread


@pytest.fixture
def case_page(browser: Browser, sqlite_database: Database, clock: FrozenClock) -> Iterator[Page]:
    """The page of a case that 苏禾 holds and whose debtor may be called."""
    app = console_on(sqlite_database, clock)
    case_id = stopped(sqlite_database, clock)
    with sqlite_database.transaction() as conn:
        for one in collect.open_pauses(conn, "b1"):
            collect.end_pause(conn, one.id, by="顾清", reason="已查清", now=clock.now())
    take(sqlite_database, clock, case_id)
    port = free_port()
    server, thread = serve(app, port)
    size = {"width": 1280, "height": 860}
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}", viewport=size, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(f"/console/login?next=/console/queue/{case_id}")
    page.get_by_label("账号").fill("苏禾")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    try:
        yield page
    finally:
        context.close()
        server.should_exit = True
        thread.join(timeout=10)
    assert not broken


def test_an_agent_asks_calls_and_tells_with_impatient_fingers(
    case_page: Page, sqlite_database: Database, clock: FrozenClock
) -> None:
    card = case_page.get_by_role("region", name="拨打电话")
    card.get_by_label("号码和目的").select_option(label="本人 199****0005 · 为还款致电")
    card.get_by_role("button", name="询问能否拨打").dblclick()
    expect(card.get_by_role("status")).to_contain_text("可以拨打 19900000005")
    expect(card.get_by_role("status")).to_contain_text("请在 今天 10:05 前拨出")
    expect(card.get_by_role("button", name="询问能否拨打")).to_have_count(0)
    card.locator("summary").first.click()
    expect(card.get_by_text("在允许的时段内")).to_be_visible()
    keep(case_page, "calling-1-allowed")
    card.get_by_label("通话结果").select_option("connected")
    card.get_by_role("button", name="登记通话结果").click()
    expect(case_page.get_by_role("alert").filter(has_text="请填写时长")).to_be_visible()
    expect(card.get_by_label("通话结果")).to_have_value("connected")
    card.get_by_label("通话时长").fill("3:25")
    card.get_by_role("button", name="登记通话结果").dblclick()
    expect(card.get_by_role("status")).to_contain_text("已登记：已接通，3:25")
    keep(case_page, "calling-2-told")
    with sqlite_database.reading() as conn:
        (made,) = contact.attempts_of(conn, "b1", since=clock.now())
    assert (made.outcome, made.seconds) == (Outcome.CONNECTED, 205)
