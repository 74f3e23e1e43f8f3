"""A small service with the shapes and the refusals of the real one, for one borrower; runs on loopback.

Conversations whose id begins with "visitor" belong to nobody; "down" answers 500, "slow" answers too late.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import uvicorn
from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse

from service.api import knowledge as knowledge_api
from service.domain.days import SHANGHAI
from service.usecases.ports import FrozenClock
from tests.domain.chat.knowledge_cases import knowledge

TODAY = date(2026, 11, 23)
LATEST = TODAY + timedelta(days=30)
TOKEN = "service-token"
OVERDUE, NEXT, REST = 53993, 105000, 521000
ALL = OVERDUE + NEXT + REST
LOAN, CASH = "家电分期·云朵冰箱", "随心借·现金周转"


@dataclass
class World:
    """What the small service was told to do, and what it refuses besides."""

    effects: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)  # key → (path, body)
    quotes: dict[str, dict[str, Any]] = field(default_factory=dict)
    day: int = 23  # of November; a quote of another day has expired
    version: int = 0  # moves where the account does without any sum of a quote being another
    refuse_next: tuple[str, str] | None = None
    in_progress: int = 0  # so many payments are answered with 409
    bill_fen: int = OVERDUE
    open: bool = True
    order_state: str = "pending"
    limit_state: str = "approved"  # how the next application is decided
    offers: int = 1  # lines that can be applied for
    loans: int = 1  # the second one is like the first
    suspense_fen: int = 0
    filed: list[dict[str, Any]] = field(default_factory=list)

    def paid_by(self, conversation_id: str) -> list[tuple[str, int]]:
        """The kinds and sums of the quotes that were paid in a conversation, in order."""
        ids = [body["quote_id"] for body in self.bodies_of(conversation_id)]
        return [(self.quotes[one]["kind"], self.quotes[one]["amount_fen"]) for one in ids]

    def bodies_of(self, conversation_id: str) -> list[dict[str, Any]]:
        """What was done for one conversation, in order."""
        return [body for key, (_, body) in self.effects.items() if key.startswith(f"{conversation_id}:")]


class Problem(Exception):
    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status, self.code, self.detail = status, code, detail


def small_service(world: World) -> FastAPI:
    app = FastAPI()
    # The knowledge base is the real one, behind its real route.
    noon = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=SHANGHAI)
    app.state.services = SimpleNamespace(
        knowledge=knowledge(), clock=FrozenClock(noon), settings=SimpleNamespace(service_token=TOKEN)
    )
    app.include_router(knowledge_api.router)

    @app.exception_handler(Problem)
    def problem(_: Request, raised: Problem) -> JSONResponse:
        body = {"type": "about:blank", "status": raised.status, "code": raised.code, "detail": raised.detail}
        return JSONResponse(body, raised.status, media_type="application/problem+json")

    def borrower(cid: str, authorization: str) -> None:
        if authorization != f"Bearer {TOKEN}":
            raise Problem(401, "unauthorized", "")
        if cid.startswith("visitor"):
            raise Problem(401, "identity_required", "请先登录。")
        if cid.startswith("down"):
            raise Problem(500, "internal", "")
        if cid.startswith("slow"):
            time.sleep(4)

    def effect(path: str, key: str, body: dict[str, Any]) -> None:
        if world.refuse_next:
            code, detail = world.refuse_next
            world.refuse_next = None
            raise Problem(422, code, detail)
        if world.effects.setdefault(key, (path, body)) != (path, body):
            raise Problem(422, "idempotency_key_reused", "同一请求号的内容不同。")

    @app.get("/loan/conversations/{cid}/limit")
    def limit(cid: str, authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        line = {"product_name": "随心借", "brand": "随心", "scene": "现金", "limit_fen": 5000000, "used_fen": 1500000}
        line |= {"available_fen": 3500000, "status": "active", "status_reason": ""}
        return {"lines": [line], "limit_fen": 5000000, "used_fen": 1500000, "available_fen": 3500000, "overdue_fen": 0}

    def application(state: str, asked_fen: int) -> dict[str, Any]:
        said = {"approved": "近 12 个月按时还了 8 期", "refused": "有借款已经逾期 5 天", "referred": "还款记录要人工看"}
        reason = {"code": "r", "text": said[state], "advice": "先还清逾期的部分" if state == "refused" else ""}
        return {
            "reference": "L261123-LIMIT1", "answer_by": "2026-11-28",
            "application_id": "limit-1", "line_id": "line-1", "asked_fen": asked_fen, "state": state,
            "amount_fen": asked_fen if state == "approved" else 0, "reasons": [reason], "rules_version": "1",
            "decided_by": "" if state == "referred" else "rules", "reviewable": state == "refused",
        }  # fmt: skip

    def applications_of(cid: str) -> list[dict[str, Any]]:
        asked = [body for key, (path, body) in world.effects.items() if path == "limit" and key.startswith(f"{cid}:")]
        waits = any(path == "review" and key.startswith(f"{cid}:") for key, (path, _) in world.effects.items())
        return [application("referred" if waits else world.limit_state, body["amount_fen"]) for body in asked]

    @app.get("/loan/conversations/{cid}/limit-history")
    def limit_history(cid: str, authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        text = (
            "“随心借”的可用额度，8月25日是 40,000 元，现在是 35,000 元，少了 5,000 元。原因是：\n· 9月2日借出 5,000 元"
        )
        return {"text": text, "lines": []}

    @app.get("/loan/conversations/{cid}/limit-applications")
    def limit_applications(cid: str, authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        made = applications_of(cid)
        detail = "您最近申请过一次，2026年12月23日起可以再申请。" if made else ""
        offers = [
            {"line_id": f"line-{no}", "product_name": name, "limit_fen": fen, "suggested_fen": fen * 3 // 2,
             "blocked_code": "application_too_soon" if made else "", "blocked_detail": detail}
            for no, (name, fen) in enumerate((("随心借", 5000000), ("家电分期", 2000000)), 1)
        ]  # fmt: skip
        return {"applications": made, "offers": offers[: world.offers]}

    @app.post("/loan/conversations/{cid}/limit-applications")
    def apply(
        cid: str, body: dict[str, Any], idempotency_key: str = Header(), authorization: str = Header("")
    ) -> dict[str, Any]:
        borrower(cid, authorization)
        effect("limit", idempotency_key, body)
        return application(world.limit_state, body["amount_fen"])

    @app.post("/loan/conversations/{cid}/limit-applications/{application_id}/review")
    def review(
        cid: str, application_id: str, idempotency_key: str = Header(), authorization: str = Header("")
    ) -> dict[str, Any]:
        borrower(cid, authorization)
        effect("review", idempotency_key, {"application_id": application_id})
        return application("referred", 7500000)

    @app.get("/loan/conversations/{cid}/hardship-proposals")
    def hardship(cid: str, authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        bounds = {"months_at_most": 12, "periods_at_most": 60, "part_at_least_fen": 5000}
        return {"proposals": [], "bounds": {**bounds, "first_on_latest": "2027-01-07"}}

    @app.get("/loan/conversations/{cid}/bill")
    def bill(cid: str, authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        item = {"loan_id": "l1", "title": LOAN, "no": 4, "periods": 12, "due_on": "2026-11-18", "days_past_due": 5}
        item |= {"fee_fen": 0, "penalty_fen": 180, "interest_fen": 5813, "principal_fen": 48000, "unpaid_fen": OVERDUE}
        return {
            "bill_fen": world.bill_fen, "minimum_fen": OVERDUE, "overdue_fen": OVERDUE, "penalty_fen": 180,
            "suspense_fen": world.suspense_fen, "refund_claim_fen": 0, "days_past_due": 5, "due_on": "2026-11-18",
            "items": both(item),
            "next_due_on": "2026-12-18" if world.bill_fen else None, "next_due_fen": NEXT if world.bill_fen else 0,
        }  # fmt: skip

    @app.get("/loan/conversations/{cid}/schedule")
    def schedule(cid: str, authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        rows = [
            {"no": no, "due_on": f"2026-{7 + no:02d}-18", "principal_fen": 48000, "interest_fen": 5813, "fee_fen": 0,
             "penalty_fen": 0, "total_fen": 53813, "unpaid_fen": 0 if state == "paid" else 53813, "state": state}
            for no, state in ((1, "paid"), (2, "paid"), (3, "paid"), (4, "overdue"), (5, "upcoming"))
        ]  # fmt: skip
        loan = {"loan_id": "l1", "title": LOAN, "product_name": "家电分期", "brand": "云朵", "principal_fen": 600000}
        loan |= {"outstanding_principal_fen": 456000, "owed_fen": 484317, "by_statements": False}
        loan |= {"annual_rate": "0.144", "periods": 12, "status": "active"}
        return {"loans": both({**loan, "instalments": rows})}

    @app.get("/loan/conversations/{cid}/payments")
    def payments(cid: str, limit: int = 5, authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        row = {"payment_id": "p1", "paid_at": "2026-10-18T02:00:00Z", "amount_fen": 53813, "principal_fen": 48000}
        row |= {"interest_fen": 5813, "penalty_fen": 0, "fee_fen": 0, "to_suspense_fen": 0, "refund_claim_fen": 0}
        return {"payments": [row][:limit]}

    @app.get("/loan/conversations/{cid}/payoff")
    def payoff(cid: str, authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        item = {"loan_id": "l1", "title": LOAN, "principal_fen": 456000, "interest_fen": 912, "penalty_fen": 180}
        item |= {"fee_fen": 0, "early_fee_fen": 0, "total_fen": ALL, "interest_saved_fen": 35000}
        return {"total_fen": ALL, "valid_until": "2026-11-23T16:00:00Z", "items": both(item)}

    def both(first: dict[str, Any]) -> list[dict[str, Any]]:
        return [first, {**first, "loan_id": "l2", "title": CASH}][: world.loans]

    def plan_of(kind: str, amount_fen: int | None) -> dict[str, Any]:
        fen = {"bill": world.bill_fen, "minimum": OVERDUE, "all": ALL}.get(kind, amount_fen or 0)
        if fen <= 0:
            raise Problem(422, "amount_not_positive", "还款金额要大于 0 元。")
        if fen > ALL:
            raise Problem(422, "amount_too_large", f"全部结清也只需要 {ALL / 100:,.2f} 元，请改一个小一点的金额。")
        share = {"loan_id": "l1", "title": LOAN, "amount_fen": min(fen, ALL)}
        after = {"overdue_fen": max(OVERDUE - fen, 0)}
        return {
            "kind": kind,
            "amount_fen": fen,
            "to_suspense_fen": 0,
            "refund_claim_fen": 0,
            "shares": [share],
            "after": after,
        }

    def quoted(kind: str, amount_fen: int | None, loan_id: str | None) -> dict[str, Any]:
        """The same content is the same quote."""
        planned = plan_of("all" if kind == "payoff" else kind, amount_fen)
        price = {"loan_id": "l1", "title": LOAN, "principal_fen": 456000, "interest_fen": 912, "penalty_fen": 180}
        price |= {"fee_fen": 0, "early_fee_fen": 0, "total_fen": ALL, "interest_saved_fen": 35000}
        due = {"loan_id": "l1", "title": LOAN, "no": 4, "due_on": "2026-11-18", "unpaid_fen": OVERDUE}
        made = {
            **planned, "kind": kind, "loan_id": loan_id, "asked_fen": amount_fen, "suspense_fen": 0,
            "bill_fen": world.bill_fen, "items": [price if kind in {"all", "payoff"} else due],
            "valid_until": f"2026-11-{world.day}T23:59:59.999999+08:00",
        }  # fmt: skip
        told = json.dumps([made, world.version], sort_keys=True).encode()
        quote_id = f"Q202611{world.day}-{hashlib.sha256(told).hexdigest()[:16].upper()}"
        return world.quotes.setdefault(quote_id, {**made, "quote_id": quote_id})

    def known(quote_id: str) -> dict[str, Any]:
        if quote_id not in world.quotes:
            raise Problem(404, "quote_unknown", "没有找到这个报价，请重新查询金额后再还款。")
        return world.quotes[quote_id]

    @app.post("/loan/conversations/{cid}/quotes", status_code=201)
    def quote(cid: str, body: dict[str, Any], authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        return quoted(body["kind"], body.get("amount_fen"), body.get("loan_id"))

    @app.get("/loan/conversations/{cid}/quotes/{quote_id}")
    def look(cid: str, quote_id: str, authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        return known(quote_id)

    @app.post("/loan/conversations/{cid}/payments", status_code=202)
    def pay(
        cid: str, body: dict[str, Any], idempotency_key: str = Header(), authorization: str = Header("")
    ) -> dict[str, Any]:
        borrower(cid, authorization)
        found = known(body["quote_id"])
        answer = {"order_id": f"o-{idempotency_key}", "state": world.order_state, "amount_fen": found["amount_fen"]}
        if world.in_progress:
            world.in_progress -= 1
            raise Problem(409, "request_in_progress", "还款已经提交，正在处理中，请稍等片刻，不要重复付款。")
        if world.effects.get(idempotency_key) == ("payments", body):  # a known key, before anything is compared
            return answer
        again = quoted(found["kind"], found["asked_fen"], found["loan_id"])
        if found["valid_until"] != again["valid_until"]:
            raise Problem(422, "quote_expired", "这个报价已经过期，请重新确认。")
        if found != again:
            raise Problem(422, "quote_changed", f"现在需要还 {again['amount_fen'] / 100:,.2f} 元，请重新确认。")
        effect("payments", idempotency_key, body)
        return answer

    @app.get("/loan/conversations/{cid}/payments/{order_id}")
    def order(cid: str, order_id: str, authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        _, body = world.effects[order_id.removeprefix("o-")]
        amount_fen = known(body["quote_id"])["amount_fen"]
        return {"order_id": order_id, "state": "pending", "amount_fen": amount_fen}

    def promised(body: dict[str, Any]) -> dict[str, Any]:
        parts = body.get("parts") or [{"amount_fen": body["amount_fen"], "due_on": body["due_on"], "condition": ""}]
        fen, due_on = sum(one["amount_fen"] for one in parts), max(one["due_on"] for one in parts)
        return {"promise_id": "p", "amount_fen": fen, "due_on": due_on, "parts": parts, "state": "pending"}

    @app.get("/collect/conversations/{cid}/promises")
    def promises(cid: str, authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        made = [body for key, (path, body) in world.effects.items() if path == "promises" and key.startswith(f"{cid}:")]
        return {"promises": [promised(one) for one in made[::-1]], "latest_on": LATEST.isoformat()}

    @app.post("/collect/conversations/{cid}/promises", status_code=201)
    def promise(
        cid: str, body: dict[str, Any], idempotency_key: str = Header(), authorization: str = Header("")
    ) -> dict[str, Any]:
        borrower(cid, authorization)
        made = promised(body)
        due_on = date.fromisoformat(made["due_on"])
        if due_on < TODAY:
            raise Problem(422, "date_in_past", "这一天已经过去了，请换一个以后的日期。")
        if due_on > LATEST:
            raise Problem(422, "date_too_far", "最晚可以约到 2026 年 12 月 23 日，请换一个早一点的日期。")
        if made["amount_fen"] > ALL:
            raise Problem(422, "amount_too_large", "约定的金额超过了您的欠款，请换一个小一点的金额。")
        effect("promises", idempotency_key, body)
        return made

    @app.post("/collect/conversations/{cid}/pauses", status_code=201)
    def pause(
        cid: str, body: dict[str, Any], idempotency_key: str = Header(), authorization: str = Header("")
    ) -> dict[str, Any]:
        borrower(cid, authorization)
        effect("pauses", idempotency_key, body)
        return {"id": "pause", "reason": body["reason"]}

    @app.get("/desk/conversations/{cid}/filed")
    def filed(cid: str, authorization: str = Header("")) -> dict[str, Any]:
        borrower(cid, authorization)
        return {"filed": world.filed}

    @app.post("/desk/conversations/{cid}/handover")
    def hand_over(
        cid: str, body: dict[str, Any], idempotency_key: str = Header(), authorization: str = Header("")
    ) -> dict[str, Any]:
        if authorization != f"Bearer {TOKEN}":
            raise Problem(401, "unauthorized", "")
        effect("handover", idempotency_key, body)
        return {"position": 1, "state": "waiting", "hours": "每天 09:00–21:00", "open": world.open}

    return app


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of the app while it is served by a thread on a free port."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
