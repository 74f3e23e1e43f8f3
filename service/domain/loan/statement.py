"""What a document for a borrower says, its number, and the code that tells it from an altered one.

The code is HMAC-SHA-256 (RFC 2104) over the content as canonical JSON, under a key of the lender's: a bare hash
could be made again by whoever alters a figure.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from service.domain.loan.bill import Bill

StatementKind = Literal["bill", "schedule", "settlement"]
RowState = Literal["paid", "due", "overdue", "upcoming", "by_plan"]  # by_plan: a hardship plan says when instead

TITLES: dict[StatementKind, str] = {"bill": "账单", "schedule": "还款计划", "settlement": "结清证明"}
_PREFIXES: dict[StatementKind, str] = {"bill": "ZD", "schedule": "JH", "settlement": "JQ"}
_CONTENT_VERSION = 1  # of the canonical form: a change of it must not make old documents look altered


@dataclass(frozen=True, slots=True)
class Head:
    """Who says it to whom. `name` and `phone` are masked already; `issued_at` is on a Shanghai clock."""

    kind: StatementKind
    number: str
    institution: str
    name: str
    phone: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class BillStatement:
    """`only` is the title of the one loan that was asked for; the deposit is then shown and not deducted."""

    head: Head
    bill: Bill
    only: str | None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One instalment, in fen; `total_fen` is the sum of the four parts, `unpaid_fen` what is left of it."""

    no: int
    due_on: date
    principal_fen: int
    interest_fen: int
    penalty_fen: int
    fee_fen: int
    total_fen: int
    unpaid_fen: int
    state: RowState


@dataclass(frozen=True, slots=True)
class LoanPlan:
    """A loan with all its instalments; `annual_rate` is a fraction of one."""

    loan_id: str
    title: str
    product_name: str
    brand: str
    principal_fen: int
    outstanding_principal_fen: int
    annual_rate: Decimal
    settled: bool
    rows: tuple[PlanRow, ...]


@dataclass(frozen=True, slots=True)
class ScheduleStatement:
    head: Head
    loans: tuple[LoanPlan, ...]


@dataclass(frozen=True, slots=True)
class SettledLoan:
    """A loan that is over, with what was paid for it from first to last, in fen."""

    loan_id: str
    title: str
    product_name: str
    principal_fen: int
    disbursed_on: date
    settled_on: date
    principal_paid_fen: int
    interest_paid_fen: int
    penalty_paid_fen: int
    fee_paid_fen: int

    @property
    def paid_fen(self) -> int:
        return self.principal_paid_fen + self.interest_paid_fen + self.penalty_paid_fen + self.fee_paid_fen


@dataclass(frozen=True, slots=True)
class SettlementCertificate:
    """`complete`: these are all the borrower's loans, and he owes nothing more; `suspense_fen` is his deposit."""

    head: Head
    loans: tuple[SettledLoan, ...]
    complete: bool
    suspense_fen: int


Statement = BillStatement | ScheduleStatement | SettlementCertificate


def number_of(kind: StatementKind, *, on: date, parts: Iterable[str]) -> str:
    """'JQ20261123-0F3A9C41B2': the kind, the day and a hash of `parts`; the same parts have the same number."""
    digest = hashlib.sha256("\0".join((kind, *parts)).encode()).hexdigest()
    return f"{_PREFIXES[kind]}{on:%Y%m%d}-{digest[:10].upper()}"


def content(statement: Statement) -> bytes:
    """The canonical form: JSON in UTF-8, keys sorted, no spaces, days and instants in ISO 8601, rates as text."""
    said = {"version": _CONTENT_VERSION, **asdict(statement)}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return text.encode()


def code_of(statement: Statement, *, key: str) -> str:
    """64 hexadecimal digits in groups of eight. Raises ValueError for an empty key."""
    if not key:
        raise ValueError("a code needs a key")
    digest = hmac.new(key.encode(), content(statement), hashlib.sha256).hexdigest().upper()
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def verify(statement: Statement, code: str, *, key: str) -> bool:
    """Whether `code` (in either case, however spaced) was made by the lender for exactly this content."""
    given = "".join(code.split()).upper().encode()
    return hmac.compare_digest(given, code_of(statement, key=key).replace(" ", "").encode())


def _plain(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")  # 0.1440 and 0.144 are one rate, whichever database kept it
    raise TypeError(f"{type(value).__name__} has no canonical form")
