"""Shared by the tests of the knowledge base: the tables as shipped, and a small one to change a thing in."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from service.domain.chat.figures import Tables
from service.domain.chat.knowledge import Knowledge, parse_knowledge
from service.domain.desk.hours import hours_from
from service.domain.loan.hardship_policy import parse_hardship_policy
from service.domain.loan.limit_rules import parse_limit_rules
from service.wiring import read_knowledge, read_policy, read_products
from tests.domain.collect.policy_of import policy

TODAY = date(2026, 11, 23)
GOLD = Path(__file__).resolve().parents[2] / "golden" / "knowledge.tsv"


@lru_cache
def tables() -> Tables:
    products, caps = read_products(today=TODAY)
    rules, hardship = parse_limit_rules(read_policy("limit_rules")), parse_hardship_policy(read_policy("hardship"))
    return Tables(products, caps, policy(), rules, hardship, str(hours_from(read_policy("desk"))))


@lru_cache
def knowledge() -> Knowledge:
    return read_knowledge(tables(), today=TODAY)


def gold() -> list[tuple[str, str, str]]:
    """(clause, intent, question)"""
    lines = (line.split("\t") for line in GOLD.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return [(clause, intent, question) for clause, intent, question in lines]


def row(**changes: Any) -> dict[str, Any]:
    """One clause as a table has it; a column that is changed to None is left out."""
    made: dict[str, Any] = {
        "id": "early",
        "intents": ["early_settlement"],
        "title": "提前还清",
        "asks": ["能提前还吗", "提前还清可以吗", "可以早点还完吗"],
        "answer": "可以，宽限期是 {grace_days} 天。",
        "mark": "L",
        "source": "《民法典》第六百七十七条",
        "in_force": date(2021, 1, 1),
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def small(*rows: dict[str, Any], subject: str = "early", **head: Any) -> Knowledge:
    """A knowledge base of these clauses alone, in one subject."""
    return parse_knowledge(
        read_policy("knowledge") | head,
        {subject: {"version": "7", "clause": list(rows)}},
        institution="小清消费金融",
        figures=lambda day: {"grace_days": "3" if day.year < 2027 else "5"},
        wording=policy().wording,
        today=TODAY,
    )
