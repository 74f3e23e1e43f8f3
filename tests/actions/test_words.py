"""What is a yes, by its words alone: it may move money."""

from __future__ import annotations

import pytest

from actions.words import (
    QUESTION,
    SOMEBODY_ELSES,
    TIRED,
    keeps_from_others,
    noise,
    of_own_kin,
    plainly_yes,
    spares_others,
)

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


@pytest.mark.parametrize("said", ["。", "😀", "？？", "asdf", "huankuan", "嘟嘟嘟", "ㄅㄆㄇ", "你"])
def test_noise_is_noise(said: str) -> None:
    assert noise(said)


@pytest.mark.parametrize(
    "said", ["嗯", "哦", "不", "零", "500", "ok", "OK的", "👌", "/deny", "哈哈", "滚", "cancel吧", "查"]
)
def test_what_says_something_is_no_noise(said: str) -> None:
    assert not noise(said)


@pytest.mark.parametrize("said", ["别给我老公打电话", "不要联系我单位", "别骚扰我家人", "能不能不要打电话给我爸妈"])
def test_who_wants_others_spared_does(said: str) -> None:
    assert spares_others(said)


@pytest.mark.parametrize("said", ["别跟我爸妈说", "不要让我家里知道", "我欠钱的事别跟他们讲"])
def test_who_wants_others_to_hear_nothing_does(said: str) -> None:
    assert keeps_from_others(said)
    assert spares_others(said)


def test_who_asks_for_another_keeps_nothing_from_him() -> None:
    assert not keeps_from_others("我帮我老公问问他的贷款")


@pytest.mark.parametrize("said", ["别给我打电话了", "别再联系我", "别给我打电话找我老公了", "不要给我发短信"])
def test_who_wants_to_be_spared_himself_does_not_speak_of_others(said: str) -> None:
    assert not spares_others(said)


@pytest.mark.parametrize("said", ["帮我朋友还款", "我老公的欠款多少"])
def test_what_is_somebody_elses(said: str) -> None:
    assert SOMEBODY_ELSES.search(said)


def test_who_speaks_of_my_husband_is_not_his_wife() -> None:
    assert of_own_kin("不是我要还，是我老公要还")
    assert not of_own_kin("我是他老婆，他不在")


@pytest.mark.parametrize("said", ["我妈帮我还款", "家人替我还可以吗", "我的欠款多少"])
def test_what_is_ones_own(said: str) -> None:
    assert not SOMEBODY_ELSES.search(said)


@pytest.mark.parametrize("said", ["逾期影响提额不", "能还不", "行不", "要钱不 急", "多久能恢复", "上征信不？"])
def test_a_question_is_one_without_its_sign(said: str) -> None:
    assert QUESTION.search(said)


@pytest.mark.parametrize("said", ["我不", "我就不", "要不", "不还了", "不用了", "不想提额"])
def test_a_refusal_is_no_question(said: str) -> None:
    assert not QUESTION.search(said)


@pytest.mark.parametrize("said", ["哎", "唉……", "累死了"])
def test_a_sigh_is_no_business(said: str) -> None:
    assert TIRED.fullmatch(said)


def test_signs_alone_are_no_sigh() -> None:
    assert not TIRED.fullmatch("。。。")
