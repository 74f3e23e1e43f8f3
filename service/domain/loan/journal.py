"""How money movements are written down: entries whose lines sum to zero, and what a replay of them says.

Amounts are signed fen, debit +, credit −, seen from the lender. An entry is never changed; a correction is
another entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Account(StrEnum):
    CASH = "cash"
    PRINCIPAL = "principal"
    INTEREST = "interest"
    PENALTY = "penalty"
    FEE = "fee"
    SUSPENSE = "suspense"  # the borrower's deposit; what the lender owes him
    INTEREST_INCOME = "interest_income"
    PENALTY_INCOME = "penalty_income"
    FEE_INCOME = "fee_income"


class Kind(StrEnum):
    DISBURSEMENT = "disbursement"
    INTEREST = "interest"
    PENALTY = "penalty"
    FEE = "fee"
    PAYMENT = "payment"
    SUSPENSE_USED = "suspense_used"


class Unbalanced(ValueError):
    """An entry whose debits are not its credits, or that says nothing; a mistake in the code, never a refusal."""


@dataclass(frozen=True, slots=True)
class Line:
    account: Account
    amount_fen: int
    loan_id: str | None = None
    instalment_no: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """`key` is unique in the journal: the same event written twice is refused by the database."""

    key: str
    kind: Kind
    business_date: date
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        total = sum(line.amount_fen for line in self.lines)
        if total != 0 or len(self.lines) < 2 or any(line.amount_fen == 0 for line in self.lines):
            raise Unbalanced(f"{self.key}: {len(self.lines)} lines, sum {total} fen")


INCOME = {
    Account.INTEREST: Account.INTEREST_INCOME,
    Account.PENALTY: Account.PENALTY_INCOME,
    Account.FEE: Account.FEE_INCOME,
}
_CHARGE = {Account.INTEREST: Kind.INTEREST, Account.PENALTY: Kind.PENALTY, Account.FEE: Kind.FEE}


def charge(key: str, *, account: Account, loan_id: str, on: date, amounts: Iterable[tuple[int, int]]) -> Entry:
    """Interest, penalty interest or a fee becomes owed: `amounts` are (instalment no, fen; negative: waived)."""
    lines = [Line(account, fen, loan_id, no) for no, fen in amounts if fen]
    total = sum(line.amount_fen for line in lines)
    if total:
        lines.append(Line(INCOME[account], -total, loan_id))
    return Entry(key, _CHARGE[account], on, tuple(lines))


@dataclass(slots=True)
class Replayed:
    """What the journal says of one instalment, in fen."""

    principal_fen: int = 0
    principal_paid_fen: int = 0
    interest_recognised_fen: int = 0
    interest_paid_fen: int = 0
    penalty_fen: int = 0
    penalty_paid_fen: int = 0
    fee_fen: int = 0
    fee_paid_fen: int = 0


@dataclass(slots=True)
class Balances:
    """`instalments` by (loan id, no); `suspense_fen` is what the lender holds for the borrower."""

    instalments: dict[tuple[str, int], Replayed] = field(default_factory=lambda: defaultdict(Replayed))
    suspense_fen: int = 0
    cash_fen: int = 0


_OWED = {
    Account.PRINCIPAL: ("principal_fen", "principal_paid_fen"),
    Account.INTEREST: ("interest_recognised_fen", "interest_paid_fen"),
    Account.PENALTY: ("penalty_fen", "penalty_paid_fen"),
    Account.FEE: ("fee_fen", "fee_paid_fen"),
}
_SETTLING = {Kind.PAYMENT, Kind.SUSPENSE_USED}


def replay(lines: Iterable[tuple[Kind, Line]]) -> Balances:
    """Balances from nothing but the journal. In a charge a credit is a waiver, in a payment it is money received."""
    balances = Balances()
    for kind, line in lines:
        if line.account in _OWED:
            assert line.loan_id is not None
            assert line.instalment_no is not None
            owed, paid = _OWED[line.account]
            one = balances.instalments[line.loan_id, line.instalment_no]
            name, sign = (paid, -1) if kind in _SETTLING else (owed, 1)
            setattr(one, name, getattr(one, name) + sign * line.amount_fen)
        elif line.account is Account.SUSPENSE:
            balances.suspense_fen -= line.amount_fen
        elif line.account is Account.CASH:
            balances.cash_fen += line.amount_fen
    return balances
