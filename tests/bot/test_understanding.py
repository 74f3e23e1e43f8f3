"""What the project's own training data teaches: the glue of the forms, the dangerous intents, the entities."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import jieba
import numpy as np
import pytest
import yaml

from bot.components.linear_model import VIEWS, LinearModel
from bot.components.value_extractor import entities

ROOT = Path(__file__).resolve().parents[2]
CONFIG = {
    part["name"].rsplit(".", 1)[-1]: part for part in yaml.safe_load((ROOT / "config.yml").read_text())["pipeline"]
}
Hear = Callable[[str], tuple[str, float]]


def _examples() -> list[tuple[str, str]]:
    found = []
    for path in sorted((ROOT / "data/nlu").glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            found += [(line.removeprefix("- "), group["intent"]) for line in group["examples"].splitlines()]
    return found


def _cut(words: jieba.Tokenizer, text: str) -> tuple[str, ...]:
    return tuple(word for word in words.cut(text) if word.strip())


@pytest.fixture(scope="module")
def words() -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    found = jieba.Tokenizer()
    found.load_userdict(str(ROOT / "data/jieba/terms.txt"))
    return found


@pytest.fixture(scope="module")
def model(words: jieba.Tokenizer) -> LinearModel:
    """A classifier trained as config.yml says."""
    settings, examples = CONFIG["LinearIntentClassifier"], _examples()
    return LinearModel.fit(
        [(text, _cut(words, text)) for text, _ in examples],
        [intent for _, intent in examples],
        weights={view: settings[view] for view in VIEWS},
        regularisation=settings["C"],
        caution=settings["caution"],
    )


@pytest.fixture(scope="module")
def hear(model: LinearModel, words: jieba.Tokenizer) -> Hear:
    """The intent and its confidence."""
    return partial(_hear, model, words)


def _hear(model: LinearModel, words: jieba.Tokenizer, text: str) -> tuple[str, float]:
    chances = model.probabilities(text, _cut(words, text))
    assert chances.sum() == pytest.approx(1, abs=1e-4)
    return model.intents[chances.argmax()], float(chances.max())


def test_one_text_is_understood_as_it_is_among_many(model: LinearModel, words: jieba.Tokenizer) -> None:
    texts = [*(text for text, _ in _examples()[::40]), "", "？？？", "龘龘龘", "额度额度额度", "abc 额度 3000"]
    examples = [(text, _cut(words, text)) for text in texts]
    alone = np.array([model.probabilities(*example) for example in examples])
    np.testing.assert_allclose(alone, model.many(examples), atol=1e-5)


def test_every_file_holds_the_intent_of_its_name_with_enough_examples() -> None:
    counts: dict[str, int] = {}
    for _, intent in _examples():
        counts[intent] = counts.get(intent, 0) + 1
    assert {path.stem for path in (ROOT / "data/nlu").glob("*.yml")} == set(counts)
    assert not {intent: count for intent, count in counts.items() if count < 30}


def test_no_example_is_given_two_intents() -> None:
    seen: dict[str, str] = {}
    assert not [text for text, intent in _examples() if seen.setdefault(text, intent) != intent]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("嗯好的可以", "affirm"),
        ("对就这样吧", "affirm"),
        ("不用不用", "deny"),
        ("不是这个", "deny"),
        ("算了不还了", "cancel"),
        ("先不办了", "cancel"),
        ("700", "inform"),
        ("四千二", "inform"),
        ("650块", "inform"),
        ("17号", "inform"),
        ("下周四", "inform"),
        ("不是700是7000", "correct"),
        ("说错了应该是18号", "correct"),
        ("我打算先还七百", "repay_now"),
        ("我月底发工资还你", "promise_to_pay"),
        ("我17号还1300", "promise_to_pay"),
        ("人工人工", "human_agent"),
        ("给我找个真人", "human_agent"),
        ("这钱不是我借的", "dispute_debt"),
        ("别再给我打电话了", "stop_contact"),
        ("真的活不下去了", "crisis"),
        ("你找错人了吧", "wrong_person"),
        ("我是他妹妹", "third_party"),
        ("我昨晚已经还过了", "already_paid"),
        ("谢谢你啊", "greeting_chitchat"),
    ],
)
def test_what_the_forms_and_the_rules_depend_on_is_heard(hear: Hear, text: str, intent: str) -> None:
    heard, confidence = hear(text)
    assert heard == intent
    assert confidence > CONFIG["FallbackClassifier"]["threshold"]


@pytest.mark.parametrize("text", ["qwerty zxcv", "火星文字测试样本", "乒乓球台面材质"])
def test_what_means_nothing_is_not_heard_as_an_order_to_pay(hear: Hear, text: str) -> None:
    heard, confidence = hear(text)
    assert (
        heard not in {"repay_now", "promise_to_pay", "affirm"} or confidence < CONFIG["FallbackClassifier"]["threshold"]
    )


def test_entities_carry_values_and_their_places_in_what_was_typed() -> None:
    text = "我 下个月１０号 先還 两千"
    found = {e["entity"]: e for e in entities(text, today=date(2026, 11, 23))}
    assert found["amount"]["value"] == 200_000
    assert found["date"]["value"] == "2026-12-10"
    assert text[found["amount"]["start"] : found["amount"]["end"]] == "两千"
    assert text[found["date"]["start"] : found["date"]["end"]] == "下个月１０号"


def test_a_correction_gives_only_the_new_amount_in_the_role_new() -> None:
    found = entities("不是五百是五千", today=date(2026, 11, 23))
    assert [(e["entity"], e["value"], e["role"]) for e in found] == [("amount", 500_000, "new")]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [("还最低", "amount_word", "minimum"), ("全部还清", "amount_word", "all"), ("过几天吧", "vague_date", "过几天")],
)
def test_words_and_vague_days(text: str, name: str, value: str) -> None:
    assert [(e["entity"], e["value"]) for e in entities(text, today=date(2026, 11, 23))] == [(name, value)]
