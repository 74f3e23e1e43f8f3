"""Documents from the chat page in a real browser: with mouse and keyboard, and what is said when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from service.api import chat
from service.channels.memory_chat import Asked, MemoryUnderstander
from service.db.engine import Database
from service.usecases.chat.bell import Bell
from service.usecases.ports import FrozenClock, Reply, Understanding
from service.worker import Worker
from tests.service.loan.ledger import CASH, FRIDGE
from tests.service.serving import serving
from tests.service.stating import SMALL, application, lend, settle, text_of, token

pytestmark = pytest.mark.browser

BILL = {"kind": "bill", "bill_fen": 54_130, "items": [], "next_due_on": "2026-12-18"}
NOTHING = {"kind": "bill", "bill_fen": 0, "items": [], "next_due_on": None}
LOAN = {"loan_id": SMALL, "title": "小额", "status": "settled", "annual_rate": "0.144", "instalments": []}
CARDS: dict[str, Any] = {
    "账单": BILL,
    "还清": NOTHING,
    "计划": {"kind": "schedule", "loans": [{**LOAN, "outstanding_principal_fen": 0}]},
    "回执": {"kind": "receipt", "amount_fen": 100_000, "still_overdue_fen": 0, "settled_loans": [SMALL]},
}


def answer(asked: Asked) -> Understanding:
    return Understanding((Reply("请看：", (), CARDS[asked.text]),))


@dataclass
class Site:
    url: str
    database: Database
    clock: FrozenClock


@pytest.fixture
def site(sqlite_database: Database, clock: FrozenClock) -> Iterator[Site]:
    with sqlite_database.transaction() as conn:
        lend(conn)
    app = application(sqlite_database, clock, demo="")
    app.state.services.bell = bell = Bell()
    chat.install(app)
    understander = MemoryUnderstander(answer=answer)
    worker = Worker(database=sqlite_database, clock=clock, understander=understander, bell=bell, threads=1)
    worker.start()
    with serving(app) as url:
        yield Site(url, sqlite_database, clock)
    worker.stop()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", accept_downloads=True)
    opened = context.new_page()
    complaints: list[Any] = []
    opened.on("pageerror", lambda error: complaints.append(error))
    opened.goto(f"{site.url}/chat#token={token(site.clock)['Authorization'].removeprefix('Bearer ')}")
    expect(opened.locator("#input")).to_be_enabled()
    yield opened
    context.close()
    assert complaints == []


def say(page: Page, text: str) -> None:
    page.fill("#input", text)
    page.press("#input", "Enter")


@pytest.mark.parametrize(
    ("said", "button", "name", "content"),
    [
        ("账单", "下载账单", "账单-ZD", "应还明细"),
        ("计划", "下载还款计划", "还款计划-JH", "借款编号"),
        ("计划", "结清证明：小额", "结清证明-JQ", "已于2026年11月23日结清"),
        ("回执", "结清证明", "结清证明-JQ", "已于2026年11月23日结清"),
    ],
)
def test_a_card_gives_its_document(page: Page, said: str, button: str, name: str, content: str) -> None:
    say(page, said)
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    assert download.value.suggested_filename.startswith(name)
    assert content in text_of(Path(download.value.path()).read_bytes())
    expect(page.locator(".fetch-said").filter(has_text="已开始下载")).to_be_visible()
    assert page.url.endswith("/chat"), "the conversation stays where it is"


def test_the_keyboard_is_enough_and_keeps_its_place(page: Page) -> None:
    say(page, "账单")
    button = page.get_by_role("button", name="下载账单")
    button.focus()
    with page.expect_download():
        page.keyboard.press("Enter")
    expect(button).to_be_focused()
    assert page.get_by_role("status").filter(has_text="已开始下载").count() == 1
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="打开查看")).to_be_focused()


def test_a_refusal_is_told_in_words_where_it_was_asked(page: Page) -> None:
    say(page, "还清")  # a card from before: since then something is owed again
    page.get_by_role("button", name="结清证明").click()
    expect(page.locator(".fetch-said.bad")).to_contain_text("您名下还有未结清的借款")
    expect(page.get_by_role("button", name="下载账单")).to_have_count(0)


def test_who_has_paid_everything_gets_the_certificate(page: Page, site: Site) -> None:
    with site.database.transaction() as conn:
        settle(conn, FRIDGE)
        settle(conn, CASH)
    say(page, "还清")
    with page.expect_download() as download:
        page.get_by_role("button", name="结清证明").click()
    assert "全部借款（共3笔" in text_of(Path(download.value.path()).read_bytes())


def test_a_lost_connection_and_an_ended_session_are_told(page: Page, site: Site) -> None:
    say(page, "账单")
    button = page.get_by_role("button", name="下载账单")
    expect(button).to_be_visible()
    page.route("**/links*", lambda route: route.abort())
    button.click()
    expect(page.locator(".fetch-said.bad")).to_contain_text("网络连接不上")
    page.unroute("**/links*")
    site.clock.instant += timedelta(minutes=31)
    button.click()
    expect(page.locator(".fetch-said.bad")).to_contain_text("登录已过期")
