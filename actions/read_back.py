"""PURE · what is said of a payment before and after it is confirmed: quote or order → response and its variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from actions.replies import Said, card, day, number, some, yuan

BEYOND_MINIMUM = "（最低还款额以外）"  # how the bill names what a statement lists beyond its minimum


def plan(answer: Mapping[str, Any], *, today: date) -> Said:
    """The read-back of a quote before it is paid: how much, on which loans, and what stays overdue or is to come."""
    told = {name: answer[name] for name in ("amount_fen", "shares", "to_suspense_fen", "refund_claim_fen")}
    return replace(_read_back(answer, today=today), card=card("quote", {**told, **number(answer)}))


def ordered(order: Mapping[str, Any]) -> Said:
    """What became of a payment that was just confirmed; an outcome has a message of its own, with what it paid."""
    known = {"succeeded": "utter_repay_arrived", "failed": "utter_repay_not_taken"}
    return Said(known.get(order["state"], "utter_repay_started"), {"amount": yuan(order["amount_fen"])})


def _read_back(answer: Mapping[str, Any], *, today: date) -> Said:
    shares = answer["shares"]
    named = [(share["title"], share["amount_fen"]) for share in shares]
    named += [("归还退款", answer["refund_claim_fen"])] if answer["refund_claim_fen"] else []
    variables = {
        "amount": yuan(answer["amount_fen"]),
        "shares": named[0][0] if len(named) == 1 else some([f"{title} {yuan(fen)} 元" for title, fen in named]),
        "suspense": yuan(answer["to_suspense_fen"]),
        "still_overdue": yuan(answer["after"]["overdue_fen"]),
    }
    if answer["kind"] == "all":
        return Said("utter_repay_confirm_all", variables)
    if answer["kind"] == "payoff":
        return Said("utter_repay_confirm_payoff", variables)
    if answer["to_suspense_fen"]:
        # With nothing due yet the whole sum waits for the next due day.
        response = "utter_repay_confirm_with_suspense" if shares else "utter_repay_confirm_suspense_only"
        return Said(response, variables)
    if answer["after"]["overdue_fen"]:
        return Said("utter_repay_confirm_still_overdue", variables)
    if rest := _rest_of(answer):
        fen, due_on = rest
        if due_on is not None and (short := _short_of_minimum(answer)) and short < fen:
            variables |= {"rest": yuan(fen), "short": yuan(short), "due_on": day(due_on, today=today)}
            return Said("utter_repay_confirm_below_minimum", variables)
        if due_on is None:
            return Said("utter_repay_confirm_minimum", {**variables, "rest": yuan(fen)})
        return Said("utter_repay_confirm_part", {**variables, "rest": yuan(fen), "due_on": day(due_on, today=today)})
    return Said("utter_repay_confirm", variables)


def _short_of_minimum(quote: Mapping[str, Any]) -> int:
    """What of a statement's minimum a payment leaves, fen; 0 where the bill has no statement."""
    if not any(item["title"].endswith(BEYOND_MINIMUM) for item in quote["items"]):
        return 0
    least = sum(item["unpaid_fen"] for item in quote["items"] if not item["title"].endswith(BEYOND_MINIMUM))
    return max(0, int(least - quote["amount_fen"]))


def _rest_of(quote: Mapping[str, Any]) -> tuple[int, str | None] | None:
    """What of the bill is left after a payment, and the first day on which some of it must be there; no day where all
    that is left is beyond the minimum of a statement, which nobody is late by."""
    rest = quote["bill_fen"] - quote["amount_fen"]
    if rest <= 0:
        return None
    left = {share["loan_id"]: share["amount_fen"] for share in quote["shares"]}
    for item in sorted(quote["items"], key=lambda item: str(item["due_on"])):
        if item["title"].endswith(BEYOND_MINIMUM):
            continue
        if left.get(item["loan_id"], 0) < item["unpaid_fen"]:
            return rest, item["due_on"]
        left[item["loan_id"]] -= item["unpaid_fen"]
    beyond = any(item["title"].endswith(BEYOND_MINIMUM) for item in quote["items"])
    return (rest, None) if beyond else None
