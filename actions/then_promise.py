"""PURE · what is promised in the same breath as a payment now: 先还400，剩下100明天."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions import promise_parts, replies
from actions.promise_parts import AMOUNT, DAY
from actions.replies import Said
from actions.turn import Turn

SLOT = "repay_then"  # {amount_fen, due_on, said}, None where nothing is promised besides


def later(turn: Turn, *, of_fen: int | None) -> dict[str, Any] | None:
    """The second of two parts, where the first is for now; `of_fen` is the sum of which 剩下的 is the rest."""
    parts = promise_parts.parts_in(turn.entities)
    if len(parts) != 2 or turn.text.startswith("/"):
        return None
    now, then = parts
    if not now.amount_fen or now.condition or now.said or now.due_on not in (None, turn.today.isoformat()):
        return None
    if not (then.due_on or then.said) or (then.due_on and then.due_on <= turn.today.isoformat()):
        return None
    left = (of_fen or 0) - now.amount_fen
    fen = then.amount_fen or (left if then.word == "rest" and left > 0 else None)
    return {"amount_fen": fen, "due_on": then.due_on, "said": then.said} if fen else None


def told(wish: Mapping[str, Any] | None, turn: Turn) -> tuple[Said, ...]:
    """Said before the payment is read back."""
    if not wish:
        return ()
    day = replies.day(wish["due_on"], today=turn.today) if wish["due_on"] else wish["said"]
    return (Said("utter_repay_then", {"amount": replies.yuan(wish["amount_fen"]), "day": day}),)


def opening(wish: Mapping[str, Any]) -> dict[str, Any]:
    """What the other form knows already."""
    return {AMOUNT: wish["amount_fen"], DAY: wish["due_on"]}
