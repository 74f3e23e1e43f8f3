"""One made-up debtor: what he owes from day to day, and what is known of him."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from datetime import date, timedelta

from service.domain.collect.facts import DebtorFacts
from service.domain.collect.outreach import Stop
from service.domain.collect.tier import Standing
from service.simulation.behaviour import Behaviour, Behaviours

PERIODS = 12
MONTH = 30  # days between due dates: the simulator asks about behaviour, not about calendars
PRODUCTS = ("cash", "appliance", "shopping")


def chance(*what: object) -> float:
    """A number in [0, 1) that depends on nothing but its arguments: the same debtor meets the same luck under every
    strategy, so that differences are the strategies'."""
    return int.from_bytes(hashlib.blake2b("|".join(map(str, what)).encode(), digest_size=8).digest()) / 2**64


@dataclass(slots=True)
class Debtor:
    """`due`: due dates and what is unpaid of each, fen, the oldest first. `asked`: the days of the last messages."""

    id: str
    behaviour: Behaviour
    product: str
    instalment_fen: int
    limit_fen: int
    first_due_on: date
    facts: DebtorFacts
    due: deque[tuple[date, int]] = field(default_factory=deque)
    paid_fen: int = 0
    billed_fen: int = 0
    billed: int = 0
    stops: set[Stop] = field(default_factory=set)
    promise: tuple[date, int] | None = None
    promises_kept: int = 0
    promises_broken: int = 0
    asked: list[date] = field(default_factory=list)
    fired: set[tuple[date, str]] = field(default_factory=set)
    wrote_on: date | None = None
    paid_on: date | None = None
    with_person: bool = False
    episode_since: date | None = None
    episodes: int = 0
    quick_cures: int = 0

    def bill(self, today: date) -> None:
        """What falls due today."""
        while self.billed < PERIODS and self.first_due_on + timedelta(days=MONTH * self.billed) <= today:
            self.due.append((self.first_due_on + timedelta(days=MONTH * self.billed), self.instalment_fen))
            self.billed += 1
            self.billed_fen += self.instalment_fen

    def overdue_fen(self, today: date) -> int:
        return sum(fen for due_on, fen in self.due if due_on < today)

    def days_past_due(self, today: date) -> int:
        return max(0, (today - self.due[0][0]).days) if self.due else 0

    def pay(self, fen: int, today: date) -> int:
        """The oldest first; returns what was taken, never more than is billed."""
        taken = 0
        while fen > 0 and self.due:
            due_on, unpaid = self.due.popleft()
            part = min(fen, unpaid)
            fen, taken = fen - part, taken + part
            if part < unpaid:
                self.due.appendleft((due_on, unpaid - part))
        self.paid_fen += taken
        self.paid_on = today if taken else self.paid_on
        if taken and self.episode_since is not None and not self.overdue_fen(today):
            self.episodes += 1
            self.quick_cures += (today - self.episode_since).days <= 7
            self.episode_since = None
        return taken

    def standing(self, today: date) -> Standing | None:
        overdue = self.overdue_fen(today)
        if overdue:
            return Standing(self.days_past_due(today), self.due[0][0], overdue)
        if self.billed < PERIODS:
            next_on = self.first_due_on + timedelta(days=MONTH * self.billed)
            return Standing((today - next_on).days, next_on, self.instalment_fen)
        return None

    def known(self, today: date) -> DebtorFacts:
        """What the service would know of him on that day."""
        base, at = self.facts, self.standing(today)
        late = at is not None and at.day > 0
        return DebtorFacts(
            days_past_due=at.day if at and late else 0,
            overdue_fen=at.fen if at and late else 0,
            owed_principal_fen=PERIODS * self.instalment_fen - self.paid_fen,
            limit_fen=self.limit_fen,
            products=frozenset({self.product}),
            instalments_paid=base.instalments_paid + self.paid_fen // self.instalment_fen,
            first_payment_default=base.first_payment_default and self.paid_fen == 0 and late,
            episodes_before=base.episodes_before + self.episodes,
            quick_cures=base.quick_cures + self.quick_cures,
            promises_kept=base.promises_kept + self.promises_kept,
            promises_broken=base.promises_broken + self.promises_broken,
            hardship=base.hardship or Stop.HARDSHIP in self.stops,
            paid_in_episode=at is not None and self.paid_on is not None and self.paid_on > at.episode_on,
            wrote_since_asked=self._wrote_lately(today),
            last_asked_on=self.asked[-1] if self.asked else None,
        )

    def _wrote_lately(self, today: date) -> bool:
        return self.wrote_on is not None and bool(self.asked) and (today - self.wrote_on).days <= 1

    def asked_within(self, days: int, today: date) -> int:
        return sum((today - one).days < days for one in self.asked)


def made_up(number: int, *, seed: int, behaviours: Behaviours, today: date) -> Debtor:
    """The debtor of that number: on the first day he is between three days before his due date and 60 days overdue."""
    name = f"sim-{seed}-{number}"
    behaviour = behaviours.at(chance(name, "behaviour"))
    new = chance(name, "first") < behaviour.first_payment
    instalment_fen = 20_000 + int(chance(name, "fen") ** 2 * 380_000)
    late = int(chance(name, "late") ** 2 * 64) - 3
    broke = chance(name, "broke") < behaviour.broke_before
    facts = DebtorFacts(
        instalments_paid=0 if new else 1 + int(chance(name, "paid") * 11),
        first_payment_default=new,
        episodes_before=0 if new else int(chance(name, "episodes") * 4),
        quick_cures=0 if new or chance(name, "cured") >= behaviour.cured_before else 1 + int(chance(name, "cures") * 3),
        promises_broken=(1 + int(chance(name, "breaks") * 3)) if broke and not new else 0,
    )
    debtor = Debtor(
        id=name,
        behaviour=behaviour,
        product=PRODUCTS[int(chance(name, "product") * len(PRODUCTS))],
        instalment_fen=instalment_fen,
        limit_fen=instalment_fen * PERIODS * 2,
        first_due_on=today - timedelta(days=late),
        facts=facts,
    )
    debtor.bill(today)
    if debtor.overdue_fen(today):
        debtor.episode_since = debtor.due[0][0]
    return debtor
