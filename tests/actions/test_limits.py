"""Why a limit changed and asking for a higher one: the actions themselves, over HTTP against the small service."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.explain_limit import ExplainLimit
from actions.raise_limit import AskLimitConfirm, AskLimitLine, ValidateLimitForm
from actions.service_client import forget_client
from actions.turn import Goal
from tests.actions.small_service import TOKEN, World, serving, small_service
from tests.actions.test_turn import user

DOMAIN = yaml.safe_load((Path(__file__).resolve().parents[2] / "domain.yml").read_text(encoding="utf-8"))
RESPONSES = DOMAIN["responses"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World()
    with serving(small_service(made)) as url:
        monkeypatch.setenv("XIAOQING_SERVICE_URL", url)
        monkeypatch.setenv("XIAOQING_SERVICE_TOKEN", TOKEN)
        forget_client()
        yield made
    forget_client()


@dataclass
class Form:
    """The form as Rasa runs it: validate, then ask for the first slot that is empty."""

    conversation_id: str = "c"
    slots: dict[str, Any] = field(default_factory=lambda: {"limit_line": None, "limit_confirm": None})
    asked: str | None = None
    open: bool = True
    handled: bool = False
    count: int = 0
    said: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)

    def say(self, intent: str, text: str = "", **entities: Any) -> str:
        self.count += 1
        self.said, self.buttons = [], {}
        slots = self._run(ValidateLimitForm(), intent, text or f"/{intent}", entities)
        self.handled = bool(slots)
        if self.open and self.handled:
            empty = next((name for name in DOMAIN["forms"]["limit_form"]["required_slots"] if not self.slots[name]), "")
            self.asked = empty
            asks: dict[str, Goal] = {"limit_line": AskLimitLine(), "limit_confirm": AskLimitConfirm()}
            self._run(asks[empty], intent, text or f"/{intent}", entities)
        return "\n".join(self.said)

    def press(self, title: str) -> str:
        payload = re.fullmatch(r"/(\w+)(.*)", self.buttons[title])
        assert payload
        entities = yaml.safe_load(payload[2]) if payload[2] else {}
        if not self.open:
            self.open, self.asked = True, None
        return self.say(payload[1], self.buttons[title], **entities)

    def say_of(self, goal: Goal, text: str) -> str:
        """What another goal answers."""
        self.said = []
        self._run(goal, "limit_decrease_or_frozen", text, {})
        return "\n".join(self.said)

    def _run(self, goal: Goal, intent: str, text: str, entities: dict[str, Any]) -> dict[str, Any]:
        event = user(intent, text, **entities)
        context = {"message_id": f"m{self.count}", "today": "2026-11-23", "verified": True}
        slots = {**self.slots, "requested_slot": self.asked}
        message = {**event["parse_data"], "metadata": context}
        tracker = Tracker(self.conversation_id, slots, message, [event], False, None, {"name": "limit_form"}, None)
        dispatcher = CollectingDispatcher()
        events = asyncio.run(goal.run(dispatcher, tracker, DOMAIN))
        for one in dispatcher.messages:
            response = RESPONSES[one["response"]][0]
            self.said.append(str(response["text"]).format(**{k: v for k, v in one.items() if k != "response"}))
            for button in (*response.get("buttons", ()), *one["buttons"]):
                self.buttons[button["title"]] = button["payload"]
        changed = {one["name"]: one["value"] for one in events if one["event"] == "slot"}
        self.slots |= {name: value for name, value in changed.items() if name in self.slots}
        self.open = self.open and not any(one["event"] == "active_loop" for one in events)
        return changed


def test_what_can_be_applied_for_is_read_back_and_nothing_sent_before_the_yes(world: World) -> None:
    form = Form()
    said = form.say("limit_increase", "我要提额")
    assert "“随心借”的额度从 50,000 元提到 75,000 元" in said
    assert "不收任何费用" in said
    assert world.effects == {}
    approved = form.press("确认申请")
    assert "额度现在是 75,000 元" in approved
    assert "近 12 个月按时还了 8 期" in approved
    assert not form.open
    assert world.bodies_of("c") == [{"line_id": "line-1", "amount_fen": 7500000}]


@pytest.mark.parametrize(
    ("text", "amount", "asked"),
    [("我想提到六万", 6000000, "60,000"), ("给我提一万", 1000000, "60,000"), ("额度要八万", 8000000, "80,000")],
)
def test_a_sum_that_is_named_is_the_sum_that_is_read_back(world: World, text: str, amount: int, asked: str) -> None:
    assert f"提到 {asked} 元" in Form().say("limit_increase", text, amount=amount)


def test_another_sum_at_the_read_back_is_read_back_anew(world: World) -> None:
    form = Form()
    form.say("limit_increase", "我要提额")
    assert "提到 60,000 元" in form.say("correct", "不，提到六万", amount=6000000)
    form.say("affirm", "好的")
    assert world.bodies_of("c") == [{"line_id": "line-1", "amount_fen": 6000000}]


def test_noise_and_a_question_are_no_yes(world: World) -> None:
    form = Form()
    form.say("limit_increase", "我要提额")
    assert "确认申请吗" in form.say("affirm", "呜啦呜啦")
    form.say("query_bill", "查账单")
    assert not form.handled
    assert world.effects == {}


@pytest.mark.parametrize(("intent", "text"), [("deny", "不用了"), ("cancel", "/cancel")])
def test_a_no_sends_nothing(world: World, intent: str, text: str) -> None:
    form = Form()
    form.say("limit_increase", "我要提额")
    assert "没有提交申请" in form.say(intent, text)
    assert (world.effects, form.open) == ({}, False)


def test_of_two_lines_one_is_chosen_first_by_button_or_by_name(world: World) -> None:
    world.offers = 2
    form = Form()
    assert "哪一个额度" in form.say("limit_increase", "我要提额")
    assert "“家电分期”的额度从 20,000 元提到 30,000 元" in form.press("家电分期 20,000 元")
    named = Form()
    named.say("limit_increase", "我要提额")
    assert "“家电分期”" in named.say("inform", "家电分期的")
    assert "“随心借”" in Form().say("limit_increase", "随心借能提额吗")


def test_a_refusal_says_why_what_next_and_that_a_person_can_look(world: World) -> None:
    world.limit_state = "refused"
    form = Form()
    form.say("limit_increase", "我要提额")
    said = form.say("affirm", "好")
    for part in ("有借款已经逾期 5 天", "先还清逾期的部分", "人工复核"):
        assert part in said
    assert "已经请人工复核" in form.press("请人工复核")
    assert {"application_id": "limit-1"} in world.bodies_of("c")


def test_what_a_person_decides_is_said_to_be_so(world: World) -> None:
    world.limit_state = "referred"
    form = Form()
    form.say("limit_increase", "我要提额")
    assert "由人工决定" in form.say("affirm", "好")


def test_after_an_application_the_next_day_is_told_and_a_review_offered(world: World) -> None:
    world.limit_state = "refused"
    first = Form()
    first.say("limit_increase", "我要提额")
    first.say("affirm", "好")
    again = Form(count=10)
    assert "2026年12月23日起可以再申请" in again.say("limit_increase", "我要提额")
    assert ("请人工复核" in again.buttons, again.open) == (True, False)


def test_a_review_without_an_application_says_so(world: World) -> None:
    assert "没有可以复核" in Form().say("limit_increase", "/limit_increase", limit_choice="review")


def test_who_is_not_logged_in_hears_the_general_answer_and_no_form_stays_open(world: World) -> None:
    form = Form("visitor")
    assert "提额由系统定期综合评估" in form.say("limit_increase", "我要提额")
    assert not form.open
    assert "系统评估" in Form("visitor").say_of(ExplainLimit(), "我的额度怎么变少了")


def test_a_refusal_of_the_service_is_shown_in_its_words(world: World) -> None:
    form = Form()
    form.say("limit_increase", "我要提额")
    world.refuse_next = ("application_open", "您有一个提额申请正在由人工处理。")
    assert "正在由人工处理" in form.say("affirm", "好")
    assert not form.open


def test_why_a_limit_changed_is_the_ledgers_own_words(world: World) -> None:
    said = Form().say_of(ExplainLimit(), "我的额度怎么变少了")
    assert "少了 5,000 元" in said
    assert "9月2日借出 5,000 元" in said
    assert "不能查其他人的" in Form().say_of(ExplainLimit(), "我老婆的额度怎么少了")
