"""Which channels of a step can reach a debtor, and why the others cannot: looked up for many at once.

Only what is known when planning is looked at; the gate looks again, at everything, when the message is to leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import contact_ladder as known
from service.db import wechat
from service.db.contact_ladder import Address, Tried
from service.domain.collect.contact import PointKind
from service.domain.collect.outreach import OF_THE_CHANNEL, State
from service.domain.collect.policy import Policy
from service.domain.collect.receipt import PERHAPS
from service.domain.collect.rules import Channel
from service.domain.days import business_date

NO_ADDRESS, SUPPRESSED, CLOSED, FAILED = "no_address", "number_suppressed", "reply_window_closed", "failed_before"
NO_CONSENT, TRIED = "no_consent_left", "tried_today"
WHY = {
    NO_ADDRESS: "没有登记号码或账号",
    SUPPRESSED: "号码或账号已停用",
    CLOSED: "客户近期没有在该渠道来信，平台不允许发送",
    NO_CONSENT: "客户没有可用的订阅次数",
    FAILED: "这一步用该渠道没有送达过",
    TRIED: "今天用该渠道没有发出",
}


@dataclass(frozen=True, slots=True)
class Ladder:
    """What is known of the debtors of one chunk. `addresses`, `wrote`, `consents`: by channel, then by debtor. `failed`
    counts only where there is an address: a failure in the app is ours and says nothing of the debtor. `today`: what
    was planned for each on this day already."""

    channels: tuple[Channel, ...]
    now: datetime
    addresses: Mapping[str, Mapping[str, Address]]
    wrote: Mapping[str, Mapping[str, datetime]]
    consents: Mapping[str, Mapping[str, int]]
    failed: set[tuple[str, date, str, str]]
    today: Mapping[str, Sequence[Tried]]

    def goes_on(self, borrower_id: str) -> bool:
        """Whether whatever was planned today certainly did not arrive, and for no reason but its channel."""
        return all(
            (one.state is State.FAILED and not one.why & PERHAPS)
            or (one.state is State.BLOCKED and one.why <= OF_THE_CHANNEL)
            for one in self.today.get(borrower_id, ())
        )

    def tried(self, borrower_id: str) -> int:
        """How many rows of today he has."""
        return len(self.today.get(borrower_id, ()))

    def passed_over(self, borrower_id: str, *, episode_on: date, step: str) -> dict[str, str]:
        """The channels that cannot reach him now, each with a code of `WHY`."""
        found = {}
        tried = {one.channel for one in self.today.get(borrower_id, ())}
        for channel in self.channels:
            name = channel.origin.id
            if channel.point and (borrower_id, episode_on, step, name) in self.failed:
                found[name] = FAILED
            elif why := self._why_not(channel, borrower_id):
                found[name] = why
            elif name in tried:
                found[name] = TRIED
        return found

    def _why_not(self, channel: Channel, borrower_id: str) -> str:
        name = channel.origin.id
        if channel.point:
            address = self.addresses[name].get(borrower_id)
            if address is None:
                return NO_ADDRESS
            if address.suppressed:
                return SUPPRESSED
        if channel.reply_window is not None:
            wrote = self.wrote[name].get(borrower_id)
            if wrote is None or self.now - wrote >= channel.reply_window:
                return CLOSED
        if channel.per_consent and not self.consents[name].get(borrower_id):
            return NO_CONSENT
        return ""


def ladder_of(
    conn: Connection,
    borrower_ids: Sequence[str],
    *,
    channels: Sequence[str],
    policy: Policy,
    now: datetime,
    since: date,
) -> Ladder:
    """Of the `channels` that are connected; what failed is looked at for due dates from `since` on."""
    rows = tuple(one for name in channels if (one := policy.rules.channel(name)) is not None)
    kinds = {PointKind(one.point) for one in rows if one.point}
    by_kind = {kind: known.addresses(conn, borrower_ids, kind) for kind in kinds}
    return Ladder(
        channels=rows,
        now=now,
        addresses={one.origin.id: by_kind[PointKind(one.point)] for one in rows if one.point},
        wrote={
            one.origin.id: known.last_wrote(conn, borrower_ids, channel=one.origin.id, kind=PointKind(one.point))
            for one in rows
            if one.reply_window is not None
        },
        consents={
            one.origin.id: wechat.consents_left(conn, borrower_ids, channel=one.origin.id)
            for one in rows
            if one.per_consent
        },
        failed=known.failed(conn, borrower_ids, since=since),
        today=known.tried_on(conn, borrower_ids, business_date(now)),
    )
