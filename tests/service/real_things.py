"""What exists in the place of most of what was made up and could exist, so that a request made up of nothing but its
description gets past the first look-up and to the rules of the ledger."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests
from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation
from sqlalchemy import select

from service.db import payment
from service.db.loan import load_book
from service.db.tables.hardship import hardship_proposal
from service.domain.days import business_date
from service.domain.desk.matter import MatterKind
from service.domain.loan.event import PlanAgreed
from service.domain.loan.plan import Part
from service.usecases.collect.import_bank_file import import_bank_file
from service.usecases.desk.file_matter import Filing, file_matter
from service.usecases.loan import adjust
from service.usecases.loan.adjust import Order
from service.usecases.loan.autopay import keep_card
from service.usecases.loan.changing_line import LineOrder
from service.usecases.loan.freeze_line import freeze_line
from service.usecases.loan.grant_temporary_limit import grant_temporary_limit
from service.usecases.loan.open_account import open_account
from service.usecases.loan.open_line import open_line
from service.usecases.loan.post_event import post_once
from service.usecases.loan.post_payment import post_payment
from service.usecases.loan.purchase import purchase
from service.usecases.loan.register_borrower import register_borrower
from tests.service.real_desk import RealDesk
from tests.service.whole_api import APPLICATION_LINE, BORROWER, SERVICE_TOKEN, WholeApi

# Each deed of an operator has a loan of its own, so that one does not make another impossible.
CHARGED, WRITTEN_OFF, PAUSED = "demo-overdue-45-1", "demo-overdue-120-1", "demo-overdue-75-1"
PLANNED, DEFERRED = "demo-overdue-20-1", "demo-due-in-3-1"
PAYER, RICH = "demo-paid-up", "demo-settled"
KEY = "idempotency-key"
LOAN, LINE = f"{BORROWER}-1", f"line:{BORROWER}:appliance"
assert LINE != APPLICATION_LINE


def put_in(values: Any, known: Mapping[str, Any]) -> None:
    """Most of what is of the right kind is replaced by what is known."""
    for name, real in known.items():
        if isinstance(values, dict) and type(values.get(name)) is type(real) and secrets.randbelow(8):
            values[name] = real


def is_wrong(case: Case, where: ParameterLocation) -> bool:
    """Whether this part was made to be refused; then it stays as it is."""
    made = case.meta.components.get(where) if case.meta else None
    return made is not None and made.mode.is_negative


@dataclass
class RealThings:
    api: WholeApi
    url: str
    _quote_id: str = field(default="", init=False)

    def into(self, case: Case) -> None:
        """Into path, query and body of a case, by their names and by what its operation is about."""
        known = self._known() | self._of(case)
        parts = {
            ParameterLocation.PATH: case.path_parameters,
            ParameterLocation.QUERY: case.query,
            ParameterLocation.BODY: case.body,
        }
        for where, values in parts.items():
            if not is_wrong(case, where):
                put_in(values, known)
        if KEY in case.headers and not is_wrong(case, ParameterLocation.HEADER) and secrets.randbelow(8):
            case.headers[KEY] = secrets.token_hex(8)  # what is made up is mostly "0", again and again
        if "/statements/" in case.path and secrets.randbelow(4):
            self.api.app.state.statement_limit._times.clear()  # a minute has passed, which the clock does not say

    def open_order(self) -> dict[str, Any]:
        """The borrower's payment on its way, started if there is none: what it would be called back with."""
        with self.api.services.database.reading() as conn:
            found = payment.open_of(conn, BORROWER)
        if found:
            return {"order_id": found.id, "amount_fen": found.amount_fen}
        started = self._post("payments", {"kind": "amount", "amount_fen": 100})
        return {name: started[name] for name in ("order_id", "amount_fen")}

    def _known(self) -> dict[str, Any]:
        return {
            "conversation_id": self.api.conversation_id,
            "application_id": self.api.application_id,
            "borrower_id": BORROWER,
            "loan_id": LOAN,
            "line_id": LINE,
            "code": "appliance",
            "principal_fen": 600_000,
            "periods": 12,
            "ticket": "",
        }

    def _of(self, case: Case) -> dict[str, Any]:
        path = case.path
        if path.startswith("/collect/"):
            return RealDesk(self.api.services).of(path)
        if "quote_id" in path or (path.endswith("/payments") and "quote_id" in str(case.body)):
            return {"quote_id": self._quote()}
        if "order_id" in path or path == "/loan/payment-callbacks":
            return self.open_order()
        if path.endswith(("/autopay", "/cards/choice")):
            return {"card_id": self._card(), "reason": "以后扣这张"}
        if "proposal_id" in path:
            return {"proposal_id": self._proposal()}
        if path.startswith("/loan/payments/"):
            return {"payment_id": self._payment(PAYER, 1_000), "to_borrower_id": RICH, "reason": "核对无误"}
        if path.endswith(("/accounts", "/purchases")) or path.startswith("/loan/purchases/"):
            return {"product_code": "shopping", "amount_fen": 100, "reason": "核对无误"} | self._account(path)
        if path.startswith("/desk/matters/"):
            told = "核对了您的还款记录，入账有误，已更正，多扣的部分已退回。"
            return {"matter_id": self._matter(), "answer": told, "outcome": "upheld"}
        if path.endswith("/set-aside/acceptance"):
            return {"reference": self._set_aside(), "account": PAYER, "reason": "核对无误"}
        if path.startswith("/loan/ledger-events/"):
            return {"event_key": self._written_off(), "reason": "核对无误"}
        if path.startswith("/loan/credit-lines/"):
            return self._line(path) | {"reason": "核对无误"}
        if path.endswith("/refunds"):
            self._payment(RICH, 100)
            return {"borrower_id": RICH, "amount_fen": 1, "reason": "核对无误"}
        return self._of_loan(path)

    def _of_loan(self, path: str) -> dict[str, Any]:
        day = str(business_date(self.api.services.clock.now()) - timedelta(days=2))
        dated = {"effective_on": day, "until_on": "2027-01-01", "no": 5, "reason": "核对无误"}
        if path.endswith(("/fees", "/waivers")):
            part = {"no": 4, "component": "penalty", "amount_fen": 1}
            return dated | {"loan_id": CHARGED, "parts": [part]}
        if path.endswith("/write-off"):
            return dated | {"loan_id": WRITTEN_OFF}
        if "/ageing-pauses" in path:
            return dated | {"loan_id": PAUSED} | ({"pause_id": self._pause()} if "pause_id" in path else {})
        if path.endswith("/plan/end"):
            self._plan()
            return dated | {"loan_id": PLANNED}
        return dated | {"loan_id": DEFERRED} if path.endswith("/deferrals") else {}

    def _account(self, path: str) -> dict[str, Any]:
        """A new borrower with a line to buy under, and an account and a purchase where it is about one."""
        who, now, at = f"s-{secrets.token_hex(8)}", self.api.services.clock.now(), self.api.services
        today = business_date(now)
        opened = {"statement_day": 5, "opened_on": today - timedelta(days=3), "purpose": "购物账户"}
        bought = {"amount_fen": 100, "on": today, "what": "书桌", "by": "苏禾", "now": now}
        with at.database.transaction() as conn:
            register_borrower(conn, borrower_id=who, name="云小满", phone="19900000001", now=now)
            line = {"borrower_id": who, "product_code": "shopping", "products": at.products, "now": now}
            open_line(conn, limit_fen=1_000_000, **line)
            if not path.endswith("/accounts"):
                open_account(conn, loan_id=who, price_caps=at.price_caps, **line, **opened)
            if path.startswith("/loan/purchases/"):
                purchase(conn, purchase_id=who, loan_id=who, **bought)
        return {"borrower_id": who, "loan_id": who, "purchase_id": who}

    def _line(self, path: str) -> dict[str, Any]:
        """A new line that nothing is owed under, and what may be done to it."""
        who, at = f"s-{secrets.token_hex(8)}", self.api.services
        now, deed = at.clock.now(), path.rsplit("/", 1)[1]
        with at.database.transaction() as conn:
            register_borrower(conn, borrower_id=who, name="云小满", phone="19900000001", now=now)
            line = {"borrower_id": who, "product_code": "shopping", "products": at.products, "now": now}
            line_id = open_line(conn, limit_fen=1_000_000, **line).id
            if deed == "unfreezing":
                freeze = LineOrder(line_id, "security_check", by="苏禾", key=who, now=now, rules=at.limit_rules)
                freeze_line(conn, freeze)
            if deed == "cancellation":
                given = LineOrder(line_id, "holiday", by="苏禾", key=who, now=now, rules=at.limit_rules)
                days = {"from_on": business_date(now), "until_on": business_date(now) + timedelta(days=9)}
                grant_temporary_limit(conn, given, extra_fen=100_000, **days)
        today = business_date(now)
        return {"line_id": line_id} | {
            "raising": {"limit_fen": 1_100_000, "reason_code": "periodic_review"},
            "lowering": {"limit_fen": 900_000, "reason_code": "periodic_review"},
            "temporary-limits": {
                "extra_fen": 100_000,
                "from_on": str(today),
                "until_on": str(today + timedelta(days=9)),
                "reason_code": "holiday",
            },
            "freezing": {"reason_code": "security_check"},
            "unfreezing": {"lifts": "security_check", "reason_code": "check_passed"},
            "closing": {"reason_code": "account_closed"},
            "cancellation": {"reason_code": "temporary_not_wanted"},
        }[deed]

    def _written_off(self) -> str:
        """The event that wrote off a new account, and is undone by its key."""
        loan_id, now = self._account("/loan/purchases/")["loan_id"], self.api.services.clock.now()
        order = Order(secrets.token_hex(8), "苏禾", "核对有误", business_date(now), now)
        with self.api.services.database.transaction() as conn:
            adjust.write_off(conn, order, loan_id=loan_id)
        return order.key

    def _set_aside(self) -> str:
        """A line of a bank's file that names nobody's account."""
        at, reference = self.api.services, secrets.token_hex(8)
        day = business_date(at.clock.now())
        line = f"流水号,账号,金额,日期\n{reference},{reference},1,{day}"
        import_bank_file(at.database, line, by="苏禾", clock=at.clock, policy=at.bank_files, dry_run=False)
        return reference

    def _matter(self) -> str:
        """A dispute that nobody has answered."""
        now, of = self.api.services.clock.now(), {"borrower_id": BORROWER, "conversation_id": self.api.conversation_id}
        filing = Filing(MatterKind.DISPUTE, "amount", "这笔金额不对")
        with self.api.services.database.transaction() as conn:
            days = self.api.services.answer_days
            return file_matter(conn, **of, filing=filing, key=secrets.token_hex(8), now=now, days=days).id

    def _quote(self) -> str:
        if not self._quote_id:
            self._quote_id = str(self._post("quotes", {"kind": "minimum"})["quote_id"])
        return self._quote_id

    def _proposal(self) -> str:
        with self.api.services.database.reading() as conn:
            of = hardship_proposal.c
            found = conn.execute(select(of.id).where(of.borrower_id == BORROWER, of.state == "proposed")).scalar()
        wish = {"loan_id": f"{BORROWER}-2", "kind": "defer", "months": 6}
        return str(found or self._post("hardship-proposals", wish)["proposal_id"])

    def _card(self) -> str:
        kept = {"bank_name": "演示银行", "last_four": "0001", "token": f"real:{BORROWER}"}
        with self.api.services.database.transaction() as conn:
            return keep_card(conn, borrower_id=BORROWER, **kept, now=self.api.services.clock.now()).id

    def _payment(self, borrower_id: str, amount_fen: int) -> str:
        payment_id, now = f"p-{secrets.token_hex(8)}", self.api.services.clock.now()
        paid = {"borrower_id": borrower_id, "amount_fen": amount_fen, "paid_at": now, "channel": "bank", "now": now}
        with self.api.services.database.transaction() as conn:
            post_payment(conn, payment_id=payment_id, **paid)
        return payment_id

    def _pause(self) -> str:
        pause_id, now = f"pause-{secrets.token_hex(8)}", self.api.services.clock.now()
        order = Order(pause_id, "苏禾", "样例", business_date(now) - timedelta(days=3), now)
        with self.api.services.database.transaction() as conn:
            adjust.pause_ageing(conn, order, loan_id=PAUSED, pause_id=pause_id, until=None, stops_penalty=False)
        return pause_id

    def _plan(self) -> None:
        key, now = secrets.token_hex(8), self.api.services.clock.now()
        today, owner = business_date(now), PLANNED.removesuffix("-1")
        body = PlanAgreed(PLANNED, key, (Part(today + timedelta(days=30), 100),), 0, stops_penalty=False)
        with self.api.services.database.transaction() as conn:
            book = load_book(conn, owner)
            if book is not None and book.active[0].plan is None:
                post_once(conn, borrower_id=owner, key=key, body=body, by="苏禾", on=today, now=now)

    def _post(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = requests.post(
            f"{self.url}/loan/conversations/{self.api.conversation_id}/{what}",
            json=body,
            headers={"Authorization": f"Bearer {SERVICE_TOKEN}", "Idempotency-Key": secrets.token_hex(8)},
            timeout=20,
        )
        assert answer.ok, answer.text
        found: dict[str, Any] = answer.json()
        return found
