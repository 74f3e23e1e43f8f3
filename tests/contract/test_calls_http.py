"""Calls over HTTP: the gate answers people as it answers machines, every call counts, and agencies' calls with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from service.api import calls
from service.db import case as cases
from service.db import collect, contact
from service.db.engine import Database
from service.domain.collect.contact import Attempt, Outcome, PointKind
from service.domain.collect.outreach import By, Purpose, Target
from service.usecases.collect.pause import pause
from service.usecases.desk.open_cases import open_cases
from service.usecases.desk.work_case import Told, claim, dispose
from service.usecases.ports import FrozenClock
from tests.contract.operating import problem, tokens_of
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at, owe, pay
from tests.service.routes import asking

PEOPLE = ("苏禾", "顾清", "陈默")
PHONE = "19900000005"


@dataclass
class Calls:
    client: TestClient
    tokens: dict[str, str]
    database: Database
    clock: FrozenClock

    def post(self, path: str, *, by: str = "苏禾", key: str = "k-1", **body: Any) -> Response:
        headers = {"Authorization": f"Bearer {self.tokens[by]}", "Idempotency-Key": key}
        return self.client.post(f"/collect{path}", json=body, headers=headers)

    def ask(self, key: str = "k-1", purpose: str = "collect", **more: Any) -> dict[str, Any]:
        answer = self.post(f"/borrowers/{more.pop('borrower_id', 'b1')}/calls", key=key, purpose=purpose, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def codes(self, key: str, **more: Any) -> set[str]:
        return {one["code"] for one in self.ask(key, **more)["reasons"]}

    def tell(self, call: dict[str, Any], result: str, **more: Any) -> Response:
        return self.post(f"/calls/{call['call_id']}/result", result=result, **more)

    def kept(self, borrower_id: str = "b1") -> tuple[Attempt, ...]:
        with self.database.reading() as conn:
            return contact.attempts_of(conn, borrower_id, since=self.clock.now() - timedelta(days=30))

    def point(self, *, address: str = "13800000001") -> str:
        with self.database.transaction() as conn:
            return contact.add_point(
                conn,
                borrower_id="b1",
                kind=PointKind.PHONE,
                address=address,
                target=Target.CONTACT,
                relation="朋友",
                now=self.clock.now(),
            )

    def approve(self, point_id: str, *, by: str, purpose: str) -> None:
        """As a colleague does who agrees to a wish of the people's queue."""
        with self.database.transaction() as conn:
            why, now = "本人多日无法接通", self.clock.now()
            contact.add_approval(conn, point_id, purpose=Purpose(purpose), by=by, reason=why, now=now)

    def stop(self, reason: str) -> None:
        with self.database.transaction() as conn:
            pause(conn, borrower_id="b1", reason=reason, by="苏禾", note="", now=self.clock.now())

    def take_case(self, *, by: str = "苏禾") -> str:
        """The debtor's case, brought by a stop, for this agent to work on."""
        open_cases(self.database, clock=self.clock, policy=policy())
        with self.database.transaction() as conn:
            case = cases.live_of(conn, "b1")
            assert case is not None
            return claim(conn, case_id=case.id, by=by, now=self.clock.now(), policy=policy()).id

    def close_case(self, case_id: str) -> None:
        with self.database.transaction() as conn:
            told = Told("nothing_to_do", "核实后无需处理")
            dispose(conn, case_id=case_id, by="苏禾", told=told, now=self.clock.now(), policy=policy())


@pytest.fixture
def http(database: Database, clock: FrozenClock) -> Iterator[Calls]:
    owe(database, clock=clock, days=40)
    at(clock, "12:00")
    tokens = tokens_of(database, *PEOPLE, clock=clock)
    with asking(calls.router, database=database, clock=clock, policy=policy()) as client:
        yield Calls(client, tokens, database, clock)


def agency(nth: int, **changes: Any) -> dict[str, Any]:
    tried = {"reference": f"r-{nth}", "borrower_id": "b1", "channel": "phone", "number": PHONE}
    return {**tried, "at": "2026-01-01T00:00:00+08:00", "outcome": "connected", "seconds": 30, **changes}


