"""The tracker store: what folding keeps, and that what is saved is what is read."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from bot import tracker_store
from bot.tracker_store import KEPT_TURNS, MOST_TURNS, BoundedTrackerStore, fold

DOMAIN = Domain.from_yaml(
    """
    intents: [inform]
    slots:
      amount_fen: {type: any, mappings: [{type: custom}]}
      never_set: {type: any, mappings: [{type: custom}]}
    forms: {repay_form: {required_slots: [amount_fen]}}
    """
)


def turn(number: int, *extra: Event) -> list[Event]:
    heard = UserUttered(f"第{number}句", {"name": "inform", "confidence": 1.0}, message_id=f"m{number}")
    return [heard, *extra, BotUttered(f"答{number}"), ActionExecuted("action_listen")]


def conversation(turns: int, *, form_from: int | None = None) -> DialogueStateTracker:
    events: list[Event] = [ActionExecuted("action_session_start"), ActionExecuted("action_listen")]
    for number in range(turns):
        extra = [SlotSet("amount_fen", number * 100)] if number < 3 else []
        events += turn(number, *extra, *([ActiveLoop("repay_form")] if number == form_from else []))
    return DialogueStateTracker.from_events("c", events, DOMAIN.slots)


def texts(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, UserUttered)]


def test_a_short_conversation_is_kept_whole() -> None:
    tracker = conversation(MOST_TURNS)
    assert fold(list(tracker.events), tracker=tracker) is None


def test_folding_keeps_the_last_turns_and_what_the_earlier_ones_left_behind() -> None:
    tracker = conversation(MOST_TURNS + 1)
    folded = fold(list(tracker.events), tracker=tracker)
    assert folded is not None
    assert texts(folded) == [f"第{n}句" for n in range(MOST_TURNS + 1 - KEPT_TURNS, MOST_TURNS + 1)]
    again = DialogueStateTracker.from_events("c", folded, DOMAIN.slots)
    assert again.current_slot_values() == tracker.current_slot_values()
    assert again.latest_action_name == tracker.latest_action_name


def test_a_form_that_was_opened_lately_is_kept_from_its_opening() -> None:
    opened = MOST_TURNS + 1 - KEPT_TURNS - 2
    tracker = conversation(MOST_TURNS + 1, form_from=opened)
    folded = fold(list(tracker.events), tracker=tracker)
    assert folded is not None
    assert texts(folded)[0] == f"第{opened}句"
    assert DialogueStateTracker.from_events("c", folded, DOMAIN.slots).active_loop_name == "repay_form"


def test_a_form_that_has_been_open_all_along_is_open_after_folding() -> None:
    tracker = conversation(MOST_TURNS + 1, form_from=0)
    folded = fold(list(tracker.events), tracker=tracker)
    assert folded is not None
    assert len(texts(folded)) < MOST_TURNS
    assert DialogueStateTracker.from_events("c", folded, DOMAIN.slots).active_loop_name == "repay_form"


def test_what_is_saved_turn_by_turn_is_what_is_read(tmp_path: Path) -> None:
    store = BoundedTrackerStore(DOMAIN, db=str(tmp_path / "bot.db"))
    for number in range(5):
        tracker = asyncio.run(store.get_or_create_tracker("c"))
        tracker.update_with_events(turn(number), DOMAIN)
        asyncio.run(store.save(tracker))
    kept = asyncio.run(store.retrieve("c"))
    assert kept is not None
    assert texts(list(kept.events)) == [f"第{n}句" for n in range(5)]
    assert len(kept.events) == len(tracker.events)


def opened(folder: Path) -> BoundedTrackerStore:
    return BoundedTrackerStore(DOMAIN, db=str(folder / "bot.db"))


def say(store: BoundedTrackerStore, number: int, *extra: Event) -> DialogueStateTracker:
    """One turn, as Rasa takes it."""
    tracker = asyncio.run(store.get_or_create_tracker("c"))
    tracker.update_with_events(turn(number, *extra), DOMAIN)
    asyncio.run(store.save(tracker))
    return tracker


def state(store: BoundedTrackerStore) -> dict[str, Any]:
    tracker = asyncio.run(store.retrieve("c"))
    assert tracker is not None
    return tracker.current_state(EventVerbosity.ALL)


def test_a_live_conversation_is_what_another_process_reads_however_long_it_is(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(2 * MOST_TURNS):
        extra = [ActiveLoop("repay_form" if number % 7 == 1 else None), SlotSet("amount_fen", number)]
        said = say(store, number, *extra)
        assert store.turn("c", f"m{number}") == opened(tmp_path).turn("c", f"m{number}") is not None
        assert state(store) == state(opened(tmp_path))
        asyncio.run(store.save(said))  # handed out above; it is live again


def test_a_live_conversation_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(tmp_path)
    say(store, 1)
    monkeypatch.setattr(store, "_read", lambda _: pytest.fail("read"))
    say(store, 2)
    assert store.turn("c", "m2") is not None


def test_a_turn_that_failed_leaves_no_trace_in_what_is_live(tmp_path: Path) -> None:
    store = opened(tmp_path)
    say(store, 1)
    failing = asyncio.run(store.retrieve("c"))
    assert failing is not None
    failing.update_with_events(turn(2), DOMAIN)  # and it is not saved
    assert store.turn("c", "m2") is None
    assert state(store) == state(opened(tmp_path))


def test_what_changes_after_it_was_saved_is_not_live(tmp_path: Path) -> None:
    store = opened(tmp_path)
    say(store, 1).update_with_events(turn(2), DOMAIN)
    assert store.turn("c", "m2") is None
    assert state(store) == state(opened(tmp_path))


def test_what_another_process_said_since_is_read(tmp_path: Path) -> None:
    ours, theirs = opened(tmp_path), opened(tmp_path)
    say(ours, 1)
    say(theirs, 2)
    assert ours.turn("c", "m2") is not None
    say(ours, 3)
    assert texts(list(say(theirs, 4).events)) == [f"第{n}句" for n in range(1, 5)]


def test_a_new_model_has_no_conversations_of_the_old_one_live(tmp_path: Path) -> None:
    store = opened(tmp_path)
    say(store, 1)
    store.domain = Domain.from_dict(DOMAIN.as_dict() | {"slots": {}})
    tracker = asyncio.run(store.retrieve("c"))
    assert tracker is not None
    assert "amount_fen" not in tracker.slots


def test_only_so_many_conversations_are_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker_store, "MOST_LIVE", 2)
    store = opened(tmp_path)
    for sender in "abc":
        asyncio.run(store.save(DialogueStateTracker.from_events(sender, turn(1), DOMAIN.slots)))
    read: list[str] = []
    monkeypatch.setattr(store, "_read", lambda sender: read.append(sender) or [])
    for sender in "abc":
        asyncio.run(store.retrieve(sender))
    assert read == ["a"]


@pytest.mark.parametrize("live", [True, False])
def test_the_answer_to_a_message_is_found_by_its_id(tmp_path: Path, live: bool) -> None:
    store = opened(tmp_path)
    asyncio.run(store.save(conversation(3)))
    store = store if live else opened(tmp_path)
    found = store.turn("c", "m1")
    assert found is not None
    assert [event["text"] for event in found if event["event"] == "bot"] == ["答1"]
    assert store.turn("c", "m9") is None
    assert store.turn("nobody", "m1") is None


@pytest.mark.parametrize("sender", ["c", "另一个"])
def test_conversations_do_not_mix(tmp_path: Path, sender: str) -> None:
    store = BoundedTrackerStore(DOMAIN, db=str(tmp_path / "bot.db"))
    asyncio.run(store.save(conversation(2)))
    other = asyncio.run(store.retrieve(sender))
    assert (other is None) == (sender != "c")
