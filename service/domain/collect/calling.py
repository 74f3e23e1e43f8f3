"""What an agent says first when a call is answered, what he reports of it, and what that means for the quota."""

from __future__ import annotations

from enum import StrEnum

from service.domain.collect.contact import Outcome
from service.domain.collect.outreach import Purpose, Target

# What the debtor himself, and somebody who owes nothing, can be called for. The gate refuses the rest of what is asked.
TO_HIMSELF = frozenset({Purpose.COLLECT, Purpose.SERVE})
TO_OTHERS = frozenset({Purpose.LOCATE, Purpose.RELAY, Purpose.PAY, Purpose.COLLECT})


class CallResult(StrEnum):
    CONNECTED = "connected"
    UNANSWERED = "unanswered"
    VOICEMAIL = "voicemail"  # hung up without a word
    NOT_DIALLED = "not_dialled"  # the only one that gives the quota back
    WRONG_NUMBER = "wrong_number"  # the debtor is not to be had there: nothing goes there any more
    REFUSED = "refused"  # somebody who owes nothing does not want to be called again
    WILLING = "willing"  # somebody who owes nothing offered to pay


_OUTCOMES = {
    CallResult.UNANSWERED: Outcome.UNANSWERED,
    CallResult.VOICEMAIL: Outcome.VOICEMAIL,
    CallResult.NOT_DIALLED: Outcome.NOT_DELIVERED,
}
OF_OTHERS = frozenset({CallResult.REFUSED, CallResult.WILLING})


def outcome_of(result: CallResult) -> Outcome:
    """Whoever spoke with anybody has had a connected call."""
    return _OUTCOMES.get(result, Outcome.CONNECTED)


def opening(*, institution: str, by: str, name: str, target: Target) -> str:
    """Institution and caller are named, no debt is; who answers is not known yet."""
    greeting = f"【{institution}】您好，我是工作人员{by}"
    if target is Target.DEBTOR:
        return f"{greeting}，请问是{name}本人吗？"
    return f"{greeting}，麻烦您转告{name}，请他方便时联系我们。"
