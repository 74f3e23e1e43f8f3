"""Which words must not reach a borrower: a linter over the text as it would be read.

Patterns are rows of compliance.toml. They are matched on the text without the blanks and signs that people put
between characters to slip past a filter. A sentence that denies or warns ("我们不会联系您的家人", "谨防冒充公安")
is not what a row forbids: where the row allows it, a denial in the same clause before the words acquits them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from service.domain.collect.outreach import Surface, Violation
from service.domain.rows import Origin

# Clause ends stay: a denial does not reach past them.
_NOISE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad*_~\-·•|/\\^`'\"“”‘’+=#&@]+")
_CLAUSE = "[^，。！？；：,.!?;:\\n]"
_TURN = "就|则|将|便|而|但|仅|只"  # "没有还款就…" denies nothing
_DENIAL = re.compile(
    "(?:"
    "(?:不会|绝不|从不|并不|不收|不可能|无需|请勿|切勿|勿|不要(?:向|信|转|往|把|给|再去)|谨防|警惕|防范|冒充|假冒|自称|声称|谎称)"
    f"(?:(?!{_TURN}){_CLAUSE}){{0,12}}"
    f"|(?:不能|不得|没有|不需|不应)(?:(?!{_TURN}){_CLAUSE}){{0,2}}"
    ")$"
)
_TRADITIONAL = str.maketrans(
    "貸債還錢討償訴訟獄警局關處單位員費戶賬帳號騙誠黑車門進親屬鄰",
    "贷债还钱讨偿诉讼狱警局关处单位员费户账账号骗诚黑车门进亲属邻",
)


@dataclass(frozen=True, slots=True, eq=False)  # a row is itself: comparing all its patterns for a look-up is dear
class Wording:
    """One row: any of `patterns` is a violation. `open_only`: only where others may read the text.
    `denial_acquits`: saying that it will not happen is allowed. `unless_litigation_decided`: a person's recorded
    decision allows it. `needed_to_pay`: somebody who offered to pay for the debtor may be told it."""

    origin: Origin
    label: str
    patterns: tuple[re.Pattern[str], ...]
    open_only: bool
    denial_acquits: bool
    unless_litigation_decided: bool
    needed_to_pay: bool = False


def lint(
    text: str, *, rules: Iterable[Wording], surface: Surface = Surface.VERIFIED, litigation_decided: bool = False
) -> tuple[Violation, ...]:
    """Every row that the rendered text breaks, with the words that broke it; empty where it may be sent.

    For outreach and, alike, for what an agent or a bot writes.
    """
    plain = plain_text(text)
    found = []
    for rule in rules:
        if rule.open_only and surface is not Surface.OPEN:
            continue
        if rule.unless_litigation_decided and litigation_decided:
            continue
        words = _first_breach(plain, rule)
        if words:
            found.append(Violation(f"wording_{rule.origin.id}", f"{rule.label}：“{words}”", str(rule.origin)))
    return tuple(found)


@lru_cache(maxsize=16)  # the gate looks twice at each text
def plain_text(text: str) -> str:
    """Full width → half width, blanks and filler signs gone, the common traditional characters made simplified."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).lower()).translate(_TRADITIONAL)


@lru_cache(maxsize=4096)  # on open surfaces a template's text is the same for everybody
def _first_breach(plain: str, rule: Wording) -> str:
    for pattern in rule.patterns:
        for match in pattern.finditer(plain):
            if not (rule.denial_acquits and _DENIAL.search(plain, 0, match.start())):
                return match.group()
    return ""
