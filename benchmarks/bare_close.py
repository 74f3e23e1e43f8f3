"""The cheapest SQL that writes the rows which a close of day wrote: they lie ready, and only have to be put in place.

The rows are taken from a closed ledger and staged beside a fresh copy of the portfolio, in the chunks of the close.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text

from benchmarks.portfolio import settle
from service.db.engine import Database
from service.db.loan import _CHANGING, _LOAN_CHANGING
from service.db.loan_close_sql import WORDS

# What a day by itself changes, and what else may change where a deposit pays: most rows need only the first.
_DAYS = ("recognised_interest_fen", "penalty_fen", "penalty_fen_days", "penalty_days")
_LOAN_DAYS = ("days_past_due", "bucket", "aged_on")
_MORE = tuple(name for name in _CHANGING if name not in _DAYS)
_LOAN_MORE = tuple(name for name in _LOAN_CHANGING if name not in (*_LOAN_DAYS, "pauses", "plan", "purchases"))


def _differs(names: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"one.{name} IS DISTINCT FROM old.{name}" for name in names) + ")"


def _set(names: tuple[str, ...]) -> str:
    return ", ".join(f"{name} = ready.{name}" for name in names)


def _instalments(names: tuple[str, ...], condition: str) -> str:
    return (
        f"SELECT one.loan_id, one.no, {', '.join(f'one.{name}' for name in names)}, rank.chunk "
        "FROM {done}.instalment one JOIN instalment old ON old.loan_id = one.loan_id AND old.no = one.no "
        "JOIN {done}.loan ON loan.id = one.loan_id JOIN bench_rank rank ON rank.borrower_id = loan.borrower_id "
        f"WHERE {condition} ORDER BY rank.chunk, one.loan_id, one.no"
    )


def _loans(names: tuple[str, ...], condition: str) -> str:
    return (
        f"SELECT one.id, {', '.join(f'one.{name}' for name in names)}, rank.chunk FROM {{done}}.loan one "
        "JOIN loan old ON old.id = one.id JOIN bench_rank rank ON rank.borrower_id = one.borrower_id "
        f"WHERE {condition} ORDER BY rank.chunk, one.id"
    )


STAGED = {
    "bench_borrower": "SELECT one.id, one.suspense_fen, rank.chunk FROM {done}.borrower one "
    "JOIN borrower old ON old.id = one.id JOIN bench_rank rank ON rank.borrower_id = one.id "
    "WHERE one.suspense_fen <> old.suspense_fen",
    "bench_loan": _loans(_LOAN_DAYS, f"{_differs(_LOAN_DAYS)} AND NOT {_differs(_LOAN_MORE)}"),
    "bench_loan_more": _loans((*_LOAN_DAYS, *_LOAN_MORE), _differs(_LOAN_MORE)),
    "bench_instalment": _instalments(_DAYS, f"{_differs(_DAYS)} AND NOT {_differs(_MORE)}"),
    "bench_instalment_more": _instalments(_CHANGING, _differs(_MORE)),
    "bench_tag": "SELECT one.loan_id, one.bucket, one.entered_on, rank.chunk FROM {done}.ageing_tag one "
    "JOIN {done}.loan ON loan.id = one.loan_id JOIN bench_rank rank ON rank.borrower_id = loan.borrower_id "
    "WHERE one.entered_on = :day ORDER BY rank.chunk, one.loan_id",
    "bench_entry": "SELECT one.*, rank.chunk FROM {done}.journal_entry one "
    "JOIN bench_rank rank ON rank.borrower_id = one.borrower_id WHERE one.business_date = :day "
    "ORDER BY rank.chunk, one.id",
    "bench_line": "SELECT one.*, entry.chunk FROM {done}.journal_line one "
    "JOIN bench_entry entry ON entry.id = one.entry_id ORDER BY entry.chunk, one.entry_id, one.no",
}
_RANKED = """
SELECT borrower_id, (row_number() OVER (ORDER BY borrower_id) - 1) / {size} AS chunk
FROM (SELECT DISTINCT borrower_id FROM {done}.loan WHERE aged_on = :day) AS aged"""
_ENTRY = "id, entry_key, kind, borrower_id, business_date, created_at, event_key, reverses_id, hash"
_LINE = "entry_id, no, account, loan_id, instalment_no, amount_fen"
_THIS = "WHERE ready.chunk = :chunk AND"
_SAME = "instalment.loan_id = ready.loan_id AND instalment.no = ready.no"
WRITES = (
    f"INSERT INTO journal_line ({_LINE}) SELECT {_LINE} FROM bench_line WHERE chunk = :chunk",
    f"INSERT INTO journal_entry ({_ENTRY}) SELECT {_ENTRY} FROM bench_entry WHERE chunk = :chunk",
    f"UPDATE instalment SET {_set(_DAYS)} FROM bench_instalment ready {_THIS} {_SAME}",
    f"UPDATE instalment SET {_set(_CHANGING)} FROM bench_instalment_more ready {_THIS} {_SAME}",
    f"UPDATE loan SET {_set(_LOAN_DAYS)} FROM bench_loan ready {_THIS} loan.id = ready.id",
    f"UPDATE loan SET {_set((*_LOAN_DAYS, *_LOAN_MORE))} FROM bench_loan_more ready {_THIS} loan.id = ready.id",
    f"UPDATE borrower SET suspense_fen = ready.suspense_fen FROM bench_borrower ready {_THIS} borrower.id = ready.id",
    f"UPDATE ageing_tag SET left_on = ready.entered_on FROM bench_tag ready {_THIS} "
    "ageing_tag.loan_id = ready.loan_id AND ageing_tag.left_on IS NULL",
    "INSERT INTO ageing_tag (loan_id, bucket, entered_on) SELECT loan_id, bucket, entered_on FROM bench_tag "
    "WHERE chunk = :chunk",
)


def stage(fresh: Database, closed: Database, day: date, *, size: int) -> int:
    """Put what `closed` has and `fresh` lacks beside it, ready to be written; returns in how many chunks."""
    with fresh.engine.connect() as conn:
        conn.detach()  # what is attached goes with it
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql(f"ATTACH '{closed.engine.url.database}' AS done")
            done = "done"
        else:
            done = str(closed.engine.url.query["options"]).rsplit("=", 1)[1]
        _stage(conn, done, day, size)
        chunks = int(conn.exec_driver_sql("SELECT coalesce(max(chunk), -1) + 1 FROM bench_rank").scalar_one())
        conn.commit()
    settle(fresh)
    return chunks


def _stage(conn: Connection, done: str, day: date, size: int) -> None:
    for name, query in ({"bench_rank": _RANKED} | STAGED).items():
        said = query.format(done=done, size=size).replace(":day", f"'{day}'")
        conn.execute(text(f"CREATE TABLE {name} AS {said}"))
        conn.execute(text(f"CREATE INDEX ix_{name} ON {name} ({'borrower_id' if name == 'bench_rank' else 'chunk'})"))


def write(fresh: Database, chunks: int) -> None:
    """One transaction a chunk, one statement a table."""
    for chunk in range(chunks):
        with fresh.transaction() as conn:
            for setting in WORDS[conn.dialect.name].settings:
                conn.execute(text(setting))
            for one in WRITES:
                conn.execute(text(one), {"chunk": chunk})
