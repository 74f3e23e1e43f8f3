"""The page of what a loan costs, in a real browser against the whole application."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from service.db.engine import Database
from service.usecases.ports import FrozenClock
from service.web import create_app
from service.wiring import build
from tests.browser.conftest import keep
from tests.service.serving import serving
from tests.service.test_whole_service import settings

pytestmark = pytest.mark.browser
ANSWERED = re.compile("已算好")


@pytest.fixture
def site(sqlite_database: Database, tmp_path: Path, clock: FrozenClock) -> Iterator[str]:
    services = build(settings(sqlite_database, tmp_path), clock=clock)
    with serving(create_app(services, with_scheduler=False)) as url:
        yield url
    services.close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A small phone, on which nothing may be wider than the screen and no script may break."""
    context = browser.new_context(base_url=site, viewport={"width": 360, "height": 780}, locale="zh-CN")
    opened = context.new_page()
    broken: list[str] = []
    opened.on("pageerror", lambda error: broken.append(str(error)))
    opened.on("request", lambda request: broken.append(request.url) if not request.url.startswith(site) else None)
    yield opened
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
    assert not broken


def test_a_product_is_chosen_and_its_table_read(page: Page) -> None:
    page.goto("/cost")
    expect(page.get_by_role("status")).to_have_text(ANSWERED)
    page.get_by_label("产品").select_option("beauty")
    page.get_by_label("借款金额").fill("６,０００")
    page.get_by_role("radio", name="12 期").check()
    page.get_by_role("button", name="查看成本").click()
    shown = page.get_by_role("region", name="成本明示表")
    expect(shown).to_contain_text("13.0342%")
    expect(shown).to_contain_text("0.6% / 月")
    expect(shown).to_contain_text("¥6,432.00")
    expect(shown).to_contain_text("收取方：小清消费金融")
    expect(shown).to_contain_text("不收取其他任何费用")
    expect(page.get_by_role("table", name="还款计划").get_by_role("row")).to_have_count(13)
    expect(page.get_by_role("table", name="可能发生的成本").get_by_role("rowheader")).to_have_count(2)
    expect(shown).to_be_focused()
    keep(page, "cost-table")
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("共还 6,432.00 元")


def test_an_account_has_its_table_too(page: Page) -> None:
    page.goto("/cost?product=shopping&amount=1000&periods=1")
    expect(page.get_by_role("status")).to_have_text(ANSWERED)
    expect(page.get_by_role("radio", name="1 个月后还清")).to_be_checked()
    shown = page.get_by_role("region", name="成本明示表")
    expect(shown).to_contain_text("按账单还款")
    expect(shown).to_contain_text("消费不收利息")


def test_the_page_is_used_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/cost?product=appliance&amount=10000&periods=3")
    expect(page.get_by_role("status")).to_contain_text("借 10,000 元")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到成本明示表")).to_be_focused()
    page.get_by_role("radio", name="3 期").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="6 期")).to_be_checked()
    expect(page.get_by_role("table", name="还款计划").get_by_role("row")).to_have_count(7)
    page.get_by_label("借款金额").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("20000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("借 20,000 元")


@pytest.mark.parametrize(
    ("typed", "says"),
    [("一万", "请输入金额"), ("", "请输入金额"), ("100", "在 500 元到 30,000 元之间"), ("1.234", "请输入金额")],
)
def test_a_wrong_amount_is_told_beside_its_field_and_no_table_stays(page: Page, typed: str, says: str) -> None:
    page.goto("/cost?product=appliance&amount=10000&periods=3")
    expect(page.get_by_role("status")).to_have_text(ANSWERED)
    amount = page.get_by_label("借款金额")
    amount.fill(typed)
    page.get_by_role("button", name="查看成本").click()
    expect(page.locator("#amount-error")).to_contain_text(says)
    expect(amount).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#answer")).to_be_hidden()
    expect(amount).to_be_focused()
    amount.fill("600")
    page.get_by_role("button", name="查看成本").click()
    expect(page.locator("#amount-error")).to_be_hidden()
    expect(page.locator("#answer")).to_be_visible()


def test_without_a_connection_one_is_told_and_tries_again(page: Page) -> None:
    page.route("**/loan/products", lambda route: route.abort())
    page.goto("/cost")
    expect(page.get_by_role("alert").filter(has_text="网络连接不上")).to_be_visible()
    page.unroute("**/loan/products")
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("status")).to_have_text(ANSWERED)


def test_where_nothing_is_offered_the_page_says_so(page: Page) -> None:
    def nothing(route: Route) -> None:
        route.fulfill(json={"products": [], "products_version": "1"})

    page.route("**/loan/products", nothing)
    page.goto("/cost")
    expect(page.get_by_role("status")).to_contain_text("没有可以借款的产品")
    expect(page.locator("#choice")).to_be_hidden()
