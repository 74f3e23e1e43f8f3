"""What the goals share that stop the reminders: pause for a reason, say so kindly, call a person where needed."""

from __future__ import annotations

import re

from actions import others, replies
from actions.replies import Said
from actions.service_client import NotLoggedIn, Service
from actions.turn import Outcome, Turn

LONGEST_NOTE = 500
# 晚上别打给我，白天可以; 只在周末联系我. 上班不方便，晚上再说 is of now alone.
CERTAIN_HOURS = re.compile(
    "(?<!今天)(?<!今)(?:晚上|半夜|上班|中午|早上|白天|周[一二三四五六日末]|工作日|节假日)[^，。]{0,6}"
    "(?:(?:别|不要)[^，。]{0,3}(?:打|联系|找|发|催)[^。]*(?:晚上|白天|周末|下班|中午|早上|下午|时间|点)[^，。]{0,4}(?:可以|行|再|能)"
    "|不方便[^。]*(?:以后|每次|只)[^。]{0,6}(?:打|联系|找))"
    "|只(?:能|可以|在)?[^，。]{0,4}(?:晚上|白天|周末|下班|中午|早上|[点号])[^，。]{0,4}(?:联系|打|找)"
)


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


async def in_court(turn: Turn, service: Service) -> Outcome | None:
    """For who is insolvent before a court: nobody asks him for money, a person goes on."""
    if not turn.verified or turn.asks or not others.insolvent(turn.text):
        return None
    return await stop_reminders(turn, service, reason="hardship", response="utter_insolvent")


async def certain_hours(turn: Turn, service: Service) -> Outcome | None:
    """For who may be reached only at some hours or on some days: agreed on with a person."""
    if not turn.verified or not CERTAIN_HOURS.search(turn.text):
        return None
    queue = await service.hand_over(reason="asked")
    return Outcome(says=replies.queue(queue, again=turn.waits_already, first=(Said("utter_contact_hours"),)))


async def has_a_lawyer(turn: Turn, service: Service) -> Outcome:
    """For who is represented: a person goes on with the lawyer."""
    return await stop_reminders(turn, service, reason="third_party", response="utter_has_a_lawyer")


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
