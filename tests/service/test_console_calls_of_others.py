"""Calls of other people and by agencies in a case's list, and what a call is called there."""

# ruff: noqa: F811
from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import update

from service.console.call_labels import CHECKED, length, passed, results, seconds_of
from service.db import contact
from service.db.engine import Database
from service.db.tables.contact import contact_attempt
from service.domain.collect import compliance
from service.domain.collect.calling import CallResult
from service.domain.collect.contact import Outcome, PointKind
from service.domain.collect.outreach import Purpose, Target
from service.domain.errors import Refused
from service.usecases.collect.import_attempts import Reported, Taken, import_attempts
from service.usecases.desk.contact_others import ask_to_contact, decide_contact
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.queueing import stopped, take
from tests.service.test_console import console_on, log_in, su, token, visitor  # noqa: F401  fixtures
from tests.service.test_console_calls import app, asked, call_id_in, case_id, post  # noqa: F401  fixtures

# What the gate looks at that a call by a person has nothing to do with.
OF_WRITTEN = {
    "under_daily_cap", "under_weekly_cap", "reply_window_open", "inside_reply_window", "consent_left",
    "offers_a_person",
}  # fmt: skip


OF_MACHINES = {"under_notice_cap", "not_held_by_an_agent", "says_it_is_a_machine", "template_approved", "not_expired"}


def test_others_are_called_by_the_same_form_once_two_agreed(
    app: FastAPI, su: TestClient, database: Database, clock: FrozenClock
) -> None:
    case_id = stopped(database, clock, reason="debtor_unavailable")
    take(database, clock, case_id)
    with database.transaction() as conn:
        point = contact.add_point(
            conn, borrower_id="b1", kind=PointKind.PHONE, address="19900007777", target=Target.CONTACT,
            relation="姐姐", now=clock.now(),
        )  # fmt: skip
        wish = ask_to_contact(
            conn, case_id=case_id, contact_point_id=point, purpose=Purpose.RELAY, reason="无法联系本人",
            words="您好，方便请他回个电话吗？", by="苏禾", now=clock.now(), policy=policy(),
        )  # fmt: skip
    offered = f'value="{point}:relay"'
    assert offered not in su.get(f"/console/queue/{case_id}").text
    assert "需要另外两位同事批准" in asked(su, case_id, "relay", point=point, key="too early")
    for by in ("顾清", "林溪"):
        clock.instant += timedelta(seconds=1)
        with database.transaction() as conn:
            decide_contact(conn, request_id=wish.id, approve=True, by=by, now=clock.now(), policy=policy())
    assert offered in su.get(f"/console/queue/{case_id}").text
    clock.instant += timedelta(seconds=1)
    page = asked(su, case_id, "relay", point=point)
    for shown in ("19900007777", "姐姐", "批准的话：您好，方便请他回个电话吗？", "已有另外两位同事批准", "代为还款"):
        assert shown in page, shown
    post(su, f"{case_id}/calls/{call_id_in(page)}/result", result="refused", length="0:40")
    after = su.get(f"/console/queue/{case_id}").text
    assert offered not in after
    with database.reading() as conn:
        kept = contact.point_by_id(conn, point)
    assert kept is not None
    assert kept.refused_at is not None


def test_everything_that_the_gate_looks_at_in_a_call_is_named() -> None:
    asked = {name for name, one in vars(compliance).items() if one in compliance.CHECKS} | {"not_stopped"}
    assert set(CHECKED) == asked - OF_WRITTEN - OF_MACHINES
    assert "仍有未还款项" not in passed("serve", to_others=False)
    assert "已有另外两位同事批准" not in passed("pay", to_others=True)
    assert set(results(to_others=True)) == set(CallResult)
    assert set(results(to_others=True)) - set(results(to_others=False)) == {"refused", "willing"}


def test_a_length_is_read_as_it_is_written() -> None:
    assert [length(one) for one in (None, 0, 59, 205, 3600)] == ["", "0:00", "0:59", "3:25", "60:00"]
    assert all(seconds_of(length(one)) == one for one in range(0, 4000, 7))
    assert seconds_of(" ") is None
    for wrong in ("3", "3:60", "-1:00", "1:2:3", "１:20", "9999:00"):
        with pytest.raises(Refused):
            seconds_of(wrong)


def test_who_offered_to_pay_is_told_how_without_anybodys_yes(
    su: TestClient, case_id: str, database: Database, clock: FrozenClock
) -> None:
    with database.transaction() as conn:
        point = contact.add_point(
            conn, borrower_id="b1", kind=PointKind.PHONE, address="19900007777", target=Target.CONTACT,
            relation="姐姐", now=clock.now(),
        )  # fmt: skip
    assert f"{point}:pay" not in su.get(f"/console/queue/{case_id}").text
    with database.transaction() as conn:
        contact.offer_to_pay(conn, point, now=clock.now())
    assert f'value="{point}:pay"' in su.get(f"/console/queue/{case_id}").text
    page = asked(su, case_id, "pay", point=point)
    assert "可以拨打 <b" in page
    assert "已有另外两位同事批准" not in page


def agency_called(database: Database, clock: FrozenClock, **told: Any) -> None:
    number = told.pop("number", "19900000001")
    one = {"reference": "2026-118", "borrower_id": "b1", "channel": "phone", "at": clock.now(), "number": number}
    with database.transaction() as conn:
        taken = import_attempts(
            conn,
            [Reported(**one | {"outcome": Outcome.CONNECTED, "seconds": 95} | told)],
            agency="信安催收",
            now=clock.now(),
            policy=policy(),
        )
    assert taken == (Taken.COUNTED,)


def test_what_an_agency_told_stands_in_the_list_marked_as_the_agencys(
    su: TestClient, case_id: str, database: Database, clock: FrozenClock
) -> None:
    agency_called(database, clock)
    page = su.get(f"/console/queue/{case_id}").text
    assert "信安催收" in page
    assert "受托机构" in page
    assert "1:35" in page
    assert "19900000001" not in page


def test_a_call_whose_result_an_agency_did_not_tell_is_nobodys_here_to_tell(
    su: TestClient, case_id: str, database: Database, clock: FrozenClock
) -> None:
    agency_called(database, clock, outcome=Outcome.UNKNOWN, seconds=None)
    with database.transaction() as conn:
        conn.execute(update(contact_attempt).values(by_name="苏禾"))  # an agency of the agent's own name
    page = su.get(f"/console/queue/{case_id}").text
    assert "未告知结果，按已接通计" in page
    assert "登记通话结果" not in page
    assert "询问能否拨打" in page
