"""Plays one made-up borrower's story through the use cases, each step on its day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from service.demo.story import AccountStory, LoanStory, Story
from service.domain.days import SHANGHAI, business_date
from service.domain.errors import Refused
from service.domain.loan.book import LoanState
from service.domain.loan.card import turns
from service.domain.loan.payment import Share
from service.domain.loan.price_caps import PriceCaps
from service.domain.loan.products import Products
from service.usecases.loan.age_loan import age_loan
from service.usecases.loan.autopay import Asked, keep_card, switch_autopay
from service.usecases.loan.defer import defer
from service.usecases.loan.disburse import disburse
from service.usecases.loan.open_account import open_account
from service.usecases.loan.open_line import open_line
from service.usecases.loan.plan_payment import PaymentPlan, plan_payment
from service.usecases.loan.post_payment import post_payment
from service.usecases.loan.purchase import purchase
from service.usecases.loan.register_borrower import register_borrower

BANKS = ("演示银行", "样例银行")  # of the first card, and of a second
BUCKET_BORDERS = (1, 31, 61, 91, 121, 151, 181)  # days past due on which a loan enters the next bucket
APPROVED_BY = "演示主管"

Step = Callable[[], object]


def play(
    conn: Connection,
    story: Story,
    *,
    products: Products,
    price_caps: PriceCaps,
    now: datetime,
    pause: Callable[..., Any],
) -> None:
    """Write one borrower's story until `now`."""
    _Play(conn, story, products=products, price_caps=price_caps, now=now, pause=pause).run()