def test_an_allowed_call_keeps_a_unit_and_says_what_to_say_first(http: Calls) -> None:
    call = http.ask()
    assert (call["allowed"], call["reasons"], call["number"]) == (True, [], PHONE)
    assert call["opening"] == "【小清消费金融】您好，我是工作人员苏禾，请问是周谷雨本人吗？"
    (kept,) = http.kept()
    assert (kept.by_kind, kept.by_name, kept.outcome) == (By.AGENT, "苏禾", Outcome.UNKNOWN)
    assert http.ask() == call
    assert len(http.kept()) == 1
    told = http.tell(call, "connected", seconds=65)
    assert (told.json()["outcome"], told.json()["seconds"]) == ("connected", 65)
    assert http.tell(call, "connected", seconds=65).status_code == 200
    assert problem(http.tell(call, "unanswered")) == (422, "call_reported")


def test_a_refused_call_names_every_reason_and_uses_nothing_up(http: Calls) -> None:
    http.stop("dispute")
    at(http.clock, "21:00")
    call = http.ask()
    assert (call["allowed"], call["number"], call["opening"], call["dial_until"]) == (False, "", "", None)
    assert {one["code"] for one in call["reasons"]} == {"stopped_dispute", "outside_hours"}
    assert all(one["detail"] and one["source"] for one in call["reasons"])
    (kept,) = http.kept()
    assert (kept.outcome, kept.uses, len(kept.reasons)) == (Outcome.REFUSED, False, 2)
    assert problem(http.tell(call, "connected")) == (404, "call_unknown")


def test_calls_that_connected_or_may_have_fill_the_cap_and_only_what_was_not_dialled_gives_it_back(http: Calls) -> None:
    first, second = http.ask("k-1"), http.ask("k-2")
    assert "cap_connected_today" in http.codes("k-3")
    http.tell(first, "not_dialled")
    third = http.ask("k-4")
    assert third["allowed"]
    http.tell(second, "unanswered")
    http.tell(third, "voicemail")
    assert http.ask("k-5")["allowed"]


def test_the_seventh_attempt_on_a_number_is_refused(http: Calls) -> None:
    for number in range(6):
        http.tell(http.ask(f"k-{number}"), "unanswered")
    assert http.codes("k-7") == {"cap_attempts_on_number_today"}
    at(http.clock, "12:00", days=1)
    assert http.ask("k-8")["allowed"]


def test_whoever_paid_is_not_called_for_money_but_may_be_answered(http: Calls) -> None:
    pay(http.database, clock=http.clock)
    assert http.codes("k-1") == {"paid_meanwhile"}
    assert http.ask("k-2", purpose="serve")["allowed"]


def test_a_wrong_number_stops_outreach_at_once(http: Calls) -> None:
    http.tell(http.ask(), "wrong_number")
    with http.database.reading() as conn:
        assert [one.reason.value for one in collect.open_pauses(conn, "b1")] == ["wrong_person"]
    assert {"number_suppressed", "stopped_wrong_person"} <= http.codes("k-2", purpose="serve")


def test_others_are_called_only_with_two_approvals_of_colleagues_and_only_to_ask(http: Calls) -> None:
    other = {"contact_point_id": http.point(), "purpose": "locate"}
    http.stop("complaint")
    http.take_case()
    assert {"debtor_reachable", "approvals_missing"} <= http.codes("k-1", **other)
    with http.database.transaction() as conn:
        (complaint,) = collect.open_pauses(conn, "b1")
        collect.end_pause(conn, complaint.id, by="顾清", reason="已答复", now=http.clock.now())
    http.stop("debtor_unavailable")
    for by in ("苏禾", "顾清"):
        http.approve(other["contact_point_id"], by=by, purpose="locate")
    assert http.codes("k-2", **other) == {"approvals_missing"}
    http.approve(other["contact_point_id"], by="陈默", purpose="locate")
    assert "third_party_purpose" in http.codes("k-3", **other | {"purpose": "collect"})
    call = http.ask("k-4", **other)
    assert call["opening"] == "【小清消费金融】您好，我是工作人员苏禾，麻烦您转告周谷雨，请他方便时联系我们。"
    assert http.tell(call, "refused").status_code == 200
    assert http.codes("k-5", **other) == {"contact_refused", "approvals_missing"}  # an approval is for one contact


