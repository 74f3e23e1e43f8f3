"""What a strategy would have done with a debtor's past, day by day through the real gate: nothing is planned or sent.

Each day is judged by what had happened before it. What the debtor would have done differently nobody knows: his past
stays as it was.
"""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from service.domain.collect.compliance import OUT_OF_REACH, Cleared, clear, first_lawful
from service.domain.collect.contact import Attempt, counted
from service.domain.collect.outreach import (
    COUNTED,
    OF_THE_CHANNEL,
    By,
    Contact,
    Counter,
    Draft,
    History,
    Medium,
    State,
)
from service.domain.collect.past import Past
from service.domain.collect.policy import Policy
from service.domain.collect.strategy import Choice, Strategy
from service.domain.collect.template import Facts
from service.domain.collect.tier import Standing
from service.domain.days import SHANGHAI, business_date

USUAL = time(10)
SOON = timedelta(days=3)
REAL = {one.value for one in COUNTED}
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Setting:
    """`judged_on`: the day on which rows of the strategy and texts must be in force; the gate has the rules
    of each day."""

    first: date
    last: date
    judged_on: date
    channels: Collection[str]

    def days(self) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bothered:
    """A debtor whom the strategy would have written to. `messages`, `really`: then and in truth. `soon`: messages after
    which he paid within three days, as he did anyway. `shielded`: attempts held back while he had paid, promised or
    was left in peace."""

    borrower_id: str
    name: str
    phone: str
    messages: int
    really: int
    soon: int
    shielded: int


@dataclass(slots=True)
class Replay:
    """Over all debtors, by (channel, tier), by reason and by day; `really` is what the log has for the same days."""

    setting: Setting
    debtors: int = 0
    sent: Count[tuple[str, str]] = field(default_factory=Count)
    really_sent: Count[tuple[str, str]] = field(default_factory=Count)
    blocked: Count[str] = field(default_factory=Count)
    really_blocked: Count[str] = field(default_factory=Count)
    daily: Count[date] = field(default_factory=Count)
    really_daily: Count[date] = field(default_factory=Count)
    bothered: list[Bothered] = field(default_factory=list)


def replay(past: Past, into: Replay, *, strategy: Strategy, policy: Policy) -> None:
    """One debtor's days, added to `into`."""
    into.debtors += 1
    player = _Player(past, into, strategy, policy)
    for today in into.setting.days():
        player.live(today)
    really = _really(past, into)
    if player.asked or player.shielded:
        soon = sum(any(at < paid <= at + SOON for paid in past.payments) for at in player.asked)
        counts = (len(player.asked), really, soon, player.shielded)
        into.bothered.append(Bothered(past.borrower_id, past.name, past.phone, *counts))


def _really(past: Past, into: Replay) -> int:
    sent = 0
    for one in past.done:
        if not into.setting.first <= one.on <= into.setting.last:
            continue
        if one.state in REAL:
            sent += 1
            into.really_sent[one.channel, one.tier] += 1
            into.really_daily[one.on] += 1
        elif one.state == State.FOR_PERSON.value:
            into.really_sent[PERSON, one.tier] += 1
        elif one.state == State.BLOCKED.value:
            into.really_blocked.update(one.reasons)
    return sent


