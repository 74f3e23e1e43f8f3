"""What is said to who was just told what to do about a fraud, and tells more of it or asks what now."""

from __future__ import annotations

import re

from actions import words
from actions.replies import Said
from actions.turn import Outcome, Turn, say

# Of money that is gone, of what is to be done, a yes: none of it is about a payment to us.
GOES_ON = re.compile(
    r"[转打汇付给]了|[转打汇付]过|被骗|骗了|报[了过]?警|警察|怎么办|真的假的|是真的|[他她]说|对方|要我|让我|收(?=我|\d|[一二两三四五六七八九十])|咋办|咋整|怎么处理|然后[呢]|接下来|下一步|还有呢|怎么弄"
)


def after_fraud(turn: Turn) -> Outcome | None:
    """None where no fraud was just told of."""
    if turn.form is not None or not turn.last_said & {"utter_fraud_security", "utter_fraud_next"}:
        return None
    how_much = "amount" in turn.entities and not words.PAYS.search(turn.text)  # 1500
    return say(Said("utter_fraud_next")) if turn.affirms or how_much or GOES_ON.search(turn.text) else None
