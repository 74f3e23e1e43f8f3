"""What is wrong with how a command was called, in Chinese with what to do; and the words around the help texts."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from pathlib import Path

from typer import rich_utils
from typer._click.exceptions import (
    BadOptionUsage,
    BadParameter,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)

_AROUND = " .'\""  # what stands around a command's name


def speak_chinese() -> None:
    """The frames of every help page."""
    rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
    rich_utils.OPTIONS_PANEL_TITLE = "选项"
    rich_utils.COMMANDS_PANEL_TITLE = "命令"
    rich_utils.REQUIRED_LONG_STRING = "（必填）"
    rich_utils.DEFAULT_STRING = "（默认 {}）"


def told(error: UsageError) -> str:
    """`error` as a sentence, and where the command is explained; empty where its help was shown already."""
    if isinstance(error, NoArgsIsHelpError):
        return ""
    command = error.ctx.command_path if error.ctx is not None else "xiaoqing"
    return f"{_what(error)}用法见 {command} --help。"


def _what(error: UsageError) -> str:
    if isinstance(error, MissingParameter):
        return f"缺少 {_name(error)}{_about(error)}。"
    if isinstance(error, NoSuchOption):
        nearest = f"，是不是 {error.possibilities[0]}？" if error.possibilities else "。"
        return f"没有 {error.option_name} 这个选项{nearest}"
    if isinstance(error, BadOptionUsage):
        takes_none = "does not take a value" in error.message
        return f"{error.option_name} {'不用写值，去掉等号和后面的部分' if takes_none else '后面要写上它的值'}。"
    if isinstance(error, BadParameter):
        return f"{_name(error)} 的值不能用{_wanted(error)}。"
    if error.message.startswith("No such command"):
        return f"没有 {error.message.removeprefix('No such command').strip(_AROUND)} 这个命令。"
    return "命令写多了，或不完整。"


def _name(error: BadParameter) -> str:
    return error.param.opts[0] if error.param is not None else "一个参数"


def _about(error: BadParameter) -> str:
    said = getattr(error.param, "help", None)
    return f"（{said}）" if said else ""


def _wanted(error: BadParameter) -> str:
    """What should have been written there, where its type says it."""
    kind = getattr(getattr(error.param, "type_descriptor", None), "annotation", None)
    if not isinstance(kind, type):
        return _about(error)
    if issubclass(kind, Enum):
        return "，请写 " + "、".join(str(one.value) for one in kind) + " 中的一个"
    if issubclass(kind, int):
        low, high = getattr(error.param, "min", None), getattr(error.param, "max", None)
        least = "" if low is None else f" {low} 或更大的" if high is None else f" {low} 到 {high} 的"
        return f"，请写{least}整数"
    if issubclass(kind, datetime):
        return "，日期请写成 2026-11-27 这样"
    return "，没有这个文件，或者不能读取" if issubclass(kind, Path) else _about(error)
