"""Conversations with the running system: what is said, and what the database says afterwards."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.talks.conftest import Talks
from tests.talks.script import Conversation, conversations

ALL = conversations()
AT_LEAST = {"corrections": 25, "digressions": 25, "switching": 15, "collection": 15}


@pytest.mark.system
@pytest.mark.parametrize("conversation", [pytest.param(one, id=f"{one.kind}-{one.id}") for one in ALL])
def test_the_conversation_goes_as_it_should_and_changes_what_it_should(
    talks: Talks, conversation: Conversation
) -> None:
    told = talks[conversation.name].result()
    assert not told.faults, "\n".join([*told.faults, "", *told.lines])


def test_there_are_as_many_conversations_of_each_kind_as_there_should_be() -> None:
    counted = Counter(one.kind for one in ALL)
    assert len(ALL) >= 200
    assert {kind: counted[kind] for kind, least in AT_LEAST.items() if counted[kind] < least} == {}


def test_no_two_conversations_have_a_name_in_common() -> None:
    assert [name for name, times in Counter(one.name for one in ALL).items() if times > 1] == []


def test_debtors_answer_their_reminders_in_at_least_fifteen_different_ways() -> None:
    assert len({one.way for one in ALL if one.way}) >= 15


@pytest.mark.parametrize("conversation", [pytest.param(one, id=one.id) for one in ALL])
def test_each_conversation_says_what_it_expects_to_hear(conversation: Conversation) -> None:
    assert any(step.hears for step in conversation.steps)
