"""A borrower makes his WeChat known, with a code that only he could read in the app; and ends that.

Binding proves whose WeChat it is, not who reads it at this moment: the conversation stays unverified, so that nothing
of any account is said in it, and what is sent there passes the rules for what others may read.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.db import chat, contact
from service.db import loan as ledger
from service.db import wechat as accounts
from service.db.wechat import Bound, Code
from service.domain.chat.card_number import hide_card_numbers
from service.domain.chat.identity import WECHAT
from service.domain.chat.turn import clean
from service.domain.chat.wechat_binding import (
    ALPHABET,
    BOUND,
    CODE_LENGTH,
    HOW,
    NOT_BOUND,
    PAYLOAD,
    REFUSALS,
    STOPPED,
    UNBOUND,
    Act,
    Ended,
    Unfit,
    asks_for_silence,
    asks_how,
    asks_to_unbind,
    code_hash,
    code_in,
)
from service.domain.collect.outreach import Stop
from service.domain.collect.policy import Policy
from service.domain.collect.resuming import named_person, stated_reason
from service.domain.collect.rules import Number
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.usecases.chat.conversation import open_conversation
from service.usecases.chat.say import say
from service.usecases.collect.pause import pause

A_DAY = timedelta(hours=24)
BORROWER, PLATFORM = "borrower", "wechat"
CODE = "code"


@dataclass(frozen=True, slots=True)
class Issued:
    """`code` is told once and kept nowhere."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """A text message in WeChat; `key` marks repeated pushes."""

    openid: str
    key: str
    text: str


def issue_code(conn: Connection, *, borrower_id: str, now: datetime, policy: Policy) -> Issued:
    """For a borrower who has just proved who he is; the codes he was given before count no more. Raises Refused
    (too_many_codes)."""
    ledger.lock_borrower(conn, borrower_id)
    if accounts.count_codes(conn, borrower_id, since=now - A_DAY) >= _number(policy, Number.WECHAT_CODES, now):
        raise Refused("今天获取绑定码的次数太多了，请明天再试，或转人工处理。", code="too_many_codes")
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    expires_at = now + timedelta(minutes=_number(policy, Number.WECHAT_CODE_MINUTES, now))
    accounts.add_code(conn, code_hash=code_hash(code), borrower_id=borrower_id, now=now, expires_at=expires_at)
    return Issued(code, expires_at)


def leave_former(conn: Connection, openid: str, *, key: str) -> None:
    """Whoever's the WeChat no longer is keeps the conversation that he had there; who writes now is in a new one, and
    is nobody known. A push that comes again parts nothing."""
    talk = chat.with_user(conn, channel=WECHAT, channel_user_id=openid)
    if talk is None or talk.borrower_id is None or chat.turn_with(conn, channel=WECHAT, message_id=key) is not None:
        return
    ledger.lock_borrower(conn, talk.borrower_id)
    bound = accounts.bound_to(conn, openid)
    if bound is None or bound.borrower_id != talk.borrower_id:
        chat.part_from(conn, talk)


def take_message(conn: Connection, said: Written, *, now: datetime, policy: Policy) -> bool:
    """Whether the message was about the binding itself, or a wish to hear no more there; it is answered then, and the
    bot is not asked. Raises Refused (empty_message, text_too_long)."""
    text = hide_card_numbers(clean(said.text))
    leave_former(conn, said.openid, key=said.key)
    if code := code_in(text):
        found = accounts.code_with(conn, code_hash(code))
        whose = found.borrower_id if found is not None else None
        return _answered(conn, said, text, lambda: _bind(conn, said, code, now=now, policy=policy), of=whose, now=now)
    if asks_how(text):
        return _answered(conn, said, text, lambda: HOW, now=now)
    bound = accounts.bound_to(conn, said.openid)
    whose = bound.borrower_id if bound is not None else None
    if asks_to_unbind(text):
        return _answered(conn, said, text, lambda: _unbind_as_asked(conn, said, now=now), of=whose, now=now)
    if bound is not None and asks_for_silence(text):
        return _answered(conn, said, text, lambda: _stop(conn, bound.borrower_id, text, now=now), of=whose, now=now)
    return False


def unbind(
    conn: Connection, bound: Bound, *, by: str, why: Ended, note: str = "", message_id: str = "", now: datetime
) -> None:
    """From now on nothing is sent there. The caller holds the borrower's row."""
    contact.suppress_point(conn, bound.point_id, reason=why.value, now=now)
    _note(conn, Act.UNBOUND, bound, by=by, reason=why.value, note=note, message_id=message_id, now=now)


def end_binding(
    conn: Connection, openid: str, *, by: str, why: Ended, message_id: str = "", now: datetime
) -> Bound | None:
    """Unbind whoever's it is; what ended, None where nobody's was."""
    found = accounts.bound_to(conn, openid)
    if found is None:
        return None
    ledger.lock_borrower(conn, found.borrower_id)
    bound = accounts.bound_to(conn, openid)  # looked at again: another message may have ended it meanwhile
    if bound is not None:
        unbind(conn, bound, by=by, why=why, message_id=message_id, now=now)
    return bound


