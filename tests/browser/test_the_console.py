"""An agent logs in, finds the waiting borrower, reads what was understood, and answers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import keep, log_in
from tests.running import RunningSystem

pytestmark = pytest.mark.browser


def test_an_agent_takes_over_and_the_borrower_reads_the_answer(page: Page, system: RunningSystem) -> None:
    borrower = system.borrower("demo-overdue-45")
    borrower.say("我这个月要还多少")
    borrower.say("转人工")
    page.set_viewport_size({"width": 1280, "height": 860})
    log_in(page)
    expect(page.get_by_role("table")).to_be_visible()
    keep(page, "console-1-conversations")
    page.get_by_role("link", name="郑").first.click()
    expect(page.get_by_text("候选意图").first).to_be_visible()
    keep(page, "console-2-conversation")
    page.get_by_role("button", name="接管会话").click()
    page.get_by_role("textbox").last.fill("您好，我是人工客服，看到您想了解账单，请问有什么可以帮您？")
    page.get_by_role("button", name="发送").click()
    answer = borrower.wait_for("我是人工客服")
    assert answer["sender"] == "agent"
    page.goto("/console/outreach")
    expect(page.get_by_text("已送达").or_(page.get_by_text("已发送")).first).to_be_visible()
    keep(page, "console-3-outreach")
