"""How what a borrower filed stands, as values and in plain words: a dispute, a complaint, a proposal in hardship, an
application for a higher limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class FiledKind(StrEnum):
    """异议 · 投诉 · 困难方案 · 提额申请."""

    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    HARDSHIP = "hardship"
    LIMIT = "limit"


class FiledState(StrEnum):
    WAITING = "waiting"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Filed:
    """One thing. `reference` is empty where it was not taken down in words; `title` is what it is called, `about` what
    it is for; `answer_by` where a person has yet to answer; where it is decided, `result` says how and what he can do
    next, in words for the borrower. `reviewable`: a person can still be asked to look at what the rules decided."""

    reference: str
    kind: FiledKind
    title: str
    about: str
    filed_on: date
    state: FiledState
    answer_by: date | None = None
    decided_on: date | None = None
    outcome: str = ""
    result: str = ""
    reviewable: bool = False

    def late(self, today: date) -> bool:
        """Whether the day that was told for an answer is over without one."""
        return self.state is FiledState.WAITING and self.answer_by is not None and self.answer_by < today

    def text(self, today: date) -> str:
        """The whole of it as a borrower reads it."""
        number = f"编号 {self.reference}" if self.reference else ""
        parts = (number, f"{_day(self.filed_on, today)}提交", self.about)
        return f"{self.title}（{'，'.join(part for part in parts if part)}）：{self._stands(today)}"

    def _stands(self, today: date) -> str:
        if self.state is FiledState.WITHDRAWN:
            return "您已经撤回，不再处理；还需要的话可以重新申请。"
        if self.state is FiledState.DECIDED:
            on = f"{_day(self.decided_on, today)}已有结果。" if self.decided_on else "已有结果。"
            return on + self.result
        if self.answer_by is None:
            return "正在由人工处理，还没有结果。"
        if self.late(today):
            return f"应当在{_day(self.answer_by, today)}前答复您，现在还没有结果，已经超过了时间。"
        return f"正在由人工处理，还没有结果，最晚在{_day(self.answer_by, today)}在这里答复您。"


def _day(day: date, today: date) -> str:
    year = f"{day.year}年" if day.year != today.year else ""
    return f"{year}{day.month}月{day.day}日"
