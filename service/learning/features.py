"""The numbers that the propensity model reads, made of the facts that an outreach row keeps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

# name → (Chinese for people, how it is made of the facts). Nothing here is about who somebody is (sex, age, place):
# only what he owes, what he did with it, and what was said about it.
FEATURES: dict[str, str] = {
    "days_past_due_log": "逾期天数",
    "overdue_log": "逾期金额",
    "overdue_share": "逾期金额占本金的比例",
    "owed_share": "本金占额度的比例",
    "instalments_paid_log": "已还期数",
    "first_payment_default": "首期未还",
    "episodes_before": "过去一年的逾期次数",
    "quick_cures": "过去一年一周内自己还上的次数",
    "promises_kept": "守约次数",
    "promises_broken": "失约次数",
    "hardship": "有过困难协商",
    "paid_in_episode": "这次逾期后还过一部分",
}


def features_of(facts: Mapping[str, Any]) -> list[float]:
    """In the order of FEATURES, of the facts as JSON (`DebtorFacts.as_basis`): a fact that is not there has its
    default."""
    overdue, owed, limit = (float(facts.get(name, 0)) for name in ("overdue_fen", "owed_principal_fen", "limit_fen"))
    return [
        math.log1p(facts.get("days_past_due", 0)),
        math.log1p(overdue / 100),
        min(1.0, overdue / owed) if owed else 1.0,
        min(1.0, owed / limit) if limit else 1.0,
        math.log1p(facts.get("instalments_paid", 0)),
        float(facts.get("first_payment_default", False)),
        float(min(facts.get("episodes_before", 0), 6)),
        float(min(facts.get("quick_cures", 0), 6)),
        float(min(facts.get("promises_kept", 0), 6)),
        float(min(facts.get("promises_broken", 0), 6)),
        float(facts.get("hardship", False)),
        float(facts.get("paid_in_episode", False)),
    ]
