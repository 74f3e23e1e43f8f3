"""Answers what means something only after what was just shown: its interest, one of its items, the month before."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from actions import (
    account,
    cannot_keep,
    day_interest,
    left_to_pay,
    months,
    numerals,
    pick,
    replies,
    shown_figures,
    than_before,
    told_paid,
    who_writes,
    words,
)
from actions.after_fraud import after_fraud
from actions.general import nearest, told
from actions.how_it_stands import how_it_stands
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

SHOWS_A_MONTH = (
    "utter_month_due",
    "utter_month_no_due",
    "utter_month_paid",
    "utter_month_not_paid",
    "utter_payments",
)  # after these only another month is asked on
# From end to end: 那利息怎么算 and 第二期 are other questions. Each word can be read in one way only, so that none of
# these takes long to refuse.
INTEREST = re.compile(
    r"(?:那么?|其中|里面?|当中|包?含|的|这|它)*(?P<part>利息|罚息|本金|手续费|费用)(?:部分)?"
    r"(?:一共|总共|呢|是|有|占|要|多少|钱|元|几块)*[啊呀？?。.!！]*"
    r"|(?:多少|几块钱?的?)利息[啊呀？?。.!！]*"
)
# 利息一共多少 is of what one owes, whatever was shown.
ALL_INTEREST = re.compile(
    r"(?:我的?|请问)?(?:全部|所有|一共|总共)?的?利息(?:全部|一共|总共|加起来)(?:要|得|是|有|还)*(?:多少|几块)钱?[啊呀呢？?。.!！]*"
    r"|(?:那|我|请问|到底)*(?:全部|所有|一共|总共)(?:要|得|是|有|还|付|给|交|多)*(?:的|多少|几块)*钱?的?利息(?:要|得|是|有|多少|钱)*[啊呀呢？?。.!！]*"
)
# 哪笔逾期了, 还到不逾期要多少, 还过最低了还要还吗 ask what of one's own is to be paid.
OF_THE_BILL = re.compile(
    "^(?:我|应该|现在|还|目前)*没有?逾期(?:吧|对[吧吗]|是[吧吗])[?？。]*$|"
    "^(?:我|到底|是|请问)*哪一?[笔个](?:借款|贷款)?(?:是|已经)?逾期(?:了|的|啊|呢|[?？])*$|逾期的是哪|^那?(?:剩下|剩余|余下|其余|剩)的?(?:要|得|该|都)*(?:什么时候|啥时候|几[号日]|哪一?天)[还付交]"
    "|[还付](?:多少|到)?(?:才|就)?(?:不|没)(?:算)?逾期(?:了|的话)?(?:要|得|需|该)*[还付]?多少"
    "|[还付]过(?:最低|一部分|一些)[^。]{0,4}(?:还)?[要用]还(?:款|钱)?(?:吗|么|不)"
)
# 我逾期了吗, 我这算逾期吗; 这算逾期吗 is of what was just told.
OVERDUE = re.compile(
    r"(?:我(?:现在|目前|已经|到底|这|算|是)*|现在|目前|请问)?"
    r"(?:[有是]?逾期了?(?:吗|么|没有?)|(?:是不是|有没有|是否|算不算)(?:已经)?逾期了?[吗啊呢]?)[?？。]*"
)
# 明天还是这个数吗, after the price of settling.
LATER_PRICE = re.compile(
    r"[那要是如果等我]*(?:明天|后天|大后天|[过晚][一两几]天|下周|下个?月|\d+[号日])再?"
    r"(?:(?:还清?|结清|付)?(?:的话)?[，,]?(?:[还也]?是?(?:这个?[数价钱]|这么多|一样)|[会要]?[变涨]|[会要得]+多[一点些]*)"
    r"|(?:还清|结清)?(?:的话)?[，,]?[会要得是]*多少)[钱的了吗么呢啊]*[？?。]*"
)
# 利息多少 本金多少.
EACH_PART = re.compile(
    r"(?:那|其中|里面|[，,\s])*(?:(?:利息|本金|罚息)(?:是|有|各|分别|和|跟)*(?:多少|几块)?钱?[，,、\s]*){2,3}"
    r"(?:各|分别)?(?:是)?(?:多少|几块)?钱?[啊呢？?。.]*"
)
# 541.3里面利息占多少; 为什么要还541, 怎么又多出来1块4.
IN_THE_SUM = re.compile(
    r"(?:[\d元块]|[这那其])里[面头]?(?:的|有)?(?P<part>利息|本金|罚息)[^，。]{0,3}多少"
    r"|[这那]里[面头]?有?多少钱?是(?P<named>利息|本金|罚息)"
)
WHY_THE_SUM = re.compile(
    r"^[那这]?(?:为什么|为啥|为何|怎么|咋)(?:我|又|会|要|是|得|多|出来|出|了|收|还)+¥?\d+(?:\.\d+)?(?:元|块|(?=[，,。\s?？]|$))"
)
TOO_MUCH_PAID = re.compile("^(?:那)?多(?:的|出来的|还的|付的)[^，。]{0,6}(?:退|怎么办|咋办|去哪|怎么算|浪费)")
TOO_MUCH_ASKED = "多还了钱会退吗"  # as the knowledge base asks it
# Of one's own where one has a loan; who has none hears what interest is.
MY_INTEREST = re.compile(
    r"(?:那|我的?|请问|要|收|得)*(?:利息(?:是|要|有)?(?:多少|几块)钱?|(?:多少|几块钱)利息)[啊呀呢？?。.!！]*"
)
NTH = re.compile(
    r"(?:那么?|我|想|要|看|查|一下|请问)*第([一二两三四五六七八九十]|[1-9]\d?)[笔个条](?:借款|贷款)?"
    r"(?:呢|的|是|要|还|有|剩下?|欠|多少|钱|利息|本金|怎么样|详情|明细)*[啊呀？?。.!！]*"
)
INSTALMENT = re.compile(
    r"那?第([一二三四五六七八九十]{1,3}|\d{1,2})期(?:呢|的|是|要|还|有|多少|钱|几号|什么时候)*[啊呀？?。.!！]*"
)
# The name of one that was listed, and nothing else: 那随心借呢.
AROUND_A_NAME = re.compile(r"^(?:那么?|就|看|查)+|(?:那笔|这笔|那个|这个|的|呢|吧|[？?。.!！])+$")
ASKS_FIGURE, ONE_OF_THEM = re.compile("多少|几[号期]|哪天|还剩|什么时候"), re.compile("那[笔个]|这[笔个]|的|第")
NEXT = re.compile("那?下(?:一?[次期])的?呢[?？。]*")
WHY = re.compile(
    r"[那这我]?(?:为啥|为什么|怎么|咋|凭什么)[会要是有]?(?:这么|那么)?[多高贵]?[呢啊呀]?[？?。.!！]*"
    r"|(?:那|这|利息|罚息|个|钱|金额|数|是)*(?:怎么|咋)(?:算出来|来|得出来|算下来)的?[呢啊呀]?[？?。.!！]*"
)
# Of one's own bill, whatever was shown: 利息咋这么多.
SO_MUCH = re.compile(r"^[^，。]{0,6}利息[^，。]{0,3}(?:怎么|咋|为什么|为啥|凭什么)[^，。]{0,2}(?:这么|那么)(?:多|高)")
# Means something only of what was just answered.
ELLIPTIC = re.compile(
    r"(?:那|这|个|我|能|要|得|大概|一般|需要|还|再|是|会|排|办|等)*(?:多久|多长时间|几天|什么时候|啥时候|要钱|收费|花钱|真的假的|怎么取消|怎么办理)"
    r"(?:啊|呢|呀|吗|么|不|能好|好|下来|到|完|出|知道|有|给|结果|答复)*[？?。.!！]*"
)
SAVES = re.compile(
    r"(?:那|利息|能|可以|一共|总共|会|我|到底)*(?:省|少付|少还|便宜)(?:了|下|下来)?(?:多少|几块)(?:利息|钱)*[啊呢呀]?[？?。]*"
)
FILED = ("utter_filed", "utter_complaint_filed", "utter_dispute_filed", "utter_hardship_filed", "utter_limit_referred")
# After a decision on a limit, why it is so: its reasons are told with it.
WHY_DECIDED = re.compile(
    r"[那这]?(?:为啥|为什么|为何|怎么|咋|凭什么)(?:会|不行|不给|没过|没通过|拒绝|不通过|不批|要人工)*[呢啊呀]?[？?。.!！]*"
    r"|[那要请]*(?:人工)?复核[吧呢一下]*"
)
DECIDED = ("utter_limit_refused", "utter_limit_referred")
HOW_MUCH = re.compile(r"[那要是]*(?:一共|总共)?(?:多少|几块)钱?[呢啊呀]?[？?。.!！]*")


async def follow_up(turn: Turn, service: Service) -> Outcome | None:
    """The answer, where the message only asks on about what was shown; None where it stands for itself."""
    kind, text = shown_figures.shown(turn), turn.text.strip()
    if of_loans := await of_all_loans(turn, service):
        return of_loans
    if turn.form is not None:
        return None
    if who := await who_writes.answered(turn, service):
        return who
    if goes_on := after_fraud(turn):
        return goes_on
    if goes_on := await told_paid.detail(turn, service) or await cannot_keep.told(turn, service):
        return goes_on
    if turn.verified and than_before.compares(text):
        return say(*await than_before.told(turn, service))
    if turn.verified and NEXT.fullmatch(text):
        return say(replies.due_day(await service.bill(), today=turn.today))
    if (turn.verified and OF_THE_BILL.search(text)) or OVERDUE.fullmatch(text):  # a visitor is asked to log in
        return say(*await account.bill(turn, service))
    if of_sum := await of_the_sum(turn, service):
        return of_sum
    surplus = replace(turn, text=TOO_MUCH_ASKED, intent="repay_how") if TOO_MUCH_PAID.search(text) else None
    if surplus and (found := await nearest(surplus, service)):
        return say(told(found))
    if turn.verified and ALL_INTEREST.fullmatch(text):
        return say(await shown_figures.interest(kind or "schedule", turn, service))
    if WHY_DECIDED.fullmatch(text) and any(name.startswith(DECIDED) for name in turn.last_said):
        return say(*replies.again(turn.said_before))
    if of_that := await elliptic(turn, service):
        return of_that
    month = months.alone(turn) if turn.verified else None
    if month and (kind or any(name.startswith(SHOWS_A_MONTH) for name in turn.last_said)):
        return await months.told(month, turn, service)
    if turn.verified and SO_MUCH.search(text):
        return say(await shown_figures.interest("bill", turn, service))
    if kind is None:
        return await _mine(turn, service) if turn.verified and MY_INTEREST.fullmatch(text) else None
    if found := INTEREST.fullmatch(text):
        return say(await shown_figures.interest(kind, turn, service, of=found["part"] or "利息"))
    if kind == "bill" and WHY.fullmatch(text):  # what it is made of
        return say(await shown_figures.interest(kind, turn, service))
    if kind == "payoff" and SAVES.fullmatch(text):
        return say(*await account.payoff(turn, service))
    if kind == "payoff" and LATER_PRICE.fullmatch(text):
        loans = shown_figures.active_loans(await service.schedule())
        return say(Said("utter_payoff_later", {"loans": "\n".join(day_interest.of_each(loans))}))
    if kind == "bill" and HOW_MUCH.fullmatch(text):
        return say(replies.bill(await service.bill(), today=turn.today))
    if found := INSTALMENT.fullmatch(text):
        return say(*await account.instalment(numerals.number(found[1]), turn, service))
    if (found := NTH.fullmatch(text)) is not None:
        said = numerals.number(found[1])
        place = pick.place_of_number(await shown_figures.listed(kind, turn, service), said)
        return say(await shown_figures.one(kind, place, turn, service, called=said))
    if not words.PAYS.search(text) and (number := await shown_figures.place_by_figure(kind, turn, service)):
        return say(await shown_figures.one(kind, number, turn, service))
    number = await shown_figures.place_of(AROUND_A_NAME.sub("", text), kind, turn, service)
    return say(await shown_figures.one(kind, number, turn, service)) if number else None


async def of_all_loans(turn: Turn, service: Service) -> Outcome | None:
    """What they cost a day, or what is left of them."""
    return await day_interest.told(turn, service) or await left_to_pay.told(turn, service)


async def elliptic(turn: Turn, service: Service) -> Outcome | None:
    """多久 after a thing was filed, a person was called, or a question was answered from the knowledge base."""
    said = turn.last_said
    if turn.form is not None or not ELLIPTIC.fullmatch(turn.text.strip()):
        return None
    if any(name.startswith(FILED) for name in said):
        return await how_it_stands(replace(turn, text="处理得怎么样了"), service)
    if said & {"utter_handed_over", "utter_handed_over_closed", "utter_still_waiting"}:
        return Outcome(says=replies.queue(await service.hand_over(reason="asked"), again=True))
    before, intent = turn.asked_before
    if "utter_knowledge" not in said or not before:
        return None
    if (found := await nearest(turn, service)) and found["on_topic"] and _is_new(found["answer"], turn):
        return say(told(found))
    found = await nearest(replace(turn, text=f"{before}{turn.text}", intent=intent), service)
    return say(told(found)) if found and _is_new(found["answer"], turn) else say(Said("utter_ask_a_person"))


def _is_new(answer: str, turn: Turn) -> bool:
    return not any(answer in (event.get("text") or "") for event in turn.said_before)


async def _mine(turn: Turn, service: Service) -> Outcome | None:
    """The interest that one's own loans still ask for; None where there is no loan."""
    active = shown_figures.active_loans(await service.schedule())
    return say(await shown_figures.interest("schedule", turn, service)) if active else None