class _Play:
    """One story while it is written: steps are put on their days, then taken in order."""

    def __init__(
        self,
        conn: Connection,
        story: Story,
        *,
        products: Products,
        price_caps: PriceCaps,
        now: datetime,
        pause: Callable[..., Any],
    ) -> None:
        self.conn = conn
        self.story = story
        self.products = products
        self.price_caps = price_caps
        self.now = now
        self.pause = pause
        self.paid = self.bought = 0
        self.steps: list[tuple[date, int, Step]] = []

    def run(self) -> None:
        story = self.story
        opened_at = self._at(story.began_on)
        register_borrower(self.conn, borrower_id=story.borrower_id, name=story.name, phone=story.phone, now=opened_at)
        for code, fen in story.limits:
            open_line(
                self.conn,
                borrower_id=story.borrower_id,
                product_code=code,
                limit_fen=fen,
                now=opened_at,
                products=self.products,
            )
        self._keep_cards(opened_at)
        loans = [self._disburse(number, loan) for number, loan in enumerate(story.loans, start=1)]
        self._plan_payments(loans)
        self._plan_ending(f"{story.borrower_id}-1")
        if story.account is not None:
            self._open_account(story.account)
        for _, _, step in sorted(self.steps, key=lambda one: one[:2]):
            step()

    def _keep_cards(self, opened_at: datetime) -> None:
        who = self.story.borrower_id
        kept = [
            keep_card(
                self.conn, borrower_id=who, bank_name=bank, last_four=end, token=f"demo:{who}:{end}", now=opened_at
            )
            for bank, end in zip(BANKS, self.story.cards, strict=False)
        ]
        if self.story.autopay:
            asked = Asked(key="seed", by="borrower", source="app")
            switch_autopay(self.conn, borrower_id=who, enabled=True, card_id=kept[0].id, asked=asked, now=opened_at)

    def _disburse(self, number: int, loan: LoanStory) -> LoanState:
        return disburse(
            self.conn,
            loan_id=f"{self.story.borrower_id}-{number}",
            borrower_id=self.story.borrower_id,
            product_code=loan.product_code,
            principal_fen=loan.principal_fen,
            periods=loan.periods,
            disbursed_on=loan.disbursed_on,
            due_day=loan.due_day,
            purpose=loan.purpose,
            products=self.products,
            price_caps=self.price_caps,
            now=self._at(loan.disbursed_on),
        )

    def _open_account(self, account: AccountStory) -> None:
        state = open_account(
            self.conn,
            loan_id=f"{self.story.borrower_id}-{len(self.story.loans) + 1}",
            borrower_id=self.story.borrower_id,
            product_code=account.product_code,
            statement_day=account.statement_day,
            opened_on=account.opened_on,
            purpose=account.purpose,
            products=self.products,
            price_caps=self.price_caps,
            now=self._at(account.opened_on),
        )
        for day in turns(state, business_date(self.now)):  # as closes of day would have: after the due day, too
            self._step(day, partial(self._age, state.id, day))
            self._step(day + timedelta(days=1), partial(self._age, state.id, day + timedelta(days=1)))
        for day, fen in account.purchases:
            self._step(day, partial(self._buy, state.id, day, fen))
        for day, kind in account.paid:
            self._step(day, partial(self._pay_kind, day, kind))

    def _buy(self, loan_id: str, day: date, fen: int) -> None:
        self.bought += 1
        purchase(
            self.conn,
            purchase_id=f"seed:{loan_id}:{self.bought}",
            loan_id=loan_id,
            amount_fen=fen,
            on=day,
            what="购物",
            by="seed",
            now=self._at(day),
        )

    def _plan_payments(self, loans: list[LoanState]) -> None:
        """What falls due on one day and is paid in time is one payment, as a borrower would make it."""
        in_time: dict[date, list[Share]] = {}
        for state, loan in zip(loans, self.story.loans, strict=True):
            late = dict(loan.paid_late)
            for one in state.instalments[: loan.paid]:
                if one.no in late:
                    self._late(state.id, one.due_on, days=late[one.no])
                else:
                    in_time.setdefault(one.due_on, []).append(Share(state.id, one.total_fen))
            if loan.paid < len(state.instalments):
                self._enter_buckets(state.id, state.instalments[loan.paid].due_on)
        last = max(in_time, default=None)
        for day, shares in in_time.items():
            extra_fen = self.story.extra_fen if day == last else 0
            self._step(day, partial(self._pay, day, shares, extra_fen=extra_fen))

    def _late(self, loan_id: str, due_on: date, *, days: int) -> None:
        noticed_on, paid_on = due_on + timedelta(days=1), due_on + timedelta(days=days)
        self._step(noticed_on, partial(self._age, loan_id, noticed_on))
        self._step(paid_on, partial(self._pay_kind, paid_on, "minimum"))

    def _enter_buckets(self, loan_id: str, due_on: date) -> None:
        """An overdue loan is aged on the days that its bucket changes, as a close of day would have done."""
        for border in BUCKET_BORDERS:
            day = due_on + timedelta(days=border)
            self._step(day, partial(self._age, loan_id, day))

    def _plan_ending(self, first_id: str) -> None:
        story = self.story
        if story.half_paid_on is not None:
            self._step(story.half_paid_on, partial(self._pay_half, story.half_paid_on))
        if story.settled_on is not None:
            self._step(story.settled_on, partial(self._pay_kind, story.settled_on, "all"))
        for day, fen in story.repaid_early:
            self._step(day, partial(self._pay, day, [Share(first_id, fen)], extra_fen=0))
        if story.deferral is not None:
            self._step(story.deferral.on, partial(self._defer, first_id))
        if story.pause is not None:
            self._step(story.pause.on, self._pause)

    def _step(self, day: date, step: Step) -> None:
        """Put a step on a day, after those that are on it already; what would be in the future is left out."""
        if day <= business_date(self.now):
            self.steps.append((day, len(self.steps), step))

    def _at(self, day: date) -> datetime:
        """An instant of the day during which people pay, but never later than now."""
        minutes = sum(map(ord, self.story.borrower_id)) * 7 % 600
        return min(datetime.combine(day, time(9), SHANGHAI) + timedelta(minutes=minutes), self.now)

    def _age(self, loan_id: str, day: date) -> None:
        age_loan(self.conn, loan_id=loan_id, today=day, now=self._at(day))

    def _plan(self, day: date, kind: Any) -> PaymentPlan:
        return plan_payment(self.conn, borrower_id=self.story.borrower_id, kind=kind, today=day)

    def _pay_kind(self, day: date, kind: Any) -> None:
        try:
            plan = self._plan(day, kind)
        except Refused as refusal:
            if refusal.code != "nothing_due":
                raise
            return  # another payment of the story has paid it
        self._post(day, plan, plan.amount_fen)

    def _pay_half(self, day: date) -> None:
        half_fen = self._plan(day, "minimum").amount_fen // 2
        if half_fen:
            self._post(day, None, half_fen)

    def _pay(self, day: date, shares: list[Share], *, extra_fen: int) -> None:
        self._post(day, shares, sum(share.amount_fen for share in shares) + extra_fen)

    def _post(self, day: date, shares: PaymentPlan | list[Share] | None, amount_fen: int) -> None:
        self.paid += 1
        post_payment(
            self.conn,
            payment_id=f"seed:{self.story.borrower_id}:{self.paid}",
            borrower_id=self.story.borrower_id,
            plan_or_shares=shares,
            amount_fen=amount_fen,
            paid_at=self._at(day),
            channel="seed",
            now=self._at(day),
        )

    def _defer(self, loan_id: str) -> None:
        agreed = self.story.deferral
        assert agreed is not None
        defer(
            self.conn,
            loan_id=loan_id,
            months=agreed.months,
            approved_by=APPROVED_BY,
            plan_id=f"seed:{loan_id}",
            now=self._at(agreed.on),
            today=agreed.on,
        )

    def _pause(self) -> None:
        asked = self.story.pause
        assert asked is not None
        self.pause(
            self.conn,
            borrower_id=self.story.borrower_id,
            reason=asked.reason,
            by=APPROVED_BY,
            note=asked.note,
            now=self._at(asked.on),
        )
