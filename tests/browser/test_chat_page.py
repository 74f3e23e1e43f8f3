"""The borrower's page in a real browser, against the real routes and worker with a bot that is made up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from service.api import chat, demo_login, errors, wechat_binding
from service.api.chat_tokens import mint
from service.channels.memory_chat import Asked, MemoryUnderstander
from service.db.engine import Database
from service.db.wechat import bound_to
from service.demo.cast import CAST
from service.usecases.chat.bell import Bell
from service.usecases.chat.bind_wechat import Written, take_message
from service.usecases.ports import Reply, SystemClock, Understanding
from service.worker import Worker
from tests.domain.collect.policy_of import policy
from tests.service.serving import serving
from tests.service.talking import BORROWER, register, turns

pytestmark = pytest.mark.browser

KEY = "the-app-signs-with-this-key-of-the-tests"
BILL = {
    "kind": "bill",
    "bill_fen": 54130,
    "minimum_fen": 54130,
    "overdue_fen": 54130,
    "penalty_fen": 145,
    "suspense_fen": 0,
    "days_past_due": 5,
    "due_on": "2026-11-18",
    "items": [
        {
            "title": "家电分期·云朵冰箱<b>",
            "no": 4,
            "periods": 12,
            "due_on": "2026-11-18",
            "days_past_due": 5,
            "principal_fen": 48490,
            "interest_fen": 5495,
            "penalty_fen": 145,
            "fee_fen": 0,
            "unpaid_fen": 54130,
        }
    ],
}


def answer(asked: Asked) -> Understanding:
    if asked.text == "查账单":
        return Understanding((Reply("本期应还 541.30 元。", ({"title": "立即还款", "payload": "/repay_now"},), BILL),))
    return Understanding((Reply(f"您说：{asked.text}"),))


@dataclass
class Site:
    url: str
    database: Database
    bot: MemoryUnderstander
    clock: SystemClock

    def token(self, *, seconds: int = 1800) -> str:
        return mint(subject=BORROWER, key=KEY, now=self.clock.now(), lifetime=timedelta(seconds=seconds))


@pytest.fixture
def site(sqlite_database: Database) -> Iterator[Site]:
    clock, bell, bot = SystemClock(), Bell(), MemoryUnderstander(answer=answer)
    register(sqlite_database, clock)  # type: ignore[arg-type]
    app = FastAPI()
    settings = SimpleNamespace(app_signing_key=KEY, demo=True)
    app.state.services = SimpleNamespace(
        settings=settings, database=sqlite_database, clock=clock, bell=bell, wechat=object(), policy=policy()
    )
    errors.install(app)
    app.include_router(wechat_binding.router)
    chat.install(app)
    demo_login.install(app, cast=CAST)
    worker = Worker(database=sqlite_database, clock=clock, understander=bot, bell=bell, threads=2)
    worker.start()
    with serving(app) as url:
        yield Site(url, sqlite_database, bot, clock)
    worker.stop()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """Closed before the site ends, which waits for those who listen."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    opened = context.new_page()
    complaints: list[Any] = []
    opened.on("pageerror", lambda error: complaints.append(error))
    yield opened
    context.close()
    assert complaints == []


