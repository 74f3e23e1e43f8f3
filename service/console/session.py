"""Who is at the console: a signed session, a token against forged forms, and a limit on guesses."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import jwt

SESSION_COOKIE = "xiaoqing_console"
VISIT_COOKIE = "xiaoqing_console_visit"  # before log-in: what the log-in form's token is made from
LIFETIME = timedelta(hours=8)
_AUDIENCE = "xiaoqing-console"
_CLAIMS = ["sub", "gen", "jti", "exp", "aud"]


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in as its cookie tells it; whether it still counts is the database's word."""

    agent_id: str
    generation: int
    nonce: str


def issue(*, agent_id: str, generation: int, key: str, now: datetime) -> str:
    """A cookie's value, signed with HS256 and good for 8 hours."""
    _refuse_weak(key)
    claims = {
        "sub": agent_id,
        "gen": generation,
        "jti": secrets.token_urlsafe(16),
        "exp": int((now + LIFETIME).timestamp()),
        "aud": _AUDIENCE,
    }
    return jwt.encode(claims, key, algorithm="HS256")


def read(cookie: str, *, key: str, now: datetime) -> Session | None:
    """The session of a cookie's value; None where it is forged, foreign or over."""
    _refuse_weak(key)
    options: Any = {"require": _CLAIMS, "verify_exp": False}  # by our clock, not the machine's
    try:
        claims = jwt.decode(cookie, key, algorithms=["HS256"], audience=_AUDIENCE, options=options)
        if now.timestamp() >= claims["exp"]:
            return None
        return Session(str(claims["sub"]), int(claims["gen"]), str(claims["jti"]))
    except (jwt.InvalidTokenError, ValueError, TypeError):
        return None


def form_token(nonce: str, *, key: str) -> str:
    """What a form of this session must bring back."""
    _refuse_weak(key)
    return hmac.new(key.encode(), b"form:" + nonce.encode(), hashlib.sha256).hexdigest()


def is_form_token(token: str, nonce: str, *, key: str) -> bool:
    return bool(nonce) and hmac.compare_digest(token.encode(), form_token(nonce, key=key).encode())


def _refuse_weak(key: str) -> None:
    if len(key) < 32:
        raise RuntimeError("console_signing_key has fewer than 32 characters; without it anybody could log in")


@dataclass(slots=True)
class GuessLimiter:
    """At most `limit` wrong passwords per name and per address in `window`, counted in this process."""

    limit: int = 5
    window: timedelta = timedelta(minutes=5)
    remembered: int = 10_000  # names and addresses, so that guessing cannot fill the memory
    _wrong: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, *keys: str, now: datetime) -> timedelta | None:
        """Count one guess under every key, or say how long to wait and count nothing.

        Counted before the password is checked, so that guesses sent at once are limited, too.
        """
        with self._lock:
            waits = [wait for key in keys if (wait := self._wait(key, now))]
            if waits:
                return max(waits)
            for key in keys:
                self._wrong.setdefault(key, deque()).append(now)
                self._wrong.move_to_end(key)
            while len(self._wrong) > self.remembered:
                self._wrong.popitem(last=False)
        return None

    def forgive(self, *keys: str) -> None:
        """The guess was right: its keys start afresh."""
        with self._lock:
            for key in keys:
                self._wrong.pop(key, None)

    def _wait(self, key: str, now: datetime) -> timedelta | None:
        guesses = self._wrong.get(key, deque())
        while guesses and guesses[0] <= now - self.window:
            guesses.popleft()
        return guesses[0] + self.window - now if len(guesses) >= self.limit else None
