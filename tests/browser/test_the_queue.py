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
    for _ in range(30):  # the scheduler brings what was said into the queue
        if page.locator("tbody tr").count():
            break
        page.wait_for_timeout(1_000)
        page.reload()
    keep(page, "queue-1-list")
    expect(page.get_by_role("button", name="领取下一个")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="现在能打电话吗")).to_be_visible()
    keep(page, "queue-2-case")
    form = page.get_by_role("region", name="处理结果")
    form.locator("textarea").fill("已了解情况，请同事跟进")
    form.locator("select").select_option("colleague")
    page.get_by_role("button", name="提交结果").click()
    expect(page.get_by_role("button", name="领取下一个")).to_be_visible()
    keep(page, "queue-3-told")
