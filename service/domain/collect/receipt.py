"""What a carrier tells later of a message or a call, and what that changes.

Receipts come late, twice and in any order, so what is known of an attempt only ever grows: of two receipts the one
that says more stands, whichever came first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.domain.collect.contact import Outcome
from service.domain.collect.outreach import Stop


class Event(StrEnum):
    """What happened at the other end."""

    SUBMITTED = "submitted"  # the carrier has it; says nothing of the phone
    DELIVERED = "delivered"
    FAILED = "failed"  # `reason` says why, and with it how certain that is
    CONNECTED = "connected"  # somebody answered the call
    UNANSWERED = "unanswered"
    VOICEMAIL = "voicemail"
    WRONG_PERSON = "wrong_person"  # whoever answered says that he is somebody else
    OPTED_OUT = "opted_out"  # whoever answered asks for no more calls
    REPLY = "reply"  # a text message came back


class Reason(StrEnum):
    """Why it did not arrive, as the carrier tells it."""

    EXPIRED = "expired"
    INVALID_NUMBER = "invalid_number"
    DISCONNECTED = "disconnected"
    BLOCKED = "blocked"  # the phone or the carrier refuses messages of this sender
    CARRIER = "carrier"


# A number that is out of use may be somebody else's tomorrow.
OUT_OF_USE = frozenset({Reason.INVALID_NUMBER, Reason.DISCONNECTED})
# Only there is nobody whom it could still reach. What a carrier gave up may come late all the same, and a blocked text
# may lie in a folder of the phone: such a failure keeps the unit of the quota, and nothing else is sent on that day.
CERTAIN = OUT_OF_USE

LABELS = {
    Reason.EXPIRED: "有效期内没有送达，已作废",
    Reason.INVALID_NUMBER: "号码无效",
    Reason.DISCONNECTED: "号码已停机或注销",
    Reason.BLOCKED: "被手机或运营商拦截",
    Reason.CARRIER: "运营商没有送达",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One thing told once; told again it has the same `id`. `message_id`: the outreach, "" where the gateway does not
    know which message a reply answers; then `address` says whose number it came from. `seconds`: of a call."""

    id: str
    channel: str
    event: Event
    at: datetime
    message_id: str = ""
    address: str = ""
    reason: Reason | None = None
    seconds: int | None = None
    text: str = ""


_OUTCOMES = {
    Event.DELIVERED: Outcome.DELIVERED,
    Event.CONNECTED: Outcome.CONNECTED,
    Event.UNANSWERED: Outcome.UNANSWERED,
    Event.VOICEMAIL: Outcome.VOICEMAIL,
    Event.WRONG_PERSON: Outcome.CONNECTED,
    Event.OPTED_OUT: Outcome.CONNECTED,
}
# Where receipts contradict each other, the one that uses up more of what the caps allow is believed.
_SAYS_MORE = (
    Outcome.UNKNOWN,
    Outcome.NOT_DELIVERED,
    Outcome.UNANSWERED,
    Outcome.VOICEMAIL,
    Outcome.DELIVERED,
    Outcome.CONNECTED,
)
_STOPS = {Event.WRONG_PERSON: Stop.WRONG_PERSON, Event.OPTED_OUT: Stop.OPT_OUT}


def outcome_of(event: Event, reason: Reason | None = None) -> Outcome | None:
    """What an event says of the attempt; None where it says nothing for certain."""
    if event is Event.FAILED:
        return Outcome.NOT_DELIVERED if reason in CERTAIN else None
    return _OUTCOMES.get(event)


def code_of(reason: Reason | None) -> str:
    """What stands on the row of a message that the carrier says has failed."""
    return f"receipt_{reason or Reason.CARRIER}"


PERHAPS = frozenset(code_of(one) for one in Reason if one not in CERTAIN)


def believed(known: Outcome, told: Outcome) -> Outcome:
    """Of what is known and what is told now. Raises ValueError for a refusal of the gate: nothing was sent."""
    return max(known, told, key=_SAYS_MORE.index)


_OPT_OUT_WORDS = frozenset({"t", "td", "n", "stop", "退", "退订"})
_OPT_OUT = re.compile("退订|取消订阅|(?:别|不要|不用|停止|请勿)再?(?:给我)?(?:发|打)")
_WRONG_PERSON = re.compile(r"(?:发|打|找|认)错(?:人|了|号)|(?:不是(?:我|本人)|(?:发|打)错)$|不认识(?:他|她|这个人)")


def stop_of(receipt: Receipt) -> Stop | None:
    """Why outreach must rest after this, None where it need not."""
    if receipt.event is not Event.REPLY:
        return _STOPS.get(receipt.event)
    plain = re.sub(r"[\s。．.！!,，]+", "", unicodedata.normalize("NFKC", receipt.text)).lower()
    if plain in _OPT_OUT_WORDS or _OPT_OUT.search(plain):
        return Stop.OPT_OUT
    return Stop.WRONG_PERSON if _WRONG_PERSON.search(plain) else None
