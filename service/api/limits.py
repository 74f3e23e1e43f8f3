"""How often one address may do something, counted in this process."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from threading import Lock


@dataclass(slots=True)
class RateLimit:
    """At most `most` times in `seconds` for each key; remembers no more than `keys` keys."""

    most: int
    seconds: float
    keys: int = 10_000
    _times: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def allows(self, key: str, *, at: float) -> bool:
        """Whether it is allowed at second `at`, and if so, count it."""
        with self._lock:
            times = self._times.setdefault(key, deque())
            self._times.move_to_end(key)
            while times and times[0] <= at - self.seconds:
                times.popleft()
            if len(self._times) > self.keys:
                self._times.popitem(last=False)
            if len(times) >= self.most:
                return False
            times.append(at)
            return True
