"""What an accountant asks for at the command line when he closes a month: the interest that is earned and not due."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from service.domain.days import business_date
from service.domain.money import yuan
from service.ready import clock_of, database, ready
from service.screen import fail, progress_bar, screen
from service.usecases.loan.accrued_interest import accrued_interest

HEAD = ("产品", "名称", "在还笔数", "未还本金", "应计未到期利息", "非应计借款的利息")


def accrued(
    into: Annotated[Path | None, typer.Option("--csv", help="另存为 CSV 文件（UTF-8），可以用表格软件打开")] = None,
) -> None:
    """列出截至今天日终已经产生、但还没有到期的利息，按产品汇总，供月末结账使用。只读，请在月末当天收完款以后运行。

    到期的利息在账本里已经确认，不在其中；提前收到的利息也已确认，要从中减去，所以可能为负。每笔借款按合同的方式取整到分。
    逾期超过 90 天或已核销的借款，利息收到时才算收入，单列一栏。
    """
    config = ready()
    today = business_date(clock_of(config).now())
    with database(config) as at, at.reading() as conn, progress_bar("计算应计利息") as progress:
        found = accrued_interest(conn, today=today, progress=progress)
    rows = [
        (one.product_code, one.product_name, str(one.loans),
         *(yuan(fen) for fen in (one.principal_fen, one.interest_fen, one.suspended_fen)))
        for one in found
    ]  # fmt: skip
    if into is not None:
        try:
            with into.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows([HEAD, *([cell.replace(",", "") for cell in row] for row in rows)])
        except OSError as refused:
            raise fail(f"写不了 {into}：{refused.strerror}。", code=2) from None
    if not found:
        screen.print("没有在还的借款。")
        return
    total = yuan(sum(one.interest_fen for one in found)), yuan(sum(one.suspended_fen for one in found))
    table = Table(title=f"截至 {today} 日终的应计利息（元）", caption=f"合计 {total[0]}，另有非应计 {total[1]}")
    for number, head in enumerate(HEAD[1:]):  # the codes are for the file; no figure may be cut off
        table.add_column(head, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*row[1:])
    screen.print(table)
