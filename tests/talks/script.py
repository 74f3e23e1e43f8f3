"""What the conversations of this folder say: one file a kind, one entry a conversation, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
CHANGES = ("pays", "fails", "promises", "parts", "pauses", "person", "applies", "proposes", "files", "autopay")


@dataclass(frozen=True, slots=True)
class Step:
    """One message: typed (`say`) or pressed (`press`, part of a button's title), and what the answer must and must
    not have in it. Names in braces stand for figures of the ledger."""

    say: str = ""
    press: str = ""
    hears: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """`then` names what has changed in the database at the end; whatever it does not name must be as it was."""

    kind: str
    name: str
    who: str  # of the demonstration's cast, or "visitor"
    steps: tuple[Step, ...]
    then: dict[str, tuple[str, ...]]
    way: str = ""  # how a debtor answers his reminder

    @property
    def id(self) -> str:
        return self.name.replace(" ", "_")


def conversations(folder: Path = HERE) -> tuple[Conversation, ...]:
    """All of them, file by file."""
    return tuple(
        _conversation(file.stem, entry)
        for file in sorted(folder.glob("*.yml"))
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))
    )


def _conversation(kind: str, entry: dict[str, Any]) -> Conversation:
    """Raises where a word is misspelt, so that no expectation is passed over."""
    _only(entry, {"name", "who", "talk", "then", "way"})
    then = {what: _texts(values) for what, values in (entry.get("then") or {}).items()}
    _only(then, set(CHANGES))
    steps = tuple(_step(step) for step in entry["talk"])
    return Conversation(kind, entry["name"], entry["who"], steps, then, entry.get("way", ""))


def _step(entry: dict[str, Any]) -> Step:
    _only(entry, {"say", "press", "hears", "never"})
    if ("say" in entry) == ("press" in entry):
        raise ValueError(f"one of say and press: {entry}")
    return Step(
        say=str(entry.get("say", "")),
        press=str(entry.get("press", "")),
        hears=_texts(entry.get("hears")),
        never=_texts(entry.get("never")),
    )


def _texts(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    return tuple(map(str, given)) if isinstance(given, list) else (str(given),)


def _only(entry: dict[str, Any], known: set[str]) -> None:
    if unknown := entry.keys() - known:
        raise ValueError(f"unknown: {sorted(unknown)} in {entry}")
