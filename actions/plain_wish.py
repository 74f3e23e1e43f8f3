"""PURE · whether a message plainly wants to pay now, and for what of a debt, whatever the classifier calls it."""

from __future__ import annotations

import re

from actions import words
from actions.turn import Turn

_SUM = r"¥?[\d一二两三四五六七八九十百千]"
_OF_A_DEBT = "本金|利息|罚息|逾期费用?|费用|手续费|违约金"
# Of which part of the debt the money is to be, or not to be: 只还本金, 先还罚息, 不含罚息, 罚息先还, 还利息就行.
PART_OF_A_DEBT = re.compile(
    rf"(?:只|先|光|单|就|不|别)[想要能算包]*(?:[还付含算]|给)(?:清|掉|完)?(?:一下|的)?(?:{_OF_A_DEBT})"
    rf"|(?:{_OF_A_DEBT})(?:先|就|只|不|别)[想要能]*(?:还|算|付)|[还付](?:{_OF_A_DEBT})(?:就行|就好|就可以|得了)"
    rf"|把(?:{_OF_A_DEBT})(?:先|都|全|给)*[还付]"
)
# 今天还全部本金 利息月底再还.
_PRINCIPAL_FIRST = re.compile(
    rf"[还付](?:清|掉|完)?(?:全部|所有)?的?本金(?!和|跟|加)[^。]{{0,6}}(?:{_OF_A_DEBT})[^。]{{0,8}}(?:再|以后|之后|才|慢慢)"
)
# 我还五百, 提前还五千, 购物账户还500; 还差五百 and 还有五百 count.
_PAYS = re.compile(
    rf"^(?:[\u4e00-\u9fff·]{{0,8}}(?:账户|账单|分期|月结|[借贷]款?|[金笔])|(?:我|俺|咱|自己|手动|就|先|再|只|想|要|帮|给|现在|马上|提前|能|可以|光|单|行|好|吧|那)*)"
    rf"[还付](?:款|上|掉|个|就)?(?:{_SUM}|(?:到|最低|逾期|本金|利息|罚息)(?!了))"
)
# 昨天忘还了 现在还: no sum is named, and it is now that is paid.
_AT_ONCE = re.compile(
    "(?:那|就|我|行|好|还是)*(?:(?:现在|马上|立刻|立马|这就)(?:就|先|来|给你们?)*还(?:上|了|款|掉|吧)*|自己还(?:吧|了|款)*|[还付](?:它|这个|这笔|那笔)吧?)[。.!！]*"
)
_NOW = re.compile("现在|马上|立刻|立马|这就")
_THIS_THEN_NEXT = re.compile(
    "^(?:我|就|那|先)*还(?:上|掉|清|了)?(?:这|本)一?期的?[^。号日]{0,3}(?:[，,。\\s])+下(?:一?期|个月的)"
)
# 我已经还到没有逾期了 tells of a payment.
_PAID_UP = re.compile(
    "(?:已|早|昨|前天|刚)[^，。]{0,5}[还付]|^[^要想帮就给先]*[还付](?:到|清)[^，。]{0,6}(?<![行好得以算])了[。.!！]*$"
)
_UP_TO_DATE = re.compile("还到(?:不|没有?)(?:再)?逾期|还清逾期|[还付]到(?:不|没)(?:欠|催)")
# 第3期还不上, 还的时候失败了: nothing is wanted to be paid.
_FAILS = re.compile(
    "[还付交][上清掉完得]?不[了上起成完出掉清到动]|没法|没办法|(?<!能)不能|没能|(?<!要)[没不别][有想要用再先]{0,2}[还付交]|失败|的时候"
)
_FILLER = re.compile(r"[\s，,。.…~～]*(?:嗯+|呃+|额(?!度)|那个(?!月)|就是说?)[\s，,。.…~～]+")
_ROUGHLY = re.compile(
    "(?<![没不])[还付](?:个|上)?(?:大概|差不多)?(?:[一二两三四五六七八九]{2}|几|好几)[百千万](?![^，。]*没)"
)
_SUPPOSES = re.compile("如果|要是|假如|万一|的话")
_COUNTS = re.compile(r"[还付](?:差|有|剩|欠)|[还付][了过]|多少|欠|借了")


