"""What is said to who is logged in and says that he is not meant: 发错了 may be his own slip, so he is asked once."""

from __future__ import annotations

import re

from actions import others, replies, second_wish
from actions.pause import stop_reminders
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

SLIP, DOUBT = "utter_slip_or_wrong_person", "utter_are_you_the_borrower"
# These say who he is, or is not: nothing is to be asked.
_SAYS_WHO = re.compile(
    r"(?<!是)不是|不认[识得]|不(?:晓得|知道|清楚)你?说?的?是?(?:谁|哪个)|我姓|我叫|非本人|查无|无此|没(?:有)?(?:这|那|你说|听|姓|叫)"
    r"|机主|号主|[主号]人?换|换(?:了)?(?:主|人|号)|新(?:办|号|买|换)|二手|以前|之前|原来|前(?:任|面|一)|座机|公用|学校|[饭药]店|超市|单位|公司"
)
_OWN_SLIP = re.compile(r"我(?:自己|刚才?|是|不小心|手滑|又)*[发打说写输按点弄搞]错|手滑|打错字|消息(?:发错|错了)")
_NOT_HE = re.compile(r"(?:提醒|你们?|您)[^，。我]{0,4}错|不是(?:我|本人|给我|发给我|他|她)|别人的?$|第二个")


def asks(turn: Turn) -> Outcome | None:
    """The question, to who is logged in and has not been asked; None where it is plain who writes."""
    if not turn.verified or turn.text.startswith("/") or second_wish.stops(turn.text) or _SAYS_WHO.search(turn.text):
        return None
    either = bool(others.SLIP.fullmatch(turn.text))
    if was_asked(turn) and not either:
        return None
    buttons = (replies.button("我是本人", "affirm"), replies.button("我不是本人，请停止联系", "wrong_person"))
    left = (Said("utter_form_left"),) if turn.form else ()
    question = Said(SLIP if either else DOUBT, buttons=buttons)
    return Outcome(says=(*left, question), leaves_form=turn.form is not None)


def was_asked(turn: Turn) -> bool:
    return bool(turn.last_said & {SLIP, DOUBT})


def own_slip(turn: Turn) -> Outcome | None:
    """He is the borrower, and says so where he was asked; None otherwise."""
    if not was_asked(turn) or _is_not_he(turn):
        return None
    is_he = turn.affirms or turn.is_the_borrower or _OWN_SLIP.search(turn.text)
    return say(Said("utter_borrower_is_back")) if is_he else None


async def stops(turn: Turn, service: Service) -> Outcome:
    """For who is not the borrower, or whose number of before somebody else has: nobody is written to there again."""
    if turn.verified and others.old_number(turn.text):
        return await stop_reminders(turn, service, reason="wrong_person", response="utter_old_number")
    return await stop_reminders(
        turn,
        service,
        reason="wrong_person",
        response="utter_wrong_person",
        before_log_in="utter_wrong_person_before_log_in",
    )


async def answered(turn: Turn, service: Service) -> Outcome | None:
    """What an answer to the question brings, whatever it was understood as; None where it is none."""
    if others.a_stranger(turn.text) and not turn.text.startswith("/"):
        return await stop_reminders(turn, service, reason="third_party", response="utter_third_party")
    if back := own_slip(turn):
        return back
    return await stops(turn, service) if was_asked(turn) and _is_not_he(turn) else None


def _is_not_he(turn: Turn) -> bool:
    return turn.intent == "deny" or bool(_NOT_HE.search(turn.text))
