"""A step goes by the first channel that can reach the debtor, and the row says why not by another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from service.db import contact
from service.db.engine import Database
from service.db.tables.chat import conversation, turn
from service.domain.collect.contact import PointKind
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


def test_what_is_not_connected_is_not_spoken_of(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=7)
    assert planned(database, clock, channels=("inapp",)) == ("inapp", {})