def pays(turn: Turn) -> bool:
    """Wants to pay now: no question but for leave, no day after today, nothing that was paid or only counted."""
    if turn.text.startswith("/") or turn.names_later_day or turn.names_no_day_to_pay:
        return False
    if up_to_date(turn):
        return True
    if not turn.entities.keys() & {"amount", "amount_word"} and not of_a_part(turn):  # 还50美元
        return False
    orders = [one for one in words.clauses(_FILLER.sub("", turn.text)) if _PAYS.search(one) and not _COUNTS.search(one)]
    if not turn.asks or words.ASKS_LEAVE.search(turn.text):
        return bool(orders)
    return any(_stands_apart(one, turn.text) for one in orders)


def _stands_apart(clause: str, text: str) -> bool:
    """我还不行吗 还500: what is asked is in another clause; 还500？ asks itself."""
    alone = len(words.clauses(text)) > 1 and not words.QUESTION.search(clause)
    return alone and not re.search(rf"{re.escape(clause)}\s*[?？]", text) and not _SUPPOSES.search(text)


def fails(clause: str) -> bool:
    """Tells that a payment cannot be made, was not, or did not work."""
    return bool(_FAILS.search(clause))


def up_to_date(turn: Turn) -> bool:
    """还到不逾期: what is overdue, and no more."""
    typed = not turn.text.startswith("/") and not turn.asks and "amount" not in turn.entities
    wants = [
        one for one in words.clauses(turn.text) if _UP_TO_DATE.search(one) and not (_PAID_UP.search(one) or fails(one))
    ]
    return typed and bool(wants) and not turn.names_later_day


def paid_up(turn: Turn) -> bool:
    """我早就还清逾期了: nothing is overdue any more, as is told."""
    told = (_UP_TO_DATE.search(one) and _PAID_UP.search(one) for one in words.clauses(turn.text))
    return not turn.text.startswith("/") and not turn.asks and any(told)


def at_once(turn: Turn) -> bool:
    """Orders a payment now in a clause of its own, whatever else is said; how much is to be asked."""
    if turn.text.startswith("/") or turn.names_later_day:
        return False
    return any(_AT_ONCE.fullmatch(one) for one in words.clauses(turn.text)) and not turn.asks


def now_besides(turn: Turn) -> bool:
    """Pays now, though a later day is named of something else: 我明天要出差 现在先还了吧; 先还上这期 下期的5号再还."""
    if turn.text.startswith("/") or turn.asks or "amount" in turn.entities:
        return False
    at_once_ = any(_NOW.search(one) and _AT_ONCE.fullmatch(one) for one in words.clauses(turn.text))
    return at_once_ or bool(_THIS_THEN_NEXT.search(turn.text))


def principal_first(turn: Turn) -> bool:
    """Wants to pay the principal, and what goes before it later."""
    return not turn.text.startswith("/") and bool(_PRINCIPAL_FIRST.search(turn.text))


def pays_roughly(turn: Turn) -> bool:
    """还个两三百: how much exactly is to be asked."""
    return not (turn.text.startswith("/") or turn.asks or turn.names_later_day) and bool(_ROUGHLY.search(turn.text))


def of_a_part(turn: Turn) -> bool:
    """Wants the money to go to one part of the debt, or not to one."""
    return not turn.text.startswith("/") and bool(PART_OF_A_DEBT.search(turn.text))


def pays_some(turn: Turn) -> bool:
    """只还随心借，冰箱先不还: pays in one clause what another puts off."""
    return any(re.search("[还付]", one) and not re.search("[不没别]", one) for one in words.clauses(turn.text))
