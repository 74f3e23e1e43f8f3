"""What it means that a turn of a conversation cannot be finished: nothing of it is kept, and it is asked again."""

from __future__ import annotations


class TurnAbandoned(BaseException):
    """Ends a turn without a trace: the channel answers 503 and the tracker is not saved.

    Not an `Exception`, as `asyncio.CancelledError` is none: Rasa catches every `Exception` of an action, logs it
    and goes on with the turn as if the action had said nothing; a failing tracker store it replaces by a blank
    conversation.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
