"""An agent takes the next case by keyboard, reads whether he may call, and says what became of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import keep
from tests.running import RunningSystem

pytestmark = pytest.mark.browser


def test_an_agent_works_on_the_next_case(page: Page, system: RunningSystem) -> None:
    borrower = system.borrower("demo-overdue-45")
    borrower.say("我要投诉你们")
    borrower.say("转人工")
    page.set_viewport_size({"width": 1280, "height": 860})
    page.goto("/console/queue")
    page.get_by_label("账号").fill("demo")
    page.get_by_label("密码").fill("console-password-of-the-tests")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="人工队列")).to_be_visible()
    page.wait_for_function(
        "() => document.querySelector('tbody tr') || (location.reload(), false)", polling=2_000, timeout=60_000
    )
    keep(page, "queue-1-list")
    expect(page.get_by_role("button", name="领取下一个")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="现在能打电话吗")).to_be_visible()
    keep(page, "queue-2-case")
    page.get_by_label("备注").first.fill("已了解情况，请同事跟进")
    page.get_by_label("结果", exact=True).select_option(label="请其他同事处理（立即回队列）")
    page.get_by_role("button", name="提交结果").click()
    expect(page.get_by_role("button", name="领取下一个")).to_be_visible()
    keep(page, "queue-3-told")
