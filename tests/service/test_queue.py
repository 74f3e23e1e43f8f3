"""The people's queue over the ledger: what brings a case, who gets it, and what a disposition brings with it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from service.db import case as cases
from service.db.engine import Database
from service.db.tables.collect import outreach
from service.db.tables.queue import case_event, case_source, collection_case
from service.domain.collect.queue import Act, CaseState
from service.domain.collect.queue_policy import Source
from service.usecases.collect.pause import pause
from service.usecases.desk.hand_over import hand_over
from service.usecases.desk.open_cases import weigh_cases
from service.usecases.desk.work_case import claim_next, give_back, skip
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import owe, pay, plan_now
from tests.service.desk_cast import known
from tests.service.queueing import break_promises, events, live, stopped, sweep, take, take_next, tell


def sources(database: Database, borrower_id: str = "b1") -> set[Source]:
    with database.reading() as conn:
        return set(cases.sources_of(conn, live(database, borrower_id).id))


def count_cases(database: Database) -> int:
    with database.reading() as conn:
        return int(conn.execute(select(func.count()).select_from(collection_case)).scalar_one())


def set_state(database: Database, clock: FrozenClock, state: str, code: str = "for_person") -> None:
    claimed_at = clock.now() if state == "unknown" else None
    with database.transaction() as conn:
        reasons = [{"code": code, "detail": "", "source": ""}]
        conn.execute(update(outreach).values(state=state, reasons=reasons, claimed_at=claimed_at))


@pytest.mark.parametrize(
    ("state", "code", "source"),
    [
        ("for_person", "for_person", Source.PERSON),
        ("for_person", "legal_review", Source.LEGAL_REVIEW),
        ("unknown", "outcome_unknown", Source.UNKNOWN),
    ],
)
def test_a_row_for_people_brings_one_case_once(
    database: Database, clock: FrozenClock, state: str, code: str, source: Source
) -> None:
    owe(database, clock=clock)
    plan_now(database, clock)
    assert sweep(database, clock) == 0
    set_state(database, clock, state, code)
    assert [sweep(database, clock) for _ in range(2)] == [1, 0]
    assert sources(database) == {source}
    (event,) = events(database, live(database).id)
    assert (event.act, event.by) == (Act.OPENED, "system")


def test_whatever_comes_besides_joins_the_debtors_case_and_makes_it_more_urgent(
    database: Database, clock: FrozenClock
) -> None:
    case_id = stopped(database, clock)
    before = live(database)
    stopped_again = {"illness": 1, "opt_out": 0}  # the latter needs nobody
    for reason, brings in stopped_again.items():
        with database.transaction() as conn:
            pause(conn, borrower_id="b1", reason=reason, by="borrower", now=clock.now())
        assert sweep(database, clock) == brings
    break_promises(database, clock, 2)
    assert sweep(database, clock) == 1
    assert (count_cases(database), live(database).id) == (1, case_id)
    assert live(database).points > before.points
    assert sources(database) == {Source.STOP, Source.PROMISES}
    assert [one.act for one in events(database, case_id)] == [Act.OPENED, Act.JOINED, Act.JOINED]


def test_one_broken_promise_is_not_enough_and_every_further_one_is_another_reason(
    database: Database, clock: FrozenClock
) -> None:
    owe(database, clock=clock)
    break_promises(database, clock, 1)
    assert sweep(database, clock) == 0
    owe(database, clock=clock, borrower_id="b2")
    break_promises(database, clock, 2, "b2")
    assert [sweep(database, clock), sweep(database, clock)] == [1, 0]


def test_whoever_paid_is_not_asked_for_by_a_person_either(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    plan_now(database, clock)
    set_state(database, clock, "for_person")
    pay(database, clock=clock)
    assert (sweep(database, clock), count_cases(database)) == (0, 0)
    with database.reading() as conn:
        assert conn.execute(select(case_source.c.case_id)).scalars().all() == [None], "looked at, and not again"


def test_a_case_about_money_closes_by_itself_when_it_is_paid_and_one_about_a_stop_does_not(
    database: Database, clock: FrozenClock
) -> None:
    owe(database, clock=clock)
    break_promises(database, clock, 2)
    sweep(database, clock)
    asks = live(database).id
    helps = stopped(database, clock, "b2")
    for borrower_id in ("b1", "b2"):
        pay(database, clock=clock, borrower_id=borrower_id)
    assert weigh_cases(database, clock=clock, policy=policy()) >= 1
    with database.reading() as conn:
        found = {one: cases.by_id(conn, one) for one in (asks, helps)}
    assert found[asks] is not None
    assert found[helps] is not None
    assert found[asks].state is CaseState.CLOSED
    assert found[helps].state is CaseState.OPEN
    assert events(database, asks)[-1].act is Act.CLOSED


def test_a_debtor_who_asks_for_a_person_has_a_case_and_whoever_owes_nothing_has_not(
    database: Database, clock: FrozenClock
) -> None:
    owe(database, clock=clock)
    with database.transaction() as conn:
        late, other = known(conn, "转人工", now=clock.now()), known(conn, "转人工", number=7, now=clock.now())
        for conversation_id in (late, other):
            hand_over(conn, conversation_id=conversation_id, reason="asked", now=clock.now())
    assert sweep(database, clock) == 1
    assert sources(database) == {Source.HANDOVER}


def test_the_most_urgent_comes_first_and_skipping_gives_it_to_a_colleague(
    database: Database, clock: FrozenClock
) -> None:
    calm = stopped(database, clock, "b1", "dispute")
    urgent = stopped(database, clock, "b2", "crisis")
    first = take_next(database, clock)
    assert first is not None
    assert first.id == urgent
    assert take_next(database, clock) == first, "who has one gets that one"
    with database.transaction() as conn:
        skip(conn, case_id=urgent, by="苏禾", reason="认识这位客户", now=clock.now())
    mine, theirs = take_next(database, clock), take_next(database, clock, "顾清")
    assert (mine and mine.id, theirs and theirs.id) == (calm, urgent)
    assert take_next(database, clock, "林溪") is None
    clock.instant += timedelta(hours=5)  # both leases are over, and what was skipped is offered again
    later = take_next(database, clock)
    assert later is not None
    assert later.id == urgent


def test_given_back_is_offered_to_anybody_at_once(database: Database, clock: FrozenClock) -> None:
    case_id = stopped(database, clock)
    take(database, clock, case_id)
    with database.transaction() as conn:
        give_back(conn, case_id=case_id, by="苏禾", reason="下班", now=clock.now())
    again = take_next(database, clock)
    assert again is not None
    assert [one.act for one in events(database, case_id)] == [Act.OPENED, Act.CLAIMED, Act.RETURNED, Act.CLAIMED]


def test_eight_agents_at_once_never_get_the_same_case(database: Database, clock: FrozenClock) -> None:
    made = [stopped(database, clock, f"b{number}") for number in range(1, 13)]
    start, taken, failures = threading.Barrier(8), [], []  # type: ignore[var-annotated]
    lock = threading.Lock()

    def work(name: str) -> None:
        try:
            start.wait()
            while True:
                with database.transaction() as conn:
                    found = claim_next(conn, by=name, now=clock.now(), policy=policy())
                if found is None:
                    return
                with lock:
                    taken.append((found.id, name))
                tell(database, clock, found.id, "nothing_to_do", by=name)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"坐席{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert failures == []
    assert sorted(case_id for case_id, _ in taken) == sorted(made), "each once, none left"
    with database.reading() as conn:
        claims = select(case_event.c.case_id, case_event.c.by).where(case_event.c.act == Act.CLAIMED.value)
        assert sorted(tuple(row) for row in conn.execute(claims)) == sorted(taken)


def test_two_debtors_reasons_at_once_make_one_case(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    with database.transaction() as conn:
        for reason in ("dispute", "complaint", "illness"):
            pause(conn, borrower_id="b1", reason=reason, by="borrower", now=clock.now())
    came: list[int] = []
    threads = [threading.Thread(target=lambda: came.append(sweep(database, clock))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert (sum(came), count_cases(database)) == (3, 1)