def unbind_in_app(conn: Connection, *, borrower_id: str, now: datetime) -> bool:
    """As the borrower wishes who has logged in; False where nothing was bound."""
    ledger.lock_borrower(conn, borrower_id)
    bound = accounts.bound_of(conn, borrower_id)
    if bound is not None:
        unbind(conn, bound, by=BORROWER, why=Ended.ASKED, now=now)
    return bound is not None


def unbind_by_hand(conn: Connection, *, borrower_id: str, by: str, reason: str, now: datetime) -> bool:
    """As an agent decides, such as for a phone that changed hands; False where nothing was bound. Raises NotFound
    (borrower_unknown), Refused (person_required, reason_required)."""
    name, told = named_person(by), stated_reason(reason)
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    bound = accounts.bound_of(conn, borrower_id)
    if bound is not None:
        unbind(conn, bound, by=name, why=Ended.BY_PERSON, note=told, now=now)
    return bound is not None


def _answered(
    conn: Connection, said: Written, text: str, do: Callable[[], str], *, of: str | None = None, now: datetime
) -> bool:
    """Keep the message, do what it asks once, and answer. A push that comes again finds its message and changes
    nothing. The borrower is locked before the conversation, as everywhere."""
    if of is not None:
        ledger.lock_borrower(conn, of)
    talk = chat.ensure_conversation(conn, channel=WECHAT, channel_user_id=said.openid, now=now)
    if chat.turn_with(conn, channel=WECHAT, message_id=said.key) is not None:
        return True
    told = do()
    chat.add_turn(
        conn,
        conversation_id=talk.id,
        direction="in",
        sender="borrower",
        channel=WECHAT,
        message_id=said.key,
        text=text,
        payload=PAYLOAD,
        state="answered",
        now=now,
    )
    say(conn, conversation_id=talk.id, message_id=f"{said.key}#system", text=told, sender="system", now=now)
    return True


def _bind(conn: Connection, said: Written, code: str, *, now: datetime, policy: Policy) -> str:
    """What he is told. The code's borrower, where there is one, and the conversation are held."""
    hashed = code_hash(code)
    if accounts.count_refused(conn, said.openid, since=now - A_DAY) >= _number(policy, Number.WECHAT_CODE_TRIES, now):
        return REFUSALS[Unfit.TOO_MANY]
    found = accounts.code_with(conn, hashed)
    talk = chat.with_user(conn, channel=WECHAT, channel_user_id=said.openid)
    other = found is not None and talk is not None and talk.borrower_id not in (None, found.borrower_id)
    if found is None or other or not accounts.use_code(conn, hashed, openid=said.openid, now=now):
        return _refuse(conn, said, _unfit(found, other=other), of=found, now=now)
    before = accounts.bound_of(conn, found.borrower_id)
    if before is not None and before.openid != said.openid:
        unbind(conn, before, by=BORROWER, why=Ended.REPLACED, message_id=said.key, now=now)
    point_id = accounts.bind(conn, borrower_id=found.borrower_id, openid=said.openid, now=now)
    # His from now on, and not verified: whoever holds the phone may be reading.
    open_conversation(conn, channel=WECHAT, channel_user_id=said.openid, borrower_id=found.borrower_id, now=now)
    bound = Bound(found.borrower_id, point_id, said.openid, now)
    _note(conn, Act.BOUND, bound, by=BORROWER, reason=CODE, message_id=said.key, now=now)
    return BOUND


def _unfit(found: Code | None, *, other: bool) -> Unfit:
    if found is None:
        return Unfit.WRONG
    if found.used_at is not None:
        return Unfit.USED
    return Unfit.OF_ANOTHER if other else Unfit.EXPIRED


def _refuse(conn: Connection, said: Written, why: Unfit, *, of: Code | None, now: datetime) -> str:
    accounts.add_event(
        conn,
        act=Act.REFUSED,
        openid=said.openid,
        borrower_id=of.borrower_id if of is not None else None,
        by=BORROWER,
        reason=why.value,
        message_id=said.key,
        now=now,
    )
    return REFUSALS[why]


def _unbind_as_asked(conn: Connection, said: Written, *, now: datetime) -> str:
    ended = end_binding(conn, said.openid, by=BORROWER, why=Ended.ASKED, message_id=said.key, now=now)
    return UNBOUND if ended else NOT_BOUND


def _stop(conn: Connection, borrower_id: str, text: str, *, now: datetime) -> str:
    """As in answer to a text message: no log-in is asked of who wants to be left alone."""
    pause(conn, borrower_id=borrower_id, reason=Stop.OPT_OUT.value, by=BORROWER, note=text, now=now)
    return STOPPED


def _note(
    conn: Connection,
    act: Act,
    bound: Bound,
    *,
    by: str,
    reason: str,
    note: str = "",
    message_id: str = "",
    now: datetime,
) -> None:
    accounts.add_event(
        conn,
        act=act,
        openid=bound.openid,
        borrower_id=bound.borrower_id,
        point_id=bound.point_id,
        by=by,
        reason=reason,
        note=note,
        message_id=message_id,
        now=now,
    )


def _number(policy: Policy, which: Number, now: datetime) -> int:
    return policy.number_on(which, business_date(now))
