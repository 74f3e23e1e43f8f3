"""What is done once instead of several times gives what Rasa gives: states of the past, copies, rules, the graph."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot import one_pass

DOMAIN = Domain.from_yaml(
    """
    intents: [inform, deny, ask]
    entities: [amount]
    actions: [action_answer, action_other]
    slots:
      paid: {type: bool, influence_conversation: true, mappings: [{type: custom}]}
      amount_fen: {type: any, mappings: [{type: custom}]}
    forms: {repay_form: {required_slots: [amount_fen]}}
    """
)
ACTIONS = st.sampled_from(["action_listen", "action_answer", "action_other", "repay_form"])
EVENTS = st.one_of(
    st.builds(ActionExecuted, ACTIONS, hide_rule_turn=st.booleans()),
    st.builds(
        lambda intent: UserUttered("说了", {"name": intent, "confidence": 1.0}),
        st.sampled_from(["inform", "deny", "ask"]),
    ),
    st.builds(SlotSet, st.just("paid"), st.sampled_from([True, False, None])),
    st.builds(SlotSet, st.just("amount_fen"), st.sampled_from([100, None])),
    st.builds(ActiveLoop, st.sampled_from(["repay_form", None])),
    st.builds(ActionExecutionRejected, st.just("repay_form")),
    st.builds(FollowupAction, ACTIONS),
    st.builds(LoopInterrupted, st.booleans()),
    st.builds(BotUttered, st.just("好的")),
    st.builds(ActionReverted) | st.builds(UserUtteranceReverted) | st.builds(Restarted) | st.builds(SessionStarted),
)
# A turn as the ensemble of policies leaves it: how the message was read is said before the action.
TURN = st.tuples(
    st.builds(lambda: UserUttered("说了", {"name": "inform", "confidence": 1.0})),
    st.builds(DefinePrevUserUtteredFeaturization, st.booleans()),
    st.builds(ActionExecuted, ACTIONS),
)
HISTORIES = st.lists(st.tuples(EVENTS) | TURN, max_size=30).map(lambda parts: list(chain.from_iterable(parts)))
RULE_ONLY = {"rule_only_slots": ["paid"], "rule_only_loops": ["repay_form"]}
LOOKS: tuple[dict[str, Any], ...] = (
    {},
    {
        "ignore_rule_only_turns": True,
        "rule_only_data": {"rule_only_slots": ["paid"], "rule_only_loops": ["repay_form"]},
    },
    {"omit_unset_slots": True},
)


@pytest.fixture(scope="module", autouse=True)
def once() -> Iterator[dict[str, Any]]:
    """Installed for this module; what it replaced comes back, since Rasa's own is what it is measured against."""
    names = {
        Domain: ("states_for_tracker_history", "get_active_state", "is_empty"),
        RulePolicy: ("_get_possible_keys",),
        DaskGraphRunner: ("run",),
        DialogueStateTracker: ("copy", "applied_events"),
    }
    assert not hasattr(Domain, "looks_back_once"), "what is compared with must be Rasa's own"
    own = {(owner, name): getattr(owner, name) for owner, known in names.items() for name in known}
    one_pass.install()
    yield {name: function for (_, name), function in own.items()}
    for (owner, name), function in own.items():
        setattr(owner, name, function)
    del Domain.looks_back_once


@settings(max_examples=300, deadline=None)
@given(HISTORIES, st.lists(st.booleans(), min_size=90, max_size=90))
def test_the_past_is_the_same_whenever_it_is_looked_at(
    once: dict[str, Any], events: list[Event], looked: list[bool]
) -> None:
    tracker = DialogueStateTracker.from_events("c", [], DOMAIN.slots)
    for event, look in zip(events, looked, strict=False):
        tracker.update(event, DOMAIN)
        for how in LOOKS if look else ():
            fresh = DialogueStateTracker.from_events("c", list(tracker.events), DOMAIN.slots)
            states = DOMAIN.states_for_tracker_history(tracker, **how)
            assert [*map(id, tracker.applied_events())] == [*map(id, once["applied_events"](fresh))]
            with pytest.MonkeyPatch.context() as as_before:
                as_before.setattr(Domain, "get_active_state", once["get_active_state"])
                assert states == once["states_for_tracker_history"](DOMAIN, fresh, **how)
            for state in states:  # featurizers take out of these two what a policy may not see
                state.get("user", {}).clear()
                state.get("slots", {}).clear()


