"""How the cycles that an account gains, and the statements that close them, are written.

Nothing is deleted: a cycle that a correction of history leaves out stays as a row of nothing, which is paid without a
statement, as no cycle ever is.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from service.db.tables.loan import account_statement, instalment
from service.domain.loan.book import InstalmentState, LoanState

_FIELDS = tuple(one.name for one in fields(InstalmentState))
_ADD, _ADD_STATEMENT = insert(instalment), insert(account_statement)
_REPLACE = (
    update(instalment)
    .where(instalment.c.loan_id == bindparam("of_loan"), instalment.c.no == bindparam("of_no"))
    .values({name: bindparam(f"new_{name}") for name in _FIELDS if name != "no"})
)
_TOLD = select(account_statement.c.no).where(account_statement.c.loan_id == bindparam("of_loan"))


def save(conn: Connection, old: LoanState, new: LoanState) -> None:
    """Write what an account has more, or after a correction of its history less, than it had. A statement is kept as
    it was first made: another of the same number is left out."""
    known = {one.no for one in old.instalments}
    for one in (one for one in new.instalments if one.no not in known):
        if not conn.execute(_REPLACE, _replacing(new.id, one)).rowcount:
            conn.execute(_ADD, row(new.id, one))
    for one in old.instalments[len(new.instalments) :]:
        conn.execute(_REPLACE, _replacing(new.id, _nothing(one)))
    before = {one.no for one in old.instalments if one.stated_fen is not None}
    made = [one for one in new.instalments if one.stated_fen is not None and one.no not in before]
    if made:
        told = set(conn.execute(_TOLD, {"of_loan": new.id}).scalars())
        if statements := [_statement(new.id, one) for one in made if one.no not in told]:
            conn.execute(_ADD_STATEMENT, statements)


def row(loan_id: str, one: InstalmentState) -> dict[str, Any]:
    """An instalment as its columns."""
    return {"loan_id": loan_id, **{name: getattr(one, name) for name in _FIELDS}}


def is_left_out(one: InstalmentState) -> bool:
    """Whether an account's instalment is one that a correction left out."""
    return one.stated_fen is None and one.paid_on is not None


def _nothing(one: InstalmentState) -> InstalmentState:
    return InstalmentState(one.no, one.due_on, one.starts_on, one.ends_on, 0, 0, paid_on=one.starts_on)


def _replacing(loan_id: str, one: InstalmentState) -> dict[str, Any]:
    values = {f"new_{name}": getattr(one, name) for name in _FIELDS if name != "no"}
    return {"of_loan": loan_id, "of_no": one.no, **values}


def _statement(loan_id: str, one: InstalmentState) -> dict[str, Any]:
    return {
        "loan_id": loan_id,
        "no": one.no,
        "stated_on": one.ends_on,
        "due_on": one.due_on,
        "stated_fen": one.stated_fen,
        "minimum_fen": one.minimum_fen,
    }
