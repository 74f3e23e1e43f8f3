"""How what was filed stands, in the words a borrower reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from service.domain.desk.filed import Filed, FiledKind, FiledState

TODAY = date(2026, 11, 23)
WAITING = Filed(
    reference="C261110-05853E",
    kind=FiledKind.COMPLAINT,
    title="投诉",
    about="催收方式",
    filed_on=date(2026, 11, 10),
    state=FiledState.WAITING,
    answer_by=date(2026, 11, 25),
)


def test_what_waits_is_told_with_its_number_its_day_and_the_day_of_the_answer() -> None:
    text = WAITING.text(TODAY)
    for said in ("投诉", "编号 C261110-05853E", "11月10日提交", "催收方式", "由人工处理", "最晚在11月25日"):
        assert said in text
    assert "2026年" not in text


@pytest.mark.parametrize(
    ("today", "late"), [(date(2026, 11, 24), False), (date(2026, 11, 25), False), (date(2026, 11, 26), True)]
)
def test_it_is_late_from_the_day_after_the_day_that_was_told(today: date, late: bool) -> None:
    assert WAITING.late(today) is late
    assert ("已经超过了时间" in WAITING.text(today)) is late


def test_what_is_decided_or_taken_back_is_never_late() -> None:
    decided = replace(
        WAITING, state=FiledState.DECIDED, answer_by=None, decided_on=date(2026, 11, 20), result="核实结果：情况属实。"
    )
    assert "11月20日已有结果。核实结果：情况属实。" in decided.text(TODAY)
    taken_back = replace(WAITING, state=FiledState.WITHDRAWN)
    assert "已经撤回" in taken_back.text(TODAY)
    assert not decided.late(date(2027, 1, 1))
    assert not taken_back.late(date(2027, 1, 1))


def test_a_day_of_another_year_names_its_year() -> None:
    assert "2025年12月30日提交" in replace(WAITING, filed_on=date(2025, 12, 30)).text(TODAY)
