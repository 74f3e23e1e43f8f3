"""The shipped policy, and a draft that passes it, for tests that change one thing at a time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import lru_cache

from service.domain.collect.outreach import Contact, Counter, Draft, History, Kind
from service.domain.collect.policy import Policy, parse_policy
from service.domain.days import SHANGHAI
from service.wiring import read_collection

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)  # a Monday
NO_COUNTS = dict.fromkeys(Counter, 0)
TEXT = "【小清消费金融】您好，我是自动助手小清。您有 806.19 元原定 11月18日 还。需要人工请回复“转人工”。"
SAFE_TEXT = "【小清消费金融】您好，我是自动助手小清。您有一条账户服务提醒，请登录官方App查看，可回复“转人工”。"


@lru_cache
def policy() -> Policy:
    return parse_policy(**read_collection())


def draft(**changes: object) -> Draft:
    values = {
        "outreach_id": "o1",
        "borrower_id": "b1",
        "channel": "inapp",
        "kind": Kind.COLLECTION,
        "text": TEXT,
        "template": "early_first",
        "template_version": "1",
        "approved": True,
        "expires_at": NOON + timedelta(days=2),
    }
    return Draft(**{**values, **changes})  # type: ignore[arg-type]


def contact(**changes: object) -> Contact:
    return Contact(**{"borrower_id": "b1", **changes})  # type: ignore[arg-type]


def history(**changes: object) -> History:
    return History(**{"owed_fen": 80_619, "counts": NO_COUNTS, **changes})  # type: ignore[arg-type]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(timezone.utc)