@settings(max_examples=300, deadline=None)
@given(HISTORIES, st.data())
def test_what_applies_is_the_same_however_much_was_added_since(
    once: dict[str, Any], events: list[Event], data: st.DataObject
) -> None:
    tracker = DialogueStateTracker.from_events("c", [], DOMAIN.slots)
    while events:
        more = data.draw(st.integers(1, len(events)))
        tracker.events.extend(events[:more])
        events = events[more:]
        if data.draw(st.booleans()):
            tracker.events.pop()  # what is no longer there does not apply
        assert [*map(id, tracker.applied_events())] == [*map(id, once["applied_events"](tracker))]
        tracker.applied_events().clear()


def test_whether_a_domain_is_empty_is_asked_once(once: dict[str, Any]) -> None:
    for domain in (DOMAIN, Domain.empty()):
        assert domain.is_empty() == domain.is_empty() == once["is_empty"](domain)


@settings(max_examples=200, deadline=None)
@given(HISTORIES, EVENTS)
def test_a_copy_is_the_same_and_goes_its_own_way(once: dict[str, Any], events: list[Event], then: Event) -> None:
    tracker = DialogueStateTracker.from_events("c", events, DOMAIN.slots)
    DOMAIN.states_for_tracker_history(tracker)
    copied, replayed = tracker.copy(), once["copy"](tracker)
    before = tracker.current_state()
    assert before == copied.current_state() == replayed.current_state()
    assert list(copied.events) == list(tracker.events)
    copied.update(then, DOMAIN)
    replayed.update(then, DOMAIN)
    assert copied.current_state() == replayed.current_state()
    assert DOMAIN.states_for_tracker_history(copied) == DOMAIN.states_for_tracker_history(replayed)
    assert tracker.current_state() == before


STATES = st.lists(
    st.fixed_dictionaries(
        {"prev_action": st.fixed_dictionaries({"action_name": ACTIONS})},
        optional={
            "user": st.fixed_dictionaries({"intent": st.sampled_from(["inform", "deny"])}),
            "slots": st.fixed_dictionaries({"paid": st.sampled_from([[1.0], "should_not_be_set"])}),
        },
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(STATES, max_size=12), st.booleans(), STATES)
def test_the_rules_that_apply_are_the_same(
    once: dict[str, Any], rules: list[list[dict[str, Any]]], starts: bool, states: list[dict[str, Any]]
) -> None:
    policy = RulePolicy.__new__(RulePolicy)
    lookup = {json.dumps([*([{}] if i % 3 == 0 else []), *rule]): "action_answer" for i, rule in enumerate(rules)}
    lookup[json.dumps([{}])] = "action_listen"  # a rule of a conversation's start
    conversation = [*([{}] if starts else []), *states]
    for at in range(1, len(conversation) + 1):
        applies = policy._get_possible_keys(lookup, conversation[:at])
        assert applies == once["_get_possible_keys"](policy, lookup, conversation[:at])


class Adds(GraphComponent):
    """Counts how often it runs, and adds up what it is given."""

    runs = 0

    @classmethod
    def create(cls, **_: Any) -> Adds:
        return cls()

    def add(self, left: int, right: int = 0) -> int:
        Adds.runs += 1
        return left + right


def test_a_graph_runs_each_node_once_after_what_it_needs(once: dict[str, Any]) -> None:
    def node(needs: dict[str, str], *, target: bool = False) -> SchemaNode:
        return SchemaNode(needs, Adds, "create", "add", {}, eager=True, is_target=target)

    schema = GraphSchema(
        {
            "sum": node({"left": "twice", "right": "once"}, target=True),
            "twice": node({"left": "once", "right": "once"}),
            "once": node({"left": "input"}),
            "not_asked_for": node({"left": "input"}),
        }
    )
    runner = DaskGraphRunner(schema, None, ExecutionContext(schema))
    for given_value in (1, 5):
        Adds.runs = 0
        assert runner.run(inputs={"input": given_value}, targets=["sum"]) == {"sum": 3 * given_value}
        assert Adds.runs == 3
        assert runner.run(inputs={"input": given_value}) == once["run"](runner, inputs={"input": given_value})
