"""A borrower's phone that knows the rules by itself: it looks at the tables, at the clock and at what came before, and
says what should never have reached it. Nothing here asks the gate, nor anything that the gate asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, or_, select

from service.db.tables.chat import conversation
from service.db.tables.collect import pause, promise
from service.db.tables.loan import instalment, loan, receipt
from service.db.tables.payment import payment_order
from service.domain.collect.compliance import Cleared
from service.domain.collect.outreach import NotDelivered

CHINA = ZoneInfo("Asia/Shanghai")
USUAL = (time(8), time(22))
A_DAY, A_WEEK = 1, 3  # written messages to a debtor; those of a week are collection only
WINDOW, IN_THE_WINDOW = timedelta(hours=48), 5  # of WeChat, after a message of his
LEFT_IN_PEACE = timedelta(minutes=60)  # after a payment


class Killed(BaseException):
    """The process is gone: nothing that catches errors may catch this."""


@dataclass(frozen=True, slots=True)
class Message:
    """What came, or may have come: `arrived` says which."""

    outreach_id: str
    borrower_id: str
    at: datetime
    collects: bool
    text: str
    arrived: bool
    channel: str = "inapp"


@dataclass(slots=True)
class Account:
    """A borrower's WeChat as he knows it himself: `replies` he got since he wrote, `allowed`: notices still to come."""

    bound: bool = False
    wrote_at: datetime | None = None
    replies: int = 0
    allowed: int = 0


def wrong_with(
    conn: Connection,
    one: Message,
    *,
    before: list[Message],
    hours: tuple[time, time] = USUAL,
    zone: tzinfo = CHINA,
) -> list[str]:
    """Everything that is wrong with this message at this instant; `before`: whatever may have come until now."""
    found = []
    opens, closes = hours
    if not opens <= one.at.astimezone(zone).time() < closes:
        found.append("outside hours")
    today = one.at.astimezone(CHINA).date()
    mine = [other for other in before if other.borrower_id == one.borrower_id]
    days = [(other, (today - other.at.astimezone(CHINA).date()).days) for other in mine]
    if sum(ago == 0 for _, ago in days) >= A_DAY:
        found.append("over the daily cap")
    if one.collects and sum(other.collects and 0 <= ago < 7 for other, ago in days) >= A_WEEK:
        found.append("over the weekly cap")
    if any(other.outreach_id == one.outreach_id for other in mine):
        found.append("twice")
    of = one.borrower_id
    if _any(conn, select(pause.c.id).where(pause.c.borrower_id == of, pause.c.ended_at.is_(None))):
        found.append("stopped")
    fresh = (receipt.c.created_at > one.at - LEFT_IN_PEACE) & receipt.c.reversed_at.is_(None)
    if _any(conn, select(receipt.c.payment_id).where(receipt.c.borrower_id == of, fresh)):
        found.append("just paid")
    on_its_way = payment_order.c.state.in_(["created", "pending"])
    if _any(conn, select(payment_order.c.id).where(payment_order.c.borrower_id == of, on_its_way)):
        found.append("payment on its way")
    stands = or_(
        promise.c.state == "pending",
        (promise.c.due_on >= today) & promise.c.state.not_in(["kept", "cancelled"]),
    )
    if one.collects and _any(conn, select(promise.c.id).where(promise.c.borrower_id == of, stands)):
        found.append("promised")
    if _any(conn, select(conversation.c.id).where(conversation.c.borrower_id == of, conversation.c.owner == "agent")):
        found.append("an agent talks with him")
    due = instalment.c.due_on < today if one.collects else instalment.c.due_on >= today
    if not _owed_fen(conn, of, due):
        found.append("paid")
    if "【小清消费金融】" not in one.text or "自动助手" not in one.text or "转人工" not in one.text:
        found.append("does not say who writes")
    return found


def _any(conn: Connection, query: object) -> bool:
    return conn.execute(query.limit(1)).first() is not None  # type: ignore[attr-defined]


def _owed_fen(conn: Connection, borrower_id: str, due: object) -> int:
    one = instalment.c
    owed = one.principal_fen + one.interest_fen + one.fee_fen + one.penalty_fen
    paid = one.principal_paid_fen + one.interest_paid_fen + one.fee_paid_fen + one.penalty_paid_fen
    mine = (loan.c.borrower_id == borrower_id) & (loan.c.status == "active") & (loan.c.id == one.loan_id)
    return int(conn.execute(select(func.coalesce(func.sum(owed - paid), 0)).where(mine, due)).scalar_one())  # type: ignore[arg-type]


@dataclass(slots=True)
class Phone:
    """The channel of all borrowers. `fault`: what happens to the next message, "" where it just arrives. `hours` are
    those agreed with a borrower. `look` reads the database as it is at that instant."""

    look: Callable[[Callable[[Connection], None]], None]
    now: Callable[[], datetime]
    fault: str = ""
    hours: Mapping[str, tuple[time, time]] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    seen: list[Message] = field(default_factory=list)  # arrived, or may have
    wrong: list[str] = field(default_factory=list)  # kept and not raised: whoever sends would take it for an outage

    def send(self, cleared: Cleared) -> int:
        fault, self.fault = self.fault, ""
        draft = cleared.draft
        arrives = fault in {"", "lost receipt", "killed after"}
        collects = draft.kind == "collection"
        one = Message(
            draft.outreach_id, draft.borrower_id, self.now(), collects, draft.text, arrives, channel=draft.channel
        )
        self.look(lambda conn: self._judge(conn, one))
        if fault in {"busy", "refused"}:
            raise NotDelivered(fault, permanent=fault == "refused")
        self.seen.append(one)
        if one.channel == "subscription":
            self.accounts[one.borrower_id].allowed -= 1
        if fault in {"killed before", "killed after"}:
            raise Killed(fault)
        if fault in {"lost receipt", "lost"}:
            raise TimeoutError(fault)
        return len(self.seen)

    def _judge(self, conn: Connection, one: Message) -> None:
        hours = self.hours.get(one.borrower_id, USUAL)
        for what in [*wrong_with(conn, one, before=self.seen, hours=hours), *self._wrong_in_wechat(one)]:
            self.wrong.append(f"{one.borrower_id} at {one.at.astimezone(CHINA):%m-%d %H:%M}: {what}")

    def _wrong_in_wechat(self, one: Message) -> Iterator[str]:
        if one.channel == "inapp":
            return
        account = self.accounts.get(one.borrower_id)
        if account is None or not account.bound:
            yield "to a WeChat that is not his"
        elif one.channel == "subscription" and account.allowed <= 0:
            yield "a notice that he did not allow"
        elif one.channel == "wechat":
            wrote_at = account.wrote_at
            if wrote_at is None or one.at - wrote_at >= WINDOW:
                yield "outside the reply window"
            mine = [two for two in self.seen if (two.borrower_id, two.channel) == (one.borrower_id, "wechat")]
            since = sum(wrote_at is not None and two.at >= wrote_at for two in mine)
            if account.replies + since >= IN_THE_WINDOW:
                yield "the sixth message since he wrote"
