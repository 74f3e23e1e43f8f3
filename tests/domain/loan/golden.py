"""The golden vectors of schedules.json, as values of the core."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from service.domain.loan.terms import DayCount, Method, Terms
from service.domain.money import fen_from_yuan

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "golden" / "schedules.json").read_text(encoding="utf-8")
)
SCHEDULES: dict[str, dict[str, Any]] = {vector["id"]: vector for vector in VECTORS["vectors"]}
TERM_DAYS = {"S11": 90}  # the one vector whose term is in days; it says so in its title only


def terms_of(vector: dict[str, Any]) -> Terms:
    flat = vector["flat_monthly_rate"]
    return Terms(
        principal_fen=fen_from_yuan(vector["principal"]),
        annual_rate=Decimal(vector["annual_rate"]),
        periods=vector["periods"],
        method=Method(vector["method"]),
        day_count=DayCount(vector["day_count"]),
        start_on=date.fromisoformat(vector["start_date"]) if vector["start_date"] else None,
        due_day=vector["due_day"],
        rounding=f"ROUND_{vector['rounding']}",
        unit_fen=fen_from_yuan(vector["emi_rounding_unit"]),
        flat_monthly_rate=Decimal(flat) if flat else None,
        term_days=TERM_DAYS.get(vector["id"]),
    )


def datetime_of(text: str) -> datetime:
    """'2026-03-10T16:00:00Z' as an aware instant."""
    return datetime.fromisoformat(text)
