"""The turns that need a look, a page at a time, and the accepted labels as training examples."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from service.db import desk_learning
from service.domain.desk.examples import Examples, Labelled, choose
from service.domain.desk.learning import LOOK_BACK, LearningRow
from service.domain.desk.pages import Page

PAGE_SIZE = 20


def turns_to_label(conn: Connection, *, state: str, number: int, now: datetime) -> Page[LearningRow]:
    """Page `number` (clamped to the last one), newest first: without a label, or with one of this `state`."""
    since = now - LOOK_BACK
    total = desk_learning.count_turns(conn, state=state, since=since)
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    offset = (number - 1) * PAGE_SIZE
    rows = desk_learning.select_turns(conn, state=state, since=since, limit=PAGE_SIZE, offset=offset)
    return Page(rows, number, PAGE_SIZE, total)


def examples_from_labels(conn: Connection, *, since: datetime | None, trained: Mapping[str, str]) -> Examples:
    """What agents accepted (since an instant), masked, without what the training data has (see `trained_in`)."""
    found = desk_learning.accepted(conn, since=since)
    return choose((Labelled(text, intent) for text, intent in found), trained=trained)
