"""Debtors live day by day under one strategy: what falls due, what they do, whom the real gate lets be asked.

Tiers, treatments, waits, texts and the gate are the service's own (`service.domain.collect`); the ledger is a plain one
of equal instalments without interest, and answers come from behaviours.toml. Luck is a hash of debtor, day and what it
is about, so that two strategies differ by what they do and by nothing else.
"""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from service.domain.collect.compliance import Cleared, clear
from service.domain.collect.outreach import Contact, Counter, Draft, History, Stop
from service.domain.collect.policy import Policy
from service.domain.collect.strategy import Choice, Strategy
from service.domain.collect.template import Facts, Tone
from service.domain.collect.tier import Standing
from service.domain.days import SHANGHAI
from service.domain.loan.ageing import bucket
from service.simulation.behaviour import Behaviours
from service.simulation.debtor import Debtor, chance, made_up

CHANNELS = ("inapp", "sms")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run is made of. `people_a_day`: how many cases the lender's people handle. `gated` False: what the gate
    holds back goes out all the same, to see what the rules cost; only ever in a simulation."""

    debtors: int
    days: int
    seed: int
    begins_on: date
    people_a_day: int
    gated: bool = True


@dataclass(slots=True)
class Life:
    """What one debtor's days came to. Sums in fen."""

    behaviour: str
    billed_fen: int = 0
    paid_fen: int = 0
    contacts: int = 0
    talks: int = 0
    complaints: int = 0
    cost_fen: Decimal = Decimal(0)


@dataclass(slots=True)
class Run:
    """`recovered_fen[n]`: paid up to and on day n. `rolls`: fen by (bucket at the beginning, bucket 30 days on)."""

    name: str
    setting: Setting
    lives: list[Life]
    recovered_fen: list[int] = field(default_factory=list)
    rolls: Count[tuple[str, str]] = field(default_factory=Count)
    blocked: Count[str] = field(default_factory=Count)
    sent: Count[tuple[str, str]] = field(default_factory=Count)


def simulate(
    name: str,
    strategy: Strategy,
    setting: Setting,
    *,
    policy: Policy,
    behaviours: Behaviours,
    progress: Progress | None = None,
) -> Run:
    """One strategy over the made-up portfolio of `setting`; the same setting gives the same run."""
    first = setting.begins_on
    debtors = [
        made_up(number, seed=setting.seed, behaviours=behaviours, today=first) for number in range(setting.debtors)
    ]
    run = Run(name, setting, [Life(one.behaviour.origin.id) for one in debtors])
    world = _World(run, strategy, policy, debtors)
    for day in range(setting.days):
        world.live(first + timedelta(days=day))
        if progress is not None:
            progress(day + 1, setting.days)
    for debtor, life in zip(debtors, run.lives, strict=True):
        life.billed_fen, life.paid_fen = debtor.billed_fen, debtor.paid_fen
    return run


