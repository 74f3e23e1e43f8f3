"""Why a debtor was to be contacted so, in words: what was known of him, and which channels were passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.console.labels import OUTREACH_CHANNELS
from service.domain.money import yuan
from service.usecases.collect.ladder import WHY

PICKED = {"usual": "按策略的默认做法", "learned": "按历史效果选择", "explored": "随机尝试，以便比较效果"}
FACTS = {
    "days_past_due": "逾期 {} 天",
    "overdue_fen": "逾期金额 {} 元",
    "owed_principal_fen": "未还本金 {} 元",
    "limit_fen": "额度 {} 元",
    "products": "产品 {}",
    "instalments_paid": "已还 {} 期",
    "first_payment_default": "首期即逾期",
    "episodes_before": "一年内逾期过 {} 次",
    "quick_cures": "其中 {} 次一周内还清",
    "promises_kept": "一年内履约 {} 次",
    "promises_broken": "一年内失约 {} 次",
    "hardship": "申请过困难协商",
    "vulnerable": "有重病、危机等需要照顾的情况",
    "paid_in_episode": "本次逾期后还过款",
    "wrote_since_asked": "上次消息后回复过",
    "last_asked_on": "上次联系 {}",
}


def told(
    basis: Mapping[str, Any], titles: Mapping[str, str], products: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """By heading, what a row's basis says; nothing is said of what it does not have. `titles`: of buttons, `products`:
    names, by their ids."""
    found = {
        "未用渠道": tuple(passed_over(basis)),
        "当时情况": tuple(_facts(basis.get("facts", {}), products)),
        "可办理": tuple(titles.get(one, one) for one in basis.get("offer") or ()),
        "选择方式": tuple(_chosen(basis)),
    }
    return {name: said for name, said in found.items() if said}


def passed_over(basis: Mapping[str, Any]) -> Iterator[str]:
    """Channels of the step that could not reach him, each with the reason."""
    for channel, why in (basis.get("passed_over") or {}).items():
        yield f"{OUTREACH_CHANNELS.get(channel, channel)}：{WHY.get(why, why)}"


def _facts(facts: Mapping[str, Any], products: Mapping[str, str]) -> Iterator[str]:
    for name, value in facts.items():
        shown = value
        if name.endswith("_fen"):
            shown = yuan(value)
        elif name == "products":
            shown = "、".join(products.get(one, one) for one in value)
        yield FACTS.get(name, name + " {}").format(shown)


def _chosen(basis: Mapping[str, Any]) -> Iterator[str]:
    if picked := basis.get("picked"):
        yield PICKED.get(picked, picked)
    if arm := basis.get("arm"):
        yield f"策略试验组 {arm}"
    if part := basis.get("part"):
        yield f"提醒约定的第 {part} 笔"
