"""How money movements are written down: entries whose lines sum to zero, and what a replay of them says.

Amounts are signed fen, debit +, credit −, seen from the lender. An entry is never changed; a correction is
another entry. Each entry of a borrower carries a hash over itself and the one before it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from service.domain.values import quick, replace


class Account(StrEnum):
    CASH = "cash"
    PRINCIPAL = "principal"
    INTEREST = "interest"
    PENALTY = "penalty"
    FEE = "fee"
    SUSPENSE = "suspense"  # the borrower's deposit; what the lender owes him
    REFUND_CLAIM = "refund_claim"  # refunded to him out of money that his bank then took back; he owes it, on no loan
    INTEREST_INCOME = "interest_income"
    PENALTY_INCOME = "penalty_income"
    FEE_INCOME = "fee_income"
    # Charged but not income while the loan is in non-accrual: it becomes income when it is paid.
    INTEREST_SUSPENDED = "interest_suspended"
    PENALTY_SUSPENDED = "penalty_suspended"
    # What is owed of a written-off loan stays owed; WRITTEN_OFF stands against it, so that its book value is nil.
    WRITTEN_OFF = "written_off"
    LOSS = "loss"
    RECOVERY = "recovery"


class Kind(StrEnum):
    """ACCRUAL is what days bring by themselves; the others are events, but for SUSPENSE_USED, which follows of both."""

    DISBURSEMENT = "disbursement"
    ACCRUAL = "accrual"
    CHARGE = "charge"
    WAIVER = "waiver"
    PAYMENT = "payment"
    SUSPENSE_USED = "suspense_used"
    REFUND = "refund"
    WRITE_OFF = "write_off"


SETTLING = frozenset({Kind.PAYMENT, Kind.SUSPENSE_USED})


class Unbalanced(ValueError):
    """An entry whose debits are not its credits, or that says nothing; a mistake in the code, never a refusal."""


@quick
@dataclass(frozen=True, slots=True)
class Line:
    account: Account
    amount_fen: int
    loan_id: str | None = None
    instalment_no: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """`key` is unique in the journal: the same thing written twice is refused by the database. `event` is the key of
    the event it writes down ("" for what follows of days), `reverses` the key of the entry it takes back."""

    key: str
    kind: Kind
    business_date: date
    lines: tuple[Line, ...]
    event: str = ""
    reverses: str = ""

    def __post_init__(self) -> None:
        amounts = [line.amount_fen for line in self.lines]
        if sum(amounts) != 0 or len(amounts) < 2 or 0 in amounts:
            raise Unbalanced(f"{self.key}: {len(amounts)} lines, sum {sum(amounts)} fen")


INCOME = {
    Account.INTEREST: Account.INTEREST_INCOME,
    Account.PENALTY: Account.PENALTY_INCOME,
    Account.FEE: Account.FEE_INCOME,
}
# Fees are income when they are charged: the lender's cost was there then.
SUSPENDED = {Account.INTEREST: Account.INTEREST_SUSPENDED, Account.PENALTY: Account.PENALTY_SUSPENDED}


def in_order(lines: Iterable[Line]) -> tuple[Line, ...]:
    """As accrual entries have them: by loan, account and instalment."""
    return tuple(sorted(lines, key=lambda one: (one.loan_id or "", one.account, one.instalment_no or 0)))


def reversal(entry: Entry) -> Entry:
    """The entry that takes another back, line by line."""
    lines = tuple(replace(line, amount_fen=-line.amount_fen) for line in entry.lines)
    return Entry(f"reversal:{entry.key}", entry.kind, entry.business_date, lines, entry.event, entry.key)


def chained(previous: str, entry: Entry) -> str:
    """The hash of an entry: SHA-256, in hex, over the hash before it ("" for the first) and all that it says."""
    lines = ";".join(f"{o.account},{o.loan_id or ''},{o.instalment_no or ''},{o.amount_fen}" for o in entry.lines)
    head = f"{previous}|{entry.key}|{entry.kind}|{entry.business_date}|{entry.event}|{entry.reverses}"
    return hashlib.sha256(f"{head}|{lines}".encode()).hexdigest()


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
    """`instalments` by (loan id, no); `suspense_fen` is what the lender holds for the borrower, `refund_claim_fen` what
    he has to give back of refunds."""

    instalments: dict[tuple[str, int], Replayed] = field(default_factory=lambda: defaultdict(Replayed))
    suspense_fen: int = 0
    refund_claim_fen: int = 0
    cash_fen: int = 0


_OWED = {
    Account.PRINCIPAL: ("principal_fen", "principal_paid_fen"),
    Account.INTEREST: ("interest_recognised_fen", "interest_paid_fen"),
    Account.PENALTY: ("penalty_fen", "penalty_paid_fen"),
    Account.FEE: ("fee_fen", "fee_paid_fen"),
}


def replay(lines: Iterable[tuple[Kind, Line]]) -> Balances:
    """Balances from nothing but the journal: in a payment a credit is money received, elsewhere it is taken back."""
    balances = Balances()
    for kind, line in lines:
        if line.account in _OWED:
            assert line.loan_id is not None
            assert line.instalment_no is not None
            owed, paid = _OWED[line.account]
            one = balances.instalments[line.loan_id, line.instalment_no]
            name, sign = (paid, -1) if kind in SETTLING else (owed, 1)
            setattr(one, name, getattr(one, name) + sign * line.amount_fen)
        elif line.account is Account.SUSPENSE:
            balances.suspense_fen -= line.amount_fen
        elif line.account is Account.REFUND_CLAIM:
            balances.refund_claim_fen += line.amount_fen
        elif line.account is Account.CASH:
            balances.cash_fen += line.amount_fen
    return balances