def test_others_are_called_only_from_the_case_and_by_whoever_holds_it(http: Calls) -> None:
    other = {"contact_point_id": http.point(), "purpose": "relay"}
    http.stop("debtor_unavailable")
    for by in ("顾清", "林溪"):
        http.approve(other["contact_point_id"], by=by, purpose="relay")

    def asks(by: str) -> tuple[int, str]:
        return problem(http.post("/borrowers/b1/calls", by=by, key="k-others", **other))

    assert asks("苏禾") == (422, "case_not_held"), "nobody works on him"
    case_id = http.take_case()
    assert asks("陈默") == (422, "case_not_held"), "whoever holds the case asked for it, and nobody else"
    http.close_case(case_id)
    assert asks("苏禾") == (422, "case_not_held")
    assert http.kept() == ()


def test_somebody_who_offered_to_pay_may_be_told_how(http: Calls) -> None:
    other = http.point()
    http.stop("debtor_unavailable")
    http.take_case()
    assert "third_party_purpose" in http.codes("k-0", contact_point_id=other, purpose="pay")
    for by in ("顾清", "陈默"):
        http.approve(other, by=by, purpose="relay")
    http.tell(http.ask("k-1", contact_point_id=other, purpose="relay"), "willing", seconds=60)
    assert "third_party_purpose" not in http.codes("k-2", contact_point_id=other, purpose="pay")


def test_a_wrong_number_of_somebody_else_is_left_alone_and_the_debtor_is_not_stopped_for_it(http: Calls) -> None:
    other = http.point()
    http.stop("debtor_unavailable")
    http.take_case()
    for by in ("顾清", "陈默"):
        http.approve(other, by=by, purpose="locate")
    http.tell(http.ask("k-1", contact_point_id=other, purpose="locate"), "wrong_number")
    assert "number_suppressed" in http.codes("k-2", contact_point_id=other, purpose="locate")
    with http.database.reading() as conn:
        assert [one.reason.value for one in collect.open_pauses(conn, "b1")] == ["debtor_unavailable"]


def test_calls_of_agencies_are_counted_with_ours_once_each(http: Calls) -> None:
    now = http.clock.now()
    tried = [agency(number, at=(now - timedelta(hours=1)).isoformat()) for number in (1, 2)]
    report = {"agency": "远桥服务", "attempts": tried[:1]}
    assert [one["taken"] for one in http.post("/agency-attempts", **report).json()["attempts"]] == ["counted"]
    assert [one["taken"] for one in http.post("/agency-attempts", **report).json()["attempts"]] == ["known"]
    assert http.ask("k-1")["allowed"]
    assert {one.by_kind for one in http.kept()} == {By.AGENCY, By.AGENT}
    assert http.codes("k-2") == {"cap_connected_today"}
    other = http.post("/agency-attempts", agency="另一家", attempts=tried[:1])
    assert other.json()["attempts"] == [{"reference": "r-1", "taken": "counted"}]


def test_what_of_an_agencys_report_cannot_be_counted_is_said(http: Calls) -> None:
    now = http.clock.now()
    attempts = [
        agency(1, at=(now - timedelta(days=4)).isoformat()),
        agency(2, at=(now + timedelta(minutes=1)).isoformat()),
        agency(3, at=now.isoformat(), borrower_id="nobody"),
        agency(4, at=now.isoformat(), number="13900000009", outcome="unanswered"),
    ]
    taken = http.post("/agency-attempts", agency="远桥服务", attempts=attempts).json()["attempts"]
    assert [one["taken"] for one in taken] == ["late", "in_future", "borrower_unknown", "counted"]
    assert http.ask()["number"] == PHONE


def test_who_may_not_and_what_does_not_fit(http: Calls) -> None:
    assert problem(http.post("/borrowers/b1/calls", by="viewer", purpose="serve")) == (403, "role_not_allowed")
    assert problem(http.post("/borrowers/nobody/calls", purpose="serve")) == (404, "borrower_unknown")
    lost = http.post("/borrowers/b1/calls", purpose="serve", contact_point_id="none")
    assert problem(lost) == (404, "contact_point_unknown")
    assert problem(http.post("/borrowers/b1/calls", purpose="pay")) == (422, "purpose_unfit")
    call = http.ask("k-9")
    assert problem(http.tell(call, "refused")) == (422, "result_unfit")
    assert problem(http.tell(call, "connected", by="顾清")) == (422, "call_of_another")
