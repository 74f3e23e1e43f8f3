"""How a request between this service and a gateway of messages or calls proves who sent it: HMAC-SHA256 over key,
time, nonce, method, path and the whole body."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

HEADER = "X-Gateway-Signature"
WINDOW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Credentials:
    """What both sides know: `key` says who, `secret` proves it."""

    key: str
    secret: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a valid header said. The same `nonce` again within the window is a repetition."""

    timestamp: int
    nonce: str


def header(who: Credentials, *, now: int, method: str, path: str, body: bytes) -> str:
    """'k=<key>,t=<seconds>,n=<nonce>,v1=<hex>' with a fresh nonce."""
    nonce = secrets.token_hex(16)
    signed = _signature(who, stamp=str(now), nonce=nonce, method=method, path=path, body=body)
    return f"k={who.key},t={now},n={nonce},v1={signed}"


def proof(given: str, *, who: Credentials, now: int, method: str, path: str, body: bytes) -> Proof | None:
    """What the header proves, or None where it is not `who`'s signature of just this request, no more than five
    minutes from `now`."""
    parts = dict(one.split("=", 1) for one in given.split(",") if "=" in one)
    stamp, nonce = parts.get("t", ""), parts.get("n", "")
    well_formed = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and 16 <= len(nonce) <= 64
    if not (who.secret and well_formed):
        return None
    expected = _signature(who, stamp=stamp, nonce=nonce, method=method, path=path, body=body)
    same = hmac.compare_digest(expected.encode(), parts.get("v1", "").encode())
    if not same or parts.get("k") != who.key or abs(now - int(stamp)) > WINDOW_SECONDS:
        return None
    return Proof(int(stamp), nonce)


def _signature(who: Credentials, *, stamp: str, nonce: str, method: str, path: str, body: bytes) -> str:
    digest = hashlib.sha256(body).hexdigest()
    signed = "\n".join((who.key, stamp, nonce, method, path, digest))
    return hmac.new(who.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
