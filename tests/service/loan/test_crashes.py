"""The process is killed in the middle: at every statement and every commit of a payment, a reversal, a move, an order
and a close of day, between its chunks and inside them.

What it leaves is what its commits had made, whole, and nothing of the transaction it died in; the books balance and
the journal is verified at every such moment; the same request again ends where an undisturbed run ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.db.engine import Database
from service.usecases.loan import close_day as closing
from tests.service.loan.crashing import WORKS, File, Rows, Schema, Stage, all_of, assert_whole, killed_at, watched

# On PostgreSQL each moment costs a few times as much; these are the ones that differ in what they do there.
ON_POSTGRES = ("post_a_payment", "reverse_by_request", "move_a_payment", "close_two_days")
ATOMIC = {"post_a_payment", "settle_everything", "post_late", "move_a_payment", "reverse_by_request"}


@pytest.fixture
def file(tmp_path: Path) -> Iterator[File]:
    made = File(tmp_path)
    yield made
    if made.open:
        made.open.close()


@pytest.fixture
def schema(postgres_database: Database) -> Schema:
    return Schema(postgres_database)


def dies_at_every_moment(stage: Stage, name: str) -> None:
    work = WORKS[name]
    database = stage.reset()
    left: dict[int, Rows] = {0: all_of(database)}  # by the number of commits that were done
    with watched(database) as moments:
        work(database)
    expected = all_of(database)
    assert_whole(database)
    commits = moments.count("COMMIT")
    assert (commits == 1) == (name in ATOMIC)
    assert len(moments) > 8
    for moment in range(1, len(moments) + 1):
        where = f"{name}: killed before {moment} of {len(moments)}: {moments[moment - 1]}"
        database = stage.reset()
        killed_at(moment, database.url, work)
        found, done = all_of(database), moments[: moment - 1].count("COMMIT")
        if done not in left:
            assert_whole(database)
            left[done] = found
        assert found == left[done], f"{where}: a part of a transaction is there"
        work(database)
        assert all_of(database) == expected, f"{where}: the next try ends elsewhere"
    work(database)  # it was done, and only the word of it was lost
    assert all_of(database) == expected
    assert len(left) == commits
    assert left[0] != expected


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "CHUNK", 2)  # so that a close of three borrowers has two transactions


@pytest.mark.parametrize("name", WORKS)
def test_it_may_be_killed_at_every_statement_and_the_next_try_ends_the_same(name: str, file: File) -> None:
    dies_at_every_moment(file, name)


@pytest.mark.parametrize("name", ON_POSTGRES)
def test_so_it_may_on_postgres(name: str, schema: Schema) -> None:
    dies_at_every_moment(schema, name)