async def of_the_sum(turn: Turn, service: Service) -> Outcome | None:
    """What of a sum is interest, or why it is what it is: 541.3里面利息占多少."""
    if not turn.verified:
        return None
    text = turn.text.strip()
    if EACH_PART.fullmatch(text):
        return say(await shown_figures.interest(shown_figures.shown(turn) or "bill", turn, service))
    if of_sum := IN_THE_SUM.search(text) or WHY_THE_SUM.search(text):
        part = next((part for part in of_sum.groupdict().values() if part), "罚息")
        return say(await shown_figures.interest("bill", turn, service, of=part))
    return None


async def of_one(turn: Turn, service: Service, *, but: Iterable[str] = ()) -> Outcome | None:
    """How a loan stands that is asked for by its name (随心借那笔还多少), unless its id is among `but`."""
    if turn.form is not None or not turn.verified or not ASKS_FIGURE.search(turn.text):
        return None
    rows = await shown_figures.listed("schedule", turn, service)
    one = pick.named(turn, rows) if ONE_OF_THEM.search(turn.text) else None
    if one is None or one["loan_id"] in but:
        return None
    place = next(place for place, row in enumerate(rows, 1) if row["loan_id"] == one["loan_id"])
    return say(await shown_figures.one("schedule", place, turn, service))
