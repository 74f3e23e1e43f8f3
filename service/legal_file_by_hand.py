"""What the lender's legal people do at the command line: take a debtor's file out, and check one for changes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from service.domain.desk.legal_file import FileForm
from service.domain.errors import XiaoqingError
from service.ready import clock_of, database, ready
from service.screen import fail, screen
from service.settings import Settings


def legal_file(
    borrower: Annotated[str, typer.Argument(help="客户编号；与 --verify 一起用时不写")] = "",
    form: Annotated[FileForm, typer.Option("--format", help="json（逐行）、csv（表格）或 pdf（打印）")] = FileForm.JSON,
    out: Annotated[Path | None, typer.Option(help="写到哪个文件（不能已存在）", dir_okay=False)] = None,
    by: Annotated[str, typer.Option(help="谁在导出：姓名或登录名")] = "",
    reason: Annotated[str, typer.Option(help="为什么导出，例如案号；与姓名一起留存")] = "",
    verify: Annotated[Path | None, typer.Option(help="核对一个已导出的文件", exists=True, dir_okay=False)] = None,
) -> None:
    """导出一位客户的法律档案，或核对一个档案是否被改动。

    档案包含做过、说过、被拦下的一切和原因，不做遮盖，请按个人信息保护要求保管。
    设置 XIAOQING_LEGAL_FILE_KEY 后，导出的文件带签名，核对时也检查签名。
    """
    if verify is not None:
        _verify(verify)
    elif not borrower or out is None:
        raise fail("请写明客户编号和 --out 文件；核对已有文件请用 --verify 文件。", code=2)
    elif not 0 < len(by.strip()) <= 64 or not 0 < len(reason.strip()) <= 400:
        raise fail("请用 --by 写明谁在导出（64 字以内），用 --reason 写明原因（400 字以内）。", code=2)
    else:
        _export(borrower, form, out, by.strip(), reason)


def _export(borrower: str, form: FileForm, out: Path, by: str, reason: str) -> None:
    from service.documents.legal_file import print_legal_file
    from service.usecases.desk.export_legal_file import Wish, export_legal_file

    config = ready()
    with database(config) as at:
        try:
            with out.open("xb") as file:
                out.chmod(0o600)
                made = export_legal_file(
                    at,
                    Wish(borrower, form, by, reason, "cli"),
                    out=file,
                    clock=clock_of(config),
                    key=config.legal_file_key,
                    print_pdf=print_legal_file,
                )
        except FileExistsError:
            raise fail(f"{out} 已经存在，没有覆盖。请换一个文件名。", code=2) from None
        except XiaoqingError:
            out.unlink()
            raise
    screen.print(f"[green]✓[/green] {escape(str(out))}：{made.lines} 条记录，校验值 {made.last_hash}", soft_wrap=True)


def _verify(path: Path) -> None:
    from service.domain.desk.legal_file_check import Fault, check

    config = ready()
    with path.open("rb") as lines:
        found = check(lines, key=config.legal_file_key)
    if isinstance(found, Fault):
        where = f"第 {found.line} 行：" if found.line else ""
        raise fail(f"{path} 不可信。{where}{found.what}")
    signed = "签名正确" if found.signed else "未核对签名（没有设置 XIAOQING_LEGAL_FILE_KEY）"
    screen.print(f"[green]✓[/green] {escape(str(path))} 完整：{found.lines} 条记录，{signed}", soft_wrap=True)
    screen.print(_known(config, found.last_hash), soft_wrap=True)


def _known(config: Settings, last_hash: str) -> str:
    """Whether this database made the file: a chain alone could have been written anew."""
    from service.db.legal_file import exported_as

    with database(config) as at, at.reading() as conn:
        row = exported_as(conn, last_hash)
    if row is None:
        return "[yellow]![/yellow] 本系统没有导出过以这个校验值结尾的档案：内容前后一致，但来源不明。"
    when = f"{row['started_at']:%Y-%m-%d %H:%M} UTC"
    return f"[green]✓[/green] 与本系统的导出记录相符：{row['made_by']} 于 {when} 导出，原因：{row['reason']}"
