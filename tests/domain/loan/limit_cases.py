"""Shared by the tests of limits: the real table of rules, a line, and facts that the rules approve."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

from service.domain.loan.credit_line import CreditLine, EventKind, LineEvent, Reason, replay
from service.domain.loan.limit_decision import Facts
from service.domain.loan.limit_rules import LimitRules, parse_limit_rules

TABLE = Path(__file__).resolve().parents[3] / "service" / "policy" / "limit_rules.toml"
TODAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 2, tzinfo=timezone.utc)


def table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


RULES: LimitRules = parse_limit_rules(table())


def event(no: int, kind: EventKind, amount_fen: int = 0, *, on: date = TODAY, **more: Any) -> LineEvent:
    reason = more.pop("reason", Reason(f"code-{kind.value}", f"因为{kind.value}"))
    return LineEvent("line", no, kind, amount_fen, reason, "王敏", on, AT, **more)


def line_of(*events: LineEvent, used_fen: int = 0) -> CreditLine:
    return CreditLine("line", "b", "cash", "循环现金额度", "随心借", "现金", replay(events), AT, used_fen)


def facts(**changes: Any) -> Facts:
    """Somebody whom the rules grant 30,000 instead of 20,000 yuan."""
    good: dict[str, Any] = {
        "as_of": TODAY,
        "line_id": "line",
        "product_code": "cash",
        "limit_fen": 2_000_000,
        "asked_fen": 3_000_000,
        "asked_percent": 150,
        "total_after_fen": 3_000_000,
        "used_fen": 1_000_000,
        "utilisation_percent": 50,
        "line_status": "active",
        "freezes": (),
        "days_past_due": 0,
        "worst_days_past_due_12m": 0,
        "on_time_payments_12m": 8,
        "late_payments_12m": 0,
        "months_on_book": 12,
        "stops": (),
        "income_documented": False,
        "income_monthly_fen": None,
        "days_since_last_application": None,
        "model_score": None,
    }
    return Facts(**good | changes)
