"""What happened to a made-up borrower: which loans he took, what he paid of them and when, and what was agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.days import month_later
from service.domain.loan.products import Product
from service.domain.loan.terms import Method

ACCOUNT = "shopping"  # the product of accounts


@dataclass(frozen=True, slots=True)
class LoanStory:
    """One loan. The first `paid` instalments were paid on their due dates, but for those `paid_late`:
    (number, days late)."""

    product_code: str
    principal_fen: int
    periods: int
    disbursed_on: date
    due_day: int
    purpose: str
    paid: int
    paid_late: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class AccountStory:
    """An account that is paid by statements: what was bought with it, (day, fen), and which of `plan_payment`'s kinds
    was paid on which day."""

    product_code: str
    opened_on: date
    statement_day: int
    purpose: str
    purchases: tuple[tuple[date, int], ...]
    paid: tuple[tuple[date, str], ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """Collection was paused on a day; `reason` is one of collect's."""

    on: date
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class Deferral:
    """The due dates of the first loan were moved on a day, by months."""

    on: date
    months: int


@dataclass(frozen=True, slots=True)
class Story:
    """One borrower. `limits` are (product code, fen). `extra_fen` came with the last payment, to be kept for the
    next due date; `half_paid_on`: half of what was overdue that day; `settled_on`: everything was paid off.
    `repaid_early`: days on which so much was paid on the first loan, of an instalment that was not due yet.
    `cards` are kept from the beginning, each by its last four digits; `autopay`: the first of them is charged."""

    borrower_id: str
    name: str
    phone: str
    limits: tuple[tuple[str, int], ...]
    loans: tuple[LoanStory, ...]
    extra_fen: int = 0
    half_paid_on: date | None = None
    settled_on: date | None = None
    repaid_early: tuple[tuple[date, int], ...] = ()
    deferral: Deferral | None = None
    pause: Pause | None = None
    account: AccountStory | None = None
    cards: tuple[str, ...] = ()
    autopay: bool = False

    @property
    def began_on(self) -> date:
        days = [loan.disbursed_on for loan in self.loans]
        return min([*days, self.account.opened_on] if self.account else days)


def loan_due_on(
    product: Product, *, principal_fen: int, periods: int, no: int, due_on: date, paid: bool, purpose: str
) -> LoanStory:
    """A loan whose instalment `no` falls due on `due_on` and is the last paid one (or the first unpaid one).
    `no` 0: it was paid out on `due_on`."""
    months = periods if product.method is Method.BULLET else no
    return LoanStory(
        product_code=product.code,
        principal_fen=principal_fen,
        periods=periods,
        disbursed_on=month_later(due_on, -months, due_on.day),
        due_day=due_on.day,
        purpose=purpose,
        paid=no if paid else max(0, no - 1),
    )


def account_stated(
    today: date, *, ago: int, earlier_fen: int, paid: str | None, latest_fen: int, newest_fen: int = 0
) -> AccountStory:
    """An account whose last statement was made `ago` days before today, of `latest_fen`; `earlier_fen` was in the one
    before it, of which `paid` was paid; `newest_fen` is in none yet."""
    stated_on = today - timedelta(days=ago)
    bought = (
        (stated_on - timedelta(days=40), earlier_fen),  # months are shorter than this
        (stated_on - timedelta(days=6), latest_fen),
        (today - timedelta(days=1), newest_fen),
    )
    return AccountStory(
        product_code=ACCOUNT,
        opened_on=stated_on - timedelta(days=45),
        statement_day=stated_on.day,
        purpose="购物账户·枫桥月结",
        purchases=tuple((day, fen) for day, fen in bought if fen),
        paid=((stated_on - timedelta(days=20), paid),) if paid else (),
    )


def limits_for(loans: tuple[LoanStory, ...], *, step_fen: int = 1_000_000) -> tuple[tuple[str, int], ...]:
    """A limit for each product borrowed under: what was borrowed, rounded up to the next 10,000 yuan."""
    borrowed: dict[str, int] = {}
    for loan in loans:
        borrowed[loan.product_code] = borrowed.get(loan.product_code, 0) + loan.principal_fen
    return tuple((code, -(-fen // step_fen) * step_fen) for code, fen in borrowed.items())
