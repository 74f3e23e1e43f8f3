"""What becomes of a message or a call that the sandbox gateway takes: drawn once, by a seed and the message's id."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("behaviour.toml")
Span = tuple[float, float]


class Answer(StrEnum):
    """How the gateway answers when it is handed a message. All but REFUSED have taken it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LOST = "lost"
    HANGS = "hangs"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Chances from 0 to 1, times in seconds. What no chance takes is delivered, or answered."""

    refused: float = 0.0
    lost_answer: float = 0.0
    hangs: float = 0.0
    hang_seconds: float = 8.0
    delay_seconds: Span = (0.0, 0.0)
    repeated: float = 0.0
    swapped: float = 0.0
    disconnected: float = 0.0
    blocked: float = 0.0
    carrier: float = 0.0
    unanswered: float = 0.0
    voicemail: float = 0.0
    wrong_person: float = 0.0
    opts_out: float = 0.0
    talk_seconds: Span = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Fate:
    """`event` and `reason` as a receipt tells them; `reply`: what the phone then writes back; `told`: how often each
    receipt comes; `swapped`: the last receipt comes first."""

    answer: Answer
    event: str
    reason: str
    seconds: int | None
    reply: str
    delay_seconds: float
    told: int
    swapped: bool


def read_behaviours(path: Path = FILE) -> dict[str, Behaviour]:
    """By channel. Raises ValueError naming what is wrong, tomllib.TOMLDecodeError."""
    return {
        channel: _behaviour(channel, row) for channel, row in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


def fate(behaviour: Behaviour, *, seed: int, message_id: str, is_call: bool) -> Fate:
    draw = random.Random(f"{seed}|{message_id}")
    answer = _answer(behaviour, draw)
    event, reason = _end(behaviour, draw, is_call=is_call)
    talked = event in {"connected", "wrong_person", "opted_out"}
    return Fate(
        answer=answer,
        event=event,
        reason=reason,
        seconds=round(draw.uniform(*behaviour.talk_seconds)) if talked else None,
        reply="退订" if event == "delivered" and draw.random() < behaviour.opts_out else "",
        delay_seconds=draw.uniform(*behaviour.delay_seconds),
        told=1 + (draw.random() < behaviour.repeated),
        swapped=draw.random() < behaviour.swapped,
    )


def _answer(one: Behaviour, draw: random.Random) -> Answer:
    chances = {Answer.REFUSED: one.refused, Answer.LOST: one.lost_answer, Answer.HANGS: one.hangs}
    return _first(draw, chances, otherwise=Answer.ACCEPTED)


def _end(one: Behaviour, draw: random.Random, *, is_call: bool) -> tuple[str, str]:
    never = {("failed", name): getattr(one, name) for name in ("disconnected", "blocked", "carrier")}
    if not is_call:
        return _first(draw, never, otherwise=("delivered", ""))
    calls = {(name, ""): getattr(one, name) for name in ("unanswered", "voicemail", "wrong_person")}
    return _first(draw, never | calls | {("opted_out", ""): one.opts_out}, otherwise=("connected", ""))


def _first(draw: random.Random, chances: Mapping[Any, float], *, otherwise: Any) -> Any:
    at = draw.random()
    for name, chance in chances.items():
        if at < chance:
            return name
        at -= chance
    return otherwise


def _behaviour(channel: str, row: Mapping[str, Any]) -> Behaviour:
    known = {one.name for one in fields(Behaviour)}
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name not in known:
            raise ValueError(f"{channel}: {name}: there is no such setting; there are {', '.join(sorted(known))}")
        span = name in {"delay_seconds", "talk_seconds"}
        numbers = value if span and isinstance(value, list) and len(value) == 2 else [value]
        if any(isinstance(one, bool) or not isinstance(one, (int, float)) or one < 0 for one in numbers):
            raise ValueError(f"{channel}: {name}: must be {'two numbers' if span else 'a number'}, not below zero")
        if not name.endswith("_seconds") and value > 1:
            raise ValueError(f"{channel}: {name}: is a chance, at most 1")
        values[name] = (float(numbers[0]), float(numbers[-1])) if span else float(value)
    return Behaviour(**values)
