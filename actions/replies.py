"""What to say to an answer of the service: a response of domain.yml and its variables; no sentences here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
LONGEST_LIST = 3
COMPONENTS = {"principal_fen": "本金", "interest_fen": "利息", "penalty_fen": "罚息", "fee_fen": "费用"}
_PAID_FOR = {**COMPONENTS, "refund_claim_fen": "归还已退的款项", "to_suspense_fen": "预存"}
Button = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """One message: `response` names an utter_… of domain.yml, `variables` fill it, `card` is for rich surfaces."""

    response: str
    variables: Mapping[str, str] = field(default_factory=dict)
    card: Mapping[str, Any] | None = None
    buttons: tuple[Button, ...] = ()


def yuan(fen: int) -> str:
    """Fen as borrowers read it: 5000000 → 50,000 · 53993 → 539.93."""
    whole, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}" + (f".{cents:02d}" if cents else "")


def day(iso: str | date, *, today: date) -> str:
    """A day with its weekday, and its year where it is not this one."""
    at = iso if isinstance(iso, date) else date.fromisoformat(iso)
    year = f"{at.year}年" if at.year != today.year else ""
    return f"{year}{at.month}月{at.day}日（周{WEEKDAYS[at.weekday()]}）"


def short_day(iso: str, *, today: date) -> str:
    """Month and day of an ISO day, or of an ISO instant as Shanghai's calendars have it; another year says itself."""
    at = datetime.fromisoformat(iso)
    if at.tzinfo is not None:
        at = at.astimezone(SHANGHAI)
    year = f"{at.year}年" if at.year != today.year else ""
    return f"{year}{at.month}月{at.day}日"


def button(title: str, intent: str, **entities: str | int) -> Button:
    values = ",".join(f'"{n}": {v}' if isinstance(v, int) else f'"{n}": "{v}"' for n, v in entities.items())
    return {"title": title, "payload": f"/{intent}{{{values}}}" if values else f"/{intent}"}


def card(kind: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**answer, "kind": kind}


def log_in() -> Said:
    return Said("utter_log_in")


def refused(detail: str) -> Said:
    return Said("utter_refused", {"detail": detail}) if detail else Said("utter_refused_without_reason")


def again(events: Sequence[Mapping[str, Any]]) -> tuple[Said, ...]:
    """What was said before, with its buttons; `events` are Rasa's."""
    return tuple(
        Said("utter_again", {"said": event.get("text") or ""}, buttons=tuple(event["data"].get("buttons") or ()))
        for event in events
    )


def limit(answer: Mapping[str, Any]) -> Said:
    """Where something is overdue, what is left is not promised to be of use."""
    lines: Sequence[Mapping[str, Any]] = answer["lines"]
    if not lines:
        return Said("utter_limit_none")
    figures = {name: yuan(answer[f"{name}_fen"]) for name in ("limit", "used", "available")}
    stopped = [line for line in lines if line["status"] != "active"]
    if stopped:
        reasons = "；".join(f"{line['product_name']}：{line['status_reason'] or line['status']}" for line in stopped)
        return Said("utter_limit_restricted", {**figures, "reasons": reasons}, card("limit", answer))
    return Said("utter_limit_overdue" if answer["overdue_fen"] else "utter_limit", figures, card("limit", answer))


def bill(answer: Mapping[str, Any], *, today: date, quote: Mapping[str, Any] | None = None) -> Said:
    """`quote` is the bill's, where it can be paid by one."""
    if not answer["bill_fen"]:
        return _nothing_due(answer, today=today)
    variables = {
        "bill": yuan(answer["bill_fen"]),
        "minimum": yuan(answer["minimum_fen"]),
        "overdue": yuan(answer["overdue_fen"]),
        "penalty": yuan(answer["penalty_fen"]),
        "days": str(answer["days_past_due"]),
        "due_on": day(answer["due_on"], today=today) if answer["due_on"] else "现在",
        "items": (_items(answer, whole=not apart(answer)) + apart(answer)).removeprefix("，"),
    }
    buttons = pay_buttons(answer, intent="repay_now", quote_id=quote["quote_id"] if quote else None)
    return Said(_bill_response(answer), variables, card("bill", {**answer, **number(quote)}), buttons)


