"""The process that plans and sends is killed (SIGKILL) at every statement, every commit, and on either side of every
delivery: no debtor is planned or reached twice, and what nobody can know is listed for a person."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import delete, event

from service.db.engine import Database
from service.db.tables.collect import outreach
from service.db.tables.contact import contact_attempt
from service.domain.collect.compliance import Cleared
from service.usecases.collect.send import Counts, mark_unknown
from service.usecases.desk import pages
from service.usecases.ports import FrozenClock
from tests.service.collecting import owe, plan_now, reasons, rows, send_now, states

DEBTORS = ("b1", "b2")
Told = Callable[[str], None]


@dataclass
class PhoneOnDisk:
    """A channel that outlives the process: a line for each message that arrived. `told` hears of either side of it."""

    path: Path
    told: Told

    def send(self, cleared: Cleared) -> int:
        self.told("before delivery")
        with self.path.open("a") as file:
            file.write(f"{cleared.draft.borrower_id}\n")
        self.told("after delivery")
        return 1

    def came(self) -> list[str]:
        return self.path.read_text().split() if self.path.exists() else []


def plan_and_send(database: Database, phone: PhoneOnDisk, clock: FrozenClock) -> Counts:
    plan_now(database, clock)
    return send_now(database, clock, phone)


def watched(database: Database, path: Path, clock: FrozenClock, told: Told) -> Counts:
    """Plans and sends; `told` hears of each statement, commit and delivery before it is done."""
    event.listen(database.engine, "before_cursor_execute", lambda *args: told(args[2].split("\n")[0][:60]))
    event.listen(database.engine, "commit", lambda _conn: told("COMMIT"))
    return plan_and_send(database, PhoneOnDisk(path, told), clock)


def moments_of(url: str, path: Path, clock: FrozenClock) -> list[str]:
    """What an undisturbed run does, in its order."""
    database, seen = Database(url), list[str]()
    assert watched(database, path, clock, seen.append) == Counts(sent=len(DEBTORS))
    database.close()
    return seen


def killed_at(moment: int, url: str, path: Path, clock: FrozenClock) -> None:
    """In a process of its own, which kills itself at that moment. Fails where it ends in any other way."""
    child = os.fork()  # not started anew: there are dozens of them
    if child == 0:
        seen: list[str] = []

        def told(what: str) -> None:
            seen.append(what)
            if len(seen) == moment:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            watched(Database(url), path, clock, told)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"it ended with {os.waitstatus_to_exitcode(status)}"
    assert os.WTERMSIG(status) == signal.SIGKILL


def forget(database: Database) -> None:
    with database.transaction() as conn:
        conn.execute(delete(contact_attempt))
        conn.execute(delete(outreach))


def starts_again(database: Database, phone: PhoneOnDisk, clock: FrozenClock) -> None:
    """As the scheduler does where it has just become the one that sends, then as at every later tick."""
    with database.transaction() as conn:
        mark_unknown(conn, now=clock.now())
    for _ in range(2):
        plan_and_send(database, phone, clock)


@pytest.mark.parametrize("every", ["sqlite", "postgres"])
def test_it_may_be_killed_at_every_moment_and_nobody_is_reached_twice(
    every: str, request: pytest.FixtureRequest, clock: FrozenClock, tmp_path: Path
) -> None:
    database: Database = request.getfixturevalue(f"{every}_database")
    for borrower_id in DEBTORS:
        owe(database, clock=clock, borrower_id=borrower_id)
    moments = moments_of(database.url, tmp_path / "undisturbed", clock)
    assert moments.count("COMMIT") >= 2 + 2 * len(DEBTORS)
    unknown = 0
    for moment, what in enumerate(moments, 1):
        around = {what, *moments[moment - 2 : moment - 1]}
        if all(one.startswith("SELECT") for one in around):
            continue  # between two looks nothing has changed
        # On PostgreSQL a process costs several times as much; what differs there is what a commit and its end are.
        if every == "postgres" and not {"COMMIT", "after delivery"} & around:
            continue
        where = f"killed before {moment} of {len(moments)}: {what}"
        forget(database)
        phone = PhoneOnDisk(tmp_path / f"phone-{moment}", lambda _: None)
        killed_at(moment, database.url, phone.path, clock)
        before = phone.came()
        starts_again(database, phone, clock)
        came = phone.came()
        assert len(came) == len(set(came)), f"{where}: reached twice"
        lost = [one for one in DEBTORS if states(database, one) == ["unknown"]]
        assert all(states(database, one) == ["sent"] for one in DEBTORS if one not in lost), where
        assert {one for one in DEBTORS if one not in lost} <= set(came), f"{where}: said to be sent, and never was"
        assert all(reasons(database, one) == [{"outcome_unknown"}] for one in lost), where
        assert sorted(listed(database)) == lost, f"{where}: a person sees another list"
        assert set(lost) & set(came) <= set(before), f"{where}: sent again although nobody knew"
        unknown += len(lost)
    assert unknown >= 2 * len(DEBTORS), "no moment was one of which nobody can know"
    assert len(rows(database)) == 1


def listed(database: Database) -> list[str]:
    """What the console lists as unknown."""
    with database.reading() as conn:
        return [row.borrower_id for row in pages.outreach(conn, state="unknown", text="", number=1).rows]