class _World:
    def __init__(self, run: Run, strategy: Strategy, policy: Policy, debtors: Sequence[Debtor]) -> None:
        self.run, self.strategy, self.policy, self.debtors = run, strategy, policy, debtors
        self.queue: list[tuple[int, int]] = []  # (−fen overdue, number) of those that wait for a person
        self.month_ago: dict[int, str] = {}

    def live(self, today: date) -> None:
        for number, debtor in enumerate(self.debtors):
            debtor.bill(today)
            if debtor.episode_since is None and debtor.overdue_fen(today):
                debtor.episode_since = debtor.due[0][0]
            self._by_himself(debtor, today)
            self._promise(debtor, today)
            self._asked(number, debtor, today)
        self._people(today)
        self.run.recovered_fen.append(sum(one.paid_fen for one in self.debtors))
        self._roll(today)

    def _by_himself(self, debtor: Debtor, today: date) -> None:
        at, how = debtor.standing(today), debtor.behaviour
        if at is None:
            return
        if at.day <= 0:  # most pay on the day; those here are the ones who sometimes do not
            if at.day == 0 and chance(debtor.id, today, "on time") < how.self_pay * 3:
                debtor.pay(sum(fen for _, fen in debtor.due), today)
            return
        if chance(debtor.id, today, "self") < how.self_pay * how.fade**at.day:
            debtor.pay(int(at.fen * (1 if how.part == 1 else how.part)), today)

    def _promise(self, debtor: Debtor, today: date) -> None:
        if debtor.promise is None or today < debtor.promise[0]:
            return
        due_on, fen = debtor.promise
        debtor.promise = None
        if chance(debtor.id, due_on, "keeps") < debtor.behaviour.keeps:
            debtor.pay(fen, today)
            debtor.promises_kept += 1
        else:
            debtor.promises_broken += 1

    def _asked(self, number: int, debtor: Debtor, today: date) -> None:
        at = debtor.standing(today)
        if at is None or at.day < -self.strategy.days_ahead:
            return
        facts = debtor.known(today)
        choice = self.strategy.due(at.day, today, facts=facts)
        if choice is None or (at.episode_on, choice.name) in debtor.fired:
            return
        if choice.step.to is not None:
            debtor.fired.add((at.episode_on, choice.name))
            if not debtor.with_person:
                debtor.with_person = True
                self.queue.append((-at.fen, number))
        elif choice.step.may_fire(facts, today):
            self._write(number, debtor, at, choice, today)

    def _write(self, number: int, debtor: Debtor, at: Standing, choice: Choice, today: date) -> None:
        channel = next((one for one in choice.step.say if one in CHANNELS), None)
        if channel is None:
            return
        template = self.policy.templates.rows[choice.step.say[channel][0]]
        hour = choice.step.hours[0] if choice.step.hours else time(10)
        now = datetime.combine(today, hour, SHANGHAI)
        draft = Draft(
            outreach_id=f"{debtor.id}-{today}",
            borrower_id=debtor.id,
            channel=channel,
            kind=choice.tier.kind,
            text=self.policy.templates.render(template, Facts(at.fen, at.episode_on, max(0, at.day))),
            template=template.origin.id,
            template_version=template.edition,
            approved=template.approved(today),
            expires_at=now + timedelta(hours=6),
        )
        history = History(
            owed_fen=at.fen,
            promise_pending=debtor.promise is not None,
            counts={
                **dict.fromkeys(Counter, 0),
                Counter.WRITTEN_TODAY: debtor.asked_within(1, today),
                Counter.WRITTEN_7_DAYS: debtor.asked_within(7, today),
            },
        )
        contact = Contact(debtor.id, stops=frozenset(debtor.stops))
        decided = clear(draft, contact=contact, history=history, now=now, policy=self.policy)
        if not isinstance(decided, Cleared):
            self.run.blocked.update(one.code for one in decided)
            if debtor.stops:  # as the planner: shown once while it stands, not every day
                debtor.fired.add((at.episode_on, choice.name))
            if self.run.setting.gated:
                return
        debtor.fired.add((at.episode_on, choice.name))
        self.run.sent[channel, choice.tier.origin.id] += 1
        life = self.run.lives[number]
        life.contacts += 1
        life.cost_fen += self.policy.costs.of(channel, today)
        self._answered(life, debtor, at, choice, template.tone, today)
        debtor.asked.append(today)

    def _answered(self, life: Life, debtor: Debtor, at: Standing, choice: Choice, tone: Tone, today: date) -> None:
        how, lately = debtor.behaviour, debtor.asked_within(7, today)
        if self._objects(life, debtor, today, how.complains * (1 + lately), how.disputes):
            return
        if chance(debtor.id, today, "answers") < how.answer[tone] * how.fatigue**lately:
            debtor.wrote_on = today
            self._deed(debtor, at, today, offers_hardship="cant_pay" in choice.step.offer)

    def _objects(self, life: Life, debtor: Debtor, today: date, complains: float, disputes: float) -> bool:
        if chance(debtor.id, today, "complains") < complains:
            life.complaints += 1
            debtor.stops.add(Stop.COMPLAINT)
        elif chance(debtor.id, today, "disputes") < disputes:
            debtor.stops.add(Stop.DISPUTE)
        else:
            return False
        return True

    def _deed(self, debtor: Debtor, at: Standing, today: date, *, offers_hardship: bool) -> None:
        how, which = debtor.behaviour, chance(debtor.id, today, "deed")
        if which < how.pays:
            debtor.pay(int(at.fen * how.part), today)
        elif which < how.pays + how.promises:
            days = 1 + int(chance(debtor.id, today, "when") * 7)
            debtor.promise = (today + timedelta(days=days), int(at.fen * how.part))
        elif which < how.pays + how.promises + how.hardship and offers_hardship:
            self._arrange(debtor, at, today)

    def _arrange(self, debtor: Debtor, at: Standing, today: date) -> None:
        """A first part of the plan is paid at once; he is left in peace from then on."""
        debtor.stops.add(Stop.PLAN_KEPT)
        debtor.pay(int(at.fen * 0.3), today)

    def _people(self, today: date) -> None:
        """The largest sums first, as many as the day allows."""
        self.queue.sort()
        for _, number in self.queue[: self.run.setting.people_a_day]:
            debtor, life = self.debtors[number], self.run.lives[number]
            debtor.with_person = False
            at = debtor.standing(today)
            if at is None or at.day <= 0:
                continue
            life.talks += 1
            life.cost_fen += self.policy.costs.of("person", today)
            debtor.asked.append(today)
            if chance(debtor.id, today, "person") < debtor.behaviour.person:
                debtor.stops -= {Stop.DISPUTE}
                self._deed(debtor, at, today, offers_hardship=True)
        del self.queue[: self.run.setting.people_a_day]

    def _roll(self, today: date) -> None:
        """Every 30 days: from which bucket to which, by the sum that was overdue."""
        day = (today - self.run.setting.begins_on).days
        if day % 30:
            return
        now = {number: bucket(one.days_past_due(today)) for number, one in enumerate(self.debtors)}
        for number, before in self.month_ago.items():
            self.run.rolls[before, now[number]] += self.debtors[number].instalment_fen
        self.month_ago = now
