"""Sums as people write them: read where they are one above zero to the fen, refused where not."""

from __future__ import annotations

import pytest

from service.domain.money import LARGEST_FEN, written_fen


@pytest.mark.parametrize(
    ("text", "fen"),
    [("806.19", 80_619), (" 30,000 ", 3_000_000), ("1，000", 100_000), ("500元", 50_000), ("10000000000", LARGEST_FEN)],
)
def test_what_is_a_sum_is_read_to_the_fen(text: str, fen: int) -> None:
    assert written_fen(text) == fen


@pytest.mark.parametrize("text", ["", "0", "-1", "0.001", "五百", "NaN", "inf", "1e999999", "10000000000.01", "5 00"])
def test_what_is_none_is_nothing(text: str) -> None:
    assert written_fen(text) is None
