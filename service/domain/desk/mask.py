"""How much of a person the desk shows: enough to tell borrowers apart, too little to carry away."""

from __future__ import annotations

import re

# A bank card or an identity number (17 digits and a check mark); shorter numbers may be amounts or phones to call.
_LONG_NUMBER = re.compile(r"(?<![0-9])([0-9]{4})[0-9]{7,12}([0-9]{3}[0-9Xx])(?![0-9Xx])")


def mask_name(name: str) -> str:
    """周谷雨 → 周*雨, 张三 → 张*; one character stays."""
    if len(name) <= 1:
        return name
    return name[0] + "*" if len(name) == 2 else name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """19900001234 → 199****1234; what is too short to keep seven digits of is hidden whole."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "*" * len(phone)


def mask_numbers(text: str) -> str:
    """Bank-card and identity numbers in free text keep their first and last four characters."""
    return _LONG_NUMBER.sub(r"\1********\2", text)
