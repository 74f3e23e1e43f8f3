"""Which pushes to our webhook are WeChat's own and fresh: signature, decryption, time window, no repetition."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from service.channels.wechat import wire
from service.usecases.ports import Clock

WINDOW_SECONDS = 300
MAX_REMEMBERED = 100_000


@dataclass(slots=True)
class WechatInbox:
    """Opens what was pushed to this account; everything doubtful is None, whatever the reason.

    `aes_keys`: the current EncodingAESKey, then the previous one where there is one. The time window and the
    refusal of repeated (timestamp, nonce) are a policy of ours, not the platform's. A push is remembered only
    once it is kept (`remember`), so that the platform's second try after a failure of ours is still taken.
    """

    token: str
    aes_keys: tuple[str, ...]
    app_id: str
    clock: Clock
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def check_url(self, *, signature: str, timestamp: str, nonce: str, echostr: str) -> str | None:
        """The echo that proves this address to the platform, verbatim; None for anybody else."""
        try:
            wire.verify(signature, token=self.token, timestamp=timestamp, nonce=nonce)
        except wire.WireError:
            return None
        return echostr

    def open(self, *, msg_signature: str, timestamp: str, nonce: str, body: bytes) -> wire.Incoming | None:
        """The message in a pushed body, or None where it is not signed, not fresh, or not for this account."""
        try:
            encrypt = wire.envelope(body)
            wire.verify(msg_signature, token=self.token, timestamp=timestamp, nonce=nonce, encrypt=encrypt)
            if not self._fresh(timestamp, nonce):
                return None
            return wire.parse(wire.open_envelope(encrypt, aes_keys=self.aes_keys, app_id=self.app_id).message)
        except wire.WireError:
            return None

    def remember(self, *, timestamp: str, nonce: str) -> None:
        """The push is kept now: the same (timestamp, nonce) is a replay from here on."""
        oldest = self._seconds() - WINDOW_SECONDS
        with self._lock:
            if len(self._seen) >= MAX_REMEMBERED or (self._seen and next(iter(self._seen.values())) < oldest):
                self._seen = {key: at for key, at in self._seen.items() if at >= oldest}
            self._seen[timestamp, nonce] = int(timestamp)

    def _fresh(self, timestamp: str, nonce: str) -> bool:
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            return False
        return abs(self._seconds() - int(timestamp)) <= WINDOW_SECONDS and (timestamp, nonce) not in self._seen

    def _seconds(self) -> int:
        return int(self.clock.now().timestamp())
