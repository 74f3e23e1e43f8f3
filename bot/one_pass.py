"""What Rasa does around the understanding of a turn, done once: its graph, its rules, and replays of the conversation.

Rasa plans the graph anew for every message and prediction, tries every rule at every look, and replays the whole
conversation for every look that a policy takes at its past and for every action, seven times a turn; for every message
it makes a domain without anything to see that ours is another. `install()` keeps the plan, tries the rules whose last
state can be this one, goes on from where the last replay ended, and looks at the domain once.
"""

from __future__ import annotations

import copy
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

_PLANS, _PAST, _RULES, _APPLIED, _EMPTY = (
    f"xiaoqing_{kept}" for kept in ("plans", "past", "rules", "applied", "empty")
)
_CHANGES_WHAT_APPLIES = (ActionReverted, ActiveLoop, Restarted, SessionStarted, UserUtteranceReverted)
Plan = list[tuple[str, tuple[str, ...]]]
State = dict[str, dict[str, Any]]


def install() -> None:
    """Change Rasa for this process; does nothing the second time."""
    if getattr(Domain, "looks_back_once", False):
        return
    whole, of_one, among = Domain.states_for_tracker_history, Domain.get_active_state, RulePolicy._get_possible_keys
    replayed, compares = DialogueStateTracker.applied_events, Domain.is_empty

    def states(self: Domain, tracker: DialogueStateTracker, omit_unset_slots: bool = False, **more: Any) -> list[State]:
        looked_at = tracker if omit_unset_slots else _Past.of(tracker, self)
        return whole(self, looked_at, omit_unset_slots=omit_unset_slots, **more)

    def state(self: Domain, tracker: DialogueStateTracker | Moment, omit_unset_slots: bool = False) -> State:
        return tracker.state() if isinstance(tracker, Moment) else of_one(self, tracker, omit_unset_slots)

    def keys(self: RulePolicy, lookup: Mapping[str, str], states: list[State]) -> set[str]:
        found: set[str] = among(self, likely_rules(self, lookup, states[-1]), states)
        return found

    def applied(self: DialogueStateTracker) -> list[Event]:
        before: _Applied | None = vars(self).get(_APPLIED)
        now = (before and before.went_on(self.events)) or _Applied.of(self.events, replayed(self))
        vars(self)[_APPLIED] = now
        return list(now.events)

    def is_empty(self: Domain) -> bool:
        if _EMPTY not in vars(self):
            vars(self)[_EMPTY] = compares(self)
        return bool(vars(self)[_EMPTY])

    Domain.states_for_tracker_history, Domain.get_active_state = states, state
    Domain.is_empty, DialogueStateTracker.applied_events = is_empty, applied
    Domain.looks_back_once = True
    RulePolicy._get_possible_keys = keys
    DaskGraphRunner.run = run_in_order
    DialogueStateTracker.copy = copied


def run_in_order(
    self: DaskGraphRunner, inputs: Mapping[str, Any] | None = None, targets: list[str] | None = None
) -> dict[str, Any]:
    """The outputs of the targets by their names; each node runs once, after those that it needs."""
    wanted = tuple(targets or self._graph_schema.target_names)
    plans = self.__dict__.setdefault(_PLANS, {})
    if wanted not in plans:
        plans[wanted] = plan(self._graph_schema, wanted)
    done = {name: (name, value) for name, value in (inputs or {}).items()}
    for name, needs in plans[wanted]:
        done[name] = self._instantiated_nodes[name](*(done.get(needed, needed) for needed in needs))
    return dict(done[name] for name in wanted)


def plan(schema: GraphSchema, targets: tuple[str, ...]) -> Plan:
    """The nodes that the targets need, each after its own needs; what is no node is an input of the run."""
    planned: dict[str, tuple[str, ...]] = {}

    def add(name: str) -> None:
        if name in planned or name not in schema.nodes:
            return
        needs = tuple(schema.nodes[name].needs.values())
        for needed in needs:
            add(needed)
        planned[name] = needs

    for target in targets:
        add(target)
    return list(planned.items())


def likely_rules(policy: RulePolicy, lookup: Mapping[str, str], now: State) -> Mapping[str, str]:
    """The rules whose last state has the intent and the action before it of this one, or says nothing of the intent."""
    indexes = policy.__dict__.setdefault(_RULES, {})
    if id(lookup) not in indexes:  # the policy keeps its lookups as long as itself
        indexes[id(lookup)] = index = defaultdict(dict)
        for rule, action in lookup.items():
            index[_last(policy._rule_key_to_state(rule)[-1])][rule] = action
    before, intent = _last(now)
    if before is None:  # the start of a conversation, where Rasa asks no further
        return lookup
    index = indexes[id(lookup)]
    return {**index.get((before, None), {}), **index.get((before, intent), {})}


