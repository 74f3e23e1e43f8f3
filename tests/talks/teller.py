"""Holds one conversation with the running system and says what came of it."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any

from sqlalchemy import select

from service.db.tables.chat import turn
from service.db.tables.payment import payment_order
from service.domain.days import business_date
from tests.running import Borrower, FrozenSystem
from tests.talks.effects import Kept, conversation_id_of, figures, kept, reminders
from tests.talks.people import VISITOR, borrower_of
from tests.talks.script import Conversation, Step

PATIENCE_SECONDS = 60
LOOK_SECONDS = 0.03
# Beginnings of what only programs read: none of it may be told to anybody.
INNER_WORDS = ("{", "}", "None", "utter_", "action_", "Traceback")
OPEN = ("created", "pending")
_MOVING = Lock()


@dataclass
class Told:
    """A conversation as it went: `lines` is the transcript, `faults` what was not as it should have been."""

    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    before: Kept | None = None
    after: Kept | None = None

    def fault(self, what: str) -> None:
        self.faults.append(what)


class Teller:
    """One borrower (or visitor) at his page, one message after the other."""

    def __init__(self, system: FrozenSystem, conversation: Conversation) -> None:
        self.system = system
        self.conversation = conversation
        self.borrower_id = "" if conversation.who == VISITOR else borrower_of(conversation)
        self.page: Borrower = system.borrower(self.borrower_id) if self.borrower_id else system.visitor()
        self.conversation_id = ""
        self.buttons: list[dict[str, Any]] = []
        self.told = Told()

    def tell(self) -> Told:
        """The whole conversation; what goes wrong on the way is in the answer, not raised."""
        at_first = self._figures()
        if self.conversation.way and not self._reminded():
            self.told.fault("nothing was sent to answer to")
        self.told.before = self._kept()
        for step in self.conversation.steps:
            heard = self._turn(step, at_first)
            known = at_first | {f"{name}_now": value for name, value in self._figures().items()}
            self._judge(step, heard, known)
        self.told.after = self._kept()
        self._compare(at_first)
        self.page.http.close()
        return self.told

    def _turn(self, step: Step, known: dict[str, str]) -> str:
        """Say it, and wait until it is answered and no payment is on its way."""
        text, payload = step.say.format_map(known), None
        if step.press:
            wanted = step.press.format_map(known)
            button = next((one for one in self.buttons if wanted in one["title"]), None)
            if button is None:
                raise AssertionError(f"no button {wanted} among {self.buttons} after {self.told.lines}")
            text, payload = button["title"], button["payload"]
        self.told.lines.append(f"> {text}")
        with _MOVING:  # what is said later is later, though others talk at the same time
            self.system.clock.instant += timedelta(seconds=1)
        posted = self.page.post(text, payload=payload, message_id=uuid.uuid4().hex)
        assert posted.status_code == 202, posted.text
        self.conversation_id = posted.json()["conversation_id"]
        self._wait(posted.json()["turn_id"])
        new = self.page.turns(self.page.seen)
        self.page.seen = max(one["id"] for one in new)
        spoken = [one for one in new if one["direction"] == "out"]
        self.buttons = [button for one in spoken for button in one["buttons"]]
        heard = "\n".join(one["text"] for one in spoken)
        self.told.lines += [f"  {line}" for line in heard.splitlines()]
        return heard

    def _wait(self, turn_id: int) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        open_orders = select(payment_order.c.id).where(
            payment_order.c.borrower_id == self.borrower_id, payment_order.c.state.in_(OPEN)
        )
        while True:
            with self.system.services.database.reading() as conn:
                state = conn.scalar(select(turn.c.state).where(turn.c.id == turn_id))
                if state == "answered" and conn.scalar(open_orders) is None:
                    return
            assert state != "failed", f"not answered: {self.told.lines}"
            assert time.monotonic() < until, f"no end: {self.told.lines}"
            time.sleep(LOOK_SECONDS)

    def _judge(self, step: Step, heard: str, known: dict[str, str]) -> None:
        after = f"after “{step.say or step.press}”"
        if not heard:
            self.told.fault(f"{after}: nothing was said")
        for part in step.hears:
            if (wanted := part.format_map(known)) not in heard:
                self.told.fault(f"{after}: “{wanted}” is missing")
        for part in step.never:
            if (unwanted := part.format_map(known)) in heard:
                self.told.fault(f"{after}: “{unwanted}” was said")
        for word in INNER_WORDS:
            if word in heard:
                self.told.fault(f"{after}: a program's word was said: {word}")

    def _compare(self, known: dict[str, str]) -> None:
        """What changed is what was said to, and nothing else."""
        before, after = self.told.before, self.told.after
        assert before is not None
        assert after is not None
        then = {what: [text.format_map(known) for text in texts] for what, texts in self.conversation.then.items()}
        paid = then.get("pays", [])
        failed = then.get("fails", [])
        orders = sorted([f"{sum_} succeeded" for sum_ in paid] + [f"{sum_} failed" for sum_ in failed])
        self._same("orders", _new(before.orders, after.orders), orders)
        self._same("receipts", _new(before.receipts, after.receipts), sorted(paid))
        self._same("cash in the journal", after.cash_fen - before.cash_fen, sum(map(_fen, paid)))
        self._same("journal", list(after.journal[: len(before.journal)]), list(before.journal))
        self._same("new in the journal", set(after.journal[len(before.journal) :]) - {"payment", "accrual"}, set())
        if not paid:
            self._same("journal entries", len(after.journal), len(before.journal))
        self._same("promises", _new(before.promises, after.promises), sorted(then.get("promises", [])))
        in_parts = then.get("parts", then.get("promises", []))  # one of one part is as its part
        self._same("parts of promises", _new(before.parts, after.parts), sorted(in_parts))
        self._same("pauses", sorted(set(after.pauses) - set(before.pauses)), sorted(then.get("pauses", [])))
        self._same("pauses that ended", set(before.pauses) - set(after.pauses), set())
        self._same("a person", list(after.persons), then.get("person", []))
        self._same("applications", list(after.applications), then.get("applies", []))
        granted = [text for text in then.get("applies", []) if text.endswith("approved")]
        self._same("limits that changed", _changes(before.limits, after.limits), len(granted))
        self._same("disputes and complaints", _new(before.matters, after.matters), sorted(then.get("files", [])))
        self._same("automatic payment", _new(before.autopay, after.autopay), sorted(then.get("autopay", [])))
        self._same("hardship proposals", _new(before.proposals, after.proposals), sorted(then.get("proposes", [])))

    def _same(self, what: str, found: Any, wanted: Any) -> None:
        if found != wanted:
            self.told.fault(f"{what}: {found!r} instead of {wanted!r}")

    def _reminded(self) -> bool:
        """Whether a reminder was sent, and is on the page."""
        with self.system.services.database.reading() as conn:
            sent = reminders(conn, borrower_id=self.borrower_id)
        return len(sent) == 1 and sent[0] in {one["text"] for one in self.page.turns()}

    def _kept(self) -> Kept:
        with self.system.services.database.reading() as conn:
            talk = self.conversation_id or (conversation_id_of(conn, self.borrower_id) if self.borrower_id else "")
            return kept(conn, borrower_id=self.borrower_id, conversation_id=talk)

    def _figures(self) -> dict[str, str]:
        if not self.borrower_id:
            return {}
        with self.system.services.database.reading() as conn:
            return figures(conn, borrower_id=self.borrower_id, today=business_date(self.system.now()))


def _new(before: tuple[str, ...], after: tuple[str, ...]) -> list[str]:
    return sorted((Counter(after) - Counter(before)).elements())


def _fen(yuan: str) -> int:
    whole, _, cents = yuan.replace(",", "").partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0") if cents else 0)


def _changes(before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return sum(one != other for one, other in zip(before, after, strict=True))
