"""What the lender's people do at the command line before a strategy meets real debtors: simulate it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from service.screen import fail, progress_bar, screen

Files = Annotated[
    list[Path] | None,
    typer.Option(
        "--strategy", help="与现行策略比较的策略文件，可写多次；不写则与固定阶梯比较", exists=True, dir_okay=False
    ),
]


def simulate(
    strategies: Files = None,
    debtors: Annotated[int, typer.Option(min=50, max=200_000, help="虚构的借款人数")] = 2_000,
    days: Annotated[int, typer.Option(min=7, max=365, help="模拟多少天")] = 90,
    seed: Annotated[int, typer.Option(help="随机种子：同一种子得到同一结果")] = 7,
    begins_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="第一天")] = datetime(2026, 12, 1),  # noqa: DTZ001  a day
    people: Annotated[int | None, typer.Option(min=0, help="人工每天能处理的案件数；不写则为借款人数的 0.4%")] = None,
    out: Annotated[Path, typer.Option(help="结果写到哪个文件夹", file_okay=False)] = Path("var/simulation"),
) -> None:
    """让虚构的借款人在一种或几种策略下逐日生活：回收、迁徙、触达、投诉、成本，以及闸门的代价。

    行为参数在 service/policy/behaviours.toml，是假设，请换成自己的数据。
    分层、做法、等待、模板和闸门都是真实的那一套；结果（网页、图、JSON）写到 --out。
    """
    from service.domain.collect.policy import parse_policy
    from service.domain.rows import PolicyError, parse_table
    from service.simulation.behaviour import parse_behaviours
    from service.simulation.report import write_report
    from service.simulation.world import Setting
    from service.simulation.world import simulate as live
    from service.wiring import read_collection, read_policy

    tables = read_collection()
    given = {path.stem: path for path in strategies or ()}
    try:
        others = {name: parse_table(path.read_text(encoding="utf-8")) for name, path in given.items()}
        policy = parse_policy(**{**tables, "challengers": {**tables["challengers"], **others}})
        behaviours = parse_behaviours(read_policy("behaviours"))
    except (PolicyError, ValueError) as wrong:
        raise fail(f"策略不能使用：{wrong}", code=2) from None
    day: date = begins_on.date()
    setting = Setting(debtors, days, seed, day, people if people is not None else max(1, debtors // 250))
    chosen = {
        "现行策略": policy.strategy,
        **{name: policy.challengers[name] for name in (given or {"fixed_ladder": None})},
    }
    base, *rest = chosen
    order = [*rest[:1], base, *rest[1:]] if not given else list(chosen)
    runs = []
    for name in order:
        with progress_bar(f"模拟 {name}") as move:
            runs.append(live(name, chosen[name], setting, policy=policy, behaviours=behaviours, progress=move))
    with progress_bar("模拟 现行策略，不受闸门约束") as move:
        free = Setting(debtors, days, seed, day, setting.people_a_day, gated=False)
        without = live(base, policy.strategy, free, policy=policy, behaviours=behaviours, progress=move)
    written = write_report(runs, out, without_gate=without)
    screen.print(_summary(runs))
    screen.print(f"✓ 结果在 {written[-1]}（图和 JSON 在同一文件夹）")


def _summary(runs: list[Any]) -> Table:
    from service.simulation.measure import MEASURES, differences, means, recovery_rate

    base = runs[0]
    table = Table("", *(run.name for run in runs), title=f"括号里是与 {base.name} 的差和 95% 区间", show_lines=True)
    table.add_row("回收率", *(f"{recovery_rate(run):.2%}" for run in runs))
    found = {run.name: means(run) for run in runs}
    apart = {run.name: differences(run, base) for run in runs[1:]}
    for name, (label, _) in MEASURES.items():
        cells = []
        for run in runs:
            cell = f"{found[run.name][name].at:.3f}"
            if run.name in apart:
                one = apart[run.name][name]
                cell += f"\n({one.at:+.3f}: {one.low:+.3f} 至 {one.high:+.3f})"
            cells.append(cell)
        table.add_row(label, *cells)
    return table