def number(quote: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What a card prints small: the quote's number and until when it holds."""
    return {name: quote[name] for name in ("quote_id", "valid_until")} if quote else {}


def _items(bill: Mapping[str, Any], *, whole: bool) -> str:
    """A single one that is the `whole` of the sum just named does not say it again."""
    named = {one["loan_id"]: one["title"] for one in bill.get("statements") or ()}
    items = [(_named(item, named), item["unpaid_fen"]) for item in bill["items"]]
    if len(items) == 1 and whole:
        return items[0][0]
    return some([f"{name}{yuan(fen)} 元" for name, fen in items])


def _named(item: Mapping[str, Any], statements: Mapping[str, str]) -> str:
    """A loan's instalment by its number; of a statement, its minimum or what is beyond it, which its title says."""
    if item.get("loan_id") not in statements:
        return f"{item['title']}（第{item['no']}期）"
    return f"{item['title']}（最低还款额）" if item["title"] == statements[item["loan_id"]] else str(item["title"])


def apart(answer: Mapping[str, Any]) -> str:
    """What the named sum is less or more than its items by."""
    deposit, claim = (answer.get(name) or 0 for name in ("suspense_fen", "refund_claim_fen"))
    less = f"，已扣除预存款 {yuan(deposit)} 元" if deposit > 0 else ""
    return f"{less}，需归还的退款 {yuan(claim)} 元（已退给您，对应的还款后来被银行收回）" if claim > 0 else less


def _bill_response(answer: Mapping[str, Any]) -> str:
    if not answer["overdue_fen"]:
        return "utter_bill_statement" if 0 < answer["minimum_fen"] < answer["bill_fen"] else "utter_bill"
    whole = answer["overdue_fen"] == answer["bill_fen"]
    if answer["penalty_fen"]:
        return "utter_bill_all_overdue" if whole else "utter_bill_overdue"
    return "utter_bill_all_overdue_no_penalty" if whole else "utter_bill_overdue_no_penalty"


def due_day(answer: Mapping[str, Any], *, today: date) -> Said:
    """On which day the borrower pays next, and what is over already."""
    if owes_nothing(answer):
        return Said("utter_bill_none")
    first, following = answer["due_on"], answer["next_due_on"]
    if answer["overdue_fen"] and following:
        days = {"due_on": day(first, today=today), "next_due_on": day(following, today=today)}
        return Said("utter_due_day_overdue", days, buttons=pay_buttons(answer, intent="repay_now"))
    if answer["overdue_fen"]:
        return bill(answer, today=today)
    variables = {
        "due_on": day(first or following, today=today),
        "amount": yuan(answer["bill_fen"] or answer["next_due_fen"] or 0),
    }
    return Said("utter_due_day", variables)


def statement_days(answer: Mapping[str, Any], *, today: date) -> Said:
    """On which day the statements of accounts are made, and when the last one is due."""
    lines = [
        f"{one['title']}：最近一期账单是{day(one['stated_on'], today=today)}出的，以后每月固定在同一天出账，"
        f"当月没有这一天的在月底；这一期的还款日是{day(one['due_on'], today=today)}。"
        for one in answer["statements"]
    ]
    return Said("utter_statement_day", {"days": some(lines, "\n")})


def owes_nothing(answer: Mapping[str, Any]) -> bool:
    """Whether a bill asks for nothing, now or later."""
    return not answer["bill_fen"] and not answer["next_due_on"]


def _nothing_due(answer: Mapping[str, Any], *, today: date) -> Said:
    if owes_nothing(answer):
        return Said("utter_bill_none")
    variables = {
        "next_due_on": day(answer["next_due_on"], today=today),
        "next_due": yuan(answer["next_due_fen"] or 0),
    }
    return Said("utter_bill_nothing_due", variables, card("bill", answer))


def pay_buttons(answer: Mapping[str, Any], *, intent: str, quote_id: str | None = None) -> tuple[Button, ...]:
    """The sums that a bill suggests, as buttons that say them: the bill (by its quote, if any), the minimum,
    everything."""
    buttons = []
    if answer["bill_fen"]:
        by = {"quote_id": quote_id} if quote_id else {"amount_word": "bill"}
        buttons.append(button(f"还本期 {yuan(answer['bill_fen'])} 元", intent, **by))
    if 0 < answer["minimum_fen"] < answer["bill_fen"]:
        buttons.append(button(f"还最低 {yuan(answer['minimum_fen'])} 元", intent, amount_word="minimum"))
    return (*buttons, button("全部结清", intent, amount_word="all"))


def schedule(answer: Mapping[str, Any], *, today: date) -> Said:
    """Loan by loan, those with something overdue first."""
    loans = [loan for loan in answer["loans"] if loan["status"] == "active"]
    if not loans:
        return Said("utter_schedule_none")
    first = overdue_first(loans)
    lines = some([loan_line(loan, today=today) for loan in first], "\n")
    return Said("utter_schedule", {"loans": lines}, card("schedule", {**answer, "loans": first}))


def overdue_first(loans: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(loans, key=lambda loan: not _overdue(loan))


def _overdue(loan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for row in loan["instalments"] if row["state"] == "overdue"]


def loan_line(loan: Mapping[str, Any], *, today: date) -> str:
    """How far a loan is paid, what of it is overdue, and what comes next; under a hardship plan what that asks for."""
    if plan := loan.get("plan_parts"):
        due_on = short_day(plan[0]["due_on"], today=today)
        part = f"第{plan[0]['no']}期 {yuan(plan[0]['unpaid_fen'])} 元，{due_on}到期"
        return f"{loan['title']}：正在按还款方案还款，还有 {len(plan)} 期，{part}"
    rows, overdue = loan["instalments"], _overdue(loan)
    paid = sum(row["state"] == "paid" for row in rows)
    parts = [f"{loan['title']}：已还 {paid}/{loan['periods']} 期"]
    if paid < (grace := loan.get("principal_grace_periods") or 0):
        parts.append(f"前 {grace} 期只还利息，第{grace + 1}期起还本金")
    if overdue:
        late = yuan(sum(row["unpaid_fen"] for row in overdue))
        parts.append(f"已逾期 {len(overdue)} 期共 {late} 元")
    following = next((row for row in rows if row["state"] not in {"paid", "overdue"}), None)
    if following:
        due_on = short_day(following["due_on"], today=today)
        parts.append(f"第{following['no']}期 {yuan(following['unpaid_fen'])} 元，{due_on}到期")
    return "，".join(parts)


def payments(answer: Mapping[str, Any], *, today: date) -> Said:
    rows = answer["payments"]
    if not rows:
        return Said("utter_payments_none")
    lines = [
        f"{short_day(row['paid_at'], today=today)} 还款 {yuan(row['amount_fen'])} 元{_paid_for(row)}" for row in rows
    ]
    return Said("utter_payments", {"payments": "\n".join(lines)}, card("payments", answer))


def _paid_for(row: Mapping[str, Any]) -> str:
    """What a payment went to, in brackets; nothing where the ledger says of nothing."""
    parts = "、".join(f"{called} {yuan(row[part])} 元" for part, called in _PAID_FOR.items() if row[part] > 0)
    from_suspense = f"，另用了预存 {yuan(-row['to_suspense_fen'])} 元" if row["to_suspense_fen"] < 0 else ""
    return f"（{parts}{from_suspense}）" if parts else ""


def arrival(answer: Mapping[str, Any], *, today: date) -> Said:
    rows = answer["payments"]
    if not rows:
        return Said("utter_arrival_none")
    last = rows[0]
    paid_on = short_day(last["paid_at"], today=today)
    variables = {"amount": yuan(last["amount_fen"]), "paid_on": paid_on, "parts": _paid_for(last)}
    return Said("utter_arrival", variables, card("payments", answer))


def payoff(answer: Mapping[str, Any]) -> Said:
    """`answer` is a quote for everything; its button pays by its number, so that no other sum can be meant."""
    items = [f"{item['title']} {yuan(item['total_fen'])} 元" for item in answer["items"]]
    variables = {
        "total": yuan(answer["amount_fen"]),
        "fee": yuan(sum(item["early_fee_fen"] for item in answer["items"])),
        "saved": yuan(sum(item["interest_saved_fen"] for item in answer["items"])),
        "items": (some(items) + apart(answer)).removeprefix("，"),
    }
    # Made here because Rasa takes the braces of a payload in domain.yml for a slot's.
    all_of_it = button("现在全部结清", "repay_now", quote_id=answer["quote_id"])
    told = {name: answer[name] for name in ("suspense_fen", "refund_claim_fen", "items")} | {
        "total_fen": answer["amount_fen"]
    }
    return Said(
        "utter_payoff",
        variables,
        card("payoff", {**told, **number(answer)}),
        (all_of_it, button("先还一部分", "repay_now")),
    )


def autopay(now: Mapping[str, Any], *, today: date) -> Said:
    """Whether it is on, from which card and since when."""
    if not now["enabled"]:
        return Said("utter_autopay_state_off")
    card_ = f"{now['card']['bank_name']}（尾号{now['card']['last_four']}）"
    return Said("utter_autopay_state_on", {"card": card_, "from": day(now["enabled_from"], today=today)})


def queue(answer: Mapping[str, Any], *, again: bool = False, first: tuple[Said, ...] = ()) -> tuple[Said, ...]:
    """Where in the queue for a person the conversation stands; `again`: it was told before; `first` is said before."""
    if answer["state"] == "taken":
        return (*first, Said("utter_person_is_here"))
    variables = {"position": str(answer["position"]), "hours": answer["hours"]}
    if again:
        return (*first, Said("utter_still_waiting", variables))
    return (*first, Said("utter_handed_over" if answer["open"] else "utter_handed_over_closed", variables))


def some(lines: Sequence[str], between: str = "、") -> str:
    """The first few, and how many there are where that is not all."""
    more = "" if len(lines) <= LONGEST_LIST else f"{between.strip('、')}等共 {len(lines)} 笔"
    return between.join(lines[:LONGEST_LIST]) + more
