"""The stops of one borrower, those that hold and those that ended, each with what is asked to end it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from service.db import collect
from service.db import collect_resume as requests
from service.db import loan as ledger
from service.db.collect import Pause
from service.domain.collect.outreach import Stop
from service.domain.collect.policy import Policy
from service.domain.collect.resuming import RequestState, ResumeRequest
from service.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class StopShown:
    """`grave`: two people end it. `waiting`: what a second person is asked now. `requests`: every one there was."""

    pause: Pause
    label: str
    grave: bool
    requests: tuple[ResumeRequest, ...]

    @property
    def waiting(self) -> ResumeRequest | None:
        return next((one for one in self.requests if one.state is RequestState.WAITING), None)


def stops_of(conn: Connection, borrower_id: str, *, policy: Policy) -> tuple[StopShown, ...]:
    """Those that hold first, then newest first. Raises NotFound (borrower_unknown)."""
    if ledger.borrower_of(conn, borrower_id) is None:
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    asked = requests.requests_of(conn, borrower_id)
    found = sorted(collect.pauses_of(conn, borrower_id), key=lambda one: (one.ended_at is not None, -_at(one)))
    return tuple(_shown(one, asked, policy) for one in found)


def choices(policy: Policy) -> tuple[tuple[Stop, str], ...]:
    """Every reason for a stop with what it means, in the order of the policy."""
    return tuple((one.reason, one.label) for one in policy.rules.stops)


def _at(one: Pause) -> float:
    return one.started_at.timestamp()


def _shown(one: Pause, asked: tuple[ResumeRequest, ...], policy: Policy) -> StopShown:
    rule = policy.rules.stop(one.reason)
    mine = tuple(each for each in asked if each.pause_id == one.id)
    return StopShown(one, rule.label if rule else one.reason.value, rule is None or rule.grave, mine)
