"""What the sentences of a scenario about limits mean; what they do not know is asked of the ledger's own steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from service.db import credit_line as store
from service.domain.loan.limit_application import Application
from service.domain.loan.limit_rules import Outcome
from service.domain.money import fen_from_yuan
from service.usecases.collect.open_stops import open_stops
from service.usecases.loan.apply_for_limit import apply_for_limit
from service.usecases.loan.ask_limit_review import ask_limit_review
from service.usecases.loan.cancel_temporary_limit import cancel_temporary_limit
from service.usecases.loan.changing_line import LineOrder
from service.usecases.loan.close_line import close_line
from service.usecases.loan.decide_limit_application import decide_limit_application
from service.usecases.loan.disburse import disburse
from service.usecases.loan.expire_temporary_limits import expire_temporary_limits
from service.usecases.loan.explain_limit import explain_limit
from service.usecases.loan.freeze_line import freeze_line
from service.usecases.loan.grant_temporary_limit import grant_temporary_limit
from service.usecases.loan.limit import limit
from service.usecases.loan.lower_limit import lower_limit
from service.usecases.loan.open_line import open_line
from service.usecases.loan.raise_limit import raise_limit
from service.usecases.loan.unfreeze_line import unfreeze_line
from service.usecases.ports import FrozenClock
from tests.domain.loan.limit_cases import RULES
from tests.service.loan.ledger import BORROWER, NO_CAPS, noon
from tests.service.loan.scenarios.steps import DAY, PRODUCTS, SUM, Story, plain, same

PRODUCT = "zero"
LINE = f"line:{BORROWER}:{PRODUCT}"
PERSON = "王敏"
CODE = r"[a-z_]+"


class LimitStory(Story):
    """One borrower with one line; every act has a key of its own."""

    acts = 0
    application: Application | None = None

    def _do(self, told: str) -> None:
        for pattern, act in ACTS:
            if found := re.fullmatch(rf"(?P<on>{DAY}) {pattern}", told):
                words = found.groupdict()
                self.acts += 1
                act(self, date.fromisoformat(words.pop("on")), **words)
                return
        super()._do(told)

    def shows(self, sentence: str) -> None:
        for pattern, look in LOOKS:
            if found := re.fullmatch(pattern, sentence):
                look(self, **found.groupdict())
                return
        super().shows(sentence)

    def open(self, on: date, fen: str) -> None:
        with self.database.transaction() as conn:
            open_line(
                conn, borrower_id=BORROWER, product_code=PRODUCT, limit_fen=fen_from_yuan(fen), now=noon(on),
                products=PRODUCTS,
            )  # fmt: skip

    def draw(self, on: date, fen: str, periods: str) -> None:
        with self.database.transaction() as conn:
            disburse(
                conn, price_caps=NO_CAPS, loan_id=f"L{self.loans + 1}", borrower_id=BORROWER, product_code=PRODUCT,
                principal_fen=fen_from_yuan(fen), periods=int(periods), disbursed_on=on, purpose="样例",
                products=PRODUCTS, now=noon(on),
            )  # fmt: skip
        self.loans += 1

    def change(self, act: Callable[..., Any], on: date, reason: str, **more: Any) -> None:
        with self.database.transaction() as conn:
            order = LineOrder(LINE, reason, by=PERSON, key=f"act-{self.acts}", now=noon(on), rules=RULES)
            act(conn, order, **more)

    def raised(self, on: date, fen: str, reason: str) -> None:
        self.change(raise_limit, on, reason, limit_fen=fen_from_yuan(fen))

    def lowered(self, on: date, fen: str, reason: str) -> None:
        self.change(lower_limit, on, reason, limit_fen=fen_from_yuan(fen))

    def temporary(self, on: date, fen: str, begins: str | None, until: str, reason: str) -> None:
        days = {"from_on": date.fromisoformat(begins) if begins else on, "until_on": date.fromisoformat(until)}
        self.change(grant_temporary_limit, on, reason, extra_fen=fen_from_yuan(fen), **days)

    def temporary_cancelled(self, on: date, reason: str) -> None:
        self.change(cancel_temporary_limit, on, reason)

    def frozen(self, on: date, reason: str) -> None:
        self.change(freeze_line, on, reason)

    def unfrozen(self, on: date, lifts: str, reason: str) -> None:
        self.change(unfreeze_line, on, reason, lifts=lifts)

    def shut(self, on: date, reason: str) -> None:
        self.change(close_line, on, reason)

    def close_with_limits(self, on: date) -> None:
        self.close(on)
        expire_temporary_limits(self.database, business_date=on, rules=RULES, clock=FrozenClock(noon(on)))

    def apply(self, on: date, fen: str) -> None:
        self.application = apply_for_limit(
            self.database, borrower_id=BORROWER, conversation_id="c", line_id=LINE, asked_fen=fen_from_yuan(fen),
            key=f"application-{self.acts}", stops=open_stops, rules=RULES, clock=FrozenClock(noon(on)),
        )  # fmt: skip

    def review(self, on: date) -> None:
        assert self.application is not None
        with self.database.transaction() as conn:
            self.application = ask_limit_review(
                conn, application_id=self.application.id, borrower_id=BORROWER, now=noon(on), rules=RULES
            )

    def decide(self, on: date, fen: str | None, reason: str) -> None:
        assert self.application is not None
        with self.database.transaction() as conn:
            self.application = decide_limit_application(
                conn, application_id=self.application.id, outcome=Outcome.APPROVED if fen else Outcome.REFUSED,
                amount_fen=fen_from_yuan(fen) if fen else 0, reason_code=reason, by=PERSON, now=noon(on), rules=RULES,
            )  # fmt: skip

    def refuse(self, on: date, reason: str) -> None:
        self.decide(on, None, reason)


ACTS: tuple[tuple[str, Callable[..., None]], ...] = (
    (rf"open (?P<fen>{SUM})", LimitStory.open),
    (rf"draw (?P<fen>{SUM}) over (?P<periods>\d+)", LimitStory.draw),
    (rf"raise to (?P<fen>{SUM}) for (?P<reason>{CODE})", LimitStory.raised),
    (rf"lower to (?P<fen>{SUM}) for (?P<reason>{CODE})", LimitStory.lowered),
    (rf"cancel temporary for (?P<reason>{CODE})", LimitStory.temporary_cancelled),
    (
        rf"temporary (?P<fen>{SUM})(?: from (?P<begins>{DAY}))? until (?P<until>{DAY}) for (?P<reason>{CODE})",
        LimitStory.temporary,
    ),
    (rf"freeze for (?P<reason>{CODE})", LimitStory.frozen),
    (rf"unfreeze (?P<lifts>{CODE}) for (?P<reason>{CODE})", LimitStory.unfrozen),
    (rf"shut for (?P<reason>{CODE})", LimitStory.shut),
    (r"close", LimitStory.close_with_limits),
    (r"pay all", lambda story, on: story.pay_plan(on, "all", None)),
    (rf"apply for (?P<fen>{SUM})", LimitStory.apply),
    (r"ask for a person", LimitStory.review),
    (rf"a person grants (?P<fen>{SUM}) for (?P<reason>{CODE})", LimitStory.decide),
    (rf"a person refuses for (?P<reason>{CODE})", LimitStory.refuse),
)


def standing(story: LimitStory, on: str, limit_yuan: str, used: str, available: str) -> None:
    with story.database.reading() as conn:
        found = limit(conn, borrower_id=BORROWER, today=date.fromisoformat(on))
    said = (plain(found.limit_fen), plain(found.used_fen), plain(found.available_fen))
    same(said, (limit_yuan, used, available))


def explanation(story: LimitStory, on: str, since: str, words: str) -> None:
    with story.database.reading() as conn:
        told = explain_limit(
            conn, borrower_id=BORROWER, today=date.fromisoformat(on), since=date.fromisoformat(since), rules=RULES
        )
    assert words in told.text, told.text


def history(story: LimitStory, rest: str) -> None:
    with story.database.reading() as conn:
        found = store.events_of(conn, LINE)
    same(", ".join(f"{one.kind} {one.on}" for one in found), rest)


def outcome(story: LimitStory, state: str, fen: str) -> None:
    assert story.application is not None
    same((story.application.state.value, plain(story.application.amount_fen)), (state, fen))
    assert story.application.reasons


LOOKS: tuple[tuple[str, Callable[..., None]], ...] = (
    (rf"(?P<on>{DAY}) limit (?P<limit_yuan>{SUM}) used (?P<used>{SUM}) available (?P<available>{SUM})", standing),
    (rf"(?P<on>{DAY}) since (?P<since>{DAY}) says (?P<words>.+)", explanation),
    (r"events (?P<rest>.+)", history),
    (rf"application (?P<state>approved|refused|referred) (?P<fen>{SUM})", outcome),
)
