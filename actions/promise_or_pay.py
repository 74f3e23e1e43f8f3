"""Whether what sounds like a promise is a payment for now: a sum or a loan and no day, or a day of something else."""

from __future__ import annotations

import re

from actions import figure, plain_wish, promise_parts, words
from actions.turn import Turn

_A_LOAN_FIRST = re.compile(r"第[一二三四五1-5][笔个][^，。不没别]{0,3}先还|(?<![不没别])先还第[一二三四五1-5][笔个]")


def pays_now(turn: Turn) -> bool:
    """No day is named, and a payment is ordered: 就还 那个 就四百吧, 今天还全部本金 利息月底再还."""
    no_day = not turn.entities.keys() & {"date", "vague_date", "no_such_day"} and "约" not in turn.text
    in_turns = promise_parts.parts_in(turn.entities)
    if plain_wish.now_besides(turn) or (no_day and _A_LOAN_FIRST.search(turn.text)):
        return True
    of_today = turn.day == turn.today and "amount" in turn.entities and not plain_wish.fails(turn.text)
    if figure.PROMISE_TOLD & turn.last_said and of_today and not in_turns:
        return True  # 今天先还100, and what was promised stays
    of_a_loan = no_day and turn.entities.keys() & {"loan_sum", "loan_day"} and words.PAYS.search(turn.text)
    if of_a_loan and not turn.asks:
        return True  # 5号到期的那笔先还
    return plain_wish.principal_first(turn) or (no_day and not in_turns and not turn.offered and plain_wish.pays(turn))
