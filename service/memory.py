"""How often a process of the service looks for circles of objects that nobody needs any more."""

from __future__ import annotations

import gc

# Python looks after every 700 new objects. A payment file or a close of day holds tens of thousands of frozen values
# at a time, in which there are no circles: looking through them took a fifth of posting payments.
_NEW_OBJECTS = 20_000


def look_seldom() -> None:
    gc.set_threshold(_NEW_OBJECTS)
