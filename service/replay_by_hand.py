"""What the lender's people do at the command line before a strategy goes live: play it over last month's ledger."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from service.ready import clock_of, database, ready
from service.screen import fail, progress_bar, screen

LONGEST_DAYS = 366
MOST_REASONS = 5
NO_CHANNEL = "channel_unknown"  # the gate: not in the tables of that day


def replay(
    strategy: Annotated[Path, typer.Option(help="策略文件（TOML）", exists=True, dir_okay=False)],
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="第一天；不写则为最后一天的 30 天前")
    ] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="最后一天；不写则为昨天")] = None,
    channels: Annotated[
        list[str] | None, typer.Option("--channel", help="可用的渠道，可写多次；不写则为 inapp、wechat")
    ] = None,
    out: Annotated[Path, typer.Option(help="结果写到哪个文件夹", file_okay=False)] = Path("var/replay"),
) -> None:
    """一个策略若用在过去的账本上会怎么做：多少消息，闸门拦下什么，会打扰到谁，与实际对照。

    只读，不计划也不发送任何东西。结果（网页、图、JSON，借款人已脱敏）写到 --out。
    """
    from service.domain.collect.policy import parse_policy
    from service.domain.collect.replay import Setting
    from service.domain.days import business_date
    from service.domain.rows import PolicyError, parse_table
    from service.simulation.replay_report import replay_figures, write_replay
    from service.usecases.collect.replay_strategy import replay_strategy
    from service.wiring import read_collection

    config = ready()
    today = business_date(clock_of(config).now())
    last: date = until.date() if until else today - timedelta(days=1)
    first: date = since.date() if since else last - timedelta(days=30)
    if not first <= last <= today or (last - first).days > LONGEST_DAYS:
        raise fail("起止日期须先后有序、不晚于今天，且不超过一年。", code=2)
    try:
        tables = {**read_collection(), "strategy": parse_table(strategy.read_text(encoding="utf-8"))}
        policy = parse_policy(**tables)
    except (PolicyError, ValueError) as wrong:
        raise fail(f"{strategy} 不能使用：{wrong}", code=2) from None
    setting = Setting(first, last, today, tuple(channels or ("inapp", "wechat")))
    with database(config) as at, progress_bar("回放") as move:
        found = replay_strategy(at, setting, strategy=policy.strategy, policy=policy, progress=move)
    written = write_replay(found, out, name=strategy.stem)
    figures = replay_figures(found, name=strategy.stem)
    totals = figures["totals"]
    table = Table("", strategy.stem, "实际", title=f"{first} 至 {last}，{found.debtors} 位借款人")
    table.add_row("消息", str(totals["messages"]), str(totals["really"]))
    table.add_row("会被联系的借款人", str(totals["bothered"]), "")
    table.add_row("其中三天内自己付了款的", str(totals["soon"]), "")
    table.add_row("因承诺或暂停被拦下的借款人", str(totals["shielded"]), "")
    for code, now, then in figures["blocked"][:MOST_REASONS]:
        table.add_row(f"闸门拦下：{code}", str(now), str(then))
    screen.print(table)
    if not totals["messages"] and found.blocked[NO_CHANNEL]:
        screen.print(
            f"合规表里的渠道在这段时间还没有生效，所以一条也没有放行（{NO_CHANNEL}）；请换一段日期。", soft_wrap=True
        )
    screen.print(f"✓ 结果在 {written[-1]}（图和 JSON 在同一文件夹）", soft_wrap=True)
