"""What one's own loans cost a day, loan by loan, as the ledger has it: for who asks 我借的钱一天多少利息."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from actions import replies
from actions.replies import Said, yuan
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

_DAY, _COST = "(?:[一每1]天|每日|天天|按天)", "(?:利息|罚息|息)"
_HOW_MUCH = "(?:多少|几块|几毛|多钱)"
_ASKS = re.compile(
    rf"{_DAY}(?=[^，。]{{0,10}}{_HOW_MUCH})[^，。]{{0,10}}{_COST}|{_COST}[^，。]{{0,4}}{_DAY}[^，。]{{0,4}}{_HOW_MUCH}"
    rf"|^[那大概要得收是]*{_DAY}[要得收是算]*{_HOW_MUCH}钱?[呢啊呀]?[？?。]*$"
)
# Of a sum that is only thought of, or of how it is calculated for everybody.
_IN_GENERAL = re.compile(r"\d|[百千万]|随借随还|如果|要是|假如|打算|想借|新借|年化|换算")


async def told(turn: Turn, service: Service) -> Outcome | None:
    """None where nothing of the sort is asked, nobody is logged in, or nothing is borrowed."""
    asks = turn.verified and _ASKS.search(turn.text) and not _IN_GENERAL.search(turn.text)
    if not asks or turn.somebody_elses:
        return None
    loans = [one for one in (await service.schedule())["loans"] if one["status"] == "active"]
    if not loans:
        return None
    lines = of_each(loans)
    if len(loans) > 1:
        total = sum(one["a_day"]["interest_fen"] + one["a_day"]["penalty_fen"] for one in loans)
        return say(Said("utter_day_interest_all", {"loans": "\n".join(lines), "total": yuan(total)}))
    return say(Said("utter_day_interest", {"loans": lines[0]}))


def of_each(loans: Sequence[Mapping[str, Any]]) -> list[str]:
    return [_line(one) for one in replies.overdue_first(loans)]


def _line(loan: Mapping[str, Any]) -> str:
    cost = loan["a_day"]
    parts = [_interest(loan, cost)]
    if cost["late_fen"]:
        late, rate, penalty = yuan(cost["late_fen"]), _percent(cost["late_rate"]), yuan(cost["penalty_fen"])
        parts.append(f"逾期的本金 {late} 元按年利率 {rate} 计罚息，一天约 {penalty} 元")
    if cost["from_tomorrow_fen"]:
        parts.append(f"今天还上就不用，过了今天会一次补计 {yuan(cost['from_tomorrow_fen'])} 元")
    return f"{loan['title']}：{'；'.join(parts)}"


def _interest(loan: Mapping[str, Any], cost: Mapping[str, Any]) -> str:
    bearing, interest, rate = yuan(cost["bearing_fen"]), yuan(cost["interest_fen"]), _percent(loan["annual_rate"])
    if cost["bearing_fen"]:
        of = "正在计息的消费" if loan["by_statements"] else "没到期的本金"
        return f"年利率 {rate}，{of} {bearing} 元，一天利息约 {interest} 元"
    if loan.get("plan_parts"):
        return "正在按还款方案还款，每期金额是定好的"
    if cost["interest_fen"]:
        return f"每期的利息是固定的，平摊下来一天约 {interest} 元"
    return f"年利率 {rate}，现在没有在计息的{'消费' if loan['by_statements'] else '本金'}"


def _percent(rate: str) -> str:
    """A yearly rate in decimal text as it is read: 0.1440 → 14.4%."""
    return f"{(Decimal(rate) * 100).normalize():f}%"
