"""What the goals share that stop the reminders: pause for a reason, say so kindly, call a person where needed."""

from __future__ import annotations

from actions import replies
from actions.replies import Said
from actions.service_client import NotLoggedIn, Service
from actions.turn import Outcome, Turn

LONGEST_NOTE = 500


async def pause(turn: Turn, service: Service, *, reason: str) -> bool:
    """Whether reminders are paused now; not where nobody is logged in."""
    try:
        await service.pause(reason=reason, note=turn.text[:LONGEST_NOTE])
    except NotLoggedIn:
        return False
    return True


async def ill(turn: Turn, service: Service) -> Outcome:
    """For who is ill himself: nobody asks him for money, a person finds a way with him."""
    return await stop_reminders(turn, service, reason="hardship", response="utter_ill")


async def stop_reminders(
    turn: Turn,
    service: Service,
    *,
    reason: str,
    response: str,
    before_log_in: str = "",
    needs_person: bool = True,
    then: str | None = None,
) -> Outcome:
    """`response` is said where the reminders were paused, `before_log_in` (if another) where nobody is
    logged in; `then` opens a form in which more is asked of who is."""
    paused = await pause(turn, service, reason=reason)
    says = [Said(response if paused else before_log_in or response)]
    if needs_person:
        says.extend(replies.queue(await service.hand_over(reason=reason), again=turn.waits_already))
    if turn.form:
        says.append(Said("utter_form_left"))
    return Outcome(says=tuple(says), leaves_form=turn.form is not None, then=then if paused else None)
