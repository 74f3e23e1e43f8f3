"""Notices that a borrower subscribed to in WeChat: one consent, one message, at any time; through the whole service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.channels.wechat.standin import LOST
from service.db.channel_receipt import receipts_of
from service.db.engine import Database
from service.db.legal_file import rows as file_rows
from service.domain.chat.wechat_binding import code_hash
from service.domain.collect.outreach import Surface
from service.domain.collect.receipt import Event
from service.domain.collect.wording import lint
from service.usecases.ports import FrozenClock
from tests.service.collecting import at, reasons, rows
from tests.service.serving import eventually
from tests.service.wechat_world import DAY, NOTICE, World, wechat_world


@pytest.fixture
def world(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[World]:
    with wechat_world(database, clock=clock, folder=tmp_path) as made:
        yield made


def closed(world: World, *, allows: int = 0) -> None:
    """His WeChat is bound, and the window of his last message has closed on the day of the step."""
    world.owes(days=DAY - 3)
    world.binds()
    world.allows(allows)
    at(world.clock, "10:00", days=3)


def test_with_the_window_closed_a_consent_is_used_for_one_notice(world: World) -> None:
    closed(world, allows=1)
    world.tick()
    assert world.outreach()[-1] == ("subscription", "sent")
    assert world.passed_over() == {"wechat": "reply_window_closed"}
    (text,) = world.notices()
    assert text == rows(world.database)[-1]["text"]
    assert lint(text, rules=world.services.policy.wording, surface=Surface.OPEN) == ()
    assert all(len(line) <= 20 for line in text.split("\n"))
    assert world.told_in("inapp") == [text]
    assert world.left() == 0


def test_in_the_window_no_consent_is_used_up(world: World) -> None:
    world.owes()
    world.binds()
    world.allows(1)
    world.tick()
    assert world.outreach() == [("wechat", "sent")]
    assert (world.notices(), world.left()) == ([], 1)


def test_without_a_consent_the_ladder_goes_on_to_a_text_message(world: World) -> None:
    closed(world)
    world.tick()
    assert world.passed_over() == {"wechat": "reply_window_closed", "subscription": "no_consent_left"}
    assert world.outreach()[-1] == ("sms", "sent")


def test_a_consent_to_another_template_is_none(world: World) -> None:
    closed(world)
    world.allows(1, template="another")
    assert world.left() == 0


def test_a_consent_pushed_again_is_one_and_two_are_two(world: World) -> None:
    world.owes()
    world.binds()
    world.allows(2)
    world.wechat("/subscribe", template=NOTICE)  # in the same second as the one before
    assert world.left() == 2


def test_what_is_withdrawn_counts_no_more_and_can_be_given_anew(world: World) -> None:
    closed(world, allows=2)
    world.wechat("/subscribe", template=NOTICE, answer="reject")  # no to one more request withdraws nothing
    assert world.left() == 2
    world.wechat("/subscribe", template=NOTICE, answer="reject", later=True)
    assert world.left() == 0
    world.tick()
    assert world.outreach()[-1][0] == "sms"
    world.allows(1)
    assert world.left() == 1


def test_consents_end_with_the_binding(world: World) -> None:
    closed(world, allows=2)
    world.says("解绑")
    eventually(lambda: "已解除绑定" in world.read()[-1])
    assert world.left() == 0
    world.binds()
    assert world.left() == 0


def test_who_is_not_bound_allows_nothing(world: World) -> None:
    world.owes()
    world.allows(1)
    assert world.left() == 0
    world.binds()
    assert world.left() == 0


def test_a_consent_withdrawn_after_planning_is_noticed_by_the_gate(world: World) -> None:
    closed(world, allows=1)
    at(world.clock, "07:30")
    world.tick()
    assert world.outreach()[-1] == ("subscription", "planned")
    world.wechat("/subscribe", template=NOTICE, answer="reject", later=True)
    at(world.clock, "10:00")
    world.tick()
    assert world.outreach()[-1] == ("subscription", "blocked")
    assert reasons(world.database)[-1] == {"no_consent_left"}
    assert world.notices() == []


def test_a_refusal_of_the_platform_gives_the_unit_back_but_a_refusal_of_the_user_ends_all(world: World) -> None:
    closed(world, allows=2)
    world.fails(47003)
    world.tick()
    assert world.outreach()[-1] == ("subscription", "failed")
    assert world.left() == 2
    at(world.clock, "10:00", days=1)
    world.tick()
    assert world.outreach()[-1] == ("sms", "sent")  # never again by that channel for this step


def test_43101_ends_every_consent_that_is_left(world: World) -> None:
    closed(world, allows=3)
    world.fails(43101)
    world.tick()
    assert world.outreach()[-1] == ("subscription", "failed")
    assert world.left() == 0


def test_a_lost_answer_to_a_notice_leaves_it_unknown_and_the_consent_used(world: World) -> None:
    closed(world, allows=1)
    world.fails(LOST)
    world.tick()
    assert world.outreach()[-1] == ("subscription", "unknown")
    world.clock.instant += timedelta(hours=3)
    world.tick()
    assert len(world.notices()) == 1
    assert world.left() == 0


def test_what_the_platform_tells_of_a_notice_is_its_receipt_once(world: World) -> None:
    closed(world, allows=1)
    world.tick()
    eventually(lambda: world.attempts()[-1] == ("subscription", "delivered"))
    for _ in range(2):  # pushed again, and contradicted
        assert world.wechat("/outcome", template=NOTICE)["tries"] == ["success"]
    assert world.wechat("/outcome", template=NOTICE, errcode=-1, status="failed:system failed")["tries"] == ["success"]
    (row,) = rows(world.database)
    assert (row["state"], world.attempts()) == ("sent", [("subscription", "delivered")])
    with world.database.reading() as conn:
        (receipt,) = receipts_of(conn, row["id"])
    assert (receipt.event, receipt.channel, receipt.text) == (Event.DELIVERED, "subscription", "success")


@pytest.mark.parametrize(
    ("errcode", "status", "state", "code", "outcome"),
    [
        (0, "success", "sent", set(), "delivered"),
        (-1, "failed:user block", "failed", {"receipt_blocked"}, "unknown"),
        (-1, "failed:system failed", "failed", {"receipt_carrier"}, "unknown"),
    ],
)
def test_a_notice_of_which_nobody_knew_becomes_known_by_what_the_platform_tells(
    world: World, errcode: int, status: str, state: str, code: set[str], outcome: str
) -> None:
    closed(world, allows=1)
    world.fails(LOST)
    world.tick()
    assert world.outreach()[-1] == ("subscription", "unknown")
    assert world.wechat("/outcome", template=NOTICE, errcode=errcode, status=status)["tries"] == ["success"]
    assert (world.outreach()[-1], world.attempts()[-1]) == (("subscription", state), ("subscription", outcome))
    assert code <= reasons(world.database)[-1]
    world.clock.instant += timedelta(hours=1)
    world.tick()
    assert (len(world.outreach()), world.left()) == (1, 0), "nothing else on that day, and the consent is used"


def test_what_is_told_of_notices_that_are_not_ours_changes_nothing(world: World) -> None:
    closed(world, allows=1)
    assert world.wechat("/outcome", template=NOTICE)["tries"] == ["success"]  # there was none yet
    world.fails(LOST)
    world.tick()
    assert world.wechat("/outcome", template="another")["tries"] == ["success"]
    assert world.wechat("/outcome", template=NOTICE, openid="o-stranger")["tries"] == ["success"]
    assert world.attempts()[-1] == ("subscription", "unknown")


def test_every_binding_and_consent_stands_in_the_legal_file_and_no_code(world: World) -> None:
    closed(world, allows=1)
    code = world.app("POST", "/wechat/code").json()["code"]
    world.says("解绑")
    with world.database.reading() as conn:
        found = list(file_rows(conn, "b1"))
    acts = [(row["act"], row["by"], row["reason"]) for section, row in found if section == "wechat_event"]
    assert acts == [("bound", "borrower", "code"), ("consented", "borrower", NOTICE), ("unbound", "borrower", "asked")]
    codes = [row for section, row in found if section == "wechat_code"]
    assert len(codes) == 2
    assert code_hash(code) not in str(codes)
