"""What is a yes, by its words alone: it may move money."""

from __future__ import annotations

import pytest

from actions.words import plainly_yes

YES = "对 对的 是的，确认 好的 好，还吧 行 可以 嗯嗯 没问题 OK 就这样 确认还款 好的，谢谢 /affirm"
NONE = "好吧算了 行，改天 好贵 好烦啊 好的但是先等等 好，下周 是错的 嗯，过几天 嘟嘟行 可惜 可是 好的我晚点弄 对了 不对"


@pytest.mark.parametrize("said", YES.split())
def test_a_plain_yes_is_one(said: str) -> None:
    assert plainly_yes(said)


@pytest.mark.parametrize("word", ["嗯", "好的", "就这样", "1", "一", "还款", "的", "对"])
def test_a_long_row_of_yeses_that_ends_in_something_else_is_refused_and_soon(word: str) -> None:
    for times in (5, 8, 12, 23, 2000):
        assert not plainly_yes(word * times + "贵")


@pytest.mark.parametrize("said", [*NONE.split(), "ok cancel", "行，有钱了", "好的还了", ""])
def test_what_only_begins_like_a_yes_is_none(said: str) -> None:
    assert not plainly_yes(said)
