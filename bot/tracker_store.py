"""Where conversations are kept between turns: SQLAlchemy 2, and never more than a bounded number of turns of one.

Rasa replays the whole history several times a turn, so what is kept decides what a turn costs. After
`MOST_TURNS` turns the oldest are folded into what they left behind (slots, an open form); the full transcript
is the service's. The conversations spoken in last are kept live as well, so that a turn reads none of its history.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import URL, Connection

from bot.turn import TurnAbandoned

MOST_TURNS = 16  # fold when a conversation has more
KEPT_TURNS = 8  # turns left after folding, more where one of them stands inside a form
MOST_LIVE = 500  # conversations kept live in one process
_KEPT_COUNT = "xiaoqing_kept_events"
_LAST_ID = sa.text("SELECT max(id) FROM events WHERE sender_id = :sender_id")


@dataclass(frozen=True, slots=True)
class _Live:
    """A tracker as it was saved: `last_id` is its last row, `events` how many it had, `domain` that of its slots."""

    tracker: DialogueStateTracker
    last_id: int
    events: int
    domain: Domain


class BoundedTrackerStore(SQLTrackerStore):
    """Rasa's SQL store, its reading and writing replaced; errors abandon the turn instead of blanking it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._live: OrderedDict[str, _Live] = OrderedDict()
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _tune_sqlite)
            self.engine.dispose()

    @staticmethod
    def get_db_url(
        dialect: str = "sqlite",
        host: str | None = None,
        port: int | None = None,
        db: str = "rasa.db",
        username: str | None = None,
        password: str | None = None,
        login_db: str | None = None,
        query: dict[str, Any] | None = None,
    ) -> URL | str:
        """Rasa's own calls the constructor of URL, which SQLAlchemy 2 refuses."""
        if host and "://" in host:
            return host
        return URL.create(dialect, username, password, host, port, login_db or db, query or {})

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation as far as it is kept; None where there is none yet.

        A live one is handed out once: it comes back when it is saved, so that a turn that fails leaves no trace.
        """
        if live := self._as_saved(sender_id):
            del self._live[sender_id]
            return live
        events = [json.loads(data) for _, data in self._read(sender_id)]
        if not events:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        setattr(tracker, _KEPT_COUNT, len(tracker.events))
        return tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        return await self.retrieve(conversation_id)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append what is new, or write the folded conversation anew, in one transaction."""
        await self.stream_events(tracker)
        events = list(tracker.events)
        shorter = fold(events, tracker=tracker)
        known = getattr(tracker, _KEPT_COUNT, None)
        try:
            with self.engine.begin() as conn:
                if shorter is not None or known is None:
                    conn.execute(sa.delete(self.SQLEvent).where(self.SQLEvent.sender_id == tracker.sender_id))
                    known = 0
                kept = events if shorter is None else shorter
                self._insert(conn, tracker.sender_id, kept[known:])
                last_id = conn.execute(_LAST_ID, {"sender_id": tracker.sender_id}).scalar()
        except sa.exc.SQLAlchemyError as error:
            raise TurnAbandoned(f"the conversation cannot be kept: {error}") from error
        setattr(tracker, _KEPT_COUNT, len(kept))
        self._keep_live(tracker if shorter is None else self._replayed(tracker.sender_id, shorter), last_id)

    def _keep_live(self, tracker: DialogueStateTracker, last_id: int) -> None:
        self._live[tracker.sender_id] = _Live(tracker, last_id, len(tracker.events), self.domain)
        self._live.move_to_end(tracker.sender_id)
        while len(self._live) > MOST_LIVE:
            self._live.popitem(last=False)

    def _as_saved(self, sender_id: str) -> DialogueStateTracker | None:
        """The live tracker, unless it has changed since it was saved, the model has, or another process saved later."""
        live = self._live.get(sender_id)
        if live is None or len(live.tracker.events) != live.events or live.domain is not self.domain:
            return None
        try:
            with self.engine.connect() as conn:
                last_id = conn.execute(_LAST_ID, {"sender_id": sender_id}).scalar()
        except sa.exc.SQLAlchemyError as error:
            raise TurnAbandoned(f"the conversation cannot be read: {error}") from error
        return live.tracker if last_id == live.last_id else None

    def _replayed(self, sender_id: str, events: Sequence[Event]) -> DialogueStateTracker:
        tracker = DialogueStateTracker.from_events(sender_id, list(events), self.domain.slots)
        setattr(tracker, _KEPT_COUNT, len(tracker.events))
        return tracker

    def turn(self, sender_id: str, message_id: str) -> list[dict[str, Any]] | None:
        """The events of the turn that answered `message_id`, the borrower's first; None where it is not kept."""
        if live := self._as_saved(sender_id):
            return _turn(list(live.events), message_id)
        rows = self._read(sender_id)
        starts = [i for i, (kind, _) in enumerate(rows) if kind == UserUttered.type_name]
        for start, end in zip(reversed(starts), reversed([*starts[1:], len(rows)]), strict=False):
            if json.loads(rows[start][1]).get("message_id") == message_id:
                return [json.loads(data) for _, data in rows[start:end]]
        return None

    def _read(self, sender_id: str) -> Sequence[Any]:
        try:
            with self.engine.connect() as conn:
                return self._rows(conn, sender_id)
        except sa.exc.SQLAlchemyError as error:
            raise TurnAbandoned(f"the conversation cannot be read: {error}") from error

    def _rows(self, conn: Connection, sender_id: str) -> Sequence[Any]:
        table = self.SQLEvent
        return conn.execute(
            sa.select(table.type_name, table.data).where(table.sender_id == sender_id).order_by(table.id)
        ).all()

    def _insert(self, conn: Connection, sender_id: str, events: Sequence[Event]) -> None:
        rows = [self._row(sender_id, event.as_dict()) for event in events]
        if rows:
            conn.execute(sa.insert(self.SQLEvent), rows)

    @staticmethod
    def _row(sender_id: str, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "sender_id": sender_id,
            "type_name": data["event"],
            "timestamp": data.get("timestamp"),
            "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
            "action_name": data.get("name"),
            "data": json.dumps(data, ensure_ascii=False),
        }


