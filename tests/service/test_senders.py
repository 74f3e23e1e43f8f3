"""What every sender of outreach over a gateway must do. A new channel joins `STEP_DAY` and `senders_of`, and passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.channels.gateway.wire import Credentials
from service.channels.sandbox.behaviour import Behaviour
from service.db.engine import Database
from service.usecases.collect.send import Counts
from service.usecases.ports import FrozenClock
from tests.service.collecting import at, owe
from tests.service.messaging import PHONE, STEP_DAY, Messaging, messaging
from tests.service.serving import eventually

CHANNELS = sorted(STEP_DAY)


def due(world: Messaging, channel: str) -> None:
    """A debtor for whom this channel is today's, planned and ready to be sent."""
    owe(world.database, clock=world.clock, days=STEP_DAY[channel])
    assert world.plan(channel) == 1
    assert (world.row()["channel"], world.row()["state"]) == (channel, "planned")


@pytest.mark.parametrize("channel", CHANNELS)
def test_it_is_handed_over_once_and_its_receipts_count_once(
    database: Database, clock: FrozenClock, tmp_path: Path, channel: str
) -> None:
    with messaging(database, clock=clock, folder=tmp_path) as world:
        due(world, channel)
        assert world.send() == Counts(sent=1)
        assert world.send() == Counts()
        eventually(lambda: world.attempt()["outcome"] in {"delivered", "connected"})
        eventually(lambda: all(one["heard"] == 2 for one in told(world)))
        assert len(world.got()) == 1
        assert sorted(world.receipts()) == sorted({"submitted", world.got()[0]})
        assert world.row()["state"] == "sent"


def told(world: Messaging) -> list[dict[str, int]]:
    with world.sandbox.store.database() as conn:
        return [dict(row) for row in conn.execute("SELECT heard FROM receipt")]


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_the_gateway_refuses_is_final_and_uses_nothing(
    database: Database, clock: FrozenClock, tmp_path: Path, channel: str
) -> None:
    with messaging(database, clock=clock, folder=tmp_path, behaviour=Behaviour(refused=1.0)) as world:
        due(world, channel)
        assert world.send() == Counts(failed=1)
        assert world.attempt()["outcome"] == "not_delivered"
        assert "HTTP 422" in world.row()["reasons"][0]["detail"]
        assert world.phones() == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_lost_answer_is_for_a_person_until_a_receipt_tells(
    database: Database, clock: FrozenClock, tmp_path: Path, channel: str
) -> None:
    lost = Behaviour(lost_answer=1.0)
    with messaging(database, clock=clock, folder=tmp_path, behaviour=lost, running=False) as world:
        due(world, channel)
        assert world.send() == Counts(unknown=1)
        assert (world.row()["state"], world.attempt()["outcome"]) == ("unknown", "unknown")
        at(clock, "18:00")
        assert world.plan() == 0
        assert world.send() == Counts()
        assert world.got() == [""]
        world.sandbox.start()
        eventually(lambda: world.row()["state"] == "sent")
        world.sandbox.stop()
        assert world.attempt()["outcome"] in {"delivered", "connected"}


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_time_out_is_unknown_and_never_sent_again(
    database: Database, clock: FrozenClock, tmp_path: Path, channel: str
) -> None:
    slow = Behaviour(hangs=1.0, hang_seconds=1.5)
    with messaging(database, clock=clock, folder=tmp_path, behaviour=slow, running=False, timeout_seconds=0.3) as world:
        due(world, channel)
        assert world.send() == Counts(unknown=1)
        assert world.send() == Counts()
        assert world.got() == [""]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_gateway_that_is_not_there_gets_it_later(
    database: Database, clock: FrozenClock, tmp_path: Path, channel: str
) -> None:
    with messaging(database, clock=clock, folder=tmp_path, gateway_up=False) as world:
        due(world, channel)
        assert world.send() == Counts(put_back=1)
        assert (world.row()["state"], world.attempt()["outcome"]) == ("planned", "not_delivered")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_wrong_secret_sends_nothing_and_loses_nothing(
    database: Database, clock: FrozenClock, tmp_path: Path, channel: str
) -> None:
    with messaging(database, clock=clock, folder=tmp_path) as world:
        due(world, channel)
        world.gateways[channel].credentials = Credentials("lender", "wrong")
        assert world.send() == Counts(put_back=1)
        assert world.phones() == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_is_late_is_never_delivered(database: Database, clock: FrozenClock, tmp_path: Path, channel: str) -> None:
    with messaging(database, clock=clock, folder=tmp_path, running=False) as world:
        due(world, channel)
        at(clock, "20:15")
        assert world.send() == Counts(sent=1)
        at(clock, "22:01")
        world.sandbox.start()
        eventually(lambda: world.row()["state"] == "failed")
        world.sandbox.stop()
        assert world.got() == ["failed:expired"]
        assert world.row()["reasons"][0]["code"] == "receipt_expired"
        assert world.attempt()["outcome"] == "unknown", "what a carrier gave up may come late all the same"


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_number_out_of_use_is_not_used_again_and_the_ladder_goes_on(
    database: Database, clock: FrozenClock, tmp_path: Path, channel: str
) -> None:
    with messaging(database, clock=clock, folder=tmp_path, behaviour=Behaviour(disconnected=1.0)) as world:
        due(world, channel)
        assert world.send() == Counts(sent=1)
        eventually(lambda: world.row()["state"] == "failed")
        assert world.suppressed() == ["disconnected"]
        at(clock, "10:00", days=1)
        assert world.plan("sms", "voice", "inapp") == 1
        assert world.row()["channel"] == "inapp"
        assert world.row()["basis"]["passed_over"][channel] == "failed_before"


@pytest.mark.parametrize("channel", CHANNELS)
def test_where_no_channel_is_left_a_person_takes_over(
    database: Database, clock: FrozenClock, tmp_path: Path, channel: str
) -> None:
    with messaging(database, clock=clock, folder=tmp_path, behaviour=Behaviour(disconnected=1.0)) as world:
        due(world, channel)
        world.send()
        eventually(lambda: world.row()["state"] == "failed")
        at(clock, "10:00", days=1)
        assert world.plan(channel) == 1
        row = world.row()
        assert (row["state"], row["reasons"][0]["code"]) == ("for_person", "no_way_to_reach")
        assert channel in row["reasons"][0]["detail"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_text_shows_no_debt_and_goes_to_the_debtors_own_number(
    sqlite_database: Database, clock: FrozenClock, tmp_path: Path, channel: str
) -> None:
    with messaging(sqlite_database, clock=clock, folder=tmp_path) as world:
        due(world, channel)
        world.send()
        (phone,) = world.phones()
        (message,) = phone["messages"]
        assert phone["address"] == PHONE
        assert message["text"].startswith("【小清消费金融】")
        assert message["text"] == world.row()["text"]
        assert not any(word in message["text"] for word in ("欠", "逾期", "还款", "催", "贷", "元"))
        assert message["expires_at"] <= f"{world.row()['business_date']}T21:55:00+08:00"
