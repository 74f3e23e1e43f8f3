"""Who owes nothing is called once, by one agent, after two others agreed, with words that give nothing away."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from service.db import contact
from service.db.engine import Database
from service.domain.collect.compliance import Cleared, clear
from service.domain.collect.contact import Attempt, ContactTerms, Outcome, PointKind
from service.domain.collect.outreach import By, Draft, Kind, Medium, Purpose, Target
from service.domain.collect.queue import Act
from service.domain.collect.third_party_request import ContactRequest
from service.domain.errors import Refused
from service.usecases.collect.known import Reach, known_of
from service.usecases.collect.pause import pause
from service.usecases.desk.contact_others import ask_to_contact, decide_contact
from service.usecases.desk.queue_pages import brief_of
from service.usecases.desk.work_case import Told, dispose
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at
from tests.service.queueing import events, live, stopped, sweep, take

WORDS = "【小清消费金融】您好，请问您方便请他给我们回个电话吗？"


@pytest.fixture
def case_id(database: Database, clock: FrozenClock) -> str:
    """A debtor who cannot be reached, held by 苏禾."""
    made = stopped(database, clock, reason="debtor_unavailable")
    take(database, clock, made)
    return made


@pytest.fixture
def point_id(database: Database, clock: FrozenClock, case_id: str) -> str:
    with database.transaction() as conn:
        return contact.add_point(
            conn, borrower_id="b1", kind=PointKind.PHONE, address="19900007777", target=Target.CONTACT,
            relation="姐姐", now=clock.now(),
        )  # fmt: skip


def ask(database: Database, clock: FrozenClock, case_id: str, point_id: str, **more: Any) -> ContactRequest:
    values = {"purpose": Purpose.RELAY, "reason": "两周无法联系本人", "words": WORDS, "by": "苏禾", **more}
    with database.transaction() as conn:
        return ask_to_contact(
            conn, case_id=case_id, contact_point_id=point_id, now=clock.now(), policy=policy(), **values
        )


def agree(
    database: Database, clock: FrozenClock, request: ContactRequest, by: str, *, approve: bool = True
) -> ContactRequest:
    clock.instant += timedelta(seconds=1)
    with database.transaction() as conn:
        return decide_contact(conn, request_id=request.id, approve=approve, by=by, now=clock.now(), policy=policy())


def gate(database: Database, clock: FrozenClock, point_id: str, *, by: str = "苏禾") -> set[str]:
    """What the gate says to this call now; empty: it may be made."""
    with database.reading() as conn:
        reach = Reach("phone", contact.point_by_id(conn, point_id), Purpose.RELAY)
        known, past = known_of(conn, "b1", owed_fen=53_990, at=None, reach=reach, now=clock.now(), policy=policy())
        draft = Draft(
            "", "b1", "phone", Kind.COLLECTION, WORDS, "", "", True, clock.now() + timedelta(hours=1),
            target=Target.CONTACT, by=By.AGENT, by_name=by, purpose=Purpose.RELAY, tier="M2",
        )  # fmt: skip
        found = clear(draft, contact=known, history=replace(past, wrote_at=None), now=clock.now(), policy=policy())
    return set() if isinstance(found, Cleared) else {one.code for one in found}


def call(database: Database, clock: FrozenClock, point_id: str, outcome: Outcome = Outcome.CONNECTED) -> None:
    clock.instant += timedelta(minutes=1)
    made = Attempt(
        f"call-{clock.now().isoformat()}", "b1", "phone", Medium.INTERACTIVE, By.AGENT, "苏禾", clock.now(),
        purpose=Purpose.RELAY, contact_point_id=point_id, outcome=outcome,
    )  # fmt: skip
    with database.transaction() as conn:
        contact.reserve(conn, made)


def test_two_others_agree_and_then_it_is_allowed_once(
    database: Database, clock: FrozenClock, case_id: str, point_id: str
) -> None:
    asked = ask(database, clock, case_id, point_id)
    assert ask(database, clock, case_id, point_id) == asked, "one waits, however often it is asked for"
    assert gate(database, clock, point_id) == {"approvals_missing"}
    assert agree(database, clock, asked, "顾清").state.value == "waiting"
    assert gate(database, clock, point_id) == {"approvals_missing"}
    assert agree(database, clock, asked, "林溪").state.value == "approved"
    assert gate(database, clock, point_id) == set()
    assert gate(database, clock, point_id, by="顾清") == {"approvals_missing"}, "who agreed does not call"
    call(database, clock, point_id, Outcome.NOT_DELIVERED)
    assert gate(database, clock, point_id) == set(), "what certainly did not happen uses nothing up"
    call(database, clock, point_id)
    assert "approvals_missing" in gate(database, clock, point_id)
    acts = [one.act for one in events(database, case_id)]
    assert acts[-3:] == [Act.CONTACT_ASKED, Act.CONTACT_APPROVED, Act.CONTACT_APPROVED]
    with database.reading() as conn:
        (shown,) = brief_of(conn, case_id=case_id, by="苏禾", now=clock.now(), policy=policy()).asked
    assert (shown.used, shown.approved_by, shown.point.phone) == (True, ("林溪", "顾清"), "199****7777")


def test_nobody_agrees_to_his_own_wish_or_twice(
    database: Database, clock: FrozenClock, case_id: str, point_id: str
) -> None:
    asked = ask(database, clock, case_id, point_id)
    agree(database, clock, asked, "顾清")
    for by in ("苏禾", "顾清"):
        with pytest.raises(Refused) as refused:
            agree(database, clock, asked, by)
        assert refused.value.code == "second_person_required"
    assert gate(database, clock, point_id) == {"approvals_missing"}


def test_one_no_ends_it_and_what_was_agreed_before_counts_no_more(
    database: Database, clock: FrozenClock, case_id: str, point_id: str
) -> None:
    asked = ask(database, clock, case_id, point_id)
    agree(database, clock, asked, "顾清")
    assert agree(database, clock, asked, "林溪", approve=False).state.value == "rejected"
    with pytest.raises(Refused) as late:
        agree(database, clock, asked, "周远")
    assert late.value.code == "already_decided"
    again = ask(database, clock, case_id, point_id)
    assert agree(database, clock, again, "周远").state.value == "waiting"
    assert gate(database, clock, point_id) == {"approvals_missing"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"words": "他欠的贷款逾期了，请您劝他还款"}, "wording"),
        ({"words": "再不联系我们就报警抓人"}, "wording"),
        ({"words": "麻烦让他把钱打过来"}, "wording"),
        ({"words": "您能不能先帮他垫付一下"}, "wording"),
        ({"words": "请转告他尽快还上那笔款"}, "wording"),
        ({"words": "您方便的话可以替他还一点"}, "wording"),
        ({"words": " "}, "wording"),
        ({"reason": ""}, "reason_required"),
        ({"by": "顾清"}, "case_not_held"),
        ({"by": "bot"}, "person_required"),
        ({"purpose": Purpose.COLLECT}, "purpose_not_allowed"),
    ],
)
def test_what_may_not_be_asked_for(
    sqlite_database: Database, clock: FrozenClock, change: dict[str, Any], code: str
) -> None:
    made = stopped(sqlite_database, clock, reason="debtor_unavailable")
    take(sqlite_database, clock, made)
    with sqlite_database.transaction() as conn:
        point = contact.add_point(
            conn, borrower_id="b1", kind=PointKind.PHONE, address="19900007777", target=Target.CONTACT,
            relation="姐姐", now=clock.now(),
        )  # fmt: skip
    with pytest.raises(Refused) as refused:
        ask(sqlite_database, clock, made, point, **change)
    assert refused.value.code == code
    assert [one.act for one in events(sqlite_database, made)] == [Act.OPENED, Act.CLAIMED]


def test_who_refused_once_is_not_asked_again(
    database: Database, clock: FrozenClock, case_id: str, point_id: str
) -> None:
    with database.transaction() as conn:
        contact.refuse_point(conn, point_id, now=clock.now())
    with pytest.raises(Refused) as refused:
        ask(database, clock, case_id, point_id)
    assert refused.value.code == "contact_refused"


def test_what_was_agreed_to_ends_with_the_case(
    database: Database, clock: FrozenClock, case_id: str, point_id: str
) -> None:
    asked = ask(database, clock, case_id, point_id)
    for by in ("顾清", "林溪"):
        agree(database, clock, asked, by)
    assert gate(database, clock, point_id) == set()
    close(database, clock, case_id)
    assert gate(database, clock, point_id) == {"approvals_missing"}


def test_nobody_agrees_to_a_wish_of_a_closed_case_and_a_new_case_asks_anew(
    database: Database, clock: FrozenClock, case_id: str, point_id: str
) -> None:
    asked = ask(database, clock, case_id, point_id)
    agree(database, clock, asked, "顾清")
    close(database, clock, case_id)
    with pytest.raises(Refused) as refused:
        agree(database, clock, asked, "林溪")
    assert refused.value.code == "case_closed"
    with database.transaction() as conn:
        pause(conn, borrower_id="b1", reason="illness", by="borrower", now=clock.now())
    sweep(database, clock)
    again = ask(database, clock, take(database, clock, live(database).id).id, point_id)
    assert again.id != asked.id
    assert agree(database, clock, again, "林溪").state.value == "waiting", "what was agreed to before counts no more"


def test_other_words_are_another_wish_and_need_everybody_again(
    database: Database, clock: FrozenClock, case_id: str, point_id: str
) -> None:
    first = ask(database, clock, case_id, point_id)
    agree(database, clock, first, "顾清")
    clock.instant += timedelta(seconds=1)
    second = ask(database, clock, case_id, point_id, words=f"{WORDS}谢谢。")
    assert (second.id == first.id, second.words) == (False, f"{WORDS}谢谢。")
    with pytest.raises(Refused) as refused:
        agree(database, clock, first, "林溪")
    assert refused.value.code == "already_decided"
    assert agree(database, clock, second, "林溪").state.value == "waiting"
    assert agree(database, clock, second, "顾清").state.value == "approved"


def test_hours_agreed_with_the_debtor_are_not_those_of_others(
    database: Database, clock: FrozenClock, case_id: str, point_id: str
) -> None:
    asked = ask(database, clock, case_id, point_id)
    for by in ("顾清", "林溪"):
        agree(database, clock, asked, by)
    late = ContactTerms("b1", time(8), time(23, 30), "Asia/Shanghai", clock.now(), "苏禾", "客户夜班，约定晚间联系")
    with database.transaction() as conn:
        contact.set_terms(conn, late)
    at(clock, "22:30")
    assert gate(database, clock, point_id) == {"outside_hours"}


def close(database: Database, clock: FrozenClock, case_id: str) -> None:
    clock.instant += timedelta(seconds=1)
    with database.transaction() as conn:
        told = Told("nothing_to_do", "核实后无需处理")
        dispose(conn, case_id=case_id, by="苏禾", told=told, now=clock.now(), policy=policy())
