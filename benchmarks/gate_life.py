"""A debtor's life as numbers from a seed, and what the rules say of each message and call in it.

`forbidden` is written from the rules, with their numbers, and asks nothing that the gate asks: it is what the gate is
compared with. Dates from 2026-11-02 to 2027-03-30, in which the shipped tables hold.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

CHINA, XINJIANG = ZoneInfo("Asia/Shanghai"), timezone(timedelta(hours=6))
FIRST, LAST = datetime(2026, 11, 2, tzinfo=CHINA), datetime(2027, 3, 30, tzinfo=CHINA)
MEDIA = dict.fromkeys(("inapp", "sms", "wechat", "subscription"), "written")
MEDIA |= {"voice": "interactive", "phone": "interactive", "notice": "notice"}
CALLS = ("voice", "phone", "notice")
CHANNELS = ("inapp", "inapp", "sms", "wechat", "subscription", *CALLS)
LASTS = {"voice": timedelta(minutes=10), "phone": timedelta(minutes=15), "notice": timedelta(minutes=2)}
LAW = (time(8), time(22))
OWN = {"sms": (time(8, 30), time(21, 55))} | dict.fromkeys(("voice", "phone", "notice"), (time(8, 30), time(20, 30)))
PEACE = timedelta(hours=1)  # after a payment
FESTIVAL = {date(2027, 2, day) for day in (5, 6, 7, 8)}
HOLIDAYS = {date(2027, 1, 1), *FESTIVAL}
STOPS = (
    "dispute", "hardship", "complaint", "opt_out", "crisis", "wrong_person", "fraud", "third_party", "illness",
    "debtor_unavailable", "deceased", "incapacity", "legal", "bankruptcy", "disaster", "plan_kept", "no_mandate",
)  # fmt: skip
SAID = "【小清消费金融】您好，我是自动助手小清。您有一条账户服务提醒，请登录官方App查看，可回复“转人工”。"
BAD = (f"{SAID}不处理就坐牢。", SAID.replace("【小清消费金融】", ""), SAID.replace("自动助手小清", "小清"))


@dataclass(frozen=True, slots=True)
class Try:
    """One wish to reach the debtor, at an instant."""

    at: datetime
    channel: str
    collects: bool
    early: bool  # before day 31
    text: str
    approved: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """What was let through. `outcome` as a carrier tells it: unknown counts as used."""

    at: datetime
    channel: str
    collects: bool
    outcome: str


@dataclass(slots=True)
class Life:
    """What is true of the debtor now."""

    now: datetime
    zone: tzinfo = CHINA
    called: bool = False  # mostly on the phone, again and again
    hours: tuple[time, time] | None = None
    stops: set[str] = field(default_factory=set)
    owed_fen: int = 80_619
    promised_until: date | None = None
    paying: bool = False
    paid_at: datetime | None = None
    held: bool = False
    suppressed: bool = False
    wrote_at: datetime | None = None
    consents: int = 0  # to notices of WeChat, not used up
    past: list[Happened] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.now.astimezone(CHINA).date()

    @property
    def promise_stands(self) -> bool:
        return self.promised_until is not None and self.today <= self.promised_until

    def let_through(self, one: Try, became: str) -> None:
        self.past.append(Happened(one.at, one.channel, one.collects, became))
        self.consents -= one.channel == "subscription" and became != "not_delivered"


def lives(dice: random.Random) -> Iterator[tuple[Life, Try]]:
    """One debtor after another, each of whom is tried some eighty times; whoever asks keeps what was let through."""
    while True:
        start = FIRST + timedelta(minutes=dice.randrange(int((LAST - FIRST).total_seconds() // 60) - 60 * 24 * 21))
        life = Life(start, zone=XINJIANG if dice.random() < 0.05 else CHINA, called=dice.random() < 0.3)
        for _ in range(80):
            if life.now >= LAST:
                break
            _goes_on(life, dice)
            yield life, _try(life, dice)


def _goes_on(life: Life, dice: random.Random) -> None:
    """Time passes, and something may happen."""
    chance = dice.random()
    soon = 0.9 if life.called else 0.5
    minutes = dice.randrange(1, 60) if chance < soon else dice.randrange(60, 900) if chance < 0.95 else 1440
    life.now += timedelta(minutes=minutes, seconds=dice.randrange(60))
    if not 8 <= life.now.astimezone(CHINA).hour < 21 and dice.random() < 0.7:  # most is tried by day
        life.now += timedelta(hours=10)
    if dice.random() < 0.1:  # to the very edge of something
        edge = dice.choice((LAW[0], LAW[1], *OWN["sms"], *OWN["voice"], time(20, 15), time(20, 20), time(20, 28)))
        at = datetime.combine(life.today, edge, CHINA) + timedelta(seconds=dice.choice((-1, 0, 1)))
        life.now = max(life.now, at)
    if dice.random() < (0.1 if life.called else 0.3):
        _happens(life, dice)
    while life.past and life.now - life.past[0].at > timedelta(days=9):
        life.past.pop(0)


def _happens(life: Life, dice: random.Random) -> None:
    what = dice.randrange(10)
    if what == 0:
        life.stops = {dice.choice(STOPS)} if dice.random() < 0.25 else set()
    elif what == 1:
        life.owed_fen, life.paid_at = (0 if dice.random() < 0.3 else life.owed_fen // 2), life.now
    elif what == 2:
        life.owed_fen = 80_619  # another instalment falls due
    elif what == 3:
        life.promised_until = life.today + timedelta(days=dice.randrange(4)) if dice.random() < 0.5 else None
    elif what == 4:
        life.paying = dice.random() < 0.2
    elif what == 5:
        life.held = dice.random() < 0.15
    elif what == 6:
        life.wrote_at = life.now
    elif what == 7:
        life.hours = dice.choice((None, None, (time(18), time(20)), (time(6), time(9)), (time(9), time(23))))
    elif what == 8:
        life.suppressed = dice.random() < 0.1
    else:
        life.consents = dice.randrange(4)


def _try(life: Life, dice: random.Random) -> Try:
    channel = dice.choice(CALLS if life.called and dice.random() < 0.9 else CHANNELS)
    text = SAID if dice.random() < 0.98 else dice.choice(BAD)
    hours = dice.choice((0, 1, 20)) if dice.random() < 0.03 else 20
    return Try(
        life.now,
        channel,
        collects=dice.random() < 0.85,
        early=dice.random() < 0.5,
        text=text,
        approved=dice.random() < 0.99,
        expires_at=life.now + timedelta(hours=hours),
    )


def outcome(channel: str, dice: random.Random) -> str:
    """What becomes of what was let through."""
    if MEDIA[channel] == "written":
        return dice.choice(("delivered", "delivered", "unknown", "not_delivered"))
    return dice.choice(("connected", "unknown", "not_delivered", "voicemail", *["unanswered"] * 6))


def forbidden(life: Life, one: Try) -> list[str]:
    """Every rule that this message or call would break; none where it may go out."""
    return [
        name
        for name, broken in (
            ("hours", _outside_hours(life, one)),
            ("quiet day", _quiet(life, one)),
            ("caps", _over_a_cap(life, one)),
            ("reply window", one.channel == "wechat" and not _window_open(life, one)),
            ("no consent", one.channel == "subscription" and life.consents < 1),
            ("stopped", bool(life.stops)),
            ("number not in use", life.suppressed),
            ("paid", life.owed_fen <= 0),
            (
                "just paid",
                life.paid_at is not None and one.at - life.paid_at < timedelta(hours=1) and life.owed_fen > 0,
            ),
            ("promised", one.collects and life.promise_stands),
            ("payment on its way", life.paying),
            ("an agent talks with him", life.held and one.channel != "phone"),
            ("not approved", not one.approved),
            ("too late", one.at >= one.expires_at),
            ("wording", _badly_said(one)),
        )
        if broken
    ]


def _outside_hours(life: Life, one: Try) -> bool:
    here = one.at.astimezone(life.zone)
    windows = [life.hours] if life.hours else [LAW] + ([OWN[one.channel]] if one.channel in OWN else [])
    for opens, closes in windows:
        latest = datetime.combine(here.date(), closes, here.tzinfo) - LASTS.get(one.channel, timedelta(0))
        if here.time() < opens or here >= latest:
            return True
    return False


def _quiet(life: Life, one: Try) -> bool:
    day, sunday = life.today, life.today.weekday() == 6
    if one.collects and day in FESTIVAL:
        return True
    if one.channel in {"voice", "notice"} and (sunday or day in HOLIDAYS):
        return True
    return one.channel in {"voice", "notice", "phone"} and sunday and one.early


def _over_a_cap(life: Life, one: Try) -> bool:
    used = [(past, (life.today - past.at.astimezone(CHINA).date()).days) for past in life.past]
    used = [(past, ago) for past, ago in used if past.outcome != "not_delivered" and ago < 7]
    if MEDIA[one.channel] == "written":
        written = [(past, ago) for past, ago in used if MEDIA[past.channel] == "written"]
        today = sum(ago == 0 for _, ago in written)
        return today >= 1 or (one.collects and sum(past.collects for past, _ in written) >= 3)
    called = [(past, ago) for past, ago in used if MEDIA[past.channel] != "written"]
    if sum(ago == 0 for _, ago in called) >= 6 or len(called) >= 12:
        return True
    spoken = [past for past, ago in called if ago == 0 and past.outcome in {"connected", "unknown"}]
    alike = sum(MEDIA[past.channel] == MEDIA[one.channel] for past in spoken)
    return alike >= (2 if MEDIA[one.channel] == "interactive" else 3)


def _window_open(life: Life, one: Try) -> bool:
    if life.wrote_at is None or one.at - life.wrote_at >= timedelta(hours=48):
        return False
    since = [past for past in life.past if past.channel == "wechat" and past.at >= life.wrote_at]
    return sum(past.outcome != "not_delivered" for past in since) < 5


def _badly_said(one: Try) -> bool:
    machine = one.channel != "phone"
    return (
        "坐牢" in one.text
        or "【小清消费金融】" not in one.text
        or (machine and "自动助手小清" not in one.text)
        or (machine and MEDIA[one.channel] == "written" and "转人工" not in one.text)
    )
