"""Conversations with the running system: what is said, and what the database says afterwards."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import wait
from datetime import timedelta

import pytest

from service.scheduler import SEND_BATCH
from tests.journeys.conftest import MORNING
from tests.talks.conftest import Talks
from tests.talks.effects import reminders
from tests.talks.people import borrower_of
from tests.talks.script import Conversation, conversations

ALL = conversations()
# Whose next step of the strategy comes within two days.
NEXT_STEP_IS_NEAR = {"due-today", "overdue-5", "overdue-20"}
PAID_ALL = {"pays at once"}
AT_LEAST = {"corrections": 25, "digressions": 25, "switching": 15, "collection": 15}


@pytest.mark.system
@pytest.mark.parametrize("conversation", [pytest.param(one, id=f"{one.kind}-{one.id}") for one in ALL])
def test_the_conversation_goes_as_it_should_and_changes_what_it_should(
    talks: Talks, conversation: Conversation
) -> None:
    told = talks.told[conversation.name].result()
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


@pytest.mark.system
def test_two_days_later_those_are_reminded_again_who_neither_paid_nor_promised_nor_were_left_in_peace(
    talks: Talks,
) -> None:
    answered = [one for one in ALL if one.name in talks.told and one.way and one.who in NEXT_STEP_IS_NEAR]
    wait(talks.told.values())
    talks.system.clock.instant = MORNING + timedelta(days=2)
    for _ in range(len(talks.told) // SEND_BATCH + 1):  # a tick sends so many, and everybody is due
        talks.system.tick()
    with talks.system.services.database.reading() as conn:
        again = {one.name for one in answered if len(reminders(conn, borrower_id=borrower_of(one))) > 1}
    assert again == {one.name for one in answered if not _rests(one)}


def _rests(conversation: Conversation) -> bool:
    """Whether outreach has a reason to: asking for a person or paying a part is none."""
    return bool(conversation.then.keys() & {"pauses", "promises"}) or conversation.way in PAID_ALL