def _turn(events: Sequence[Event], message_id: str) -> list[dict[str, Any]] | None:
    end = len(events)
    for start in range(len(events) - 1, -1, -1):
        event = events[start]
        if isinstance(event, UserUttered):
            if event.message_id == message_id:
                return [of_turn.as_dict() for of_turn in events[start:end]]
            end = start
    return None


def fold(events: Sequence[Event], *, tracker: DialogueStateTracker) -> list[Event] | None:
    """The last turns, preceded by what the earlier ones left behind; None while there are few enough."""
    turns = [i for i, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) <= MOST_TURNS:
        return None
    definitions = list(tracker.slots.values())
    candidates = turns[MOST_TURNS // 4 : len(turns) - KEPT_TURNS + 1]
    for cut in reversed(candidates):
        before = DialogueStateTracker.from_events(tracker.sender_id, list(events[:cut]), definitions)
        if not before.active_loop_name:
            break
    return [*_left_behind(before, at=events[cut].timestamp), *events[cut:]]


def _left_behind(before: DialogueStateTracker, *, at: float) -> Iterator[Event]:
    yield ActionExecuted(ACTION_SESSION_START_NAME, timestamp=at)
    yield SessionStarted(timestamp=at)
    for name, value in before.current_slot_values().items():
        if value != before.slots[name].initial_value:
            yield SlotSet(name, value, timestamp=at)
    if before.active_loop_name:
        yield ActiveLoop(before.active_loop_name, timestamp=at)
    yield ActionExecuted(ACTION_LISTEN_NAME, timestamp=at)


def _tune_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
