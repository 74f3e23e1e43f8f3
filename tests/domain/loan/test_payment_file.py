"""A bank's file is read line by line, and every line that cannot be used says what to do."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.errors import Refused
from service.domain.loan.payment_file import FileRow, LineFault, read_payment_file

TODAY = date(2026, 11, 23)
HEAD = "流水号,账号,金额,日期"


def read(*lines: str, head: str = HEAD) -> list[FileRow | LineFault]:
    return read_payment_file("\n".join((head, *lines)), today=TODAY)


def test_columns_are_found_by_name_in_any_order_and_banks_write_sums_and_days_in_many_ways() -> None:
    found = read(
        '备注,2026/11/3,"¥1,234.50",T1,l-1',
        "",
        "x,20261123,7,T2,b-1",
        head="\ufeff摘要,交易日期,金额（元）,流水号,账号",
    )
    assert found == [
        FileRow(2, "T1", "l-1", 123_450, date(2026, 11, 3)),
        FileRow(4, "T2", "b-1", 700, TODAY),
    ]


@pytest.mark.parametrize(
    ("line", "about"),
    [
        (",l-1,1,2026-11-23", "流水号"),
        ("T 1,l-1,1,2026-11-23", "流水号"),
        ("T1,,1,2026-11-23", "账号"),
        ("T1,l-1,0,2026-11-23", "金额"),
        ("T1,l-1,-5,2026-11-23", "金额"),
        ("T1,l-1,1.001,2026-11-23", "金额"),
        ("T1,l-1,一百,2026-11-23", "金额"),
        ("T1,l-1,99999999999.99,2026-11-23", "金额"),
        ("T1,l-1,1,2026-02-30", "日期"),
        ("T1,l-1,1,11月23日", "日期"),
        ("T1,l-1,1,2026-11-24", "晚于今天"),
        ("T1,l-1", "金额"),
    ],
)
def test_a_line_that_cannot_be_used_says_what_is_wrong_and_the_others_are_read(line: str, about: str) -> None:
    fault, row = read(line, "T9,l-1,1,2026-11-23")
    assert isinstance(fault, LineFault)
    assert fault.line == 2
    assert about in fault.detail
    assert "请" in fault.detail
    assert isinstance(row, FileRow)


def test_the_same_reference_twice_in_a_file_is_used_once() -> None:
    first, second = read("T1,l-1,1,2026-11-23", "T1,l-2,2,2026-11-23")
    assert isinstance(first, FileRow)
    assert isinstance(second, LineFault)
    assert "第 2 行" in second.detail


@pytest.mark.parametrize(
    ("text", "about"), [("", "缺少列"), ("流水号,金额\nT1,1", "账号、日期"), (f'{HEAD}\n"T1', "第 2 行")]
)
def test_what_is_no_such_file_is_refused_as_a_whole(text: str, about: str) -> None:
    with pytest.raises(Refused, match=about) as refused:
        read_payment_file(text, today=TODAY)
    assert refused.value.code == "payment_file_unreadable"


@given(st.text(max_size=300))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    for whole in (text, f"{HEAD}\n{text}"):
        try:
            found = read_payment_file(whole, today=TODAY)
        except Refused:
            continue
        for one in found:
            assert not isinstance(one, FileRow) or (one.amount_fen > 0 and one.paid_on <= TODAY)
