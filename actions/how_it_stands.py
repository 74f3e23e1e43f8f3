"""What the goals share that are asked how something stands that was filed: the answer from the ledger and the desk."""

from __future__ import annotations

from collections.abc import Sequence

from actions import replies, standing
from actions.replies import Said
from actions.service_client import NotLoggedIn, Service
from actions.turn import Outcome, Turn, say


async def how_it_stands(
    turn: Turn,
    service: Service,
    *,
    of: str = "",
    likely: bool = False,
    where_none: str | None = "utter_filed_none",
) -> Outcome | None:
    """None where the message asks nothing of the sort, or nobody is logged in. `of`: only where the words name this
    kind. `likely`: the message was understood as a question about progress. `where_none` is said
    where nothing of the kind was filed; None leaves it to the caller, as another wish."""
    wanted = standing.asked(turn.text, likely=likely) if turn.verified else None
    if wanted is None or (of and not wanted.reference and of not in wanted.kinds):
        return None
    try:
        filed = (await service.filed())["filed"]
    except NotLoggedIn:
        return None
    shown = standing.chosen(filed, wanted, today=turn.today)
    if shown:
        return await _told(turn, service, shown)
    if where_none is None or not wanted.own:
        return None
    if turn.waits_already:
        return Outcome(says=replies.queue(await service.hand_over(reason="asked"), again=True))
    if rest := standing.chosen(filed, standing.Asked(), today=turn.today):
        told = await _told(turn, service, rest)
        return Outcome(says=(Said("utter_filed_none_of_it"), *told.says))
    return say(Said(where_none))


async def _told(turn: Turn, service: Service, shown: Sequence[standing.Filed]) -> Outcome:
    """What is late is apologised for, and a person is called."""
    said = standing.told(shown)
    late = standing.late(shown)
    if late is None:
        return say(said)
    queue = await service.hand_over(reason="late_answer")
    return Outcome(says=replies.queue(queue, again=turn.waits_already, first=(said, late)))
