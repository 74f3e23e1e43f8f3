"""What the lender's people do at the command line with incoming payments: post a bank's file, see what waits."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.domain.loan.payment_file import RowState
from service.domain.money import yuan
from service.ready import clock_of, database, ready
from service.screen import fail, progress_bar, screen

LONGEST_NAME = 64
MOST_WAITING = 500
File = Annotated[
    Path, typer.Argument(help="CSV 文件，首行为列名：流水号、账号、金额、日期", exists=True, dir_okay=False)
]


app = typer.Typer(help="银行来款：导入对账文件、查看待认领的款项。", no_args_is_help=True)


@app.command(name="import")
def import_file(
    file: File,
    by: Annotated[str, typer.Option(help="经办人姓名，写入记录")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不入账")] = False,
) -> None:
    """导入银行来款文件并入账。账号写借款编号或客户编号；同一流水号只入账一次，重复导入不会重复入账。

    逐行列出没有入账的原因和处理办法；有未入账的行时退出码为 1。
    """
    from service.usecases.collect.import_bank_file import import_bank_file

    name = by.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise fail(f"经办人姓名要有 1 到 {LONGEST_NAME} 个字。", code=2)
    text = _text(file)
    if text is None:
        raise fail(f"{file} 不是 UTF-8 或 GBK 编码的文本，请另存为 CSV 后重试。", code=2)
    config = ready()
    with database(config) as at, progress_bar("导入来款") as progress:
        found = import_bank_file(at, text, by=name, clock=clock_of(config), dry_run=dry_run, progress=progress)
    left = [one for one in found if one.detail]
    for one in left:
        screen.print(f"第 {one.line} 行 {one.reference}：{one.detail}", markup=False, soft_wrap=True)
    count = Counter(one.state for one in found)
    posted = yuan(sum(one.amount_fen for one in found if one.state is RowState.POSTED))
    screen.print(
        f"{'（只检查，没有入账）' if dry_run else ''}入账 {count[RowState.POSTED]} 笔，共 {posted} 元；"
        f"以前已入账 {count[RowState.KNOWN]} 笔；待认领 {count[RowState.SET_ASIDE]} 笔；"
        f"未入账 {count[RowState.REFUSED]} 笔",
        soft_wrap=True,
    )
    if left:
        raise typer.Exit(1)


@app.command()
def waiting() -> None:
    """列出待认领的款项：银行来款的账号在系统中不存在，核实账号后用同一流水号重新导入。"""
    from service.db import payment_file

    with database(ready()) as at, at.reading() as conn:
        found = payment_file.waiting(conn, limit=MOST_WAITING)
    if not found:
        screen.print("没有待认领的款项。")
        return
    table = Table("流水号", "来款账号", "金额（元）", "日期", "导入人")
    for one in found:
        told = (one.reference, one.account, yuan(one.amount_fen), str(one.paid_on), one.by)
        table.add_row(*map(escape, told))  # what a bank wrote is no style
    screen.print(table)


def _text(file: Path) -> str | None:
    """Banks write UTF-8 or GBK; None where it is neither."""
    data = file.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
