"""An agent comes from a conversation to the borrower's credit lines and changes one, on a phone and by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import keep, log_in
from tests.running import RunningSystem

pytestmark = pytest.mark.browser

LISTS = ("", "/queue", "/outreach", "/promises", "/limits", "/hardship", "/matters", "/experiments", "/figures",
         "/learning", "/tokens")  # fmt: skip


def test_an_agent_lowers_a_limit_and_freezes_the_line(page: Page, system: RunningSystem) -> None:
    borrower = "demo-due-in-3"
    system.borrower(borrower).say("我的额度")
    log_in(page, f"/console/conversations/{system.conversation(borrower)}")
    page.get_by_role("link", name="查看与调整").click()
    line = page.locator("section.card").first
    expect(line.get_by_text("可以使用")).to_be_visible()
    lowering = line.locator("details").filter(has=page.locator("summary", has_text="降低额度"))
    lowering.locator("summary").press("Enter")
    lowering.get_by_label("新的固定额度").fill("999999")
    lowering.locator("select").select_option("asked_by_borrower")
    lowering.get_by_label("为什么调整").fill("客户来电要求")
    lowering.get_by_label("为什么调整").press("Enter")
    expect(page.get_by_role("alert").last).to_contain_text("要低于现在的")
    amount = lowering.get_by_label("新的固定额度")
    expect(amount).to_have_value("999999")
    amount.fill("1000")
    amount.press("Enter")
    expect(line.get_by_text("¥1,000.00").first).to_be_visible()
    freezing = line.locator("details").filter(has=page.locator("summary", has_text="冻结额度"))
    freezing.locator("summary").click()
    freezing.locator("select").select_option("security_check")
    freezing.get_by_label("为什么调整").fill("客户说账户被盗")
    keep(page, "credit-line-1-freezing")
    freezing.get_by_role("button").click()
    expect(line.get_by_text("已冻结")).to_be_visible()
    expect(line.get_by_text("账户正在做安全核查").first).to_be_visible()
    keep(page, "credit-line-2-frozen")
    assert not _is_cut_off(page)


def test_no_list_of_the_console_is_wider_than_a_phone(page: Page, system: RunningSystem) -> None:
    log_in(page)
    for path in LISTS:
        answer = page.goto(f"/console{path}")
        assert answer is not None
        assert answer.status == 200, path
        assert page.get_by_role("button", name="退出").is_visible(), path
        assert not _is_cut_off(page), path


def _is_cut_off(page: Page) -> bool:
    """Whether the page has to be scrolled sideways, or a row's text leaves its card."""
    return bool(
        page.evaluate(
            """() => document.documentElement.scrollWidth > innerWidth
              || [...document.querySelectorAll(".list tr")].some((row) => row.scrollWidth > row.clientWidth + 1)"""
        )
    )
