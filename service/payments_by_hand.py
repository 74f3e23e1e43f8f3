"""What the lender's people do at the command line with incoming payments: post a bank's file, see what waits."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.domain.errors import XiaoqingError
from service.domain.loan.payment_file import RowState
from service.domain.money import yuan
from service.ready import clock_of, database, ready
from service.screen import fail, progress_bar, screen

LONGEST_NAME = 64
MOST_WAITING = 500
File = Annotated[
    Path, typer.Argument(help="CSV 文件，首行为列名：流水号、账号、金额、日期", exists=True, dir_okay=False)
]
WHY = {"unknown_account": "没有这个账号", "too_old": "日期太早"}

app = typer.Typer(help="银行来款：导入对账文件、查看和确认待认领的款项。", no_args_is_help=True)


@app.command(name="import")
def import_file(
    file: File,
    by: Annotated[str, typer.Option(help="经办人姓名，写入记录")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不入账")] = False,
) -> None:
    """导入银行来款文件并入账。账号写借款编号或客户编号；同一流水号只入账一次，重复导入不会重复入账。

    逐行列出没有入账的原因和处理办法；有未入账的行时退出码为 1。
    """
    from service.domain.loan.file_policy import parse_file_policy
    from service.usecases.collect.import_bank_file import import_bank_file
    from service.wiring import read_policy

    name = by.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise fail(f"经办人姓名要有 1 到 {LONGEST_NAME} 个字。", code=2)
    text = _text(file)
    if text is None:
        raise fail(f"{file} 不是 UTF-8 或 GBK 编码的文本，请另存为 CSV 后重试。", code=2)
    config, policy = ready(), parse_file_policy(read_policy("bank_files"))
    with database(config) as at, progress_bar("导入来款") as progress:
        found = import_bank_file(
            at, text, by=name, clock=clock_of(config), policy=policy, dry_run=dry_run, progress=progress
        )
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
    """列出待认领的款项：账号在系统中不存在的，核实后用同一流水号重新导入；日期太早的，核实后用 accept 确认入账。"""
    from service.db import payment_file

    with database(ready()) as at, at.reading() as conn:
        found = payment_file.waiting(conn, limit=MOST_WAITING)
    if not found:
        screen.print("没有待认领的款项。")
        return
    table = Table("流水号", "来款账号", "金额（元）", "日期", "导入人", "原因")
    for one in found:
        told = (one.reference, one.account, yuan(one.amount_fen), str(one.paid_on), one.by, WHY[one.why])
        table.add_row(*map(escape, told))  # what a bank wrote is no style
    screen.print(table)


@app.command()
def accept(
    reference: Annotated[str, typer.Argument(help="待认领款项的流水号")],
    by: Annotated[str, typer.Option(help="经办人姓名，写入记录")],
    reason: Annotated[str, typer.Option(help="为什么可以入账，写入记录")],
    account: Annotated[str, typer.Option(help="入到哪个借款编号或客户编号；不写就用来款自己的账号")] = "",
) -> None:
    """确认一笔待认领的款项并入账，从它自己的日期起算；已经入账的不会重复入账。"""
    from service.usecases.collect.import_bank_file import accept_bank_payment

    config = ready()
    with database(config) as at:
        try:
            found = accept_bank_payment(at, reference, account=account, by=by, reason=reason, clock=clock_of(config))
        except XiaoqingError as refusal:
            raise fail(refusal.detail) from None
    if found.detail:
        raise fail(found.detail)
    known = "以前已入账" if found.state is RowState.KNOWN else "入账"
    screen.print(f"{known} {yuan(found.amount_fen)} 元，客户 {found.borrower_id}", markup=False)


def _text(file: Path) -> str | None:
    """Banks write UTF-8 or GBK; None where it is neither."""
    data = file.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
