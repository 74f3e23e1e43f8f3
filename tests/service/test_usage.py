"""How a command that was called wrongly is answered: in Chinese, with what to write instead."""

from __future__ import annotations

import pytest

from service.cli import main


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("nope", "没有 nope 这个命令"),
        ("--nope", "没有 --nope 这个选项"),
        ("token list --hepl", "是不是 --help"),
        ("token issue 苏禾 --role boss", "请写 viewer、operator 中的一个"),
        ("agent 苏禾 --role operator", "请写 agent、admin 中的一个"),
        ("token issue 苏禾 --days 900", "请写 1 到 365 的整数"),
        ("seed --borrowers 3", "请写 12 或更大的整数"),
        ("serve --port x", "整数"),
        ("token issue 苏禾 --role", "--role 后面要写上它的值"),
        ("agent 苏禾 --disable=yes", "--disable 不用写值"),
        ("it's", "没有 it's 这个命令"),
        ("nlu export --since 昨天", "日期请写成 2026-11-27 这样"),
        ("payments import", "缺少 file（CSV 文件"),
        ("payments import nowhere.csv --by 苏禾", "没有这个文件"),
        ("token issue 苏禾 林舟", "命令写多了"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: str, words: str
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert words in told
    assert "--help" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(("arguments", "code"), [("--help", 0), ("token", 2), ("token issue --help", 0)])
def test_help_is_framed_in_chinese_and_nothing_is_called_wrong(
    capsys: pytest.CaptureFixture[str], arguments: str, code: int
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    told = capsys.readouterr()
    assert (ended.value.code or 0) == code
    assert "选项" in told.out
    assert told.err == ""
