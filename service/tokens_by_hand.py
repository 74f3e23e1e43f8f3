"""What the lender's people do at the command line about agents' tokens for the operators' API: issue, list, revoke."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from service.domain.days import local_time
from service.domain.desk.agent_token import LONGEST, AgentToken, TokenRole
from service.ready import clock_of, database, ready
from service.screen import fail, screen

ROLES = {TokenRole.VIEWER: "只能查看", TokenRole.OPERATOR: "可以改动账目"}


app = typer.Typer(help="坐席的接口令牌：签发、查看、撤销。", no_args_is_help=True)


@app.command()
def issue(
    name: Annotated[str, typer.Argument(help="坐席的登录名（须先用 xiaoqing agent 添加）")],
    role: Annotated[TokenRole, typer.Option(help="viewer 只能查看，operator 可以改动账目")] = TokenRole.VIEWER,
    days: Annotated[int, typer.Option(min=1, max=LONGEST.days, help="有效天数")] = 30,
) -> None:
    """签发一个令牌。令牌只在这里显示一次（标准输出），数据库里只存它的哈希；丢失后请撤销并重新签发。"""
    from service.usecases.desk.issue_token import issue_token

    config = ready()
    with database(config) as at, at.transaction() as conn:
        now = clock_of(config).now()
        token, made = issue_token(conn, name=name.strip(), role=role, lasts=timedelta(days), now=now)
    told = f"{made.agent}（{ROLES[role]}），编号 {made.id}，有效期到 {_when(made)}。请立即保存，之后无法再查看："
    typer.echo(told, err=True)
    typer.echo(token)


@app.command(name="list")
def show() -> None:
    """列出全部令牌：编号、坐席、角色、有效期和状态，不含令牌本身。"""
    from service.db import desk_token

    config = ready()
    with database(config) as at, at.reading() as conn:
        found = desk_token.every_token(conn)
    whole = Column("编号", no_wrap=True, min_width=22)  # `revoke` wants all of it, however narrow the terminal
    table = Table(whole, "坐席", "角色", "有效期到", "状态")
    now = clock_of(config).now()
    for one in found:
        state = "已撤销" if one.revoked_at else "有效" if one.counts(now) else "已过期"
        table.add_row(one.id, escape(one.agent), f"{one.role.value}（{ROLES[one.role]}）", _when(one), state)
    screen.print(table)


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(help="令牌编号，见 xiaoqing token list")] = "",
    every: Annotated[str, typer.Option("--all-of", help="撤销这位坐席的全部令牌")] = "",
) -> None:
    """撤销一个令牌，或一位坐席的全部令牌，立即生效。"""
    from service.usecases.desk.revoke_token import revoke_all_tokens, revoke_token

    if bool(token_id) == bool(every):
        raise fail("请给出一个令牌编号，或用 --all-of 坐席登录名，二者选一。", code=2)
    config = ready()
    with database(config) as at, at.transaction() as conn:
        now = clock_of(config).now()
        if every:
            count = revoke_all_tokens(conn, name=every.strip(), now=now)
        else:
            revoke_token(conn, token_id=token_id, now=now)
            count = 1
    screen.print(f"[green]✓[/green] 已撤销 {count} 个令牌")


def _when(token: AgentToken) -> str:
    return f"{local_time(token.expires_at):%Y-%m-%d %H:%M}"
