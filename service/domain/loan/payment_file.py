"""What a bank's file of incoming payments says, line by line, and what is wrong with a line and to be done about it.

CSV with a head line, whose columns may stand in any order and among others: 流水号, 账号 (a loan's number or a
borrower's), 金额 (yuan) and 日期.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from service.domain.errors import Refused
from service.domain.money import LARGEST_FEN

COLUMNS: Mapping[str, frozenset[str]] = {
    "reference": frozenset({"流水号", "交易流水号", "reference"}),
    "account": frozenset({"账号", "借款编号", "客户编号", "account"}),
    "amount": frozenset({"金额", "金额(元)", "交易金额", "amount"}),
    "date": frozenset({"日期", "入账日期", "交易日期", "date"}),
}
_NAMES = {"reference": "流水号", "account": "账号", "amount": "金额", "date": "日期"}
LONGEST_REFERENCE, LONGEST_ACCOUNT = 100, 64
_REFERENCE = re.compile(rf"[^\s\x00-\x1f]{{1,{LONGEST_REFERENCE}}}")
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,2})?")
_DAY = re.compile(r"(\d{4})([-/]?)(\d{1,2})\2(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileRow:
    """One payment of the file: `line` counts from 1, the head line included; `account` names a loan or a borrower."""

    line: int
    reference: str
    account: str
    amount_fen: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line that cannot be used, and, in Chinese, what to do."""

    line: int
    reference: str
    detail: str


class RowState(StrEnum):
    """posted: it was entered now; known: it had been before; set_aside: nobody was found to whom it belongs, or its
    day is long ago, and it waits for a person; refused: it was not entered, and `detail` says what to do."""

    POSTED = "posted"
    KNOWN = "known"
    SET_ASIDE = "set_aside"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of a line; `borrower_id` is "" where it is not known, `amount_fen` 0 where it was not readable."""

    line: int
    reference: str
    state: RowState
    borrower_id: str = ""
    amount_fen: int = 0
    detail: str = ""


def read_payment_file(text: str, *, today: date) -> list[FileRow | LineFault]:
    """The lines of a file in their order; empty ones are left out.

    Raises Refused (payment_file_unreadable) where it is no such file at all.
    """
    lines = csv.reader(text.removeprefix("\ufeff").splitlines(), strict=True)
    try:
        at = _columns(next(lines, []))
        return list(_read(((lines.line_num, cells) for cells in lines), at, today))
    except csv.Error as wrong:
        raise Refused(
            f"第 {lines.line_num} 行不是有效的 CSV（{wrong}），请检查引号后重新导出。", code="payment_file_unreadable"
        ) from None


def _columns(head: Iterable[str]) -> dict[str, int]:
    names = [one.strip().replace("（", "(").replace("）", ")").lower() for one in head]
    at = {key: next((n for n, name in enumerate(names) if name in known), -1) for key, known in COLUMNS.items()}
    missing = "、".join(_NAMES[key] for key, number in at.items() if number < 0)
    if missing:
        raise Refused(
            f"第 1 行缺少列：{missing}。首行请写列名：流水号、账号、金额、日期。", code="payment_file_unreadable"
        )
    return at


def _read(lines: Iterable[tuple[int, list[str]]], at: Mapping[str, int], today: date) -> Iterator[FileRow | LineFault]:
    seen: dict[str, int] = {}
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        values = {key: cells[number].strip() if number < len(cells) else "" for key, number in at.items()}
        reference = values["reference"]
        row = _row(line, values, today)
        if isinstance(row, FileRow) and reference in seen:
            row = _fault(line, reference, f"流水号与第 {seen[reference]} 行相同，请核对后只保留一行。")
        seen.setdefault(reference, line)
        yield row


def _row(line: int, values: Mapping[str, str], today: date) -> FileRow | LineFault:
    reference, account = values["reference"], values["account"]
    if not _REFERENCE.fullmatch(reference):
        return _fault(line, reference, f"流水号要有 1 到 {LONGEST_REFERENCE} 个字符，不含空格，请补上银行流水号。")
    if not 0 < len(account) <= LONGEST_ACCOUNT or "\x00" in account:
        return _fault(line, reference, f"账号要有 1 到 {LONGEST_ACCOUNT} 个字符，请填写借款编号或客户编号。")
    amount = values["amount"].replace(",", "").removeprefix("¥").removeprefix("￥")
    fen = int(Decimal(amount) * 100) if _AMOUNT.fullmatch(amount) and amount.isascii() else 0
    if not 0 < fen <= LARGEST_FEN:
        return _fault(line, reference, f"金额“{values['amount'][:20]}”无法使用，请写成大于 0 的元数，例如 539.90。")
    paid_on = _day(values["date"])
    if paid_on is None:
        return _fault(line, reference, f"日期“{values['date'][:20]}”无法识别，请写成 2026-11-23 这样的日期。")
    if paid_on > today:
        return _fault(line, reference, f"日期 {paid_on} 晚于今天，请核对后重新导入。")
    return FileRow(line, reference, account, fen, paid_on)


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    if found is None or (not found[2] and len(text) != 8):
        return None
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None


def _fault(line: int, reference: str, detail: str) -> LineFault:
    return LineFault(line, reference[:LONGEST_REFERENCE], detail)
