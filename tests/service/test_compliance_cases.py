"""The golden cases of the gate that need a database: replies, races, outcomes nobody knows. The rest is decided in
tests/domain/collect/test_compliance_cases.py; R-keep in test_who_may_hear_of_a_debt.py."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from service.db import contact
from service.db.engine import Database
from service.domain.collect.calling import CallResult
from service.domain.collect.contact import Outcome
from service.domain.collect.outreach import Purpose
from service.domain.errors import Refused
from service.usecases.chat.identity import verified_borrower
from service.usecases.collect.clear_call import AskedCall, clear_call
from service.usecases.collect.import_attempts import Reported, import_attempts
from service.usecases.collect.report_call import report_call
from service.usecases.desk.reply import reply
from service.usecases.desk.take import take
from service.usecases.ports import FrozenClock
from tests.domain.collect.gate_cases import law
from tests.service.collecting import at, owe
from tests.service.desk_cast import agent, known, stranger
from tests.service.policy_rows import wording


def ask(database: Database, clock: FrozenClock, key: str) -> AskedCall:
    """By the law alone, which allows three connected calls."""
    with database.transaction() as conn:
        wish = {"borrower_id": "b1", "purpose": Purpose.COLLECT, "by": "苏禾"}
        return clear_call(conn, attempt_id=key, now=clock.now(), policy=law(), **wish)  # type: ignore[arg-type]


def tell(database: Database, clock: FrozenClock, key: str, result: CallResult) -> None:
    with database.transaction() as conn:
        report_call(conn, attempt_id=key, by="苏禾", result=result, seconds=None, now=clock.now())


def test_a_reply_to_the_debtors_own_message_has_no_hours_but_no_pressure_either(
    database: Database, clock: FrozenClock
) -> None:
    """Golden case H-inbound."""
    at(clock, "23:00")
    with database.transaction() as conn:
        now = clock.now()
        cid, su = known(conn, "在吗", now=now), agent(conn, now=now)
        take(conn, conversation_id=cid, agent=su, now=now)
        said = {"conversation_id": cid, "agent": su, "wording": wording(), "now": now}
        assert reply(conn, text="在的，您请说。", key="k1", **said) > 0  # type: ignore[arg-type]
        with pytest.raises(Refused):
            reply(conn, text="今天不还就起诉你", key="k2", **said)  # type: ignore[arg-type]


def test_a_stranger_is_told_of_no_debt(database: Database, clock: FrozenClock) -> None:
    """Golden case I-unverified: nobody is behind the conversation, and words of a debt are refused to an agent, too."""
    with database.transaction() as conn:
        now = clock.now()
        cid, su = stranger(conn, "我欠多少钱", now=now), agent(conn, now=now)
        assert verified_borrower(conn, conversation_id=cid, now=now) is None
        take(conn, conversation_id=cid, agent=su, now=now)
        said = {"conversation_id": cid, "agent": su, "wording": wording(), "now": now}
        with pytest.raises(Refused, match="金额"):
            reply(conn, text="您一共 806.19 元", key="k1", **said)  # type: ignore[arg-type]


def test_of_two_agents_who_ask_at_once_for_the_last_call_one_may_dial(
    postgres_database: Database, clock: FrozenClock
) -> None:
    """Golden case F-race, for people: an agency's and a colleague's calls have connected today."""
    owe(postgres_database, clock=clock, days=40)
    at(clock, "12:00")
    now = clock.now() - timedelta(hours=1)
    with postgres_database.transaction() as conn:
        theirs = Reported("r-1", "b1", "phone", "19900000005", now, Outcome.CONNECTED)
        import_attempts(conn, [theirs], agency="远桥服务", now=clock.now(), policy=law())
    ask(postgres_database, clock, "first")
    tell(postgres_database, clock, "first", CallResult.CONNECTED)
    ready, answers = threading.Barrier(2), []

    def work(key: str) -> None:
        ready.wait()
        answers.append(ask(postgres_database, clock, key))

    workers = [threading.Thread(target=work, args=(key,)) for key in ("second", "third")]
    for one in workers:
        one.start()
    for one in workers:
        one.join(30)
    assert sorted(one.allowed for one in answers) == [False, True]
    refused = next(one for one in answers if not one.allowed)
    assert {one.code for one in refused.reasons} == {"cap_connected_today"}


def test_a_call_of_which_nobody_told_anything_counts_as_used(database: Database, clock: FrozenClock) -> None:
    """Golden case F-unknown-result."""
    owe(database, clock=clock, days=40)
    at(clock, "12:00")
    for key in ("k1", "k2", "k3"):
        assert ask(database, clock, key).allowed
    assert {one.code for one in ask(database, clock, "k4").reasons} == {"cap_connected_today"}
    tell(database, clock, "k3", CallResult.NOT_DIALLED)
    assert ask(database, clock, "k5").allowed


def test_a_call_that_a_machine_answered_is_over_without_a_word_and_is_an_attempt(
    database: Database, clock: FrozenClock
) -> None:
    """Golden case I-voicemail: nothing was said, so nobody was spoken to; the number was tried all the same."""
    owe(database, clock=clock, days=40)
    at(clock, "12:00")
    ask(database, clock, "k1")
    tell(database, clock, "k1", CallResult.VOICEMAIL)
    with database.reading() as conn:
        kept = contact.attempt_by_id(conn, "k1")
    assert kept is not None
    assert (kept.outcome, kept.seconds, kept.uses) == (Outcome.VOICEMAIL, None, True)
