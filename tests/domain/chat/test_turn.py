"""What is left of a message once it is cleaned, and which button it stands for."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.chat.turn import LONGEST_TEXT, Offer, clean, for_bot, pressed, wants_person
from service.domain.errors import Refused

YES = {"title": "确认还款", "payload": "/affirm"}
NO = {"title": "取消", "payload": "/deny"}
OFFERS = (Offer(7, (YES, NO)),)


@pytest.mark.parametrize(
    "nothing", ["", "   ", "\n\t\r\n", "\x00\x07\x1b", "\u200b\u200d\ufeff", "\u3000", "\ud800", "\u0301"]
)
def test_a_message_in_which_nothing_is_to_be_seen_is_empty(nothing: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(nothing)
    assert refused.value.code == "empty_message"


@pytest.mark.parametrize("emoji", ["😀", "🫨", "👨‍👩‍👧", "1️⃣", "🇨🇳", "❤️"])
def test_an_emoji_alone_is_a_message_and_stays_whole(emoji: str) -> None:
    assert clean(emoji) == emoji


def test_controls_and_direction_marks_go_and_line_ends_stay() -> None:
    assert clean("\x00我\x07要\u202e还款\r\n明天\u2066还\x1b ") == "我要还款\n明天还"


def test_what_looks_like_code_is_text() -> None:
    for code in ("<script>alert(1)</script>", "'; DROP TABLE turn; --", "{{7*7}}", "%s %00"):
        assert clean(code) == code


def test_the_limit_counts_what_is_left_after_cleaning() -> None:
    assert len(clean("还" * LONGEST_TEXT + "\x00" * 50)) == LONGEST_TEXT
    with pytest.raises(Refused, match="一次最多 500 字") as refused:
        clean("还" * (LONGEST_TEXT + 1))
    assert refused.value.code == "text_too_long"


@given(st.text(max_size=600))
def test_whatever_is_written_is_refused_or_comes_out_storable(text: str) -> None:
    try:
        kept = clean(text)
    except Refused:
        return
    kept.encode()
    assert 0 < len(kept) <= LONGEST_TEXT
    assert not [one for one in kept if unicodedata.category(one) == "Cc" and one != "\n"]
    assert clean(kept) == kept


@given(st.text(alphabet="/／ \n\u3000\taffirm确{}", max_size=30), st.sampled_from(["inapp", "wechat"]))
def test_typed_text_never_reaches_the_bot_as_a_command(text: str, channel: str) -> None:
    asked = for_bot(text, pressed(text, None, offers=(), channel=channel))
    assert asked
    assert not asked.lstrip().startswith("/")


def test_only_an_offered_button_may_be_pressed() -> None:
    assert pressed("确认还款", "/affirm", offers=OFFERS, channel="inapp") == "/affirm"
    assert pressed("随便", "/affirm", offers=(), channel="inapp") is None
    assert pressed("随便", "/restart", offers=OFFERS, channel="inapp") is None
    assert pressed("确认还款", "/restart", offers=OFFERS, channel="inapp") == "/affirm", (
        "its text still is the button's"
    )


def test_the_words_of_a_button_press_it() -> None:
    assert pressed("取消", None, offers=OFFERS, channel="inapp") == "/deny"
    assert pressed("取消吧", None, offers=OFFERS, channel="inapp") is None


def test_in_wechat_a_number_chooses_a_button_and_in_the_app_it_does_not() -> None:
    assert pressed("2", None, offers=OFFERS, channel="wechat") == "/deny"
    assert pressed("3", None, offers=OFFERS, channel="wechat") is None
    assert pressed("0", None, offers=OFFERS, channel="wechat") is None
    assert pressed("2", None, offers=OFFERS, channel="inapp") is None
    assert pressed("500", None, offers=OFFERS, channel="wechat") is None


def test_a_number_answers_a_later_question_instead_of_choosing_from_before() -> None:
    asked_since = (Offer(9, ()), *OFFERS)
    assert pressed("2", None, offers=asked_since, channel="wechat") is None


def test_a_number_still_chooses_after_something_nobody_asked_for_was_said() -> None:
    with_receipt = (Offer(None, ()), *OFFERS)
    assert pressed("1", None, offers=with_receipt, channel="wechat") == "/affirm"


def test_buttons_and_words_after_them_in_one_answer_belong_together() -> None:
    one_answer = (Offer(7, ()), *OFFERS)
    assert pressed("1", None, offers=one_answer, channel="wechat") == "/affirm"


def test_asking_for_a_person_is_plain_enough_without_the_bot() -> None:
    assert wants_person("转人工！", None)
    assert wants_person("好", "/human_agent")
    assert not wants_person("我不要人工客服打电话", None)
