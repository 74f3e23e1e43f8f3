"""What the lender's people do at the command line with strategies: look at one, check a file, compare two."""

from __future__ import annotations

from pathlib import Path
from tomllib import TOMLDecodeError
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from service.screen import fail, screen

if TYPE_CHECKING:  # loaded where they are needed, so that `xiaoqing --help` answers at once
    from service.domain.collect.strategy import Strategy

Chosen = Annotated[Path | None, typer.Argument(help="策略文件；不写则为现行策略", exists=True, dir_okay=False)]
File = Annotated[Path, typer.Argument(help="策略文件（TOML）", exists=True, dir_okay=False)]


app = typer.Typer(
    help="催收策略：查看、检查、比较。文件的写法见 service/policy/strategy.toml 开头。", no_args_is_help=True
)


def _read(path: Path) -> Strategy:
    from service.domain.collect.policy import parse_policy
    from service.domain.rows import PolicyError, parse_table
    from service.wiring import read_collection

    try:
        tables = {**read_collection(), "strategy": parse_table(path.read_text(encoding="utf-8"))}
        return parse_policy(**tables).strategy
    except (PolicyError, TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise fail(f"{path} 不能使用：{wrong}", code=2) from None


@app.command()
def check(path: File) -> None:
    """检查一个策略文件能否使用；有错时给出行号、行和列。"""
    strategy = _read(path)
    counts = f"{len(strategy.tiers)} 个分层、{len(strategy.profiles)} 类客户、{len(strategy.treatments)} 套做法"
    screen.print(f"✓ {path} 可以使用：版本 {strategy.version}，{counts}")


@app.command()
def show(path: Chosen = None) -> None:
    """列出每个分层对各类客户的做法。"""
    from service.domain.collect.strategy_diff import told
    from service.wiring import POLICY

    strategy = _read(path or POLICY / "strategy.toml")
    table = Table("分层", "客户 / 风险 / 产品", "步骤", title=f"策略 {strategy.version}", show_lines=True)
    for one in strategy.treatments:
        whom = [sorted(names) for names in (one.profiles, one.risks, one.products) if names is not None]
        steps = "\n".join(told(step) for step in one.steps)
        table.add_row(one.tier, " / ".join("、".join(names) for names in whom) or "其余", steps)
    screen.print(table)


@app.command()
def diff(before: File, after: File) -> None:
    """比较两个策略：哪些客户的步骤会变。"""
    from service.domain.collect.strategy_diff import differences

    found = list(differences(_read(before), _read(after)))
    if not found:
        screen.print("两个策略对所有客户的步骤都相同。")
        return
    table = Table("分层", "客户", "风险", "产品", "原来", "改为", show_lines=True)
    for one in found:
        was, becomes = ("\n".join(steps) or "无" for steps in (one.before, one.after))
        table.add_row(one.tier, one.profile, one.risk, one.product or "任意", was, becomes)
    screen.print(table)
