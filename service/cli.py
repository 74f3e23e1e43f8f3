"""The command line `xiaoqing`: start everything, start one part, or run what is due once."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from typer._click.exceptions import UsageError

from service import nlu_by_hand, payments_by_hand, propensity_by_hand, strategy_by_hand, tokens_by_hand, usage
from service.accrued_by_hand import accrued
from service.domain.desk.handover import AgentRole
from service.legal_file_by_hand import legal_file
from service.memory import look_seldom
from service.ready import need_gateway, prepared, ready
from service.replay_by_hand import replay
from service.sandbox_by_hand import sandbox_gateway
from service.screen import complaints, fail, progress_bar, screen
from service.settings import Settings
from service.simulate_by_hand import simulate

app = typer.Typer(
    name="xiaoqing",
    help="小清：消费金融的中文智能助手。第一次使用请运行 [bold]xiaoqing up[/bold]，它会准备好一切并启动全部进程。",
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


def _demo_unless_told_otherwise() -> None:
    """What `up` is for: a demonstration, unless the environment or the secrets file decides it."""
    if "demo" not in Settings().model_fields_set:
        os.environ["XIAOQING_DEMO"] = "true"


@app.command()
def up(
    borrowers: Annotated[int, typer.Option(min=12, help="第一次启动时，演示组合里有多少位借款人")] = 2000,
    seed: Annotated[int, typer.Option(help="演示组合的随机种子，相同种子得到相同组合")] = 7,
) -> None:
    """准备并启动一切：密钥、数据库、模型、演示数据，然后启动 service、bot、actions 三个进程。

    按 Ctrl-C 结束全部进程。某个进程意外退出时，会说明是哪一个、为什么，并自动重启。
    """
    from service import supervisor

    _demo_unless_told_otherwise()
    config = prepared()
    need_gateway(config)
    _refuse_taken({"service": config.service_port, **config.bot_ports, "actions": config.actions_port})
    migrate()
    train(force=False)
    if config.demo:
        _seed_if_empty(config, borrowers=borrowers, seed=seed)
    raise typer.Exit(supervisor.run_all(config, when_ready=lambda missing: _print_addresses(config, missing)))


def _refuse_taken(wanted: dict[str, int]) -> None:
    from service.supervisor import taken_ports

    taken = taken_ports(wanted)
    for name, port in taken:
        fail(
            f"端口 {port}（{name}）已被其他程序占用。请先结束它（查看占用者：ss -ltnp 'sport = :{port}'），"
            f"或换一个端口，例如 XIAOQING_{name.partition('-')[0].upper()}_PORT={port % 60_000 + 1000}"
        )
    if taken:
        raise typer.Exit(1)


def _print_addresses(config: Settings, missing: list[str]) -> None:
    if missing:
        complaints.print(f"[bold red]✗[/bold red] 120 秒内没有就绪：{'、'.join(missing)}。请看上面它们的输出。")
        return
    table = Table(title="小清已就绪", show_header=False, title_style="bold green")
    if config.demo:
        table.add_row("演示登录（选一位借款人开始对话）", f"{config.service_url}/demo")
        if config.stands_in_for_phones:
            table.add_row("演示手机（收到的短信和电话）", f"{config.service_url}/sandbox/phones/")
    table.add_row("借款人聊天页", f"{config.service_url}/chat")
    who = f"用户 demo，密码 {config.console_password}" if config.demo else "用 xiaoqing agent 添加坐席"
    table.add_row("控制台", f"{config.service_url}/console  （{who}）")
    table.add_row("接口说明（OpenAPI）", f"{config.service_url}/openapi.json")
    screen.print(table)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="监听地址；对外服务时请放在反向代理之后")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="监听端口；0 为 XIAOQING_SERVICE_PORT")] = 0,
    scheduler: Annotated[bool, typer.Option(help="是否在本进程内运行定时任务")] = True,
) -> None:
    """只启动 service 进程（账务、催收、会话、控制台）。bot 与 actions 需另行启动。"""
    from service.web import run

    config = ready(takes_payments=True)
    _refuse_taken({"service": port or config.service_port})
    run(config, host=host or None, port=port or None, with_scheduler=scheduler)


@app.command()
def schedule() -> None:
    """只运行定时任务（日终、计划、发送、对账），直到 Ctrl-C。与 `serve --no-scheduler` 搭配使用。"""
    from service.scheduler import run_forever

    run_forever(ready(takes_payments=True))


@app.command()
def tick() -> None:
    """把此刻到期的定时任务各执行一次（日终、承诺、计划、发送、支付对账），打印做了什么。

    重复执行是安全的：做过的事不会再做一次。
    """
    from service.scheduler import tick_once
    from service.told import in_words
    from service.wiring import build

    services = build(ready(takes_payments=True))
    with progress_bar("执行到期任务") as progress:
        done = tick_once(services, progress=progress)
    table = Table("任务", "结果", title="本次执行")
    for name, result in done.items():
        for row in in_words(name, result):
            table.add_row(*map(escape, row))
    screen.print(table)
    if any(str(result).startswith("失败") for result in done.values()):
        raise typer.Exit(1)


@app.command()
def migrate() -> None:
    """创建数据库，或把它升级到最新结构。重复执行是安全的。"""
    from service.prepare import migrate as upgrade

    config = prepared()
    upgrade(config)
    screen.print("[green]✓[/green] 数据库已是最新结构")


@app.command()
def seed(
    borrowers: Annotated[int, typer.Option(min=12, help="借款人数量；有名字的演示人物总在其中")] = 2000,
    seed: Annotated[int, typer.Option(help="随机种子，相同种子得到相同组合")] = 7,
) -> None:
    """写入演示组合：明显虚构的借款人、额度与各种状态的借款，全部经由正式业务用例写入。

    上次中途被打断时，接着写完；账本里已有完整的数据时会拒绝执行。想重新开始：删除 var/xiaoqing.db 再运行。
    """
    config = prepared()
    migrate()
    if not _seed_if_empty(config, borrowers=borrowers, seed=seed):
        raise fail("账本里已有数据，没有写入任何内容。想重新开始，请先删除数据库（默认是 var/xiaoqing.db）。", code=3)


def _seed_if_empty(config: Settings, *, borrowers: int, seed: int) -> bool:
    from service.demo.seed import is_taken
    from service.demo.seed import seed as write
    from service.usecases.collect.pause import pause
    from service.wiring import build

    services = build(config)
    if is_taken(services.database):
        return False
    with progress_bar("写入演示组合") as progress:
        write(
            services.database,
            clock=services.clock,
            products=services.products,
            price_caps=services.price_caps,
            borrowers=borrowers,
            seed=seed,
            progress=progress,
            pause=pause,
        )
    return True


@app.command()
def train(force: Annotated[bool, typer.Option(help="即使训练数据没有变化也重新训练")] = False) -> None:
    """训练对话模型；训练所用的文件没有变化时直接跳过。"""
    from service.prepare import model_is_current
    from service.prepare import train as train_model

    if model_is_current() and not force:
        screen.print("[green]✓[/green] 模型已是最新")
        return
    code = train_model()
    if code:
        raise fail("训练没有成功，原因见上面的输出。", code=code)
    screen.print("[green]✓[/green] 模型训练完成")


@app.command()
def chat(
    borrower: Annotated[str, typer.Option("--as", help="演示借款人编号，例如 demo-overdue-5；不填则以访客身份")] = "",
) -> None:
    """在终端里和小清对话（需要先运行 `xiaoqing up`）。输入 /quit 或按 Ctrl-D 结束。"""
    from service.terminal import talk

    problem = talk(prepared(), borrower=borrower, screen=screen)
    if problem:
        raise fail(problem)


@app.command()
def agent(
    name: Annotated[str, typer.Argument(help="坐席的登录名")],
    role: Annotated[
        AgentRole | None,
        typer.Option(help="角色：agent 坐席，admin 还可以管理接口令牌、改动账目；不写则不变，新坐席为 agent"),
    ] = None,
    disable: Annotated[bool, typer.Option("--disable", help="停用：登录和接口令牌立即失效，记录保留")] = False,
) -> None:
    """添加一位控制台坐席，或修改其密码和角色（修改密码会让已有的登录失效）；离职的用 --disable 停用。

    密码在终端里输入两次；不在终端里运行时，从标准输入读取第一行。
    """
    from service.by_hand import asked_password, let_in, shut_out

    config, known = ready(), name.strip()
    if disable:
        if problem := shut_out(config, name=known):
            raise fail(problem, code=2)
        screen.print(f"[green]✓[/green] 坐席 {known} 已停用；要恢复，重新设一次密码即可")
        return
    problem = let_in(config, name=known, role=role, password=asked_password())
    if problem:
        raise fail(problem, code=2)
    screen.print(f"[green]✓[/green] 坐席 {escape(known)} 可以登录控制台了：{config.service_url}/console")


@app.command()
def verify() -> None:
    """核对全部账目：哈希链、余额与分录、账本与事件历史。只读；不一致时逐条列出，退出码 1。"""
    from service.by_hand import faults

    with progress_bar("核对账目") as progress:
        found = "".join(f"\n{fault.borrower_id}: {fault.what}" for fault in faults(ready(), progress=progress))
    if found:
        raise fail(f"账目不一致，请停止入账并联系技术人员核查：{found}")
    screen.print("[green]✓[/green] 全部账目一致")


@app.command()
def resolve(
    order: Annotated[str, typer.Argument(help="还款单编号，见控制台里“支付金额不一致”的交接说明")],
    taken: Annotated[str, typer.Option(help="实际扣款的金额（元），须是支付渠道报过的金额")] = "",
    not_taken: Annotated[bool, typer.Option("--not-taken", help="没有扣款，或已经退回")] = False,
) -> None:
    """人工核对“支付金额不一致”的还款后，给出结果：按实际扣款入账，或确认没有扣款。借款人会在会话里收到结果。"""
    from service.by_hand import say_what_was_taken

    problem = say_what_was_taken(ready(), order_id=order, taken=taken, not_taken=not_taken)
    if problem:
        raise fail(problem, code=2)
    screen.print("[green]✓[/green] " + ("已确认没有扣款" if not_taken else f"已按 {taken} 元入账"))


for name, commands in (
    ("token", tokens_by_hand),
    ("payments", payments_by_hand),
    ("strategy", strategy_by_hand),
    ("propensity", propensity_by_hand),
    ("nlu", nlu_by_hand),
):
    app.add_typer(commands.app, name=name)
for command in (accrued, legal_file, replay, simulate, sandbox_gateway):
    app.command()(command)


def main(arguments: list[str] | None = None) -> None:
    """Run one command. What its surroundings got wrong is told in a line, everything else with its traceback."""
    from service.prepare import what_is_wrong

    look_seldom()
    usage.speak_chinese()
    try:
        sys.exit(app(args=arguments if arguments is not None else sys.argv[1:], standalone_mode=False))
    except UsageError as wrong:
        if said := usage.told(wrong):
            fail(said)
        sys.exit(wrong.exit_code)
    except typer.Abort:
        fail("已中断，没有做任何事。")
        sys.exit(1)
    except Exception as error:
        told = what_is_wrong(error)
        if told is None:
            raise
        fail(told)
        sys.exit(1)


if __name__ == "__main__":
    main()
