"""An agent takes the next case by keyboard, reads whether he may call, and says what became of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import keep, log_in
from tests.running import RunningSystem

pytestmark = pytest.mark.browser


def test_an_agent_works_on_the_next_case(page: Page, system: RunningSystem) -> None:
    borrower = system.borrower("demo-overdue-75")
    borrower.say("我要投诉你们")
    borrower.say("转人工")
    page.set_viewport_size({"width": 1280, "height": 860})
    log_in(page, "/console/queue")
    expect(page.get_by_role("heading", name="人工队列")).to_be_visible()
    mine = page.locator("tbody tr").first
    for _ in range(30):  # the scheduler brings what was said into the queue; others' cases may be there before
        if mine.filter(has_text="客户正在等人工回复").filter(has_text="逾期 60 天以上").count():
            break
        page.wait_for_timeout(1_000)
        page.reload()
    expect(mine).to_contain_text("逾期 60 天以上")
    keep(page, "queue-1-list")
    expect(page.get_by_role("button", name="领取下一个")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="现在能打电话吗")).to_be_visible()
    keep(page, "queue-2-case")
    _ask_before_calling(page)
    form = page.get_by_role("region", name="处理结果")
    form.locator("textarea").fill("已了解情况，请同事跟进")
    form.locator("select").select_option("colleague")
    page.get_by_role("button", name="提交结果").click()
    expect(page.get_by_role("button", name="领取下一个")).to_be_visible()
    keep(page, "queue-4-told")


def _ask_before_calling(page: Page) -> None:
    """He complained, so he is not called for money at any hour. Calls that are allowed: test_calling.py."""
    card = page.get_by_role("region", name="拨打电话")
    whom = card.get_by_label("号码和目的")
    whom.select_option(label=_option(whom, "为还款致电"))
    card.get_by_role("button", name="询问能否拨打").click()
    expect(card.get_by_role("alert")).to_contain_text("现在不能拨打")
    expect(card.get_by_text("没有占用拨打次数")).to_be_visible()
    expect(card.locator(".reasons li").first).to_contain_text("依据：")
    keep(page, "queue-3-may-not-be-called")


def _option(select: Locator, purpose: str) -> str:
    return next(one for one in select.locator("option").all_text_contents() if purpose in one)
