"""PURE · whether a message plainly wants to pay now, and for what of a debt, whatever the classifier calls it."""

from __future__ import annotations

import re

from actions import words
from actions.turn import Turn

_SUM = r"¥?[\d一二两三四五六七八九十百千]"
_OF_A_DEBT = "本金|利息|罚息|逾期费用?|费用|手续费|违约金"
# Of which part of the debt the money is to be, or not to be: 只还本金, 先还罚息, 不含罚息, 罚息先还.
PART_OF_A_DEBT = re.compile(
    rf"(?:只|先|光|单|就|不|别)[想要能算包]*(?:[还付含算]|给)(?:清|掉|完)?(?:一下|的)?(?:{_OF_A_DEBT})|(?:{_OF_A_DEBT})(?:先|就|只|不|别)[想要能]*(?:还|算|付)"
)
# 我还五百, 提前还五千, 购物账户还500; 还差五百 and 还有五百 count.
_PAYS = re.compile(
    rf"^(?:[\u4e00-\u9fff·]{{0,8}}(?:账户|账单|分期|月结|[借贷]款?|[金笔])|(?:我|就|先|再|只|想|要|帮|给|现在|马上|提前|能|可以|光|单|行|好|吧|那)*)"
    rf"[还付](?:款|上|掉)?(?:{_SUM}|(?:到|最低|逾期|本金|利息|罚息)(?!了))"
)
_ROUGHLY = re.compile(
    "(?<![没不])[还付](?:个|上)?(?:大概|差不多)?(?:[一二两三四五六七八九]{2}|几|好几)[百千万](?![^，。]*没)"
)
_COUNTS = re.compile(r"[还付](?:差|有|剩|欠)|[还付][了过]|多少|欠|借了")


def pays(turn: Turn) -> bool:
    """Wants to pay now: no question, no day after today, nothing that was paid or only counted."""
    if turn.text.startswith("/") or turn.asks or turn.names_later_day or turn.names_no_day_to_pay:
        return False
    if not turn.entities.keys() & {"amount", "amount_word"} and not of_a_part(turn):  # 还50美元
        return False
    return any(_PAYS.search(one) and not _COUNTS.search(one) for one in words.clauses(turn.text))


def pays_roughly(turn: Turn) -> bool:
    """还个两三百: how much exactly is to be asked."""
    return not (turn.text.startswith("/") or turn.asks or turn.names_later_day) and bool(_ROUGHLY.search(turn.text))


def of_a_part(turn: Turn) -> bool:
    """Wants the money to go to one part of the debt, or not to one."""
    return not turn.text.startswith("/") and bool(PART_OF_A_DEBT.search(turn.text))


def pays_some(turn: Turn) -> bool:
    """只还随心借，冰箱先不还: pays in one clause what another puts off."""
    return any(re.search("[还付]", one) and not re.search("[不没别]", one) for one in words.clauses(turn.text))
