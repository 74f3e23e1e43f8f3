"""One debtor's past as the ledger has it now, and what was known of him at the beginning of any day of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from service.domain.collect.contact import Attempt
from service.domain.collect.facts import DebtorFacts
from service.domain.collect.outreach import Stop
from service.domain.collect.promise import PromiseState
from service.domain.collect.tier import Standing
from service.domain.days import SHANGHAI, business_date

LOOK_BACK = timedelta(days=365)
QUICK = timedelta(days=7)
_HARDSHIP = frozenset({Stop.HARDSHIP, Stop.PLAN_KEPT})
_VULNERABLE = frozenset({Stop.ILLNESS, Stop.CRISIS, Stop.INCAPACITY, Stop.DEBTOR_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Due:
    """One instalment: `fen` and `principal_fen` as they stand now, and what was paid or given up of it, by day."""

    product: str
    no: int
    due_on: date
    fen: int
    principal_fen: int
    paid_on: date | None
    paid: tuple[tuple[date, int], ...]

    def unpaid_fen(self, today: date) -> int:
        """At the beginning of `today`."""
        if self.paid_on is not None and self.paid_on < today:
            return 0
        return max(0, self.fen - sum(fen for on, fen in self.paid if on < today))


@dataclass(frozen=True, slots=True)
class PastPromise:
    made_at: datetime
    decided_at: datetime | None
    state: PromiseState


@dataclass(frozen=True, slots=True)
class PastStop:
    reason: Stop
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Done:
    """One outreach that was really planned, by its state; `channel` is "person" where people took over."""

    on: date
    tier: str
    channel: str
    state: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """Everything of one debtor, each with its instant. `late`: his times in arrears, from and until. `replies`: what
    bot and agents wrote to him by channel, `wrote` what he wrote. `calls`: attempts that no outreach made, with
    the kind of number or account in the place of its id."""

    borrower_id: str
    name: str
    phone: str
    limit_fen: int
    dues: tuple[Due, ...] = ()
    promises: tuple[PastPromise, ...] = ()
    stops: tuple[PastStop, ...] = ()
    payments: tuple[datetime, ...] = ()
    late: tuple[tuple[date, date | None], ...] = ()
    wrote: tuple[tuple[str, datetime], ...] = ()
    replies: tuple[tuple[str, datetime], ...] = ()
    suppressed: tuple[tuple[str, datetime], ...] = ()  # by kind of number or account
    written_off_on: date | None = None
    calls: tuple[Attempt, ...] = ()
    done: tuple[Done, ...] = ()

    def standing(self, today: date, *, days_ahead: int) -> Standing | None:
        overdue = [(one, fen) for one in self.dues if one.due_on < today and (fen := one.unpaid_fen(today))]
        if overdue:
            first = min(one.due_on for one, _ in overdue)
            return Standing((today - first).days, first, sum(fen for _, fen in overdue))
        last = today + timedelta(days=days_ahead)
        coming = [(one, fen) for one in self.dues if today <= one.due_on <= last and (fen := one.unpaid_fen(today))]
        if not coming:
            return None
        first = min(one.due_on for one, _ in coming)
        return Standing((first - today).days * -1, first, sum(fen for one, fen in coming if one.due_on == first))

    def stopped(self, now: datetime) -> frozenset[Stop]:
        return frozenset(one.reason for one in self.stops if _holds(one.started_at, one.ended_at, now))

    def promise_pending(self, now: datetime) -> bool:
        return any(_holds(one.made_at, one.decided_at, now) for one in self.promises)

    def known(self, at: Standing, today: date, *, asked: Iterable[datetime]) -> DebtorFacts:
        """As planning saw it when the day began; `asked` are the messages of the strategy that is tried."""
        now = datetime.combine(today, time.min, SHANGHAI)
        unpaid = [one for one in self.dues if one.unpaid_fen(today)]
        late = [one for one in unpaid if one.due_on < today]
        recent = [one for one in self.promises if one.made_at >= now - LOOK_BACK and one.decided_at is not None]
        states = [one.state for one in recent if one.decided_at is not None and one.decided_at < now]
        told = {one.reason for one in self.stops if now - LOOK_BACK <= one.started_at < now}
        before = [(since, left) for since, left in self.late if left is not None and since <= at.episode_on]
        paid = [business_date(one) for one in self.payments if one < now]
        last_asked = max(asked, default=None)
        return DebtorFacts(
            days_past_due=max(0, at.day),
            overdue_fen=at.fen if at.day > 0 else 0,
            owed_principal_fen=sum(one.principal_fen for one in unpaid),
            limit_fen=self.limit_fen,
            products=frozenset(one.product for one in late or unpaid),
            instalments_paid=sum(one.paid_on is not None and one.paid_on < today for one in self.dues),
            first_payment_default=any(one.no == 1 and one.unpaid_fen(today) == one.fen for one in late),
            episodes_before=len(before),
            quick_cures=sum(left - since <= QUICK for since, left in before),
            promises_kept=states.count(PromiseState.KEPT),
            promises_broken=states.count(PromiseState.BROKEN) + states.count(PromiseState.PARTLY),
            hardship=bool(told & _HARDSHIP),
            vulnerable=bool(told & _VULNERABLE),
            paid_in_episode=bool(paid) and max(paid) > at.episode_on,
            wrote_since_asked=last_asked is not None and self._wrote(last_asked, now),
            last_asked_on=business_date(last_asked) if last_asked is not None else None,
        )

    def _wrote(self, since: datetime, now: datetime) -> bool:
        return any(max(since, now - timedelta(days=1)) < at < now for _, at in self.wrote)


def _holds(since: datetime, until: datetime | None, now: datetime) -> bool:
    return since <= now and (until is None or until > now)
