"""WeChat as a step of the ladder, from the code in the app to the message on the phone, through the whole service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.channels.wechat.standin import LOST
from service.db.engine import Database
from service.db.tables.chat import turn
from service.domain.collect.outreach import Surface
from service.domain.collect.wording import lint
from service.usecases.ports import FrozenClock
from tests.service.collecting import at, reasons, rows
from tests.service.serving import eventually
from tests.service.talking import turns
from tests.service.wechat_world import DAY, World, wechat_world


@pytest.fixture
def world(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[World]:
    with wechat_world(database, clock=clock, folder=tmp_path) as made:
        yield made


def test_who_bound_his_wechat_is_written_to_there_and_finds_it_in_the_app(world: World) -> None:
    world.owes()
    world.binds()
    world.tick()
    assert world.outreach() == [("wechat", "sent")]
    assert world.attempts() == [("wechat", "delivered")]
    (text,) = world.read()[1:]
    assert text == rows(world.database)[0]["text"]
    assert "小清消费金融" in text
    assert lint(text, rules=world.services.policy.wording, surface=Surface.OPEN) == ()
    assert world.told_in("wechat") == world.told_in("inapp") == [text]
    assert turns(world.database, channel="inapp", sender="outreach")[0].buttons != []


def test_it_is_kept_in_the_conversation_as_delivered_and_not_handed_over_again(world: World) -> None:
    world.owes()
    world.binds()
    world.tick()
    world.says("解绑")  # answered by the worker that hands over what waits
    eventually(lambda: len(world.read()) == 3)
    assert "已解除绑定" in world.read()[2]
    assert [one.state for one in turns(world.database, channel="wechat", sender="outreach")] == ["delivered"]


def test_48_hours_after_his_last_message_the_ladder_goes_on_to_a_text_message(world: World) -> None:
    world.owes(days=DAY - 2)
    world.binds()
    at(world.clock, "10:00", days=2)
    world.tick()
    assert world.passed_over() == {"wechat": "reply_window_closed", "subscription": "no_consent_left"}
    assert world.outreach()[-1] == ("sms", "sent")
    assert len(world.read()) == 1


def test_an_hour_before_that_it_is_still_wechat(world: World) -> None:
    world.owes(days=DAY - 2)
    at(world.clock, "11:00")
    world.binds()
    at(world.clock, "10:00", days=2)
    world.tick()
    assert world.outreach()[-1] == ("wechat", "sent")


def test_a_window_that_closes_between_planning_and_sending_is_noticed_by_the_gate(world: World) -> None:
    world.owes(days=DAY - 2)
    world.binds()
    at(world.clock, "07:30", days=2)  # planned for the first lawful hour, before which nothing is sent
    world.tick()
    assert world.outreach()[-1] == ("wechat", "planned")
    at(world.clock, "10:01")
    world.tick()
    assert world.outreach()[-1] == ("wechat", "blocked")
    assert "reply_window_closed" in reasons(world.database)[-1]
    world.clock.instant += timedelta(minutes=5)
    world.tick()
    assert world.outreach()[-2:] == [("wechat", "blocked"), ("sms", "sent")]


def test_the_messages_since_he_wrote_are_counted_and_the_sixth_does_not_leave(world: World) -> None:
    world.owes()
    world.binds()
    said = turns(world.database, channel="wechat", direction="in")[0]
    with world.database.transaction() as conn:
        for number in range(4):  # with the answer to the code, five
            conn.execute(
                turn.insert().values(
                    conversation_id=said.conversation_id,
                    channel="wechat",
                    direction="out",
                    sender="bot",
                    text="好的",
                    message_id=f"r{number}",
                    buttons=[],
                    state="delivered",
                    created_at=world.clock.now(),
                )
            )
    world.tick()
    assert world.outreach() == [("wechat", "blocked")]
    assert reasons(world.database) == [{"cap_since_borrower_wrote"}]
    world.clock.instant += timedelta(minutes=5)
    world.tick()
    assert world.passed_over()["wechat"] == "tried_today"
    assert world.outreach() == [("wechat", "blocked"), ("sms", "sent")]


def test_a_menu_entry_opens_no_window_of_two_days(world: World) -> None:
    world.owes(days=DAY - 3)
    world.binds()
    at(world.clock, "10:00", days=3)
    world.wechat("/event", event="CLICK", event_key="怎么还款")
    world.tick()
    assert world.passed_over()["wechat"] == "reply_window_closed"


@pytest.mark.parametrize("how", ["unsubscribes", "unbinds", "ends it in the app"])
def test_who_ends_it_is_not_written_to_there(world: World, how: str) -> None:
    world.owes()
    world.binds()
    if how == "unsubscribes":
        world.wechat("/event", event="unsubscribe")
    elif how == "unbinds":
        world.says("解绑")
    else:
        assert world.app("DELETE", "/wechat").json() == {"bound": False, "bound_at": None}
    world.tick()
    assert world.passed_over()["wechat"] == "number_suppressed"
    assert world.outreach() == [("sms", "sent")]
    assert not world.told_in("wechat")


def test_who_ends_it_after_the_message_was_planned_is_not_written_to_either(world: World) -> None:
    world.owes()
    world.binds()
    at(world.clock, "07:30", days=0)
    world.clock.instant += timedelta(days=1)
    world.says("你好")
    world.tick()
    assert world.outreach()[-1] == ("wechat", "planned")
    world.wechat("/event", event="unsubscribe")
    at(world.clock, "10:00")
    world.tick()
    assert world.outreach()[-1] == ("wechat", "blocked")
    assert "number_suppressed" in reasons(world.database)[-1]


def test_the_app_says_whether_it_is_bound_and_gives_no_code_to_a_visitor(world: World) -> None:
    world.owes()
    assert world.app("GET", "/wechat").json() == {"bound": False, "bound_at": None}
    world.binds()
    told = world.app("GET", "/wechat").json()
    assert told["bound"]
    refused = world.app("POST", "/wechat/code", who="visitor:abc")
    assert (refused.status_code, refused.json()["code"]) == (401, "identity_required")


# ---- what the platform answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("errcode", [45015, 45047, 43101, 45002, 48001, 50002, 99999])
def test_what_the_platform_refuses_is_final_uses_nothing_and_is_another_channels(world: World, errcode: int) -> None:
    world.owes()
    world.binds()
    world.fails(errcode)
    world.tick()
    assert world.outreach() == [("wechat", "failed")]
    assert str(errcode) in rows(world.database)[0]["reasons"][0]["detail"]
    assert world.attempts() == [("wechat", "not_delivered")]
    world.clock.instant += timedelta(minutes=5)
    world.tick()
    assert world.passed_over()["wechat"] == "failed_before"
    assert world.outreach() == [("wechat", "failed"), ("sms", "sent")]
    world.clock.instant += timedelta(hours=2)
    world.tick()
    assert len(world.outreach()) == 2


@pytest.mark.parametrize("errcode", [40003, 43004])
def test_who_is_no_follower_any_more_is_not_bound_any_more(world: World, errcode: int) -> None:
    world.owes()
    world.binds()
    world.fails(errcode)
    world.tick()
    assert world.outreach() == [("wechat", "failed")]
    assert world.app("GET", "/wechat").json()["bound"] is False


@pytest.mark.parametrize("errcode", [-1, 45009])
def test_a_busy_platform_is_tried_again_an_hour_later(world: World, errcode: int) -> None:
    world.owes()
    world.binds()
    world.fails(errcode)
    world.tick()
    assert world.outreach() == [("wechat", "planned")]
    world.tick()
    assert len(world.read()) == 1
    world.clock.instant += timedelta(hours=1)
    world.tick()
    assert world.outreach() == [("wechat", "sent")]
    assert len(world.read()) == 2


@pytest.mark.parametrize("errcode", [40001, 42001, 40014])
def test_a_token_that_ended_is_renewed_once_and_the_message_leaves(world: World, errcode: int) -> None:
    world.owes()
    world.binds()
    world.fails(errcode)
    world.tick()
    assert world.outreach() == [("wechat", "sent")]


def test_a_token_that_is_refused_twice_is_for_later(world: World) -> None:
    world.owes()
    world.binds()
    world.fails(40001, times=2)
    world.tick()
    assert world.outreach() == [("wechat", "planned")]
    assert len(world.read()) == 1


def test_a_lost_answer_is_unknown_and_never_sent_again(world: World) -> None:
    world.owes()
    world.binds()
    world.fails(LOST)
    world.tick()
    assert world.outreach() == [("wechat", "unknown")]
    assert world.attempts() == [("wechat", "unknown")]
    for hours in (1, 3):
        world.clock.instant += timedelta(hours=hours)
        world.tick()
    assert len(world.read()) == 2
    assert world.outreach() == [("wechat", "unknown")]
