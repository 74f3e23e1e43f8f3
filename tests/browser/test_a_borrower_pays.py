"""What the README invites a stranger to do, in a real browser, with the ledger changing behind it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import keep
from tests.running import RunningSystem

pytestmark = pytest.mark.browser


def log_in(page: Page, name: str) -> None:
    page.goto("/demo")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("textbox")).to_be_enabled()


def said(page: Page) -> Locator:
    return page.get_by_role("log")


def ask(page: Page, text: str) -> None:
    page.get_by_role("textbox").fill(text)
    page.get_by_role("textbox").press("Enter")
    expect(said(page).get_by_text(text, exact=True).last).to_be_visible()


def test_log_in_ask_and_pay_and_the_ledger_changes(page: Page, system: RunningSystem) -> None:
    log_in(page, "周谷雨")
    keep(page, "1-logged-in")
    ask(page, "我这个月要还多少")
    expect(said(page)).to_contain_text("已逾期")
    bill = system.ledger(system.conversation("demo-overdue-5"), "bill")
    expect(said(page)).to_contain_text(f"{bill['bill_fen'] / 100:,.2f}")
    keep(page, "2-bill")
    ask(page, "还剩多少额度")
    limit = system.ledger(system.conversation("demo-overdue-5"), "limit")
    expect(said(page)).to_contain_text(f"{limit['available_fen'] / 100:,.2f}")
    keep(page, "3-limit")
    ask(page, "提前结清要多少钱")
    payoff = system.ledger(system.conversation("demo-overdue-5"), "payoff")
    expect(said(page)).to_contain_text(f"{payoff['total_fen'] / 100:,.2f}")
    keep(page, "4-payoff")
    ask(page, "我先还五百吧")
    expect(said(page)).to_contain_text("确认还款吗")
    keep(page, "5-confirm")
    ask(page, "对")
    expect(said(page)).to_contain_text("已收到您的还款 500 元")
    keep(page, "6-receipt")
    after = system.ledger(system.conversation("demo-overdue-5"), "bill")
    assert after["overdue_fen"] == bill["overdue_fen"] - 50_000
    ask(page, "还款计划")
    expect(page.get_by_role("table").first).to_be_visible()
    keep(page, "7-plan")


def test_history_is_there_after_a_reload_and_nothing_is_doubled(page: Page) -> None:
    log_in(page, "吴霜降")
    ask(page, "还剩多少额度")
    expect(said(page)).to_contain_text("总额度")
    before = said(page).get_by_role("listitem").all_inner_texts()
    page.reload()
    expect(said(page)).to_contain_text("还剩多少额度")
    expect(said(page).get_by_text("还剩多少额度", exact=True)).to_have_count(1)
    expect(said(page).get_by_role("listitem")).to_have_count(len(before))


def test_a_quick_reply_is_pressed_with_the_keyboard(page: Page) -> None:
    log_in(page, "郑白露")
    ask(page, "你好")
    reply = page.get_by_role("group", name="快捷回复").get_by_role("button", name="查账单")
    reply.focus()
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("已逾期")


def test_what_looks_like_markup_is_shown_as_text(page: Page) -> None:
    log_in(page, "冯惊蛰")
    ask(page, "<script>window.hacked=1</script>")
    assert page.evaluate("window.hacked") is None


def test_a_message_typed_while_the_service_is_gone_is_sent_once_when_it_is_back(
    page: Page, system: RunningSystem
) -> None:
    log_in(page, "褚寒露")
    ask(page, "你好")
    expect(said(page)).to_contain_text("智能助手")
    system.kill("service")
    page.get_by_role("textbox").fill("还剩多少额度")
    page.get_by_role("textbox").press("Enter")
    keep(page, "8-reconnecting")
    system.start("service")
    system.wait_until_ready("service")
    expect(said(page)).to_contain_text("总额度", timeout=60_000)
    expect(said(page).get_by_text("还剩多少额度", exact=True)).to_have_count(1)


def test_a_visitor_is_asked_to_log_in_and_told_nothing(page: Page) -> None:
    page.goto("/chat#visitor")
    expect(page.get_by_role("textbox")).to_be_enabled()
    ask(page, "我这个月要还多少")
    expect(said(page)).to_contain_text("登录")
    keep(page, "9-visitor")


def test_an_expired_log_in_says_what_to_do(page: Page, system: RunningSystem) -> None:
    page.goto(f"/chat#token={system.token('demo-overdue-5', minutes=-5)}")
    expect(page.get_by_text("登录已过期").first).to_be_visible()
    keep(page, "10-expired")
