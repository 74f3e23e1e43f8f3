"""A person stops outreach by name; what is grave begins again only by two people; whoever asks twice did it once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select

from service.db import collect, contact
from service.db.engine import Database
from service.db.tables.chat import turn
from service.domain.collect.contact import PointKind
from service.domain.collect.outreach import Stop
from service.domain.errors import NotFound, Refused
from service.usecases.chat.receive import receive
from service.usecases.collect.pause import pause
from service.usecases.collect.resume import Resumed, decide_resuming, resume
from service.usecases.collect.stop_by_hand import stop_by_hand
from service.usecases.collect.stops import stops_of
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import owe, plan_now, states

GRAVE = ("crisis", "deceased", "incapacity", "fraud", "legal", "bankruptcy")


def stop(database: Database, clock: FrozenClock, reason: str = "deceased", **more: Any) -> str:
    values = {"borrower_id": "b1", "reason": reason, "note": "家属来电", "by": "苏禾", "key": reason, **more}
    with database.transaction() as conn:
        return stop_by_hand(conn, now=clock.now(), **values).id


def begin_again(database: Database, clock: FrozenClock, pause_id: str, by: str = "苏禾") -> Resumed:
    with database.transaction() as conn:
        return resume(conn, pause_id=pause_id, by=by, reason="家属说是误会", now=clock.now(), policy=policy())


def decide(database: Database, clock: FrozenClock, request_id: str, by: str, *, approve: bool = True) -> Resumed:
    with database.transaction() as conn:
        return decide_resuming(conn, request_id=request_id, approve=approve, by=by, remark="已核", now=clock.now())


def open_reasons(database: Database) -> list[str]:
    with database.reading() as conn:
        return [one.reason.value for one in collect.open_pauses(conn, "b1")]


def test_the_policy_says_which_stops_are_grave() -> None:
    rules = policy().rules
    assert {one.reason.value for one in rules.stops if one.grave} == set(GRAVE)
    assert all(one.person for one in rules.stops if one.grave), "somebody looks after what is grave"


@pytest.mark.parametrize("reason", [*Stop])
def test_two_people_end_what_is_grave_and_one_the_rest(
    sqlite_database: Database, clock: FrozenClock, reason: Stop
) -> None:
    owe(sqlite_database, clock=clock)
    done = begin_again(sqlite_database, clock, stop(sqlite_database, clock, reason))
    assert (open_reasons(sqlite_database) == [reason]) is (reason in GRAVE)
    assert (done.request is not None) is (reason in GRAVE)


def test_a_second_person_approves_and_the_row_names_both(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    first = begin_again(database, clock, stop(database, clock))
    assert first.request is not None
    again = begin_again(database, clock, first.pause.id, by="顾清")
    assert again.request == first.request, "one request waits, whoever asks again"
    with pytest.raises(Refused) as alone:
        decide(database, clock, first.request.id, "苏禾")
    assert alone.value.code == "second_person_required"
    assert open_reasons(database) == ["deceased"]
    ended = decide(database, clock, first.request.id, "顾清").pause
    assert (ended.ended_by, open_reasons(database)) == ("顾清", [])
    assert ended.end_reason is not None
    assert "苏禾申请" in ended.end_reason
    with pytest.raises(Refused) as late:
        decide(database, clock, first.request.id, "顾清", approve=False)
    assert late.value.code == "already_decided"


def test_a_rejected_request_leaves_the_stop_and_may_be_made_again(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    first = begin_again(database, clock, stop(database, clock))
    assert first.request is not None
    decide(database, clock, first.request.id, "顾清", approve=False)
    assert open_reasons(database) == ["deceased"]
    clock.instant = clock.instant.replace(minute=1)
    second = begin_again(database, clock, first.pause.id)
    assert second.request is not None
    assert second.request.id != first.request.id
    with database.reading() as conn:
        (shown,) = stops_of(conn, "b1", policy=policy())
    assert [one.state.value for one in shown.requests] == ["rejected", "waiting"]


def test_a_stop_cancels_plans_and_messages_that_wait_for_their_channel(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    plan_now(database, clock)
    with database.transaction() as conn:
        said = receive(
            conn, channel="wechat", message_id="w1", channel_user_id="o1", text="在吗", borrower_id="b1",
            now=clock.now(),
        )  # fmt: skip
        for number, sender in enumerate(("outreach", "bot")):
            values = {"conversation_id": said.conversation_id, "channel": "wechat", "direction": "out", "text": "您好"}
            more = {"message_id": f"out-{number}", "sender": sender, "state": "pending", "buttons": []}
            conn.execute(insert(turn).values(**values, **more, created_at=clock.now(), next_attempt_at=clock.now()))
    with database.engine.connect() as conn, conn.begin() as unfinished:
        pause(conn, borrower_id="b1", reason="complaint", by="borrower", now=clock.now())
        unfinished.rollback()
    assert (states(database), _sending(database)) == (["planned"], {"outreach": "pending", "bot": "pending"})
    stop(database, clock, "complaint")
    assert (states(database), _sending(database)) == (["cancelled"], {"outreach": "failed", "bot": "pending"})


def _sending(database: Database) -> dict[str, str]:
    with database.reading() as conn:
        out = select(turn.c.sender, turn.c.state).where(turn.c.direction == "out")
        return {row.sender: row.state for row in conn.execute(out)}


def test_a_wrong_number_is_out_of_use_at_once(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    owe(database, clock=clock, borrower_id="b2")
    with database.transaction() as conn:
        mine = contact.own_point(conn, "b1", PointKind.PHONE)
        other = contact.own_point(conn, "b2", PointKind.PHONE)
    assert mine is not None
    assert other is not None
    stop(database, clock, "wrong_person", contact_point_id=mine.id)
    with database.reading() as conn:
        found = contact.point_by_id(conn, mine.id)
    assert found is not None
    assert found.suppressed_at == clock.now()
    with pytest.raises(NotFound):
        stop(database, clock, "dispute", contact_point_id=other.id)


@pytest.mark.parametrize(("by", "note", "code"), [("bot", "x", "person_required"), ("苏禾", " ", "reason_required")])
def test_a_stop_by_hand_has_a_name_and_a_reason(
    sqlite_database: Database, clock: FrozenClock, by: str, note: str, code: str
) -> None:
    owe(sqlite_database, clock=clock)
    with pytest.raises(Refused) as refused:
        stop(sqlite_database, clock, by=by, note=note)
    assert refused.value.code == code
    assert open_reasons(sqlite_database) == []
