"""The people's queue over HTTP: take, look, tell, ask for others; with every refusal that an agent may meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from service.api import queue
from service.db import contact
from service.db.engine import Database
from service.domain.collect.contact import Outcome, PointKind
from service.domain.collect.outreach import Target
from service.usecases.collect.import_attempts import Reported, import_attempts
from service.usecases.ports import FrozenClock
from tests.contract.operating import problem, tokens_of
from tests.domain.collect.policy_of import policy
from tests.service.queueing import stopped
from tests.service.routes import asking

AGENTS = ("苏禾", "顾清", "林溪")


@dataclass
class Queue:
    client: TestClient
    tokens: dict[str, str]
    urgent: str
    calm: str

    def post(self, path: str, *, by: str = "苏禾", **body: Any) -> Response:
        return self.client.post(f"/collect/queue{path}", json=body, headers=self._of(by))

    def get(self, path: str = "", *, by: str = "viewer", **query: Any) -> Response:
        return self.client.get(f"/collect/queue{path}", params=query, headers=self._of(by))

    def _of(self, by: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[by]}"}


@pytest.fixture
def http(database: Database, clock: FrozenClock) -> Iterator[Queue]:
    calm = stopped(database, clock, "b1", "dispute")
    urgent = stopped(database, clock, "b2", "debtor_unavailable")
    tokens = tokens_of(database, *AGENTS, clock=clock)
    with asking(queue.router, database=database, clock=clock, policy=policy()) as client:
        yield Queue(client, tokens, urgent, calm)


def test_take_the_next_look_and_tell(http: Queue) -> None:
    case = http.post("/next/claim").json()["case"]
    assert (case["case_state"], case["held_by"]) == ("held", "苏禾")
    assert http.post("/next/claim").json()["case"]["case_id"] == case["case_id"]
    brief = http.get(f"/{case['case_id']}").json()
    assert (brief["person_name"], brief["call"]["allowed"]) == ("周*雨", False)
    assert brief["call"]["reasons"][0]["code"].startswith("stopped_")
    assert [one["act"] for one in brief["case_events"]] == ["opened", "claimed"]
    told = http.post(f"/{case['case_id']}/disposition", code="refuses", note="客户说下月再谈", next_on="2026-11-26")
    assert (told.json()["next_action_on"], told.json()["case_state"]) == ("2026-11-26", "open")
    assert http.get(show="waiting").json()["total"] == 1
    assert http.get(show="ready").json()["total"] == 1


def test_the_figures_and_the_list_of_dispositions(http: Queue) -> None:
    figures = http.get("/figures").json()
    assert (figures["open_cases"], figures["ready_cases"], figures["late_cases"]) == (2, 2, 0)
    assert sum(one["open_cases"] for one in figures["by_level"]) == 2
    rows = http.get("/dispositions").json()["dispositions"]
    assert len(rows) >= 15
    assert next(one for one in rows if one["code"] == "deceased")["sets_stop"] == "deceased"


def test_what_may_not_be_done(http: Queue) -> None:
    case = f"/{http.calm}"
    told = {"code": "refuses", "note": "x"}
    assert problem(http.post(f"{case}/disposition", **told)) == (422, "case_not_held")
    assert problem(http.post("/next/claim", by="viewer")) == (403, "role_not_allowed")
    assert http.client.get("/collect/queue").status_code == 401
    http.post(f"{case}/claim")
    assert problem(http.post(f"{case}/claim", by="顾清")) == (422, "case_held_by_other")
    assert problem(http.post(f"{case}/disposition", code="no_such", note="x")) == (422, "disposition_unknown")
    assert problem(http.post(f"{case}/disposition", code="promised", note="x")) == (422, "promise_incomplete")
    late = http.post(f"{case}/disposition", **told, next_on="2027-11-26")
    assert problem(late) == (422, "next_action_not_possible")
    assert problem(http.post(f"{case}/skip", reason=" ")) == (422, "reason_required")
    assert http.post(f"{case}/disposition", code="nothing_to_do", note="已核实").json()["case_state"] == "closed"
    assert problem(http.post(f"{case}/claim")) == (422, "case_closed")
    assert problem(http.post("/none/claim")) == (404, "case_unknown")
    assert problem(http.get("/none")) == (404, "case_unknown")


def test_others_are_contacted_by_two_approvals(http: Queue, database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        point_id = contact.add_point(
            conn, borrower_id="b2", kind=PointKind.PHONE, address="19900007777", target=Target.CONTACT,
            relation="姐姐", now=clock.now(),
        )  # fmt: skip
    case = f"/{http.urgent}"
    wish = {
        "contact_point_id": point_id,
        "purpose": "locate",
        "reason": "两周无法联系本人",
        "words": "您好，请问他的新号码是多少？",
    }
    assert problem(http.post(f"{case}/contact-requests", **wish)) == (422, "case_not_held")
    http.post(f"{case}/claim")
    assert problem(http.post(f"{case}/contact-requests", **wish | {"words": "他欠款逾期了"})) == (422, "wording")
    lost = http.post(f"{case}/contact-requests", **wish | {"contact_point_id": "none"})
    assert problem(lost) == (404, "contact_point_unknown")
    asked = http.post(f"{case}/contact-requests", **wish).json()
    path = f"/contact-requests/{asked['request_id']}/decision"
    assert problem(http.post(path, approve=True)) == (422, "second_person_required")
    assert http.post(path, by="顾清", approve=True).json()["state"] == "waiting"
    assert http.post(path, by="林溪", approve=True).json()["state"] == "approved"
    assert problem(http.post(path, by="林溪", approve=True)) == (422, "already_decided")
    assert problem(http.post("/contact-requests/none/decision", approve=True)) == (404, "contact_request_unknown")
    assert [one["state"] for one in http.get(case).json()["contact_requests"]] == ["approved"]


def test_given_back_and_skipped_cases_are_open_again(http: Queue) -> None:
    for act, by in (("return", "苏禾"), ("skip", "顾清")):
        http.post(f"/{http.calm}/claim", by=by)
        answer = http.post(f"/{http.calm}/{act}", by=by, reason="认识这位客户").json()
        assert (answer["case_state"], answer["held_by"]) == ("open", None)


def test_an_agencys_calls_are_in_the_brief_as_the_agencys_with_the_number_masked(
    http: Queue, database: Database, clock: FrozenClock
) -> None:
    case = http.get("").json()["cases"][0]
    one = Reported("2026-118", case["borrower_id"], "phone", "19900000001", clock.now(), Outcome.CONNECTED, 95)
    with database.transaction() as conn:
        import_attempts(conn, [one], agency="信安催收", now=clock.now(), policy=policy())
    (call,) = http.get(f"/{case['case_id']}").json()["calls"]
    named = ("by_kind", "by_name", "purpose", "call_outcome", "seconds")
    assert tuple(call[name] for name in named) == ("agency", "信安催收", "collect", "connected", 95)
    assert "*" in call["phone"]
    assert "19900000001" not in str(call)
