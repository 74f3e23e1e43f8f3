"""What the lender's people do at the command line with the model of propensity: train it, and see how it does."""

from __future__ import annotations

from typing import Any

import typer
from rich.table import Table

from service.ready import clock_of, database, ready
from service.screen import fail, screen

about = "自行还款可能性的模型：用自己的账本训练、查看质量和漂移。没有模型时按 strategy.toml 的规则分档。"
app = typer.Typer(help=about, no_args_is_help=True)


@app.command()
def train() -> None:
    """用过去一年的触达记录和还款训练；记录不够时说明还差多少，不产生模型。重启服务后生效。"""
    from service.domain.days import business_date
    from service.learning.propensity import HORIZON_DAYS, save
    from service.learning.propensity import train as learn
    from service.usecases.collect.rows_to_learn import rows_to_learn

    settings = ready()
    with database(settings) as at, screen.status("正在读取记录并训练"), at.reading() as conn:
        rows = list(rows_to_learn(conn, today=business_date(clock_of(settings).now()), horizon_days=HORIZON_DAYS))
        model = learn(rows)
    save(model, settings.propensity_model)
    screen.print(f"✓ 模型 {model.version} 已写入 {settings.propensity_model}")
    screen.print(_quality(model))


@app.command()
def report() -> None:
    """现行模型的质量、校准，以及最近一周的数据与训练时相比的漂移。"""
    from service.domain.days import business_date
    from service.learning.features import FEATURES
    from service.learning.propensity import UnknownModel, drifted, load
    from service.usecases.collect.rows_to_learn import recent_facts

    settings = ready()
    try:
        model = load(settings.propensity_model)
    except UnknownModel as wrong:
        raise fail(wrong.detail, code=2) from None
    if model is None:
        raise fail("还没有训练模型，现在按规则分档。要训练：xiaoqing propensity train", code=2)
    screen.print(_quality(model))
    with database(settings) as at, at.reading() as conn:
        facts = recent_facts(conn, today=business_date(clock_of(settings).now()))
    if not facts:
        screen.print("最近一周没有记录，无法比较漂移。")
        return
    stability = model.drift(facts)
    table = Table("特征", "权重", "稳定性指数（最近一周）", title=f"特征与漂移（{len(facts)} 条）")
    for at, (name, label) in enumerate(FEATURES.items()):
        table.add_row(label, f"{model.weights[at]:+.2f}", f"{stability[name]:.3f}")
    screen.print(table)
    if moved := drifted(stability):
        screen.print(f"[yellow]变化较大：{'、'.join(moved)}，建议重新训练并核对。[/yellow]")


def _quality(model: Any) -> Table:
    found = model.quality
    title = f"模型 {model.version}：{model.rows} 条，{' 至 '.join(model.trained_on)}"
    table = Table("分数（平均）", "实际还上", "条数", title=title)
    for rows, score, paid in found.reliability:
        table.add_row(f"{score:.2f}", f"{paid:.2f}", str(rows))
    table.caption = (
        f"后来的 {found.rows} 条：AUC {found.auc:.3f}（梯度提升 {found.boosted_auc:.3f}），Brier {found.brier:.3f}"
    )
    return table
