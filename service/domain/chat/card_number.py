"""A card number that a borrower typed is hidden before the message is kept: no later reader has a use for it."""

from __future__ import annotations

import re

HIDDEN = "*" * 16  # no digits: the bot would read them as a sum
# 16 to 19 digits as cards have them, alone or in groups; identity numbers of most provinces are such, too. A day, an
# amount or a phone is shorter, the number of a payment at a wallet longer or begins with the year.
_NUMBER = re.compile(r"(?<!\d)[3-6３-６](?:[ \-]?\d){15,18}(?!\d)")


def hide_card_numbers(text: str) -> str:
    return _NUMBER.sub(HIDDEN, text)
