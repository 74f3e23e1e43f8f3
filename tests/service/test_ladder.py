"""A step goes by the first channel that can reach the debtor, and the row says why not by another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from service.db import contact
from service.db.engine import Database
from service.db.tables.chat import conversation, turn
from service.db.tables.collect import outreach
from service.domain.collect.contact import PointKind
from service.domain.collect.outreach import COUNTED
from service.usecases.collect.plan import plan
from service.usecases.ports import FrozenClock
from tests.service.collecting import for_everybody_alike, owe, rows

EVERY_CHANNEL = ("inapp", "wechat", "sms", "voice")


def planned(
    database: Database, clock: FrozenClock, *, channels: tuple[str, ...] = EVERY_CHANNEL
) -> tuple[str, dict[str, str]]:
    """The channel of the step of day 7 (WeChat, SMS, app), and what was passed over."""
    assert plan(database, clock=clock, policy=for_everybody_alike(), channels=channels) == 1
    (row,) = rows(database)
    return row["channel"], row["basis"].get("passed_over", {})


def wechat(database: Database, clock: FrozenClock, *, wrote_hours_ago: int | None = None) -> None:
    now = clock.now()
    with database.transaction() as conn:
        contact.add_point(conn, borrower_id="b1", kind=PointKind.WECHAT, address="o-1", now=now)
        if wrote_hours_ago is None:
            return
        at = now - timedelta(hours=wrote_hours_ago)
        who = {"id": "c1", "channel": "wechat", "channel_user_id": "o-1", "borrower_id": "b1"}
        conn.execute(insert(conversation).values(**who, created_at=at, updated_at=at))
        said = {"conversation_id": "c1", "direction": "in", "sender": "borrower", "channel": "wechat"}
        kept = {"message_id": "m1", "text": "你好", "buttons": [], "state": "answered", "created_at": at}
        conn.execute(insert(turn).values(**said, **kept))


def test_without_a_wechat_account_it_is_a_text_message(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=7)
    assert planned(database, clock) == ("sms", {"wechat": "no_address"})


@pytest.mark.parametrize("hours", [None, 48, 200])
def test_a_closed_reply_window_is_passed_over(database: Database, clock: FrozenClock, hours: int | None) -> None:
    owe(database, clock=clock, days=7)
    wechat(database, clock, wrote_hours_ago=hours)
    assert planned(database, clock) == ("sms", {"wechat": "reply_window_closed"})


def test_an_open_reply_window_is_used(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=7)
    wechat(database, clock, wrote_hours_ago=47)
    assert planned(database, clock) == ("wechat", {})


def test_a_suppressed_number_leaves_the_app(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=7)
    with database.transaction() as conn:
        point = contact.own_point(conn, "b1", PointKind.PHONE)
        assert point is not None
        contact.suppress_point(conn, point.id, reason="disconnected", now=clock.now())
    assert planned(database, clock) == ("inapp", {"wechat": "no_address", "sms": "number_suppressed"})


def ended(database: Database, state: str, *codes: str) -> None:
    """What became of the newest row, and why."""
    why = [{"code": code, "detail": "", "source": ""} for code in codes]
    with database.transaction() as conn:
        row = rows(database)[-1]
        out = {"claimed_at": row["planned_at"]} if state in COUNTED else {}
        newest = outreach.c.id == row["id"]
        conn.execute(update(outreach).where(newest).values(state=state, reasons=why, **out))


def goes_on(database: Database, clock: FrozenClock, *, channels: tuple[str, ...] = EVERY_CHANNEL) -> list[str]:
    """The channels of all rows once planned again five minutes later."""
    clock.instant += timedelta(minutes=5)
    plan(database, clock=clock, policy=for_everybody_alike(), channels=channels)
    return [row["channel"] for row in rows(database)]


def test_where_a_channel_fails_for_good_the_next_one_is_tried_on_the_same_day(
    database: Database, clock: FrozenClock
) -> None:
    owe(database, clock=clock, days=7)
    wechat(database, clock, wrote_hours_ago=1)
    assert planned(database, clock) == ("wechat", {})
    ended(database, "failed", "failed")
    assert goes_on(database, clock) == ["wechat", "sms"]
    assert goes_on(database, clock) == ["wechat", "sms"], "it is planned and waits"
    ended(database, "failed", "receipt_invalid_number")
    assert goes_on(database, clock) == ["wechat", "sms", "inapp"]
    assert [row["slot"] for row in rows(database)] == ["2026-11-23", "2026-11-23/2", "2026-11-23/3"]
    ended(database, "failed", "failed")
    assert goes_on(database, clock) == ["wechat", "sms", "inapp"], "no channel twice a day, and no person for a fault"


def test_where_no_channel_is_left_people_take_over_on_the_same_day(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=7)
    assert plan(database, clock=clock, policy=for_everybody_alike(), channels=("sms",)) == 1
    ended(database, "failed", "receipt_disconnected")
    assert goes_on(database, clock, channels=("sms",)) == ["sms", "person"]
    assert goes_on(database, clock, channels=("sms",)) == ["sms", "person"]


@pytest.mark.parametrize(
    ("state", "codes"),
    [
        ("planned", ["put_back"]),
        ("claimed", []),
        ("sent", []),
        ("unknown", ["outcome_unknown"]),
        ("failed", ["receipt_expired"]),
        ("failed", ["receipt_blocked"]),
        ("failed", ["receipt_carrier"]),
        ("cancelled", ["stopped_dispute"]),
        ("blocked", ["outside_hours"]),
        ("blocked", ["number_suppressed", "stopped_wrong_person"]),
        ("blocked", ["cap_written_today"]),
    ],
)
def test_what_may_have_arrived_or_rests_for_another_reason_is_followed_by_nothing_that_day(
    database: Database, clock: FrozenClock, state: str, codes: list[str]
) -> None:
    owe(database, clock=clock, days=7)
    planned(database, clock)
    ended(database, state, *codes)
    assert goes_on(database, clock) == ["sms"]


def test_what_is_not_connected_is_not_spoken_of(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=7)
    assert planned(database, clock, channels=("inapp",)) == ("inapp", {})
