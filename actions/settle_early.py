"""Settles one loan or all of them before their time: quoted, read back with what it saves, confirmed, ordered by the
quote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions import numerals, pick, read_back, replies, words
from actions.form import ValidateForm
from actions.replies import Said
from actions.service_client import IN_PROGRESS, Refused, Service
from actions.turn import Goal, Outcome, Turn, say

WHAT, CONFIRM = "settle_what", "settle_confirm"
ALL_OF_THEM = {"title": "全部结清", "kind": "all", "loan_id": None}
# What was read back is not offered any more; it is read back as it stands now, and asked again.
READ_BACK_ANEW = {"quote_expired", "quote_changed", "quote_unknown"}
PARTS = {"bill", "minimum", "half"}
EVERYTHING = re.compile("全部|所有|[都全](?:给我|帮我|一起)?结|(?:都|一起|全)(?:要|吧)$")
SO_MANY = re.compile("(?<!第)([两二三四五])[笔个](?!月)")
ALSO = re.compile("也|还有|一起|加上|连")  # 第1笔也结, after another one
PAYS_A_SUM = {"repay_now", "partial_or_min_payment", "inform", "correct", "deny"}


class ValidateSettleForm(ValidateForm):
    action_name = "validate_settle_form"
    hears_more = True
    slots = (WHAT, CONFIRM)
    own = frozenset({"early_settlement"})
    cancelled = "utter_settle_cancelled"

    async def opening(self, turn: Turn, service: Service) -> Outcome:
        choices = await _choices(service)
        if not choices:
            return self.ended(Said("utter_payoff_none"))
        if words.IN_TURNS.search(turn.text):
            return self.ended(Said("utter_in_turns"))
        told_all = turn.affirms and "utter_payoff" in turn.last_said
        if turn.names_later_day:
            return Outcome(slots=self.empty(), leaves_form=True, then="promise_form")
        known = choices[-1] if len(choices) == 1 or told_all else _named(turn, choices)
        return Outcome(slots={**self.empty(), WHAT: known})

    async def reading(self, turn: Turn, service: Service) -> Outcome | None:
        if turn.names_later_day:
            return Outcome(slots=self.empty(), leaves_form=True, then="promise_form")
        if "amount" in turn.entities and turn.intent in PAYS_A_SUM and not turn.asks:
            return Outcome(slots=self.empty(), leaves_form=True, then="repay_form")
        if turn.asks:
            return None
        if turn.entities.get("amount_word") in PARTS and words.PAYS.search(turn.text):
            return Outcome(slots=self.empty(), leaves_form=True, then="repay_form")  # 先不结了，就还这期
        choices = await _choices(service)
        if (chosen := _named(turn, choices)) is not None:
            return Outcome(slots={WHAT: _with_before(chosen, turn, choices), CONFIRM: None})
        if turn.asked == CONFIRM and turn.intent in {"deny", "correct"}:
            return Outcome(slots=self.empty()) if len(choices) > 1 else self.ended(Said(self.cancelled))
        return None

    async def doing(self, turn: Turn, service: Service) -> Outcome:
        what = turn.slots[WHAT]
        try:
            order = await service.pay(quote_id=what["quote_id"])
        except Refused as refusal:
            if refusal.code in READ_BACK_ANEW:
                changed = Said("utter_repay_figure_changed")
                return Outcome(says=(changed,), slots={WHAT: {**what, "quote_id": None}, CONFIRM: None})
            if refusal.code == IN_PROGRESS:  # an earlier try of this message made the order and goes on
                return self.ended(Said("utter_repay_started", {"amount": replies.yuan(what["shown_fen"])}))
            return self.ended(replies.refused(refusal.detail))
        done = self.ended(read_back.ordered(order))
        return replace(done, slots={**self.empty(), "last_order": order["order_id"]})


class AskSettleWhat(Goal):
    action_name = "action_ask_settle_form_settle_what"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(Said("utter_ask_settle_what", buttons=pick.buttons(await _choices(service))))


class AskSettleConfirm(Goal):
    """Reads the quote back; where it is not the one that was told before, that is said."""

    action_name = "action_ask_settle_form_settle_confirm"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        what = turn.slots[WHAT]
        try:
            made = await service.make_quote(kind=what["kind"], loan_id=what["loan_id"])
        except Refused as refusal:
            empty = {WHAT: None, CONFIRM: None}
            return Outcome(says=(replies.refused(refusal.detail),), slots=empty, leaves_form=True)
        other = what.get("quote_id") not in (None, made["quote_id"])
        changed = (Said("utter_repay_figure_changed"),) if other else ()
        variables = {
            "title": "全部借款" if what["kind"] == "all" else what["title"],
            "amount": replies.yuan(made["amount_fen"]),
            "fee": replies.yuan(sum(item["early_fee_fen"] for item in made["items"])),
            "saved": replies.yuan(sum(item["interest_saved_fen"] for item in made["items"])),
            "reference": made["quote_id"],
        }
        shown = {**what, "quote_id": made["quote_id"], "shown_fen": made["amount_fen"]}
        return Outcome(says=(*changed, Said("utter_settle_confirm", variables)), slots={WHAT: shown})


def _named(turn: Turn, choices: list[dict[str, Any]]) -> Mapping[str, Any] | None:
    """The one that is named, as in 冰箱那笔全部还清; all where that is said. 结清 alone names none of several."""
    if (one := pick.named(turn, choices)) is not None:
        return one
    loans = [one for one in choices if one["kind"] == "payoff"]
    if len(named := pick.all_named(turn, loans)) > 1:
        return choices[-1] if len(named) == len(loans) else None  # no one quote is for some of them
    return choices[-1] if EVERYTHING.search(turn.text) or _so_many(turn.text) == len(loans) > 1 else None


def _so_many(text: str) -> int:
    """两笔一起: how many are meant, 0 where it is not said."""
    found = SO_MANY.search(text)
    return numerals.number(found[1]) if found else 0


def _with_before(chosen: Mapping[str, Any], turn: Turn, choices: list[dict[str, Any]]) -> Mapping[str, Any]:
    """The one that is named, or all where it comes to another that was chosen and those are all there are."""
    before = turn.slots.get(WHAT) or {}
    another = before.get("loan_id") not in (None, chosen["loan_id"]) and ALSO.search(turn.text)
    return choices[-1] if another and len(choices) == 3 else chosen


async def _choices(service: Service) -> list[dict[str, Any]]:
    """Each loan that is still paid for, and all of them where there are several."""
    active = [one for one in (await service.schedule())["loans"] if one["status"] == "active"]
    loans = [
        {"title": one["title"], "kind": "payoff", "loan_id": one["loan_id"], **pick.figures(one)}
        for one in replies.overdue_first(active)
    ]
    return [*loans, dict(ALL_OF_THEM)] if len(loans) > 1 else loans
