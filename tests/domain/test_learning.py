"""What leaves the house as a training example: nothing that tells who said it, each line once, always the same file."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.desk.examples import Labelled, as_yaml, choose, one_line, same_as, trained_in
from service.domain.desk.mask import mask_said

DATA = Path(__file__).resolve().parents[2] / "data/nlu"
HANZI = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF, exclude_characters="某")
NAMES = st.text(HANZI, min_size=2, max_size=4)
SIGNS = st.sampled_from("0123456789０５１ -,，.。Xx@元")
WORDS = st.text(st.one_of(HANZI, SIGNS, st.characters(categories=["Nd"])), max_size=40)
PHONES = st.from_regex(r"1[3-9]\d{9}", fullmatch=True)


@given(WORDS, NAMES)
def test_no_run_of_six_digits_survives(text: str, name: str) -> None:
    assert not re.search(r"\d{6}", mask_said(text, name=name))


@given(NAMES, WORDS, WORDS)
def test_no_borrowers_name_survives(name: str, before: str, after: str) -> None:
    masked = mask_said(f"{before}{name}{after}", name=name)
    assert name not in masked
    assert len(name) < 3 or name[1:] not in masked


@given(PHONES, st.sampled_from((" ", "-", "  ", ",", "·")), st.sampled_from(((3, 7), (4, 8), (3, 6, 9), (5,))))
def test_a_phone_in_groups_does_not_survive(phone: str, between: str, cuts: tuple[int, ...]) -> None:
    edges = (0, *cuts, len(phone))
    said = between.join(phone[start:end] for start, end in pairwise(edges))
    assert mask_said(f"打{said}找我") == "打***找我"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我叫张三丰，卡号6222 0212 3456 7890 123", "我叫某某，卡号***"),
        ("身份证11010119900307123X丢了", "身份证***丢了"),
        ("一三八零零一三八零零零", "***"),
        ("周 谷 雨在吗，周先生呢", "某某在吗，某先生呢"),
        ("谷雨还没还", "某某还没还"),
        ("发到 a.b@mail.example 吧", "发到 *** 吧"),
        ("邮箱是ab@mail.example", "邮箱是***"),
    ],
)
def test_what_tells_who_it_is_is_masked(text: str, masked: str) -> None:
    assert mask_said(text, name="周谷雨") == masked


@pytest.mark.parametrize(
    "text",
    ["先还2000元", "还12345.67行吗", "额度200,000.00元", "2026-11-23还500", "三千五百块", "12期，每期1,234.50", "20万"],
)
def test_amounts_days_and_periods_stay(text: str) -> None:
    assert mask_said(text, name="周谷雨") == text


def test_examples_that_are_known_repeated_disputed_or_bare_are_left_out_and_counted() -> None:
    labelled = [
        Labelled("咋还钱啊", "repay_how"),
        Labelled("咋还 钱啊？", "repay_how"),
        Labelled("本月账单多少！", "query_bill"),
        Labelled("本月账单多少", "query_bill"),
        Labelled("这是啥", "query_bill"),
        Labelled("这是啥", "product_intro"),
        Labelled("还款计划", "repay_how"),
        Labelled("***", "inform"),
    ]
    found = choose(labelled, trained={"本月账单多少": "query_bill", "还款计划": "query_repayment_plan"})
    assert found.by_intent == {"repay_how": ("咋还 钱啊？",)}
    assert (found.count, found.known, found.disputed, found.bare) == (1, 3, 3, 1)


@given(st.lists(st.builds(Labelled, WORDS, st.sampled_from(("a", "b"))), max_size=12), st.randoms())
def test_the_same_labels_in_any_order_are_the_same_file(labelled: list[Labelled], order: object) -> None:
    shuffled = list(labelled)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert as_yaml(choose(shuffled, trained={})) == as_yaml(choose(labelled, trained={}))


@given(st.lists(st.builds(Labelled, st.text(max_size=30), st.sampled_from(("a", "b"))), max_size=8))
def test_what_is_written_is_read_as_training_data_again(labelled: list[Labelled]) -> None:
    found = choose(labelled, trained={})
    again = trained_in([as_yaml(found)])
    assert again == {same_as(text): intent for intent, texts in found.by_intent.items() for text in texts}
    assert choose(labelled, trained=again).count == 0


def test_rasa_reads_the_file_word_for_word() -> None:
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

    texts = (
        *("[钱](amount) 咋还", "- 五百: #行不", "第一行\n第二行\u2028第三"),
        *("{x} \"引号\" 'y' | > & *", "/restart", "🙂怎么还"),
    )
    file = as_yaml(choose([Labelled(text, "repay_how") for text in texts], trained={}))
    read = RasaYAMLReader().reads(file).training_examples
    assert sorted(one.get("text") for one in read) == sorted(one_line(text) for text in texts)
    assert {one.get("intent") for one in read} == {"repay_how"}
    assert not any(one.get("entities") for one in read)


def test_every_line_of_our_own_training_data_is_found() -> None:
    files = [path.read_text(encoding="utf-8") for path in sorted(DATA.rglob("*.yml"))]
    lines = {line.strip()[2:] for file in files for line in file.splitlines() if line.startswith("      - ")}
    trained = trained_in(files)
    assert len(lines) > 10_000
    assert {same_as(line) for line in lines} == set(trained)
    assert trained[same_as("本月账单多少")] == "query_bill"
