"""What the scheduler's jobs did, in the words of the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from service.usecases.collect.send import Counts
from service.usecases.loan.close_day import DayClose

OUTCOMES = {
    "sent": "已发送",
    "blocked": "已拦截",
    "cancelled": "已取消",
    "failed": "发送失败",
    "unknown": "结果未知",
    "put_back": "稍后再发",
    "kept": "已履约",
    "partly": "部分履约",
    "broken": "已违约",
}


def in_words(name: str, result: Any) -> Iterator[tuple[str, str]]:
    """(job, what it did) for each part of a job's result; a failure is told as it is."""
    if isinstance(result, DayClose):
        yield name, _close(result)
    elif isinstance(result, Counts):
        yield name, _counts({one.name: getattr(result, one.name) for one in fields(result)})
    elif isinstance(result, Mapping) and any(key not in OUTCOMES for key in result):
        for part, value in result.items():
            yield from in_words(str(part), value)
    elif isinstance(result, Mapping):
        yield name, _counts(result)
    else:
        yield name, f"{result} 笔" if isinstance(result, int) else str(result)


def _close(closed: DayClose) -> str:
    if not closed.days:
        return f"{closed.business_date} 已经日终过"
    told = f"日终 {closed.days[0]} 至 {closed.days[-1]}，更新 {closed.aged} 位借款人"
    return told + (f"，搁置 {len(closed.failures)} 位，原因见 day_close 表" if closed.failures else "")


def _counts(counts: Mapping[str, int]) -> str:
    return (
        "，".join(f"{OUTCOMES.get(name, name)} {number}" for name, number in counts.items() if number) or "没有到期的"
    )