def enter(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/chat#token={site.token()}")
    expect(page.locator("#input")).to_be_enabled()


def say(page: Page, text: str) -> None:
    page.fill("#input", text)
    page.press("#input", "Enter")


def test_a_borrower_of_the_demo_logs_in_asks_and_sees_the_bill(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/demo")
    page.get_by_role("button", name="周谷雨").click()
    expect(page.get_by_role("heading", name="小清 AI 智能助手")).to_be_visible()
    page.locator(".tile", has_text="查账单").click()
    card = page.get_by_role("region", name="账单")
    expect(card).to_contain_text("541.30")
    expect(card).to_contain_text("逾期 5 天")
    expect(card).to_contain_text("家电分期·云朵冰箱<b>")
    page.get_by_role("group", name="快捷回复").get_by_role("button", name="立即还款").click()
    expect(page.locator(".row").last).to_contain_text("您说：/repay_now")
    expect(page.get_by_role("group", name="快捷回复")).to_be_hidden()


def test_he_gets_a_code_for_his_wechat_and_ends_the_binding_again(page: Page, site: Site) -> None:
    enter(page, site)
    page.get_by_role("button", name="绑定微信").click()
    expect(page.locator("#banner")).to_contain_text("请在微信公众号里发送“绑定 ")
    said = Written("o-1", "m-1", (page.locator("#banner span").text_content() or "").split("“")[1].split("”")[0])
    with site.database.transaction() as conn:
        assert take_message(conn, said, now=site.clock.now(), policy=policy())
    page.reload()
    page.get_by_role("button", name="解绑微信").click()
    expect(page.locator("#banner")).to_contain_text("已解除绑定")
    expect(page.get_by_role("button", name="绑定微信")).to_be_visible()
    with site.database.reading() as conn:
        assert bound_to(conn, "o-1") is None


def test_a_visitor_is_offered_no_binding(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/chat")
    page.get_by_role("button", name="以访客身份咨询").click()
    expect(page.locator("#input")).to_be_enabled()
    expect(page.get_by_role("button", name="绑定微信")).to_be_hidden()


def test_what_was_said_is_a_list_inside_of_the_log_that_screen_readers_follow(page: Page, site: Site) -> None:
    enter(page, site)
    say(page, "查账单")
    said = page.get_by_role("log", name="消息记录").get_by_role("list").first.get_by_role("listitem")
    expect(said.filter(has_text="查账单").first).to_be_visible()


def test_the_token_leaves_the_address_and_the_history_survives_a_reload(page: Page, site: Site) -> None:
    enter(page, site)
    assert page.url == f"{site.url}/chat"
    say(page, "你好")
    expect(page.locator(".row").last).to_contain_text("您说：你好")
    page.reload()
    expect(page.locator(".row.mine")).to_have_count(1)
    expect(page.locator(".row").last).to_contain_text("您说：你好")


def test_what_was_said_is_never_run(page: Page, site: Site) -> None:
    enter(page, site)
    say(page, "<img src=x onerror=\"document.title='被改了'\"><script>document.title='被改了'</script>")
    expect(page.locator(".row")).to_have_count(2)
    assert page.title() == "小清 · 智能客服"
    assert page.locator("#log img[src=x], #log script").count() == 0


def test_the_enter_that_ends_a_composition_sends_nothing(page: Page, site: Site) -> None:
    enter(page, site)
    page.fill("#input", "zhangdan")
    for event in ({"key": "Enter", "isComposing": True}, {"key": "Enter", "keyCode": 229}):
        page.evaluate(
            "event => document.querySelector('#input').dispatchEvent(new KeyboardEvent('keydown', "
            "{bubbles: true, cancelable: true, ...event}))",
            event,
        )
    page.press("#input", "Shift+Enter")
    assert page.locator(".row").count() == 0
    assert page.input_value("#input") == "zhangdan\n"


def test_a_message_written_without_a_network_is_sent_once_when_it_is_back(page: Page, site: Site) -> None:
    enter(page, site)
    page.context.set_offline(True)
    say(page, "先还五百")
    expect(page.locator("#banner")).to_contain_text("网络已断开")
    expect(page.locator(".row.pending")).to_have_count(1)
    page.context.set_offline(False)
    expect(page.locator(".row").last).to_contain_text("您说：先还五百", timeout=20_000)
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator(".row.mine")).to_have_count(1)
    assert [row.text for row in turns(site.database, direction="in")] == ["先还五百"]


def test_an_unsent_message_survives_a_reload_and_keeps_its_id(page: Page, site: Site) -> None:
    enter(page, site)
    lost: list[str] = []

    def arrives_but_its_receipt_does_not(route: Any) -> None:
        lost.append(route.request.post_data_json["id"])
        route.fetch()
        route.abort()

    page.route("**/chat/messages", arrives_but_its_receipt_does_not, times=1)
    page.route("**/chat/events*", lambda route: route.abort())
    page.reload()
    expect(page.locator("#input")).to_be_enabled()
    say(page, "先还五百")
    expect(page.locator("#banner")).to_contain_text("正在重新连接")
    page.unroute("**/chat/events*")
    page.reload()
    expect(page.locator(".row").last).to_contain_text("您说：先还五百")
    expect(page.locator(".row.mine")).to_have_count(1)
    kept = turns(site.database, direction="in")
    assert [row.message_id for row in kept] == [f"{BORROWER}:{lost[0]}"]


def test_a_log_in_that_ends_says_what_to_do_next(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/chat#token={site.token(seconds=3)}")  # on a slow machine it is over when the page is there
    expect(page.get_by_role("alert")).to_contain_text("登录已过期")
    expect(page.get_by_role("alert").get_by_role("link", name="选择演示账户")).to_have_attribute("href", "/demo")
    expect(page.locator("#input")).to_be_disabled()


def test_a_refused_message_keeps_its_words_for_its_writer(page: Page, site: Site) -> None:
    enter(page, site)
    say(page, "\u200b\u2060话")  # fine
    page.evaluate("document.querySelector('#input').value = '\\u200b\\u2060'")
    page.press("#input", "Enter")
    refused = page.get_by_role("alert").filter(has_text="消息是空的")
    expect(refused).to_be_visible()
    refused.get_by_role("button", name="修改").click()
    expect(refused).to_be_hidden()


def test_who_is_not_logged_in_may_ask_as_a_visitor(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/chat")
    page.get_by_role("button", name="以访客身份咨询").click()
    expect(page.locator("#input")).to_be_enabled()
    say(page, "怎么联系人工")
    expect(page.locator(".row").last).to_contain_text("您说：怎么联系人工")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(page: Page, site: Site, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    enter(page, site)
    say(page, "查账单")
    expect(page.get_by_role("region", name="账单")).to_be_visible()
    say(page, "长" * 300 + "a" * 200)
    expect(page.locator(".row")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("(s => s.scrollWidth - s.clientWidth)(document.querySelector('#scroll'))") <= 0


def test_everything_can_be_done_with_the_keyboard(page: Page, site: Site) -> None:
    enter(page, site)
    page.keyboard.type("查账单")
    page.keyboard.press("Enter")
    chip = page.locator("#replies button").first
    expect(chip).to_have_text("立即还款")  # the answer's own: one of the same name stands there before it, further on
    chip.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".row").last).to_contain_text("您说：/repay_now")
    assert page.evaluate("document.activeElement.id") in {"scroll", "input"}, "the focus is not lost with the button"
