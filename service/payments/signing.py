"""How a request between this service and its payment gateway proves who sent it: HMAC-SHA256 with a time."""

from __future__ import annotations

import hashlib
import hmac

HEADER = "X-Payment-Signature"
WINDOW_SECONDS = 300


def signature(*, key: str, timestamp: int, method: str, path: str, body: bytes) -> str:
    """The header's value, 't=<seconds>,v1=<hex>', over the time, the method, the path and the whole body."""
    signed = f"{timestamp}.{method}.{path}.".encode() + body
    return f"t={timestamp},v1={hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()}"


def is_signed(given: str, *, key: str, now: int, method: str, path: str, body: bytes) -> bool:
    """Whether `given` is the key holder's signature of just this request, no more than 5 minutes from `now`."""
    stamp = given.partition(",")[0].removeprefix("t=")
    if not key or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    expected = signature(key=key, timestamp=int(stamp), method=method, path=path, body=body)
    return hmac.compare_digest(expected.encode(), given.encode()) and abs(now - int(stamp)) <= WINDOW_SECONDS
