"""Several payments in one promise are read back together, filled in, changed one by one, and recorded after a yes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actions.promise_parts import Part, changed, noted
from tests.actions.small_service import ALL, OVERDUE
from tests.actions.stage import Stage


def made(on: Stage, name: str) -> list[tuple[int, str]]:
    """(fen, day) of each part of what was recorded last."""
    body: dict[str, Any] = on.world.bodies_of(name)[-1]
    parts = body.get("parts") or [body]
    return [(one["amount_fen"], one["due_on"]) for one in parts]


def test_a_sum_and_the_rest_are_read_back_with_their_sums_and_recorded(on: Stage) -> None:
    talk = on.talk("parts-rest")
    answer = talk.say("下个月10号发工资先还两百，剩下的15号还")
    assert "分 2 笔还" in answer
    assert "12月10日（周四）还 200 元，12月15日（周二）还剩下的 339.93 元，一共 539.93 元，对吗" in answer
    assert on.world.bodies_of("parts-rest") == []
    assert "已登记，分 2 笔" in talk.say("对")
    assert made(on, "parts-rest") == [(20_000, "2026-12-10"), (OVERDUE - 20_000, "2026-12-15")]
    (body,) = on.world.bodies_of("parts-rest")
    assert body["text"].startswith("下个月10号发工资先还两百")
    assert "工资" in body["parts"][0]["condition"]


def test_two_sums_on_two_days(on: Stage) -> None:
    talk = on.talk("parts-two")
    assert "11月27日（周五）还 200 元，12月4日（周五）还 300 元" in talk.say("这周五还两百，下周五还三百")
    talk.say("没问题")
    assert made(on, "parts-two") == [(20_000, "2026-11-27"), (30_000, "2026-12-04")]


def test_a_rest_without_a_day_is_asked_for_it_and_never_stored_as_one(on: Stage) -> None:
    talk = on.talk("parts-vague")
    answer = talk.say("下周五还五百，剩下的过几天还")
    assert "过几天" in answer
    assert "剩下的 39.93 元" in answer
    assert "对吗" not in answer
    assert "对吗" not in talk.say("过两天")
    assert on.world.bodies_of("parts-vague") == []
    assert "12月10日（周四）还剩下的 39.93 元" in talk.say("12月10号")
    talk.say("对的")
    assert made(on, "parts-vague") == [(50_000, "2026-12-04"), (3_993, "2026-12-10")]


@pytest.mark.parametrize(
    ("said", "then"),
    [
        ("第一笔改成三百", [(30_000, "2026-11-27"), (30_000, "2026-12-04")]),
        ("第二笔改到12月8号", [(20_000, "2026-11-27"), (30_000, "2026-12-08")]),
        ("不对，12月4号还四百", [(20_000, "2026-11-27"), (40_000, "2026-12-04")]),
    ],
)
def test_one_part_is_changed_before_it_is_confirmed(on: Stage, said: str, then: list[tuple[int, str]]) -> None:
    name = f"parts-change-{said.encode().hex()[:24]}"
    talk = on.talk(name)
    talk.say("这周五还两百，下周五还三百")
    assert "对吗" in talk.say(said)
    talk.say("对")
    assert made(on, name) == then


def test_where_it_is_not_clear_which_part_is_meant_it_is_asked(on: Stage) -> None:
    talk = on.talk("parts-which")
    talk.say("这周五还两百，下周五还三百")
    assert "哪一笔" in talk.say("改成四百")
    assert on.world.bodies_of("parts-which") == []


def test_the_rest_follows_a_change_of_the_first(on: Stage) -> None:
    talk = on.talk("parts-follows")
    talk.say("下周五还两百，剩下的12月10号还")
    assert "还剩下的 239.93 元" in talk.say("第一笔改成三百")


def test_more_than_is_owed_in_parts_is_not_read_back(on: Stage) -> None:
    talk = on.talk("parts-too-much")
    answer = talk.say("这周五还六千，下周五还六千")
    assert "6,799.93" in answer
    assert "对吗" not in answer
    assert ALL == 679_993


def test_a_part_too_far_away_is_asked_for_another_day(on: Stage) -> None:
    talk = on.talk("parts-far")
    answer = talk.say("下周五还两百，剩下的明年3月1号还")
    assert "太远了" in answer
    assert "还剩下的 339.93 元" in talk.say("12月20号")
    talk.say("对")
    assert made(on, "parts-far") == [(20_000, "2026-12-04"), (33_993, "2026-12-20")]


def test_a_no_records_nothing_and_a_question_in_between_keeps_the_parts(on: Stage) -> None:
    talk = on.talk("parts-no")
    talk.say("这周五还两百，下周五还三百")
    assert "分 2 笔" in talk.say("不按时还会有什么后果")
    assert "没有登记" in talk.say("算了不约了")
    assert on.world.bodies_of("parts-no") == []


def test_after_too_many_promises_a_person_takes_over(on: Stage) -> None:
    talk = on.talk("parts-often")
    talk.say("这周五还两百")
    on.world.refuse_next = ("too_many_renegotiations", "约定改过或没赶上已经有三次了，让同事和您一起看看怎么还更合适。")
    answer = talk.say("对")
    assert "三次" in answer
    assert "人工" in answer
    (body,) = on.world.bodies_of("parts-often")
    assert body["reason"] == "promises"


def test_parts_that_were_made_can_be_changed(on: Stage) -> None:
    talk = on.talk("parts-again")
    talk.say("这周五还两百，下周五还三百")
    talk.say("对")
    assert "12月8日（周二）还 300 元" in talk.say("第二笔改到12月8号还")
    talk.say("对")
    assert made(on, "parts-again") == [(20_000, "2026-11-27"), (30_000, "2026-12-08")]


@pytest.mark.parametrize(
    ("text", "day", "today", "due"),
    [
        ("10号发工资", "2026-12-10", "2026-11-23", [None, "2026-12-10"]),
        ("10号发工资", "2026-11-10", "2026-11-05", [None, "2026-12-10"]),
        ("工资31号到", "2027-01-31", "2027-01-05", [None, "2027-02-28"]),
        ("10号", "2026-12-10", "2026-11-23", ["2026-12-10", None]),
    ],
)
def test_the_pay_day_belongs_to_the_part_that_waits_for_it(
    text: str, day: str, today: str, due: list[str | None]
) -> None:
    parts = (Part(100, word="half"), Part(100, word="rest", condition="发工资", said="下个月"))
    now = date.fromisoformat(today)
    found = changed(parts, text=text, day=day, amount_fen=None, asked_day=True, asked_sum=False, today=now)
    assert found is not None
    assert [one.due_on for one in found] == due
    assert bool(noted(parts, found, today=now)) == (due[0] is None)
