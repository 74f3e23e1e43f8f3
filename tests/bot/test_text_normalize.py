"""Plain text: noise goes, meaning and places stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.crisis import is_crisis, is_idiom
from bot.text.features import canonical, sounds
from bot.text.normalize import normalize


@given(st.text(max_size=80))
def test_normalizing_twice_is_normalizing_once(text: str) -> None:
    once = normalize(text).text
    assert normalize(once).text == once


@given(st.text(max_size=80))
def test_every_character_left_knows_where_it_stood(text: str) -> None:
    plain = normalize(text)
    assert len(plain.offsets) == len(plain.text) + 1
    assert list(plain.offsets) == sorted(plain.offsets)
    assert plain.offsets[-1] == len(text)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("還款日", "还款日"),
        ("我 要 还 款", "我要还款"),
        ("１００元", "100元"),
        ("预期了", "逾期了"),
        ("伸请体现", "申请提现"),
        ("查帐", "查账"),
        ("ＡＢＣ", "abc"),
        ("还\u200b款", "还款"),
    ],
)
def test_width_traditional_forms_blanks_and_slips(typed: str, plain: str) -> None:
    assert normalize(typed).text == plain


def test_a_product_by_any_name_is_the_same_to_the_classifier() -> None:
    assert canonical("请问微粒贷怎么还") == canonical("借呗怎么还") == canonical("随心借怎么还")


def test_homophones_sound_the_same() -> None:
    assert sounds("逾期怎么办") == sounds("渔期怎么办")


@pytest.mark.parametrize(
    "text",
    [
        "我不想活了",
        "再催我就自杀",
        "想死的心都有了",
        "我现在站在天台上",
        "遗书写好了",
        "不 想 活 了",
        "想紫砂",
        "自我了断",
        "煤气打开了",
        "我站在江边了",
        "彻底绝望了",
        "喝了农药",
        "我要是哪天没了 你们找谁要",
        "等我不在了你们再来",
        "想死你们别拦我",
        "还完债我就解脱了 不想活",
    ],
)
def test_outright_words_of_self_harm_are_a_crisis(text: str) -> None:
    assert is_crisis(text)


@pytest.mark.parametrize(
    "text",
    [
        "烦死了别催了",
        "气死我了",
        "累死了",
        "app卡死了",
        "急死人了",
        "人去世了",
        "生活困难没钱",
        "在楼顶装太阳能呢",
        "他自杀去世了",
        "在江边钓鱼",
        "我没了工作",
        "额度要是没了怎么办",
        "想死你们了 哈哈",
        "还完这笔我就解脱了",
    ],
)
def test_idioms_are_not(text: str) -> None:
    assert not is_crisis(text)


@pytest.mark.parametrize("text", ["笑死我了", "真累死了", "想死你们了 哈哈", "终于还清了 解脱了"])
def test_an_idiom_that_is_all_is_no_crisis_whatever_the_classifier_hears(text: str) -> None:
    assert is_idiom(text)


@pytest.mark.parametrize("text", ["烦死了 活着没劲", "我想解脱", "累死了 撑不下去", "还300"])
def test_an_idiom_beside_other_words_leaves_the_classifier_its_say(text: str) -> None:
    assert not is_idiom(text)


def test_a_sum_after_a_denial_and_a_blank_is_what_is_meant() -> None:
    assert normalize("不是 三百五").text == "不是,三百五"
    assert normalize("不是 我的").text == "不是我的"


@pytest.mark.parametrize("text", ["是不是 500", "要不是 三百", "可不是 三百"])
def test_whether_it_is_denies_no_sum(text: str) -> None:
    assert normalize(text).text == text.replace(" ", "")