class _Player:
    def __init__(self, past: Past, into: Replay, strategy: Strategy, policy: Policy) -> None:
        self.past, self.into, self.strategy, self.policy = past, into, strategy, policy
        self.attempts: list[Attempt] = []
        self.fired: set[tuple[date, str]] = set()
        self.shielded = 0

    @property
    def asked(self) -> list[datetime]:
        return [one.at for one in self.attempts]

    def live(self, today: date) -> None:
        at = self.past.standing(today, days_ahead=self.strategy.days_ahead)
        if at is None:
            return
        facts = self.past.known(at, today, asked=self.asked)
        choice = self.strategy.due(at.day, self.into.setting.judged_on, facts=facts)
        if choice is None or (at.episode_on, choice.name) in self.fired:
            return
        if choice.step.to is not None:
            self.fired.add((at.episode_on, choice.name))
            self.into.sent[PERSON, choice.tier.origin.id] += 1
        elif choice.step.may_fire(facts, today):
            self._ask(at, choice, today)

    def _ask(self, at: Standing, choice: Choice, today: date) -> None:
        """By the first channel that can reach him, as the planner does; where there is none, people take over."""
        channels = [one for one in choice.step.say if one in self.into.setting.channels]
        if not all(self._closed(at, choice, one, today) for one in channels) or not channels:
            return
        self.fired.add((at.episode_on, choice.name))
        self.into.sent[PERSON, choice.tier.origin.id] += 1

    def _closed(self, at: Standing, choice: Choice, channel: str, today: date) -> bool:
        """Whether this channel cannot reach him; else it was sent, or held back."""
        wished = datetime.combine(today, choice.step.hours[0] if choice.step.hours else USUAL, SHANGHAI)
        here = Contact(self.past.borrower_id)
        now = first_lawful(wished, channel=channel, contact=here, policy=self.policy)  # as the planner does
        decided = clear(
            self._draft(at, choice, channel, today),
            contact=self._contact(channel, now),
            history=self._history(at, channel, now),
            now=now,
            policy=self.policy,
        )
        if isinstance(decided, Cleared):
            self.fired.add((at.episode_on, choice.name))
            self.attempts.append(self._attempt(choice, channel, now))
            self.into.sent[channel, choice.tier.origin.id] += 1
            self.into.daily[today] += 1
            return False
        codes = {one.code for one in decided}
        if codes & OF_THE_CHANNEL:
            return True
        self.into.blocked.update(codes)
        if self._rests(now):  # as the planner: shown once while it stands, not every day
            self.fired.add((at.episode_on, choice.name))
            self.shielded += 1
        return False

    def _attempt(self, choice: Choice, channel: str, now: datetime) -> Attempt:
        described = self.policy.rules.channel(channel)
        return Attempt(
            id=f"replay-{now.isoformat()}",
            borrower_id=self.past.borrower_id,
            channel=channel,
            medium=described.medium if described else Medium.WRITTEN,
            by_kind=By.SYSTEM,
            by_name="replay",
            at=now,
            kind=choice.tier.kind,
            contact_point_id=described.point if described else None,
        )

    def _rests(self, now: datetime) -> bool:
        return bool(self.past.stopped(now)) or self.past.promise_pending(now)

    def _draft(self, at: Standing, choice: Choice, channel: str, today: date) -> Draft:
        template = self.policy.templates.rows[choice.step.say[channel][0]]
        known = self.policy.templates.buttons
        return Draft(
            outreach_id=f"replay-{self.past.borrower_id}-{today}",
            borrower_id=self.past.borrower_id,
            channel=channel,
            kind=choice.tier.kind,
            text=self.policy.templates.render(template, Facts(at.fen, at.episode_on, max(0, at.day))),
            template=template.origin.id,
            template_version=template.edition,
            approved=template.approved(self.into.setting.judged_on),
            expires_at=datetime.combine(today + timedelta(days=1), time.min, SHANGHAI),
            buttons=tuple(known[one] for one in choice.step.offer if one in known),
            tier=choice.tier.origin.id,
        )

    def _contact(self, channel: str, now: datetime) -> Contact:
        described = self.policy.rules.channel(channel)
        kind = described.point if described else ""
        stops = self.past.stopped(now)
        suppressed = any(of == kind and at <= now for of, at in self.past.suppressed)
        return Contact(self.past.borrower_id, stops, suppressed=suppressed, unreachable=bool(stops & OUT_OF_REACH))

    def _history(self, at: Standing, channel: str, now: datetime) -> History:
        today, past = business_date(now), self.past
        paid = max((one for one in past.payments if one <= now), default=None)
        wrote = max((one for of, one in past.wrote if of == channel and one <= now), default=None)
        promised = [business_date(one.made_at) for one in past.promises if one.made_at <= now]
        begins = [at.episode_on, *promised, *([business_date(paid)] if paid else []), *map(business_date, self.asked)]
        described = self.policy.rules.channel(channel)
        points = {described.point} if described and described.point else set()
        before = [one for one in past.calls if one.at <= now]
        counts = counted([*before, *self.attempts], borrower_id=past.borrower_id, points=points, now=now)
        return History(
            owed_fen=at.fen,
            promise_pending=past.promise_pending(now),
            paid_at=paid,
            written_off=past.written_off_on is not None and past.written_off_on <= today,
            claimable_since=max(begins),
            wrote_at=wrote,
            counts={**counts, Counter.SINCE_BORROWER_WROTE: self._since(wrote, channel, now)},
        )

    def _since(self, wrote: datetime | None, channel: str, now: datetime) -> int:
        if wrote is None:
            return 0
        replies = sum(of == channel and wrote < one <= now for of, one in self.past.replies)
        return replies + sum(one.channel == channel and one.at >= wrote for one in self.attempts)
