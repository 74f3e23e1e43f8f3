"""Which numbers in a message are hidden as those of cards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.chat.card_number import HIDDEN, hide_card_numbers


@pytest.mark.parametrize(
    "number",
    ["6222020200001234567", "6222 0202 0000 1234 567", "4000-1234-5678-9010", "６２２２０２０２００００１２３４"],
)
def test_a_card_number_is_hidden_however_it_is_written(number: str) -> None:
    assert hide_card_numbers(f"换成{number}这张") == f"换成{HIDDEN}这张"


@pytest.mark.parametrize(
    "text",
    [
        "还3500",
        "12月5号先还1200.50",
        "打13800001234",
        "流水号202611231234567890",
        "尾号6620",
        "4200001234202611231234567890",
    ],
)
def test_what_a_message_is_about_stays(text: str) -> None:
    assert hide_card_numbers(text) == text


@given(before=st.text(), digits=st.from_regex(r"[3-6][0-9]{15,18}", fullmatch=True), after=st.text())
def test_no_such_number_is_left(before: str, digits: str, after: str) -> None:
    said = hide_card_numbers(f"{before}卡{digits}卡{after}")
    assert f"卡{digits}卡" not in said
    assert hide_card_numbers(said) == said
