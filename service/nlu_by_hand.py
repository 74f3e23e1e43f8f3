"""What the lender's people do at the command line about training data: write what agents labelled as examples."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from service.domain.days import SHANGHAI
from service.domain.desk.examples import HEADER, Examples, as_yaml, trained_in
from service.ready import database, ready
from service.screen import fail
from service.settings import ROOT

NLU = ROOT / "data" / "nlu"


app = typer.Typer(help="训练数据：把坐席在控制台的标注导出为例句。", no_args_is_help=True)


@app.callback()
def about() -> None:
    """训练数据：把坐席在控制台的标注导出为例句。"""


@app.command()
def export(
    out: Annotated[
        Path | None, typer.Option(help="写到这个文件；不填则写到标准输出", dir_okay=False, show_default=False)
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="只要这一天（北京时间）起给出的标注", show_default=False),
    ] = None,
) -> None:
    """把采纳的标注写成 Rasa 训练数据（YAML），号码和客户姓名已隐去。

    标注在控制台的“学习标注”页进行。与 data/nlu 或彼此重复的例句不会写出；同一句话有不同标注的，
    或与 data/nlu 中意图不同的，也不写出，请先在控制台统一。同样的标注总是得到同样的文件。

    例如：xiaoqing nlu export --out var/labels.yml --since 2026-11-01，
    逐句复核后并入 data/nlu 下对应的文件，再运行 xiaoqing train。
    """
    if out is not None and (problem := _not_ours(out)):
        raise fail(problem, code=2)
    day = since.replace(tzinfo=SHANGHAI) if since is not None else None
    found = _examples(since=day, beside=out)
    if found.count and out is not None:
        try:
            _write(out, as_yaml(found))
        except OSError as problem:
            raise fail(f"无法写入 {out}：{problem.strerror}", code=2) from None
    elif found.count:
        typer.echo(as_yaml(found), nl=False)
    typer.echo(_told(found, out), err=out is None)


def _examples(*, since: datetime | None, beside: Path | None) -> Examples:
    from service.usecases.desk.learning import examples_from_labels

    mine = beside.resolve() if beside is not None else None  # what an earlier export wrote is written again
    files = [path for path in sorted(NLU.rglob("*.yml")) if path.resolve() != mine]
    trained = trained_in(path.read_text(encoding="utf-8") for path in files)
    with database(ready()) as at, at.reading() as conn:
        return examples_from_labels(conn, since=since, trained=trained)


def _not_ours(out: Path) -> str:
    """Why the file may not be written: hand-made training data is never replaced by an export."""
    if not out.exists():
        return ""
    with out.open(encoding="utf-8", errors="replace") as file:
        ours = file.readline().rstrip("\n") in ("", HEADER)
    return "" if ours else f"{out} 已存在，而且不是由本命令导出的，没有改动它。请换一个文件名。"


def _write(out: Path, text: str) -> None:
    """The whole file or none of it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f".{out.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(out)


def _told(found: Examples, out: Path | None) -> str:
    left = {"已有或重复": found.known, "标注不一致": found.disputed, "隐去号码后没有内容": found.bare}
    why = "、".join(f"{name} {number} 条" for name, number in left.items() if number)
    rest = f"没有写出的标注：{why}。" if why else ""
    if not found.count:
        return f"没有可写出的例句，没有写任何文件。{rest or '请先在控制台的“学习标注”页标注。'}"
    where = f"写到 {out}" if out is not None else "写到标准输出"
    return f"✓ {found.count} 条例句（{len(found.by_intent)} 个意图）已{where}。{rest}"