def _last(state: State) -> tuple[str | None, str | None]:
    before = state.get(PREVIOUS_ACTION, {})
    return before.get("action_name") or before.get("action_text"), state.get(USER, {}).get("intent")


def copied(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """As Rasa's own, which replays every event for it. Events are shared, for nobody changes them."""
    same = copy.copy(tracker)
    same.events = deque(tracker.events, tracker.events.maxlen)
    same.slots = {name: _same(slot) for name, slot in tracker.slots.items()}
    same.active_loop = copy.copy(tracker.active_loop)
    vars(same).pop(_PAST, None)
    return same


def _same(slot: Slot) -> Slot:
    """As copy.copy, which asks a slot in a roundabout way what it is made of."""
    same: Slot = object.__new__(type(slot))
    vars(same).update(vars(slot))
    return same


@dataclass(frozen=True, slots=True)
class _Applied:
    """Which events of a conversation apply: `count` of its events, up to `last`, were looked at. `forms`: those that
    it was in; a form asked once more may take back what was said since it was asked before."""

    count: int
    last: Event
    forms: frozenset[str]
    events: list[Event]

    @classmethod
    def of(cls, events: deque[Event], applied: list[Event]) -> _Applied:
        forms = frozenset(event.name for event in events if isinstance(event, ActiveLoop) and event.name)
        return cls(len(events), events[-1] if events else ActionExecuted(""), forms, applied)

    def went_on(self, events: deque[Event]) -> _Applied | None:
        """With what was added since; None where that may change what applied before."""
        more = len(events) - self.count
        if more < 0 or not self.count or events[self.count - 1] is not self.last:
            return None
        added = list(islice(reversed(events), more))[::-1]
        if any(map(self._may_take_back, added)):
            return None
        return _Applied(len(events), events[-1], self.forms, [*self.events, *added]) if added else self

    def _may_take_back(self, event: Event) -> bool:
        asks = isinstance(event, ActionExecuted) and event.action_name in self.forms
        return asks or isinstance(event, _CHANGES_WHAT_APPLIES)


@dataclass(frozen=True, slots=True)
class Moment:
    """A conversation as it was before an action: what Rasa's featurizers ask of a tracker."""

    latest_action: Any
    latest_action_name: str | None
    active_loop_name: str | None
    followup_action: str | None
    _state: State

    @classmethod
    def of(cls, tracker: DialogueStateTracker, domain: Domain) -> Moment:
        return cls(
            tracker.latest_action,
            tracker.latest_action_name,
            tracker.active_loop_name,
            tracker.followup_action,
            domain.get_active_state(tracker),
        )

    def state(self) -> State:
        """A copy, because featurizers take out what a policy may not see."""
        return {kind: dict(features) for kind, features in self._state.items()}


@dataclass(slots=True)
class _Past:
    """How far a conversation has been replayed."""

    domain: Domain
    replay: DialogueStateTracker
    seen: int = 0  # events of the conversation, those taken back among them
    applied: list[Event] = field(default_factory=list)
    moments: list[tuple[Moment, bool]] = field(default_factory=list)
    now: Moment | None = None

    @classmethod
    def of(cls, tracker: DialogueStateTracker, domain: Domain) -> _Past:
        """Kept with the tracker; begun anew where events were taken back, as forms do."""
        past = getattr(tracker, _PAST, None)
        if past is not None and past.domain is domain and past.seen == len(tracker.events):
            return past
        applied = tracker.applied_events()
        if past is None or past.domain is not domain or not past.leads_to(applied):
            past = cls(domain, tracker.init_copy())
            setattr(tracker, _PAST, past)
        past.go_on(applied)
        past.seen = len(tracker.events)
        return past

    def leads_to(self, applied: list[Event]) -> bool:
        return len(self.applied) <= len(applied) and all(map(lambda a, b: a is b, self.applied, applied))

    def go_on(self, applied: list[Event]) -> None:
        for event in applied[len(self.applied) :]:
            self.now = None
            if isinstance(event, ActionExecuted):
                self.moments.append((Moment.of(self.replay, self.domain), event.hide_rule_turn))
            self.replay.update(event)
            self.applied.append(event)

    def generate_all_prior_trackers(self) -> Iterator[tuple[Moment, bool]]:
        """In place of a tracker's own: the moment before each action, and now; whether rules alone knew the action."""
        yield from self.moments
        self.now = self.now or Moment.of(self.replay, self.domain)
        yield self.now, False
